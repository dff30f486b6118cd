import Alliance
import Store
public import Sync

extension OpenReplica {
    /// The hub makes its own rows what its journal says, where hashes tell that they are not, and recounts its digests.
    ///
    /// - Throws: `CommandError` at a node, which repairs itself with the hub in a sync.
    public func repairHub() throws -> RepairReport {
        try require(.hub)
        return try store.write { transaction in
            let report = try HubMender(transaction).settle(at: World.wall)
            try transaction.append(report)
            return report
        }
    }

    /// What the last repair did; `null` if there was none.
    public func lastRepairJSON() throws -> JSON { try store.read(lastRepairJSON) }

    func lastRepairJSON(_ transaction: SQLiteTransaction) throws -> JSON {
        try transaction.repairs(last: 1).first.map { json($0) } ?? .null
    }

    private func json(_ report: RepairReport) -> JSON {
        var outcomes: [String: JSON] = [:]
        for outcome in RepairReport.Outcome.allCases { outcomes[outcome.rawValue] = JSON(report.count(outcome)) }
        return [
            "began": JSON(time: report.began), "ended": JSON(time: report.ended), "rev": JSON(report.rev),
            "exchanges": JSON(report.exchanges), "sent": JSON(report.sent), "received": JSON(report.received),
            "ranges": JSON(report.ranges), "compared": JSON(report.compared), "hubMended": JSON(report.hubMended),
            "outcomes": .object(outcomes),
            "rows": .array(
                report.rows.sorted { $0.key < $1.key }.prefix(Self.namedMax).map {
                    ["row": JSON($0.key, schema), "outcome": .string($0.value.rawValue)]
                }),
        ]
    }

    /// Rows that a status names; the file has them all.
    private static let namedMax = 200
}
