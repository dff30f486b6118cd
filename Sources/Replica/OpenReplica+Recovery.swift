import Alliance
import CRDT
import Store
import Sync
import Wire

/// What a hub that went back to a backup has got back, and what it still lacks.
extension OpenReplica {
    /// The last restoration: what came back, who was heard, what waits, and the register to be confirmed. Null if there
    /// was none.
    public func recoveryJSON() throws -> JSON {
        try require(.hub)
        let names = try names()
        return try store.read { transaction in
            guard let record = try transaction.epochs().last else { return .null }
            let heads = Dictionary(
                uniqueKeysWithValues: try transaction.replicaHeads().map { ($0.head.replica, $0.head.seq) })
            let returned = try transaction.returnedCounts(epoch: record.epoch.number)
            return [
                "epoch": JSON(Int(record.epoch.number)), "from": JSON(record.fromRev), "opened": JSON(record.opened),
                "closed": JSON(time: record.closed ?? 0), "cause": .string(record.cause),
                "head": JSON(transaction.state.cursor.rev),
                "nodes": .array(try recoveryNodes(record, transaction, names)),
                "returned": .array(
                    try returned.map { replica, count in
                        [
                            "replica": JSON(replica), "segments": JSON(count),
                            "memberName": .string(
                                names.memberName(try Register(transaction).member(of: replica)) ?? ""),
                        ]
                    }),
                "waiting": .array(
                    try transaction.waitingOrphans().map { try waiting($0, heads, transaction, names) }),
            ]
        }
    }

    private func recoveryNodes(
        _ record: EpochRecord, _ transaction: SQLiteTransaction, _ names: Names
    ) throws -> [JSON] {
        let register = Register(transaction)
        var heard: Set<RowID> = []
        for report in try transaction.nodeReports() where report.epoch >= record.epoch.number {
            if let node = try register.node(of: report.replica) { heard.insert(node.id) }
        }
        return try transaction.rows(in: table("node")).filter {
            $0.integer(NodeColumn.isHub) == 0 && $0.integer(NodeColumn.revoked) == 0
        }.map { row in
            [
                "id": JSON(row.key.id), "name": .string(row.text(NodeColumn.name)),
                "memberName": .string(row.member(NodeColumn.member).flatMap { names.memberName($0) } ?? ""),
                "heard": .bool(heard.contains(row.key.id)),
            ]
        }
    }

    /// A segment that can't be journaled yet, and why.
    private func waiting(
        _ segment: WaitingSegment, _ heads: [ReplicaID: UInt64], _ transaction: SQLiteTransaction, _ names: Names
    ) throws -> JSON {
        let header = segment.header
        let lacking = header.sections.indices.filter { !segment.sections.contains($0) }
        return [
            "replica": JSON(header.replica), "seq": JSON(header.seq),
            "memberName": .string(names.memberName(try Register(transaction).member(of: header.replica)) ?? ""),
            "written": JSON(header.times.lowerBound.milliseconds), "lackingSections": JSON(lacking.count),
            "lackingBefore": .bool(header.seq > (heads[header.replica] ?? 0) + 1),
        ]
    }

    /// The operator's word that the hub went back to a backup, where nothing that it has signed says so: a new epoch, in
    /// which it takes back what its nodes have beyond its journal.
    public func openRecovery() throws {
        try require(.hub)
        try store.write { transaction in
            guard try transaction.epochs().last.map({ $0.closed != nil }) ?? true else {
                throw CommandError(.refused, "open", Phrase("恢复已在进行中。", "A recovery is under way already."))
            }
            try HubSession(transaction, key: key, surroundings: World.surroundings)
                .openEpoch(after: transaction.state.cursor.epoch.number, because: "opened by the operator")
        }
    }

    /// The operator closes the recovery: every node was heard, or is stated to have nothing more.
    /// - Parameter statesRest: the statement for the nodes that were not heard.
    public func closeRecovery(statesRest: Bool) throws {
        let report = try recoveryJSON()
        guard case .number(let number)? = report["epoch"], report["closed"] == .null else {
            throw CommandError(.refused, "closed", Phrase("没有进行中的恢复。", "There is no recovery under way."))
        }
        guard case .array(let nodes)? = report["nodes"] else { return }
        let silent = nodes.filter { $0["heard"] == .bool(false) }
        guard silent.isEmpty || statesRest else {
            throw CommandError(
                .refused, "not-heard",
                Phrase(
                    "还有 \(silent.count) 个节点没有交还；等它们同步，或确认它们不会再有数据后加 --state-rest。",
                    "\(silent.count) nodes have not been heard; wait for them, or state with --state-rest that they have nothing more."
                ),
                details: silent)
        }
        try store.write { transaction in
            guard let record = try transaction.epochs().last, Int64(record.epoch.number) == number else { return }
            for alarm in try transaction.alarms() where alarm.kind == .restored {
                try transaction.clear(.restored, subject: alarm.subject)
            }
            var desk = HubDesk(transaction, key: key, surroundings: World.surroundings)
            try desk.closeRecovery(at: World.wall)
            try desk.file()
        }
    }
}
