import CRDT
import Wire

/// A node whose rows are not the hub's: it finds out which, and mends them. Rows that others edited meanwhile were left,
/// and are mended once that edit is merged.
extension NodeSession {
    private static let repairsMax = 3

    /// Begins a repair, with what can be seen in this file alone.
    /// - Returns: `nil` if there was one at this rev, or there were too many in this session.
    mutating func beginRepair(
        in transaction: any ReplicaTransaction, _ surroundings: Surroundings
    ) throws -> Effect? {
        let rev = transaction.state.cursor.rev
        guard repairedRevs.last != rev, repairedRevs.count < Self.repairsMax else { return nil }
        repairedRevs.append(rev)
        // From here on hashes and digests are what the rows say, so that rows need be compared by their hashes only.
        let damaged = try transaction.rehash()
        var run = RepairRun(damaged: damaged, in: transaction, at: surroundings.wall)
        let body = run.ask()
        repair = run
        return .repair(body)
    }

    /// The hub answered a repair.
    /// - Throws: `WireError` if the answer must not be taken, as for `answered`.
    public mutating func repaired(
        status: Int, body: [UInt8], in transaction: any ReplicaTransaction, _ surroundings: Surroundings
    ) throws -> Effect {
        guard status == 200 else { return try refused(body, in: transaction, surroundings) }
        guard var run = repair else { return try ask(in: transaction, surroundings) }
        if try run.take(body, in: transaction) {
            let body = run.ask()
            repair = run
            return .repair(body)
        }
        run.end(at: surroundings.wall)
        repair = nil
        try transaction.append(run.report)
        if run.report.count(.left) == 0 { try clearRowAlarms(in: transaction) }
        return try ask(in: transaction, surroundings)
    }

    /// Damage to SQLite's own structures, and to the journal, is not mended by rows.
    private static let beyondRows: Set<String> = ["file", "journal"]

    private func clearRowAlarms(in transaction: any ReplicaTransaction) throws {
        for alarm in try transaction.alarms() where alarm.kind == .row && !Self.beyondRows.contains(alarm.subject) {
            try transaction.clear(.row, subject: alarm.subject)
        }
    }
}
