public import Alliance
public import CRDT
import Store
public import Sync

/// Plans (招生计划): what the secretariat makes and gives, and how their places stand.
extension OpenReplica {
    /// Makes a plan or changes how many places it has. The hub's.
    ///
    /// A plan whose pathway has a later stage gets places of both.
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
            let stages = try Pathway(of: key, transaction)?.lead == nil ? 1 : 2
            try desk.setTotal(total, of: AssetID(table: .plan, row: key.id), stages: stages)
        }
        return try plan(key.id)
    }

    /// Gives a member places of the pool. The hub's.
    public func allot(
        _ count: Int, of plan: String, to member: String, idempotencyKey: String = ""
    ) throws -> JSON {
        try require(.hub)
        let command = try KeyedCommand(
            "quota allot", key: idempotencyKey,
            ["plan": .string(plan), "to": .string(member), "count": JSON(count)])
        let plan = try find(plan, in: table("plan"))
        let member = try find(member, in: table("member"))
        guard count > 0 else { throw CommandError(.usage, "count", Phrase("数量应大于 0。", "Give at least one.")) }
        _ = try deciding { transaction, desk in
            try command.once(in: transaction) {
                _ = try desk.allot(
                    count, of: AssetID(table: .plan, row: plan.key.id),
                    to: MemberID(rawValue: member.key.id.rawValue))
                return JSON(plan.key.id)
            }
        }
        return try self.plan(plan.key.id)
    }

    /// Every plan: how many places, how many in the pool, and by member how many held and used.
    public func plans() throws -> JSON {
        let rows = try list(try table("plan"))
        return .array(try rows.map { try plan($0.key.id) })
    }

    func plan(_ id: RowID) throws -> JSON {
        let names = try names()
        return try store.read { transaction in
            let row = try transaction.rows(in: table("plan"), id: id).first
            let pathway = try row.flatMap { try Pathway(of: $0.key, transaction) }
            let stages = try StageCount.all(of: AssetID(table: .plan, row: id), transaction)
            let fields: [String: JSON] = [
                "id": JSON(id), "name": .string(try row.map { try Self.planName($0, in: transaction) } ?? ""),
                "lead": pathway?.lead.flatMap { names.memberName($0) }.map { .string($0) } ?? .null,
                "later": stages.count < 2 ? .null : .object(stages[1].fields(names)),
            ]
            return .object(fields.merging((stages.first ?? StageCount()).fields(names)) { $1 })
        }
    }
}

extension OpenReplica {
    /// What a plan is called: `2027 数控加工 高级工 2+2`. A major that is not there is written by its id.
    static func planName(_ plan: RowState, in transaction: SQLiteTransaction) throws -> String {
        let columns = [PlanColumn.year, PlanColumn.major, PlanColumn.level, PlanColumn.pathway]
        return try columns.compactMap { id -> String? in
            if id == PlanColumn.major, let major = try major(of: plan, in: transaction) { return major }
            return transaction.schema[.plan]?.column(id)?.text(of: plan[id]?.value ?? .null, names: .none)
        }.joined(separator: " ")
    }

    /// The name of a plan's major; the row names others by its code.
    private static func major(of plan: RowState, in transaction: SQLiteTransaction) throws -> String? {
        guard let id = plan.rowID(PlanColumn.major), let majors = transaction.schema[.major] else { return nil }
        return try transaction.rows(in: majors, id: id).first?.text(MajorColumn.name)
    }
}

/// How a plan's training goes on.
struct Pathway {
    /// At which school the later stage is; `nil` if there is none.
    let lead: MemberID?

    /// The pathway of a plan; `nil` if it is none that the secretariat has described.
    init?(of plan: RowKey, _ transaction: SQLiteTransaction) throws {
        guard let table = transaction.schema[.pathway], let column = table.column(PathwayColumn.name),
            let name = try transaction.row(plan)?[PlanColumn.pathway]?.value
        else { return nil }
        guard let row = try transaction.rows(in: table, where: column, is: name).first else { return nil }
        lead = row.integer(PathwayColumn.laterYears) > 0 ? row.memberID(PathwayColumn.lead) : nil
    }
}

/// How the places of one stage of a plan stand.
struct StageCount {
    private var total = 0
    private var pool = 0
    private var wished = 0
    private var members: [MemberID: (held: Int, used: Int)] = [:]

    /// The stages of a plan, the first first.
    static func all(of plan: AssetID, _ transaction: SQLiteTransaction) throws -> [StageCount] {
        var stages: [StageCount] = []
        let register = Register(transaction)
        for holding in try transaction.ledger.holdings(of: plan) {
            while stages.count <= holding.span.lane { stages.append(StageCount()) }
            try stages[Int(holding.span.lane)].add(holding, of: plan, register, transaction)
        }
        return stages
    }

    private mutating func add(
        _ holding: Holding, of plan: AssetID, _ register: Register, _ transaction: SQLiteTransaction
    ) throws {
        let size = Int(holding.span.to - holding.span.from)
        let used = try transaction.ledger.occupations(of: plan, in: holding.span)
            .compactMap { $0.piece.span.intersection(holding.span) }.reduce(0) { $0 + Int($1.to - $1.from) }
        if holding.place != .burnt { total += size }
        switch holding.place {
        case .pool: pool += size - used
        case .wished: wished += size
        case .burnt: break
        case .held(let replica):
            let member = try register.member(of: replica)
            members[member, default: (0, 0)].held += size
            members[member, default: (0, 0)].used += used
        }
    }

    func fields(_ names: Names) -> [String: JSON] {
        let members = members.map { (name: names.memberName($0) ?? "", count: $1) }.sorted { $0.name < $1.name }
        return [
            "total": JSON(total), "pool": JSON(pool), "onTheirWay": JSON(wished),
            "members": .array(
                members.map { ["name": .string($0.name), "held": JSON($0.count.held), "used": JSON($0.count.used)] }),
        ]
    }
}
