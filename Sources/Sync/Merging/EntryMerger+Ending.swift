import Alliance
import CRDT
import Wire

/// A replica that has ended: its file was put back, or copied. What the journal holds of it beyond this file comes
/// back; then what only this file holds is written anew under a new id.
extension EntryMerger {
    /// Whether an entry of this replica's is of a life that this file knows nothing of.
    func isLost(_ entry: JournalEntry) throws -> Bool {
        guard transaction.state.isEnding else { return false }
        let header = entry.segment.header
        return try transaction.headerHash(header.replica, header.seq) != entry.segment.hash
    }

    /// Merges an own entry that this file does not have. What was cut here in its place counts as uncut again.
    func takeUp(_ entry: JournalEntry, author: Author) throws {
        let segment = entry.segment
        try uncut(from: segment.header.seq)
        try makeWay(for: entry)
        let outbox = try transaction.uncut(size: .max, rows: .max)
        for index in segment.header.sections.indices {
            guard let transactions = try segment.transactions(section: index) else {
                throw JournalFault(rev: entry.rev, "a section of this replica's own was withheld")
            }
            let audience = segment.header.sections[index].audience
            for rows in transactions where !entry.verdict.strikes(rows.time) {
                try merge(rows.changes, of: author, audience: audience, entry.rev)
                latest = max(latest, rows.time)
            }
        }
        try chain.save()
        for rows in try byTime(segment) {
            let strike = entry.verdict.strikes.first { $0.time == rows.time }
            let isHere = try outbox.contains {
                try $0.time == rows.time && sorted($0, of: entry) == rows.changes
            }
            try settle(rows, strike, isHere: isHere, entry)
        }
        try transaction.save(segment)
    }

    /// Two lives may have given out one stamp, as where a clock stands still: what this file wrote under it gets another,
    /// so that a stamp means one thing here.
    private func makeWay(for entry: JournalEntry) throws {
        let lost = try byTime(entry.segment).filter { !entry.verdict.strikes($0.time) }
        let changes = Dictionary(uniqueKeysWithValues: lost.map { ($0.time, $0.changes) })
        let colliding = try transaction.uncut(size: .max, rows: .max).filter { own in
            try changes[own.time].map { try $0 != sorted(own, of: entry) } ?? false
        }
        guard !colliding.isEmpty, let last = lost.last?.time else { return }
        try takeBack(colliding)
        try chain.refresh()
        transaction.state.clock.witness(last)
        for own in colliding {
            let left = try sorted(own, of: entry).compactMap(withoutSuperseded)
            if !left.isEmpty { try writer.rewrite(left, seen: own.seen, wall: own.wall) }
        }
        try chain.refresh()
    }

    /// What becomes of a transaction that this file may have in its outbox too.
    private func settle(
        _ rows: TransactionRows, _ strike: Verdict.Strike?, isHere: Bool, _ entry: JournalEntry
    ) throws {
        // Struck out for its clock it was written anew, or will be when this replica goes on.
        guard strike?.code != .clock else { return }
        if isHere, strike != nil {
            for change in rows.changes { try takeBack(change) }
            try chain.save()
        }
        if isHere { try transaction.dropOutbox(rows.time) }
        if let strike { try reject(strike, rows.changes, entry) }
        try chain.refresh()
    }

    /// Own segments from a seq on that the journal will never hold: their transactions go back into the outbox.
    func uncut(from seq: UInt64) throws {
        let state = transaction.state
        guard let own = state.own, own.seq >= seq else { return }
        let beside = try transaction.segments(of: state.replica, after: seq - 1, size: .max, count: .max)
        for segment in beside {
            for rows in try byTime(segment) {
                try transaction.markUncut(rows.time, changes: Section.encode([rows]))
            }
        }
        try transaction.dropSegments(of: state.replica, from: seq)
        transaction.state.own = try transaction.replicaHead(state.replica)?.head
    }

    /// A segment's transactions over all its sections, their changes by key.
    private func byTime(_ segment: Segment) throws -> [TransactionRows] {
        try segment.gathered().map {
            TransactionRows(time: $0.time, changes: $0.rows.map(\.change).sorted { $0.key < $1.key })
        }
    }

    /// What a transaction of the outbox changes, by key; its section has it by the columns that are written.
    private func sorted(_ own: OutboxEntry, of entry: JournalEntry) throws -> [RowState] {
        try own.changes(of: entry.segment.header.replica).sorted { $0.key < $1.key }
    }

    /// Goes on under a new id: what is pending is written anew, in its order and with the `seen` that it had.
    /// - Parameter head: where the former replica ended.
    func goOn(as replica: ReplicaID, standingOn head: Head) throws {
        let pending = try transaction.uncut(size: .max, rows: .max)
        try takeBack(pending)
        transaction.state.replica = replica
        transaction.state.own = nil
        transaction.state.standsOn = head
        transaction.state.acknowledgedSeq = 0
        transaction.state.acknowledged = .zero
        transaction.state.isEnding = false
        for entry in pending {
            try writer.rewrite(entry.changes(of: head.replica), seen: entry.seen, wall: entry.wall)
        }
        try transaction.clear(.fork, subject: head.replica.description)
    }
}
