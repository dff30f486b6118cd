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

    /// Rows of one segment, but for a first transaction that has more.
    static let segmentRows = Limits.rows / 2

    /// Cuts everything that waits, at most `segments` segments.
    public func cut(segments: Int) throws {
        for _ in 0..<segments {
            let waiting = try transaction.uncut(size: Self.segmentRawSize, rows: Self.segmentRows)
            guard let first = waiting.first else { return }
            var rows = 0
            var audiences: Set<Audience> = []
            var together: [PendingTransaction] = []
            for entry in waiting.prefix(Limits.transactions) {
                let changes = try byAudience(entry.changes)
                rows += entry.changes.count
                audiences.formUnion(changes.lazy.map(\.audience))
                guard
                    together.isEmpty
                        || entry.seen == first.seen && rows <= Self.segmentRows && SegmentHeader.holds(audiences)
                else { break }
                together.append(PendingTransaction(time: entry.time, seen: entry.seen, changes: changes))
            }
            try cut(together)
        }
    }

    private func cut(_ pending: [PendingTransaction]) throws {
        let state = transaction.state
        let place = Segment.Place(
            replica: state.replica, last: state.own, standsOn: state.standsOn, schema: transaction.schema.version)
        let segment = try Segment.cut(pending, at: place, key: key)
        try transaction.save(segment)
        try transaction.markCut(pending.map(\.time), in: segment.header.seq)
        transaction.state.own = segment.head
    }

    private func byAudience(_ changes: [RowState]) throws -> [(audience: Audience, rows: [RowState])] {
        let schema = transaction.schema
        let isForAll = changes.allSatisfy { schema[$0.key.table]?.audience == .alliance }
        if isForAll { return [(.alliance, changes)] }
        var rows: [Audience: [RowState]] = [:]
        for change in changes { rows[try transaction.audience(ofChange: change), default: []].append(change) }
        return rows.sorted { $0.key < $1.key }.map { (audience: $0.key, rows: $0.value) }
    }
}
