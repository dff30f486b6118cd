public import Alliance
public import CRDT
import Store
import Sync

/// Requests for points that others hold: those that wait, and their answers.
extension OpenReplica {
    /// Requests that nobody has answered, in the order in which they came, each with those that want the same beside it.
    public func requests() throws -> JSON {
        let names = try names()
        return try store.read { transaction in
            var all: [JSON] = []
            for asset in try transaction.ledger.unsettled() {
                let open = try transaction.ledger.openRequests(of: asset).sorted { Self.came($0) < Self.came($1) }
                let rules = try rules(of: asset, transaction)
                for row in open {
                    if let json = try self.request(row, among: open, rules, names, transaction) { all.append(json) }
                }
            }
            return .array(all)
        }
    }

    /// When it was asked for, by the asker's corrected clock, Unix milliseconds.
    static func came(_ row: RowState) -> UInt64 { row.presence?.stamp.time.milliseconds ?? 0 }

    private func rules(of asset: AssetID, _ transaction: SQLiteTransaction) throws -> SpaceRules? {
        guard asset.table == .space else { return nil }
        return try transaction.rows(in: table("space"), id: asset.row).first.map {
            try SpaceRules(of: $0, in: transaction)
        }
    }

    private func request(
        _ row: RowState, among open: [RowState], _ rules: SpaceRules?, _ names: Names, _ transaction: SQLiteTransaction
    ) throws -> JSON? {
        guard let request = row.request else { return nil }
        let own = transaction.state
        let (asset, wanted) = (request.asset, request.wanted)
        let holders = try holders(of: asset, wanted, transaction)
        let competing = open.filter { other in
            guard other.key != row.key, let other = other.request?.wanted else { return false }
            return other.from < wanted.to && wanted.from < other.to
        }
        let isMine = try transaction.ledger.holdings(of: asset).contains {
            $0.place == .held(own.replica) && $0.span.from < wanted.to && wanted.from < $0.span.to
        }
        let booking = try row.rowID(RequestColumn.subject).flatMap {
            try transaction.rows(in: table("booking"), id: $0).first
        }
        let name: String
        switch asset.table {
        case .space: name = try transaction.rows(in: table("space"), id: asset.row).first?.text(SpaceColumn.name) ?? ""
        case .teacher:
            name = try transaction.rows(in: table("teacher"), id: asset.row).first?.text(TeacherColumn.name) ?? ""
        default: name = ""
        }
        // Nobody is late with an answer while there is nothing to give.
        let hours = request.waits ? nil : rules?.policy.respondByHours
        let respondBy = hours.map { Int64(Self.came(row)) + Int64($0) * 3_600_000 }
        let isOverdue = respondBy.map { $0 < Int64(World.wall) } ?? false
        return [
            "id": JSON(row.key.id), "member": .string(names.memberName(row.key.owner) ?? ""), "space": .string(name),
            "waits": .bool(request.waits), "count": JSON(wanted.count),
            "from": JSON(wanted.from), "to": JSON(wanted.to),
            "own": .bool(row.key.owner == own.member), "mine": .bool(isMine), "asked": JSON(Self.came(row)),
            "asset": JSON(asset.row),
            "holders": .array(holders.map { names.memberName($0) ?? "" }.sorted().map { .string($0) }),
            "mayDecide": .bool(own.role == .hub && (holders.isEmpty || isOverdue)),
            "respondBy": respondBy.map { JSON($0) } ?? .null,
            "overdue": .bool(isOverdue),
            "queue": JSON(competing.count { Self.came($0) < Self.came(row) } + 1),
            "competing": .array(competing.map { JSON($0.key.id) }),
            "purpose": .string(booking?.text(BookingColumn.purpose) ?? ""),
            "className": .string(booking?.text(BookingColumn.className) ?? ""),
            "heads": JSON(booking?.integer(BookingColumn.heads) ?? 0),
        ]
    }

    /// The members whose present replicas hold points that are asked for: who answers.
    private func holders(
        of asset: AssetID, _ wanted: Wanted, _ transaction: SQLiteTransaction
    ) throws -> Set<MemberID> {
        let register = Register(transaction)
        var holders: Set<MemberID> = []
        for holding in try transaction.ledger.holdings(of: asset) {
            guard case .held(let replica) = holding.place, holding.span.from < wanted.to,
                wanted.from < holding.span.to, try !register.hasEnded(replica)
            else { continue }
            holders.insert(try register.member(of: replica))
        }
        return holders
    }

    /// Answers a request from this replica's own holding.
    public func approve(_ request: String, idempotencyKey: String = "") throws -> JSON {
        let id = try requestID(request)
        let command = try KeyedCommand("approve", key: idempotencyKey, ["request": .string(request)])
        return try once(command) { ledger, _ in ["request": JSON(id), "use": JSON(try ledger.approve(id))] }
    }

    /// Says no, with a reason; other times are added by itself. At the hub it is said in the alliance's name: for what
    /// its holder does not answer.
    public func decline(_ request: String, because reason: String, idempotencyKey: String = "") throws -> JSON {
        let id = try requestID(request)
        guard !reason.isEmpty else {
            throw CommandError(.usage, "reason", Phrase("请写明驳回的理由。", "Give a reason."))
        }
        let command = try KeyedCommand(
            "decline", key: idempotencyKey, ["request": .string(request), "reason": .string(reason)])
        if try state().role == .hub {
            return try deciding { transaction, desk in
                try command.once(in: transaction) {
                    try desk.decline(id, because: reason)
                    return ["request": JSON(id)]
                }
            }
        }
        return try once(command) { ledger, _ in
            try ledger.decline(id, because: reason)
            return ["request": JSON(id)]
        }
    }

    private func requestID(_ text: String) throws -> RowID { try find(text, in: table("request")).key.id }
}
