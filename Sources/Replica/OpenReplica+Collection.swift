import Alliance
public import CRDT
import Store
public import Sync
import Wire

/// What is dropped once everybody has it, and who is waited for (回收).
extension OpenReplica {
    // MARK: The hub

    /// Drops what every node has and a kept backup covers; `dryRun` only counts it.
    public func collect(dryRun: Bool = false) throws -> CollectionReport {
        try require(.hub)
        return try store.write { try HubCollector($0).collect(dryRun: dryRun) }
    }

    /// What was collected, and what keeps the floor where it is.
    public func json(_ report: CollectionReport) throws -> JSON {
        let names = try names()
        let backups = try backups()
        return try store.read { transaction in
            let collector = HubCollector(transaction)
            let head = transaction.state.cursor.rev
            let holding = try collector.standings().filter { !$0.isLeftBehind && $0.acknowledged < head }
                .sorted { $0.acknowledged < $1.acknowledged }
            return [
                "floor": JSON(report.floor), "head": JSON(head), "backedUp": JSON(transaction.state.backedUp),
                "sections": JSON(report.sections), "bytes": JSON(report.bytes), "forgotten": JSON(report.forgotten),
                "emptied": JSON(report.emptied), "recovering": .bool(try collector.isRecovering()),
                "oldestBackup": JSON(time: backups.first?.made ?? 0),
                "members": .array(
                    report.floors.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map {
                        [
                            "member": JSON($0.key), "memberName": .string(names.memberName($0.key) ?? ""),
                            "floor": JSON($0.value),
                        ]
                    }),
                "holding": .array(
                    holding.map {
                        [
                            "node": JSON($0.node), "replica": JSON($0.replica),
                            "memberName": .string(names.memberName($0.member) ?? ""),
                            "acknowledged": JSON($0.acknowledged),
                        ]
                    }),
            ]
        }
    }

    /// The operator says that nobody waits for a node any more that was silent for 400 days. What it still has is taken
    /// when it comes back; it then starts anew from a snapshot.
    public func leaveBehind(_ text: String) throws -> RowID {
        try require(.hub)
        let row = try node(text)
        let left = try store.write { transaction in
            let replicas = try HubCollector(transaction).standings().filter { $0.node == row.key.id }
            let reports = try replicas.compactMap { try transaction.nodeReport($0.replica) }
            guard !reports.isEmpty, reports.allSatisfy(isSilent) else { return false }
            for var report in reports {
                report.leftBehind = World.wall
                try transaction.setNodeReport(report)
            }
            return true
        }
        guard left else {
            throw CommandError(
                .refused, "not-silent",
                Phrase(
                    "该节点在 400 天内有过消息（或从未同步过），仍要等它；如它不再使用，请吊销（hub revoke）。",
                    "This node was heard within 400 days (or never): it is waited for; if it is out of use, revoke it (hub revoke)."
                ))
        }
        return row.key.id
    }

    // MARK: A node

    /// The person at a node lets it take the hub's snapshot for what it lacks, if it stands below the floor.
    public func allowStartAnew() throws {
        try require(.node)
        try store.write { $0.state.mayStartAnew = true }
    }

    // MARK: Status

    /// Bytes of kept sections beyond which the status says why so much is kept: 1 GiB. They are kept all the same.
    static let keptAdvised: UInt64 = 1 << 30

    /// What is kept for a hub that has to be restored, and why it is as much as it is.
    func keptJSON(_ transaction: SQLiteTransaction) throws -> JSON {
        let state = transaction.state
        let kept = try transaction.keptSegments()
        let reason: JSON =
            kept.bytes <= Self.keptAdvised ? .null : state.backedUp <= state.collected ? "no-backup" : "members-behind"
        return [
            "segments": JSON(kept.count), "bytes": JSON(kept.bytes), "backedUp": JSON(state.backedUp),
            "floor": JSON(state.floor), "collected": JSON(state.collected), "forgotten": JSON(state.forgotten),
            "excess": reason,
        ]
    }
}
