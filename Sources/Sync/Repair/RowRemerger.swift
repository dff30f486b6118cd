import Alliance
import CRDT
import Wire

/// Merges rows anew from the journaled segments that are kept here.
///
/// The stamps of a row's cells name the transactions that wrote them, so nothing has to be searched for: given the
/// stamps that both sides have in a row, the result holds the latest journaled cell of each column that either has.
struct RowRemerger {
    private let transaction: any ReplicaTransaction

    init(_ transaction: any ReplicaTransaction) { self.transaction = transaction }

    /// What the segments say of a row.
    struct Result {
        /// `nil` if none of the stamps is of a journaled transaction that wrote the row.
        var row: RowState?
        /// Of the section that brought it.
        var audience: Audience?
        /// The stamps under which a journaled transaction wrote the row.
        var found: Set<Stamp> = []

        mutating func merge(_ change: RowState, _ stamp: Stamp, _ audience: Audience) {
            row = row?.merged(with: change) ?? change
            self.audience = audience
            found.insert(stamp)
        }
    }

    private struct Place: Hashable {
        let replica: ReplicaID
        let seq: UInt64
    }

    /// The rows as the transactions of some stamps wrote them. Each segment is read once.
    func rows(_ wanted: [RowKey: Set<Stamp>]) throws -> [RowKey: Result] {
        var keys: [Stamp: Set<RowKey>] = [:]
        for (key, stamps) in wanted { for stamp in stamps { keys[stamp, default: []].insert(key) } }
        var places: [Place: [HybridTime: Set<RowKey>]] = [:]
        for (stamp, keys) in keys {
            for (seq, verdict) in try transaction.segments(of: stamp) where !verdict.strikes(stamp.time) {
                places[Place(replica: stamp.replica, seq: seq), default: [:]][stamp.time] = keys
            }
        }
        var results = wanted.mapValues { _ in Result() }
        for (place, times) in places {
            guard let segment = try transaction.segment(place.replica, place.seq) else { continue }
            try read(segment, times, into: &results)
        }
        return results
    }

    private func read(
        _ segment: Segment, _ times: [HybridTime: Set<RowKey>], into results: inout [RowKey: Result]
    ) throws {
        for (index, section) in segment.header.sections.enumerated() {
            for rows in try segment.transactions(section: index) ?? [] {
                guard let keys = times[rows.time] else { continue }
                let stamp = Stamp(time: rows.time, replica: segment.header.replica)
                for change in rows.changes where keys.contains(change.key) {
                    results[change.key]?.merge(change, stamp, section.audience)
                }
            }
        }
    }

    /// Whether a transaction is older than the segments of its replica that are kept here: a snapshot brought it, or its
    /// section has been dropped since everybody has it. One that the hub lost is not: its replica may have no others.
    func isBeforeKept(_ stamp: Stamp) throws -> Bool {
        if try isCollected(stamp) { return true }
        guard try !transaction.isOrphaned(stamp) else { return false }
        guard transaction.state.cursor.rev > 0, try transaction.firstRev() != 1 else { return false }
        return try transaction.firstTime(of: stamp.replica).map { stamp.time < $0 } ?? true
    }

    private func isCollected(_ stamp: Stamp) throws -> Bool {
        let state = transaction.state
        guard state.collected > 0, let place = try transaction.place(of: stamp), place.rev <= state.collected,
            let kept = try transaction.segments(of: stamp).first, !kept.verdict.strikes(stamp.time),
            let segment = try transaction.segment(stamp.replica, kept.seq)
        else { return false }
        return segment.header.sections.indices.contains {
            segment.bodies[$0] == nil && segment.header.sections[$0].audience.includes(state.member)
        }
    }
}

extension RowState {
    /// Of its presence and its cells.
    var stamps: Set<Stamp> { Set(cells.map(\.stamp)).union(presence.map { [$0.stamp] } ?? []) }

    /// What was written under some stamps; `nil` if nothing was.
    func part(under stamps: Set<Stamp>) -> RowState? {
        let part = RowState(
            key: key, presence: presence.flatMap { stamps.contains($0.stamp) ? $0 : nil },
            cells: cells.filter { stamps.contains($0.stamp) })
        return part.isEmpty ? nil : part
    }
}

extension ReplicaTransaction {
    /// Puts a row's state into the place of another, whatever that is: their audiences may differ where one is damaged.
    func replace(_ stored: StoredRow?, with row: RowState?, audience: Audience?) throws {
        if let stored { try remove(stored, audience: self.audience(of: stored.state)) }
        if let row { try put(row, over: nil, audience: audience ?? self.audience(of: row)) }
    }
}
