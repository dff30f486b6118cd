public import Alliance
public import CRDT
import Store
public import Sync

/// Points: what this replica holds and gives back, and what the secretariat gives.
extension OpenReplica {
    /// Runs one decision of the hub as one transaction.
    func deciding<Result>(_ act: (SQLiteTransaction, inout HubDesk) throws -> Result) throws -> Result {
        do {
            return try store.write { transaction in
                var desk = HubDesk(transaction, key: key, surroundings: World.surroundings)
                guard try !desk.isFrozen else {
                    throw CommandError(
                        .refused, "recovering",
                        Phrase(
                            "中心正在恢复，暂不授予；先结束恢复（hub recovery --close）。",
                            "The hub is recovering and grants nothing; close the recovery first (hub recovery --close)."
                        ))
                }
                let result = try act(transaction, &desk)
                try desk.file()
                return result
            }
        } catch let refusal as LedgerRefusal {
            throw CommandError(refusal)
        }
    }

    // MARK: A school's time

    /// Gives free workstations of a space away for a time: to the pool, or on to a member.
    public func releaseTime(
        _ space: String, from: String, to: String, workstations: Int, member: String?, idempotencyKey: String = ""
    ) throws -> JSON {
        let command = try KeyedCommand(
            "release", key: idempotencyKey,
            [
                "space": .string(space), "from": .string(from), "to": .string(to), "workstations": JSON(workstations),
                "member": member.map { .string($0) } ?? .null,
            ])
        let space = try find(space, in: table("space"))
        let asset = AssetID(table: .space, row: space.key.id)
        let wish = try member.map { MemberID(rawValue: try find($0, in: table("member")).key.id.rawValue) }
        let (first, last) = try (instant(from), instant(to))
        guard let wanted = Wanted(.lanes, count: workstations, from: first, to: last) else {
            throw CommandError(
                .usage, "inverted",
                Phrase("结束时间应晚于开始时间，工位数应大于 0。", "It ends before it begins, or is of no workstation."))
        }
        return try once(command) { ledger, transaction in
            guard
                let pieces = try Ledger.choose(
                    wanted, of: asset, lanes: 0..<UInt16(space.lanes), in: .held(transaction.state.holder),
                    index: transaction.ledger)
            else { throw LedgerRefusal.elsewhere }
            try ledger.release(pieces.map(\.span), of: asset, wish: wish, note: "")
            return [
                "space": JSON(space.key.id), "released": JSON(workstations), "from": JSON(first), "to": JSON(last),
            ]
        }
    }

    /// Gives up what is no longer wanted: `LocalLedger.tidy` says what.
    /// - Returns: how many uses, requests and holdings ended.
    public func tidyLedger() throws -> Int {
        guard try store.read({ try LocalLedger($0, key: key, surroundings: World.surroundings).isUntidy }) else {
            return 0
        }
        return try ledger { ledger, _ in try ledger.tidy() }
    }

    // MARK: Attestation

    /// The operator states that nothing which a node's former replicas wrote is still on its way, and gives its points
    /// to its present replica. The hub's.
    public func attest(_ node: String, statesNothingLeft: Bool) throws -> JSON {
        try require(.hub)
        let row = try find(node, in: table("node"))
        guard statesNothingLeft else {
            throw CommandError(
                .refused, "statement",
                Phrase(
                    "确认移交须确认：该节点所有旧副本都不再运行，也没有存有未上报记录的备份或 U 盘（两个方向）。确认后加 --state-nothing-left。",
                    "State that no former replica of this node runs, and that no backup or stick, either way, holds records that were not sent: --state-nothing-left."
                ))
        }
        var count = 0
        try deciding { transaction, desk in
            let register = Register(transaction)
            guard let present = try register.replicas(of: row.key.id).last else { throw LedgerRefusal.elsewhere }
            let former = try transaction.rows(in: table("replica")).filter {
                $0[ReplicaColumn.node]?.value == .bytes(row.key.id.bytes)
            }.compactMap { $0.replicaID(ReplicaColumn.number) }.filter { try register.hasEnded($0) }
            desk.reason = "attest"
            count = former.count
            try Ledger.attest(Set(former), to: present, at: &desk)
        }
        return ["node": JSON(row.key.id), "replicas": JSON(count)]
    }
}
