import Alliance
import CRDT
import Wire

/// A node below the floor: what it lacks the hub no longer keeps, so it takes the hub's rows for the journal's, as it did
/// when it was new. Its own pending edits stay, and go on under a new id.
extension EntryMerger {
    /// Takes out everything but what is pending, which counts as uncut from here on.
    /// - Returns: what is pending, in the order in which it was written.
    func clearForSnapshot() throws -> [OutboxEntry] {
        try uncut(from: transaction.state.acknowledgedSeq + 1)
        let pending = try transaction.uncut(size: .max, rows: .max)
        try transaction.forgetEverything()
        return pending
    }

    /// Puts what is pending over the rows of a snapshot.
    ///
    /// Of what was written up to the last time that the journal has of this replica nobody can tell any more, segment by
    /// segment, what became of it. What stands in the rows was accepted. What does not was struck out, overwritten, or
    /// written beside the branch that is journaled: it is not done again, and goes to the rejected inbox.
    func putBack(_ pending: [OutboxEntry], journaled last: HybridTime, rev: UInt64) throws {
        let replica = transaction.state.replica
        for entry in pending {
            let changes = try entry.changes(of: replica)
            guard entry.time <= last else {
                try apply(changes, at: entry.time)
                continue
            }
            try transaction.dropOutbox(entry.time)
            let rows = try changes.map { (change: $0, row: try transaction.row($0.key)) }
            guard
                !rows.contains(where: { $0.row?.hasStamp { $0 == Stamp(time: entry.time, replica: replica) } ?? false }
                ),
                !rows.allSatisfy({ $0.change.isOverwritten(in: $0.row, byLaterOf: replica) })
            else { continue }
            let absent = rows.filter { !($0.row?.isThere ?? false) }.map { Violation(.noSuchRow, $0.change.key) }
            try transaction.append(
                RejectedTransaction(time: entry.time, rev: rev, wall: entry.wall, offences: absent, changes: changes))
        }
        try chain.refresh()
    }

    private func apply(_ changes: [RowState], at time: HybridTime) throws {
        var before: [RowState] = []
        for change in changes {
            let stored = try transaction.stored(change.key)
            let row = stored?.state.merged(with: change) ?? change
            if let stored, let image = stored.state.overwritten(by: change.winning(over: stored.state)) {
                before.append(image)
            }
            try transaction.put(row, over: stored, audience: transaction.audience(of: row))
        }
        try transaction.setBeforeImages(before, of: time)
    }
}

extension RowState {
    /// Whether each cell and the presence of this change has given way to a later one of the same replica.
    fileprivate func isOverwritten(in row: RowState?, byLaterOf replica: ReplicaID) -> Bool {
        func isLater(_ mine: Stamp, _ standing: Stamp?) -> Bool {
            standing.map { $0.replica == replica && $0.time > mine.time } ?? false
        }
        return (presence.map { isLater($0.stamp, row?.presence?.stamp) } ?? true)
            && cells.allSatisfy { isLater($0.stamp, row?[$0.column]?.stamp) }
    }
}
