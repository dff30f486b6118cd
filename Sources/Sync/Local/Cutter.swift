public import Crypto
import Alliance
import CRDT
import Wire

/// Cuts what stands in the outbox to segments: whole transactions, in order, one `seen` a segment.
///
/// Nothing is coalesced: a transaction that is struck out must leave those before it as they were written.
public struct Cutter {
    private let transaction: any ReplicaTransaction
    private let key: Curve25519.Signing.PrivateKey

    public init(_ transaction: any ReplicaTransaction, key: Curve25519.Signing.PrivateKey) {
        self.transaction = transaction
        self.key = key
    }

    /// Values of one segment before compression, roughly.
    static let segmentRawSize = 4 << 20

    /// Cuts everything that waits, at most `segments` segments.
    public func cut(segments: Int) throws {
        for _ in 0..<segments {
            let waiting = try transaction.uncut(size: Self.segmentRawSize)
            guard let first = waiting.first else { return }
            var rows = 0
            var audiences: Set<Audience> = []
            let together = try waiting.prefix { entry in
                rows += entry.changes.count
                for change in entry.changes { audiences.insert(try audience(of: change)) }
                guard entry.seen == first.seen else { return false }
                return entry == first || (rows <= Limits.rows / 2 && SegmentHeader.holds(audiences))
            }
            try cut([OutboxEntry](together.prefix(Limits.transactions)))
        }
    }

    private func cut(_ entries: [OutboxEntry]) throws {
        let state = transaction.state
        let pending = try entries.map { entry in
            PendingTransaction(time: entry.time, seen: entry.seen, changes: try byAudience(entry.changes))
        }
        let place = Segment.Place(
            replica: state.replica, last: state.own, standsOn: state.standsOn, schema: transaction.schema.version)
        let segment = try Segment.cut(pending, at: place, key: key)
        try transaction.save(segment)
        try transaction.markCut(entries.map(\.time), in: segment.header.seq)
        transaction.state.own = segment.head
    }

    private func byAudience(_ changes: [RowState]) throws -> [(audience: Audience, rows: [RowState])] {
        var rows: [Audience: [RowState]] = [:]
        for change in changes { rows[try audience(of: change), default: []].append(change) }
        return rows.sorted { $0.key < $1.key }.map { (audience: $0.key, rows: $0.value) }
    }

    private func audience(of change: RowState) throws -> Audience {
        transaction.audience(of: try transaction.row(change.key) ?? change)
    }
}
