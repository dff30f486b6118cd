import Alliance
public import CRDT
import Crypto
import Store
import Sync
public import Wire

extension OpenReplica {
    /// Gives out a one-time code under which a node of a member can join.
    public func invite(_ member: MemberID) throws -> (invitation: Invitation, expires: UInt64) {
        try require(.hub)
        guard try !hasLeft(member) else {
            throw CommandError(
                .refused, "left",
                Phrase(
                    "该成员已退出联盟；如重新加入，请先清除其退出时间（edit member … left=）。",
                    "This member has left; if it comes back, first clear its date of leaving (edit member … left=)."))
        }
        func random(_ count: Int) -> [UInt8] { (0..<count).map { _ in .random(in: .min ... .max) } }
        let invitation = Invitation(
            code: random(Invitation.codeSize), secret: random(Invitation.secretSize),
            hub: HubFingerprint(of: key.publicKey))
        let expires = World.wall + Invitation.lifetime
        try store.write { transaction in
            try transaction.setInvitation(
                InvitationRecord(
                    code: invitation.code, member: member, secret: invitation.secret, expires: expires, usedBy: nil))
        }
        return (invitation, expires)
    }

    /// The one member that a name or an id names.
    public func member(_ text: String) throws -> MemberID {
        let names = try names()
        let found = MemberID(text).map { [$0] } ?? names.members(text)
        guard let member = found.first, names.memberName(member) != nil else {
            throw CommandError(
                .refused, "unknown-member",
                Phrase("没有名为 \(text) 的成员；请先导入或新建成员。", "There is no member \(text); import or add it first."))
        }
        guard found.count == 1 else {
            throw CommandError(
                .refused, "ambiguous",
                Phrase("有多个成员名为 \(text)，请用编号。", "Several members are called \(text); use the id."))
        }
        return member
    }

    /// The nodes of the register with what each last reported.
    public func nodesJSON() throws -> JSON {
        let names = try names()
        guard let nodes = schema[.node], let replicas = schema[.replica] else { return [] }
        return try store.read { transaction in
            let reports = Dictionary(uniqueKeysWithValues: try transaction.nodeReports().map { ($0.replica, $0) })
            let alarms = try transaction.alarms()
            let copies = try transaction.copies()
            let register = Register(transaction)
            var byNode: [RowID: [ReplicaID]] = [:]
            for row in try transaction.rows(in: replicas) {
                guard let number = row.bytes(ReplicaColumn.number).flatMap({ Register.replica(bytes: $0) }),
                    let node = row.bytes(ReplicaColumn.node).flatMap({ RowID(bytes: $0) })
                else { continue }
                byNode[node, default: []].append(number)
            }
            return .array(
                try transaction.rows(in: nodes).map { row in
                    let ids = byNode[row.key.id] ?? []
                    let ended = try ids.filter(register.hasEnded)
                    let report = ids.compactMap { reports[$0] }.max {
                        max($0.lastExchange, $0.lastBundle) < max($1.lastExchange, $1.lastBundle)
                    }
                    let subjects = Set(ids.map(\.description))
                    let isHub = row.integer(NodeColumn.isHub) != 0
                    let here = alarms.filter {
                        subjects.contains($0.subject) || (isHub && ReplicaID($0.subject) == nil)
                    }
                    let reported = (report?.alarms ?? []).compactMap { Alarm.Kind(rawValue: $0) }
                    let member = row.member(NodeColumn.member)
                    return [
                        "id": JSON(row.key.id), "name": .string(row.text(NodeColumn.name)),
                        "member": member.map { JSON($0) } ?? .null,
                        "memberName": .string(member.flatMap { names.memberName($0) } ?? ""), "isHub": .bool(isHub),
                        "joined": .number(row.integer(NodeColumn.joined)),
                        "revoked": JSON(time: UInt64(clamping: row.integer(NodeColumn.revoked))),
                        "confirmed": JSON(time: UInt64(clamping: row.integer(NodeColumn.confirmed))),
                        "replicas": .array(ids.filter { !ended.contains($0) }.map { JSON($0) }),
                        "endedReplicas": .array(ended.map { JSON($0) }),
                        "copies": .array(copies.filter { ids.contains($0.replica) }.map { JSON($0) }),
                        "lastExchange": JSON(time: report?.lastExchange ?? 0),
                        "silent": .bool(!isHub && report.map(isSilent) ?? false),
                        "acknowledged": report.map { JSON($0.acknowledged) } ?? .null,
                        "leftBehind": JSON(time: report?.leftBehind ?? 0),
                        "lastBundle": JSON(time: report?.lastBundle ?? 0),
                        "rev": report.map { JSON($0.cursor) } ?? .null,
                        "behind": report.map {
                            JSON(transaction.state.cursor.rev - min($0.cursor, transaction.state.cursor.rev))
                        } ?? .null,
                        "pending": report.map { JSON($0.pending) } ?? .null,
                        "pendingSince": JSON(time: report?.pendingSince ?? 0),
                        "clockOffset": report.map { .number($0.clockOffset) } ?? .null,
                        "provedAt": JSON(time: report?.provedAt ?? 0),
                        "provedRev": report.map { JSON($0.provedRev) } ?? .null,
                        "program": report.map { .string($0.program) } ?? .null,
                        "alarms": .array(
                            here.map { JSON($0) }
                                + reported.map {
                                    [
                                        "kind": .string("\($0)"), "zh": .string($0.phrase.zh),
                                        "en": .string($0.phrase.en),
                                    ]
                                }),
                    ]
                })
        }
    }

    /// Whether a node has been away for so long that its operator should ask after it.
    func isSilent(_ report: NodeReport) -> Bool {
        max(report.lastExchange, report.lastBundle) + Self.silence < World.wall
    }

    /// Milliseconds: 400 days.
    private static let silence: UInt64 = 400 * 24 * 3_600_000

    private func memberRow(_ member: MemberID) throws -> RowKey {
        RowKey(table: .member, owner: try state().secretariat, id: RowID(rawValue: member.rawValue))
    }

    private func hasLeft(_ member: MemberID) throws -> Bool {
        let key = try memberRow(member)
        return try store.read { try $0.row(key)?[MemberColumn.left]?.value ?? .null != .null }
    }

    /// A member leaves the alliance: its nodes are revoked with it; its rows stay, as the alliance's history.
    /// - Returns: the nodes that were revoked.
    public func leave(_ member: MemberID) throws -> [RowID] {
        try require(.hub)
        guard try member != state().secretariat else {
            throw CommandError(.refused, "secretariat", Phrase("秘书处不能退出。", "The secretariat can't leave."))
        }
        guard try !hasLeft(member) else {
            throw CommandError(.refused, "left", Phrase("该成员已退出。", "The member has left already."))
        }
        let nodes = try table("node")
        let inForce = try store.read { transaction in
            try transaction.rows(in: nodes).filter {
                $0.member(NodeColumn.member) == member && $0.integer(NodeColumn.revoked) == 0
            }
        }
        let now = Value.integer(Int64(clamping: World.wall))
        try commit(
            [RowEdit(key: try memberRow(member), act: .edit, values: [MemberColumn.left: now])]
                + inForce.map { RowEdit(key: $0.key, act: .edit, values: [NodeColumn.revoked: now]) })
        return inForce.map(\.key.id)
    }

    /// Revokes a node: from the next rev on nothing that it signs is taken.
    public func revoke(_ text: String) throws -> RowID {
        try require(.hub)
        let row = try node(text)
        guard row.integer(NodeColumn.isHub) == 0 else {
            throw CommandError(.refused, "hub", Phrase("不能吊销中心自己。", "The hub itself can't be revoked."))
        }
        guard row.integer(NodeColumn.revoked) == 0 else {
            throw CommandError(.refused, "revoked", Phrase("该节点已被吊销。", "The node is revoked already."))
        }
        try commit([
            RowEdit(key: row.key, act: .edit, values: [NodeColumn.revoked: .integer(Int64(clamping: World.wall))])
        ])
        return row.key.id
    }
}
