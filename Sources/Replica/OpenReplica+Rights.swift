public import Alliance
public import CRDT
import Store
public import Sync

/// Plans and points: what the secretariat gives, what a school holds, uses and gives back.
extension OpenReplica {
    /// Makes a plan or changes how many places it has. The hub's.
    public func setPlan(_ values: [String], total: Int) throws -> JSON {
        try require(.hub)
        let table = try table("plan")
        let values = try self.values(values, in: table)
        guard (0...100_000).contains(total) else {
            throw CommandError(.usage, "total", Phrase("名额总数应为 0 到 100000。", "A plan has 0 to 100,000 places."))
        }
        let key = RowKey(
            table: .plan, owner: try state().secretariat,
            id: RowID(natural: table.naturalKey.map { values[$0] ?? .null }, table: .plan, owner: try state().member))
        try deciding { transaction, desk in
            if try transaction.row(key) == nil {
                try LocalWriter(transaction, key: self.key, surroundings: World.surroundings).commit([
                    RowEdit(key: key, act: .create, values: values)
                ])
            }
            try desk.setTotal(total, of: AssetID(table: .plan, row: key.id))
        }
        return try plan(key.id)
    }

    /// Gives a member places of the pool. The hub's.
    public func allot(_ count: Int, of plan: String, to member: String) throws -> JSON {
        try require(.hub)
        let plan = try find(plan, in: table("plan"))
        let member = try find(member, in: table("member"))
        guard count > 0 else { throw CommandError(.usage, "count", Phrase("数量应大于 0。", "Give at least one.")) }
        try deciding { _, desk in
            _ = try desk.allot(
                count, of: AssetID(table: .plan, row: plan.key.id), to: MemberID(rawValue: member.key.id.rawValue))
        }
        return try self.plan(plan.key.id)
    }

    /// Runs one decision of the hub as one transaction.
    func deciding(_ act: (SQLiteTransaction, inout HubDesk) throws -> Void) throws {
        do {
            try store.write { transaction in
                var desk = HubDesk(transaction, key: key, surroundings: World.surroundings)
                guard try !desk.isFrozen else {
                    throw CommandError(
                        .refused, "recovering",
                        Phrase(
                            "中心正在恢复，暂不授予；先结束恢复（hub recovery --close）。",
                            "The hub is recovering and grants nothing; close the recovery first (hub recovery --close)."
                        ))
                }
                try act(transaction, &desk)
                try desk.file()
            }
        } catch let refusal as LedgerRefusal {
            throw CommandError(refusal)
        }
    }

    // MARK: A school's time

    /// Gives free workstations of a space away for a time: to the pool, or on to a member.
    public func releaseTime(
        _ space: String, from: String, to: String, workstations: Int, member: String?
    ) throws -> JSON {
        let space = try find(space, in: table("space"))
        let asset = AssetID(table: .space, row: space.key.id)
        let wish = try member.map { MemberID(rawValue: try find($0, in: table("member")).key.id.rawValue) }
        let (first, last) = try (instant(from), instant(to))
        guard let wanted = Wanted(.lanes, count: workstations, from: first, to: last) else {
            throw CommandError(
                .usage, "inverted",
                Phrase("结束时间应晚于开始时间，工位数应大于 0。", "It ends before it begins, or is of no workstation."))
        }
        try ledger { ledger, transaction in
            guard
                let pieces = try Ledger.choose(
                    wanted, of: asset, lanes: 0..<UInt16(space.lanes), in: .held(transaction.state.replica),
                    index: transaction.ledger)
            else { throw LedgerRefusal.elsewhere }
            try ledger.release(pieces.map(\.span), of: asset, wish: wish, note: "")
        }
        return ["space": JSON(space.key.id), "released": JSON(workstations), "from": JSON(first), "to": JSON(last)]
    }

    /// Gives up what is no longer wanted: `LocalLedger.tidy` says what.
    /// - Returns: how many uses, requests and holdings ended.
    public func tidyLedger() throws -> Int {
        guard try store.read({ try LocalLedger($0, key: key, surroundings: World.surroundings).isUntidy }) else {
            return 0
        }
        return try ledger { ledger, _ in try ledger.tidy() }
    }

    // MARK: A school's places

    /// Admits somebody: takes the lowest free place that this replica holds.
    /// - Parameter subject: the admission's id; the same one takes one place, however often it is sent.
    public func admit(_ plan: String, idempotencyKey: String) throws -> JSON {
        let plan = try find(plan, in: table("plan"))
        let asset = AssetID(table: .plan, row: plan.key.id)
        let member = try state().member
        let subject =
            idempotencyKey.isEmpty
            ? RowID(rawValue: UUIDv7.make(wall: World.wall))
            : RowID(natural: [.bytes(plan.key.id.bytes), .text(idempotencyKey)], table: .use, owner: member)
        return try ledger { ledger, transaction in
            let uses = try transaction.rows(
                in: table("use"), where: column("subject", in: table("use")), is: .bytes(subject.bytes)
            ).compactMap(\.use)
            if let use = try uses.first(where: { try Ledger.isLive($0, in: transaction.ledger) }) {
                return Self.place(use, isNew: false)
            }
            let held = try transaction.ledger.holdings(of: asset).filter {
                $0.place == .held(transaction.state.replica)
            }
            let isFree = try held.contains {
                try !Ledger.free($0.span, of: asset, in: $0.place, index: transaction.ledger).isEmpty
            }
            guard isFree else { throw LedgerRefusal.tooFew(0) }
            guard let wanted = Wanted(.places, count: 1, from: 1, to: 1 << 20),
                case .confirmed(let id) = try ledger.take(wanted, of: asset, subject: subject),
                let use = try transaction.ledger.use(id)
            else { throw LedgerRefusal.tooFew(0) }
            return Self.place(use, isNew: true)
        }
    }

    private static func place(_ use: Use, isNew: Bool) -> JSON {
        ["use": JSON(use.id), "place": JSON(use.pieces.first?.span.from ?? 0), "new": .bool(isNew)]
    }

    /// Ends an admission: its place is the school's again.
    public func cancelPlace(_ plan: String, place: Int64, because reason: String) throws {
        let plan = try find(plan, in: table("plan"))
        let asset = AssetID(table: .plan, row: plan.key.id)
        try ledger { ledger, transaction in
            guard let span = Span(lane: 0, from: place, to: place + 1),
                let use = try transaction.ledger.occupations(of: asset, in: span).first?.use
            else { throw LedgerRefusal.noSuchUse }
            try ledger.cancel(use, reason: reason)
        }
    }

    /// Gives unused places back to the pool, or on to a member.
    public func releasePlaces(_ count: Int, of plan: String, to member: String?) throws -> JSON {
        let plan = try find(plan, in: table("plan"))
        let wish = try member.map { MemberID(rawValue: try find($0, in: table("member")).key.id.rawValue) }
        _ = try ledger { ledger, _ in
            try ledger.release(places: count, of: AssetID(table: .plan, row: plan.key.id), wish: wish, note: "")
        }
        return try self.plan(plan.key.id)
    }

    // MARK: What there is

    /// Every plan: how many places, how many in the pool, and by member how many held and used.
    public func plans() throws -> JSON {
        let rows = try list(try table("plan"))
        return .array(try rows.map { try plan($0.key.id) })
    }

    private func plan(_ id: RowID) throws -> JSON {
        let names = try names()
        let row = try store.read { try $0.rows(in: table("plan"), id: id).first }
        // Before the transaction: names are read from the file as well.
        let texts = try row.map { row in
            try table("plan").columns.map { $0.text(of: row[$0.id]?.value ?? .null, names: names) }
        }
        return try store.read { transaction in
            let ledger = transaction.ledger
            let asset = AssetID(table: .plan, row: id)
            var pool = 0, total = 0, wished = 0
            var members: [String: (held: Int, used: Int)] = [:]
            for holding in try ledger.holdings(of: asset) {
                let size = Int(holding.span.to - holding.span.from)
                let used = try ledger.occupations(of: asset, in: holding.span)
                    .compactMap { $0.piece.span.intersection(holding.span) }.reduce(0) { $0 + Int($1.to - $1.from) }
                if holding.place != .burnt { total += size }
                switch holding.place {
                case .pool: pool += size - used
                case .wished: wished += size
                case .burnt: break
                case .held(let replica):
                    let name = names.memberName(try Register(transaction).member(of: replica)) ?? ""
                    members[name, default: (0, 0)].held += size
                    members[name, default: (0, 0)].used += used
                }
            }
            return [
                "id": JSON(id), "name": .string((texts ?? []).prefix(4).joined(separator: " ")),
                "total": JSON(total), "pool": JSON(pool), "onTheirWay": JSON(wished),
                "members": .array(
                    members.sorted { $0.key < $1.key }.map {
                        ["name": .string($0.key), "held": JSON($0.value.held), "used": JSON($0.value.used)]
                    }),
            ]
        }
    }

    /// What this replica holds, and what waits: points of former replicas are in quarantine until the secretariat attests.
    public func rights() throws -> JSON {
        try store.read { transaction in
            let state = transaction.state
            let register = Register(transaction)
            var quarantined: [JSON] = []
            if let table = transaction.schema[.replica] {
                for row in try transaction.rows(in: table) {
                    guard let replica = row.replicaID(ReplicaColumn.number), try register.hasEnded(replica),
                        try register.member(of: replica) == state.member
                    else { continue }
                    let assets = try transaction.ledger.holdings(by: replica).count
                    if assets > 0 { quarantined.append(["replica": JSON(replica), "assets": JSON(assets)]) }
                }
            }
            return [
                "replica": JSON(state.replica),
                "held": .array(
                    try transaction.ledger.holdings(by: state.replica).map { asset, holdings in
                        [
                            "table": .string(schema[asset.table]?.name ?? ""), "asset": JSON(asset.row),
                            "pieces": JSON(holdings.count),
                        ]
                    }),
                "quarantined": .array(quarantined),
            ]
        }
    }

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
