import Alliance
import CRDT
import Wire

/// Mends a node's rows: each is made what the segments that are kept here say, and only of what is older than these the
/// hub's word is taken, as it was for the snapshot.
struct NodeMender {
    private let transaction: any ReplicaTransaction
    private let remerger: RowRemerger
    private let chain: PendingChain

    init(_ transaction: any ReplicaTransaction) throws {
        self.transaction = transaction
        remerger = RowRemerger(transaction)
        chain = try PendingChain(transaction)
    }

    /// A row as the hub gave it.
    struct Given {
        let row: RowState
        let audience: Audience
    }

    /// - Parameter given: the rows that the hub has; those of `keys` that it lacks it does not have.
    func mend(_ keys: [RowKey], given: [RowKey: Given]) throws -> [RowKey: RepairReport.Outcome] {
        var stored: [RowKey: StoredRow] = [:]
        var wanted: [RowKey: Set<Stamp>] = [:]
        for key in keys {
            stored[key] = try transaction.stored(key)
            wanted[key] = (stored[key]?.state.stamps ?? []).union(given[key]?.row.stamps ?? [])
        }
        var outcomes: [RowKey: RepairReport.Outcome] = [:]
        for (key, result) in try remerger.rows(wanted) {
            outcomes[key] = try mend(stored[key], given[key], result)
        }
        return outcomes
    }

    /// Of a row of an unknown table: as its section or the hub says. Of others it follows from the row.
    private func audience(of row: RowState?, _ given: Given?, _ result: RowRemerger.Result) -> Audience? {
        guard let row, transaction.schema[row.key.table] == nil else { return nil }
        return result.audience ?? given?.audience
    }

    private func mend(
        _ stored: StoredRow?, _ given: Given?, _ result: RowRemerger.Result
    ) throws -> RepairReport.Outcome {
        // Under a pending edit a cell that is wrong is not seen; once the edit is journaled its row is looked at again.
        if let mine = stored?.state, try chain.journaled(mine) != mine { return .left }
        var row = result.row
        var outcome = RepairReport.Outcome.segments
        if let given {
            let old = given.row.stamps.subtracting(result.found)
            guard try old.allSatisfy(remerger.isBeforeKept) else { return .left }
            if let part = given.row.part(under: old) {
                row = row?.merged(with: part) ?? part
                outcome = .hub
            }
        }
        guard row != stored?.state else { return .right }
        try transaction.replace(stored, with: row, audience: audience(of: row, given, result))
        return row == nil ? .removed : outcome
    }
}
