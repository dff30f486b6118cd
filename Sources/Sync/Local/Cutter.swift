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
            let seen = first.seen
            if waiting.count == 1, isForAll(first) {
                try cutAlone(first, seen)
                continue
            }
            var rows = 0
            var audiences: Set<Audience> = []
            var together: [PendingTransaction] = []
            for entry in waiting.prefix(Limits.transactions) {
                let all = try entry.changes(of: transaction.state.replica)
                let changes = try byAudience(all)
                rows += all.count
                audiences.formUnion(changes.lazy.map(\.audience))
                guard
                    together.isEmpty
                        || entry.seen == first.seen && rows <= Self.segmentRows && SegmentHeader.holds(audiences)
                else { break }
                together.append(PendingTransaction(time: entry.time, seen: seen, changes: changes))
            }
            try cut(together)
        }
    }

    private var place: Segment.Place {
        let state = transaction.state
        return Segment.Place(
            replica: state.replica, last: state.own, standsOn: state.standsOn, schema: transaction.schema.version)
    }

    private func cut(_ pending: [PendingTransaction]) throws {
        try keep(Segment.cut(pending, at: place, key: key), of: pending.map(\.time))
    }

    /// A transaction that becomes a segment of one section has been serialised for it already.
    private func cutAlone(_ entry: OutboxEntry, _ seen: JournalPosition) throws {
        let segment = try Segment.cut(
            entry.section, for: .alliance, time: entry.time, seen: seen, at: place, key: key)
        try keep(segment, of: [entry.time])
    }

    private func keep(_ segment: Segment, of times: [HybridTime]) throws {
        try transaction.save(segment)
        try transaction.markCut(times, in: segment.header.seq)
        transaction.state.own = segment.head
    }

    private func isForAll(_ entry: OutboxEntry) -> Bool {
        let schema = transaction.schema
        return Section.outline(entry.section).allSatisfy { schema[$0.table]?.audience == .alliance }
    }

    private func byAudience(_ changes: [RowState]) throws -> [(audience: Audience, rows: [RowState])] {
        var rows: [Audience: [RowState]] = [:]
        for change in changes { rows[try transaction.audience(ofChange: change), default: []].append(change) }
        return rows.sorted { $0.key < $1.key }.map { (audience: $0.key, rows: $0.value) }
    }
}
