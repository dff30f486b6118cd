public import Alliance
public import CRDT
import Store
public import Sync

/// Admissions (录取): what a school does with the places that it holds, network or not.
extension OpenReplica {
    /// Somebody who is to be admitted. Who it is stays on this machine; a mark of the number goes to the hub.
    public struct Applicant: Sendable {
        /// Of the identity document; empty if nobody is to be compared.
        public var number = ""
        public var name = ""
        /// Name or id of an order class of this school; empty if none.
        public var orderClass = ""
        /// The same key gives the same admission, however often it is sent.
        public var idempotencyKey = ""

        public init() {}
    }

    /// Admits somebody: takes the lowest free place that this replica holds.
    public func admit(_ applicant: Applicant, to plan: String) throws -> JSON {
        let plan = try find(plan, in: table("plan"))
        let asset = AssetID(table: .plan, row: plan.key.id)
        let member = try state().member
        let id =
            applicant.idempotencyKey.isEmpty
            ? RowID(rawValue: UUIDv7.make(wall: World.wall))
            : RowID(
                natural: [.bytes(plan.key.id.bytes), .text(applicant.idempotencyKey)], table: .admission, owner: member)
        let key = RowKey(table: .admission, owner: member, id: id)
        let mark = try mark(applicant, year: plan.integer(PlanColumn.year))
        let orderClass = try applicant.orderClass.isEmpty ? nil : find(applicant.orderClass, in: table("order_class"))
        let command = try KeyedCommand(
            "admit", key: applicant.idempotencyKey, within: "\(plan.key.id)",
            [
                "orderClass": .string(applicant.orderClass), "number": .string(applicant.number),
                "name": .string(applicant.name),
            ])
        return try ledger { ledger, transaction in
            var isNew = false
            _ = try command.once(in: transaction) {
                guard try transaction.row(key) == nil else { return JSON(id) }
                if let orderClass { try checkRoom(in: orderClass, transaction) }
                var values = mark
                values[AssetColumn.table] = .integer(Int64(asset.table.rawValue))
                values[AssetColumn.row] = Value(asset.row)
                values[AdmissionColumn.orderClass] = orderClass.map { Value($0.key.id) }
                let edit = RowEdit(key: key, act: .create, values: values)
                _ = try ledger.admit(to: asset, admission: id, beside: [edit])
                try transaction.setApplicant(id, name: applicant.name, number: applicant.number)
                isNew = true
                return JSON(id)
            }
            return try Admission(key, transaction).json.merging(["new": .bool(isNew)])
        }
    }

    private func mark(_ applicant: Applicant, year: Int64) throws -> [ColumnID: Value] {
        guard !applicant.number.isEmpty else { return [:] }
        guard applicant.number.count <= 40, applicant.number.contains(where: { $0.isLetter || $0.isNumber }) else {
            throw CommandError(
                .usage, "applicant",
                Phrase(
                    "证件号码应为 1 到 40 个字符，含字母或数字。", "A document's number has 1 to 40 characters, with letters or digits."))
        }
        guard let key = try ApplicantKey(in: folder) else {
            throw CommandError(
                .refused, "applicant-key",
                Phrase(
                    "还没有考生密钥，无法比对重复录取；请先用 quota key 设置（各校相同），或不填证件号码。",
                    "There is no applicants' key to compare by; set it with quota key, the same at all schools, or leave the number out."
                ))
        }
        return [
            AdmissionColumn.mark: .bytes(key.mark(of: applicant.number, year: year)),
            AdmissionColumn.markKey: .bytes(key.number),
        ]
    }

    private func checkRoom(in orderClass: RowState, _ transaction: SQLiteTransaction) throws {
        let column = try column("order_class", in: table("admission"))
        let taken = try transaction.rows(in: table("admission"), where: column, is: Value(orderClass.key.id)).filter {
            try Admission($0.key, transaction).state != .withdrawn
        }.count
        let places = Int(orderClass.integer(OrderClassColumn.places))
        guard taken < places else {
            throw CommandError(
                .refused, "class-full",
                Phrase("该订单班 \(places) 人已满，未录取。", "This order class of \(places) is full; nobody was admitted."))
        }
    }

    /// Ends an admission: the applicant withdrew, and the place is the school's again.
    public func withdraw(
        place: Int64, of plan: String, because reason: String, idempotencyKey: String = ""
    ) throws -> JSON {
        let command = try KeyedCommand(
            "withdraw", key: idempotencyKey,
            ["plan": .string(plan), "place": JSON(place), "reason": .string(reason)])
        let plan = try find(plan, in: table("plan"))
        let asset = AssetID(table: .plan, row: plan.key.id)
        return try ledger { ledger, transaction in
            let answer = try command.once(in: transaction) {
                let key = try Admission.key(at: place, of: asset, transaction)
                try ledger.cancel(place: place, of: asset, reason: reason)
                return key.map { JSON($0.id) } ?? .null
            }
            let row = try answer.text.flatMap { RowID($0) }.flatMap { id in
                try transaction.rows(in: table("admission"), id: id).first
            }
            return try row.map { try Admission($0.key, transaction).json } ?? ["place": JSON(place)]
        }
    }

    /// Notes that a student who was admitted has come and is registered (注册).
    /// - Parameter day: as people type a date; empty for today.
    public func register(place: Int64, of plan: String, on day: String) throws -> JSON {
        let plan = try find(plan, in: table("plan"))
        let asset = AssetID(table: .plan, row: plan.key.id)
        let member = try state().member
        let date = try values(
            ["day=\(day.isEmpty ? String(ChinaTime.text(milliseconds: Int64(World.wall)).prefix(10)) : day)"],
            in: table("registration"))
        return try ledger { ledger, transaction in
            guard let admission = try Admission.key(at: place, of: asset, transaction), admission.owner == member else {
                throw LedgerRefusal.noSuchUse
            }
            let id = RowID(natural: [.bytes(admission.id.bytes)], table: .registration, owner: member)
            let key = RowKey(table: .registration, owner: member, id: id)
            if try transaction.row(key) == nil {
                var values = date
                values[AssetColumn.table] = .integer(Int64(asset.table.rawValue))
                values[AssetColumn.row] = Value(asset.row)
                values[RegistrationColumn.admission] = Value(admission.id)
                try ledger.write([RowEdit(key: key, act: .create, values: values)])
            }
            return try Admission(admission, transaction).json
        }
    }

    /// Hands the later stage of an admission over to the lead school (转段): its place goes there, reserved as it is.
    public func handOver(place: Int64, of plan: String, idempotencyKey: String = "") throws -> JSON {
        let command = try KeyedCommand(
            "hand-over", key: idempotencyKey, ["plan": .string(plan), "place": JSON(place)])
        let plan = try find(plan, in: table("plan"))
        let asset = AssetID(table: .plan, row: plan.key.id)
        return try once(command) { ledger, transaction in
            guard let lead = try Pathway(of: plan.key, transaction)?.lead else {
                throw CommandError(
                    .refused, "no-later-stage",
                    Phrase("该计划没有后段，无需转段。", "This plan has no later stage to hand over."))
            }
            try ledger.handOver(place: place, of: asset, to: lead)
            return ["place": JSON(place), "plan": JSON(plan.key.id)]
        }
    }

    /// Gives unused places back to the pool, or on to a member.
    public func releasePlaces(
        _ count: Int, of plan: String, to member: String?, idempotencyKey: String = ""
    ) throws -> JSON {
        let command = try KeyedCommand(
            "release places", key: idempotencyKey,
            ["plan": .string(plan), "count": JSON(count), "to": member.map { .string($0) } ?? .null])
        guard count > 0 else { throw CommandError(.usage, "count", Phrase("数量应大于 0。", "Give at least one.")) }
        let plan = try find(plan, in: table("plan"))
        let wish = try member.map { MemberID(rawValue: try find($0, in: table("member")).key.id.rawValue) }
        try once(command) { ledger, _ in
            _ = try ledger.release(places: count, of: AssetID(table: .plan, row: plan.key.id), wish: wish, note: "")
            return JSON(plan.key.id)
        }
        return try self.plan(plan.key.id)
    }

    /// The admissions of a plan that this replica knows, by place; those that ended last.
    public func admissions(of plan: String) throws -> JSON {
        let plan = try find(plan, in: table("plan"))
        let table = try table("admission")
        let column = try column("asset", in: table)
        return try store.read { transaction in
            let all = try transaction.rows(in: table, where: column, is: Value(plan.key.id)).map {
                try Admission($0.key, transaction)
            }
            return .array(all.sorted { ($0.place ?? .max, $0.key) < ($1.place ?? .max, $1.key) }.map(\.json))
        }
    }

    /// Applicants who are admitted twice, as far as their marks tell; a case is over once one admission has ended.
    public func duplicates() throws -> JSON {
        let names = try names()
        let table = try table("duplicate")
        return try store.read { transaction in
            .array(
                try transaction.rows(in: table).map { row in
                    let sides = try [
                        (DuplicateColumn.first, DuplicateColumn.firstMember),
                        (DuplicateColumn.second, DuplicateColumn.secondMember),
                    ].compactMap { id, member -> (name: String, id: RowID, isLive: Bool)? in
                        guard let id = row.rowID(id), let member = row.memberID(member) else { return nil }
                        return (names.memberName(member) ?? "", id, try Admission.isLive(id, transaction))
                    }
                    return [
                        "id": JSON(row.key.id), "open": .bool(sides.allSatisfy(\.isLive)),
                        "admissions": .array(
                            sides.map {
                                ["school": .string($0.name), "id": JSON($0.id), "standing": .bool($0.isLive)]
                            }),
                    ]
                })
        }
    }

    // MARK: The applicants' key

    /// The code of this school's applicants' key; `nil` if it has none.
    public func applicantKey() throws -> ApplicantKey? { try ApplicantKey(in: folder) }

    /// Takes the applicants' key that another school told, or draws one.
    /// - Parameter code: `nil` to draw one; refused while there is one, since marks made by it would match no more.
    public func setApplicantKey(_ code: String?) throws -> ApplicantKey {
        try require(.node)
        let present = try ApplicantKey(in: folder)
        guard let code else {
            guard present == nil else {
                throw CommandError(
                    .refused, "exists",
                    Phrase(
                        "本校已有考生密钥；换成新的会使已有的比对失效。要改用他校的，请给出其代码。",
                        "This school has a key; a new one would match no earlier mark. To take another school's, give its code."
                    ))
            }
            let key = ApplicantKey()
            try key.keep(in: folder)
            return key
        }
        guard let key = ApplicantKey(code: code) else {
            throw CommandError(
                .usage, "applicant-key",
                Phrase("这不是考生密钥，或抄错了；应为九组四位。", "That is no applicants' key, or mistyped: nine groups of four digits."))
        }
        try key.keep(in: folder)
        return key
    }
}
