public import Alliance
public import CRDT
import Store
public import Sync

/// Who holds which points, and which of them wait in quarantine, in words.
extension OpenReplica {
    /// What this replica holds, what is on its way to its member, and what is in quarantine, each by the names of the
    /// resources, and why what waits does wait.
    public func rights() throws -> JSON {
        let names = try names()
        return try store.read { transaction in
            let state = transaction.state
            let coming = try transaction.ledger.unsettled().compactMap { asset -> JSON? in
                let wished = try transaction.ledger.wished(of: asset).filter { $0.place == .wished(state.member) }
                return wished.isEmpty ? nil : try self.json(asset, wished, transaction)
            }
            return [
                "replica": JSON(state.replica),
                "held": .array(
                    try transaction.ledger.holdings(by: state.holder).map { try self.json($0, $1, transaction) }),
                "onTheirWay": .array(coming),
                "quarantined": .array(try quarantine(of: state.member, names, transaction)),
            ]
        }
    }

    /// The points of replicas that have ended, of every member: nobody can use them until the secretariat has attested
    /// that nothing which those replicas wrote is still to come.
    public func quarantine() throws -> JSON {
        let names = try names()
        return try store.read { .array(try quarantine(of: nil, names, $0)) }
    }

    private func quarantine(
        of member: MemberID?, _ names: Names, _ transaction: SQLiteTransaction
    ) throws -> [JSON] {
        guard let table = transaction.schema[.replica] else { return [] }
        let register = Register(transaction)
        return try transaction.rows(in: table).compactMap { row -> JSON? in
            // A file that was put back ends as soon as it is there, though nobody else has heard of it.
            guard let replica = row.replicaID(ReplicaColumn.number),
                try register.hasEnded(replica)
                    || transaction.state.isEnding && replica == transaction.state.replica,
                let node = row.rowID(ReplicaColumn.node)
            else { return nil }
            let owner = try register.member(of: replica)
            let holdings = try transaction.ledger.holdings(by: replica)
            guard member == nil || member == owner, !holdings.isEmpty else { return nil }
            let ended = row.integer(ReplicaColumn.ended)
            let why = Self.why(ended)
            return [
                "replica": JSON(replica), "node": JSON(node),
                "nodeName": .string(try register.node(node)?.name ?? ""),
                "member": .string(names.memberName(owner) ?? ""), "ended": JSON(ended),
                "assets": .array(try holdings.map { try self.json($0, $1, transaction) }),
                "zh": .string(why.zh), "en": .string(why.en),
            ]
        }
    }

    /// - Parameter ended: Unix milliseconds; 0 if the hub has not heard of it yet.
    private static func why(_ ended: Int64) -> Phrase {
        guard ended > 0 else {
            return Phrase(
                "本节点由备份恢复，尚未与中心同步：备份之后可能已有别的预约和录取，所持时段和名额暂不能用。请先同步，再由秘书处确认移交。",
                "This node was restored from a backup and has not synced since: what it held may have been used after the backup. Sync first; then the secretariat confirms."
            )
        }
        let day = ChinaTime.text(milliseconds: ended).dropLast(3)
        return Phrase(
            "该节点于 \(day) 换用新副本（恢复或接续）；旧副本可能还有未上报的记录，所持时段和名额须秘书处确认移交后才能再用。已确认的预约和录取不受影响。",
            "This node went on as a new replica on \(day) (restored, or gone on). The former one may have written what nobody has seen, so its times and places can be used again once the secretariat has confirmed; what is booked and admitted stays."
        )
    }

    /// A resource and how much of it.
    private func json(
        _ asset: AssetID, _ holdings: [Holding], _ transaction: SQLiteTransaction
    ) throws -> JSON {
        let table = transaction.schema[asset.table]
        let row = try table.flatMap { try transaction.rows(in: $0, id: asset.row).first }
        let lanes = Set(holdings.map(\.span.lane)).count
        let places = holdings.filter { $0.span.lane == 0 }.reduce(0) { $0 + $1.span.to - $1.span.from }
        return [
            "table": .string(table?.name ?? ""), "asset": JSON(asset.row),
            "name": .string(try row.map { try self.name($0, of: asset.table, transaction) } ?? ""),
            "lanes": JSON(lanes), "places": asset.table == .plan ? JSON(places) : .null,
            "pieces": JSON(holdings.count),
        ]
    }

    private func name(_ row: RowState, of table: TableID, _ transaction: SQLiteTransaction) throws -> String {
        switch table {
        case .space: return row.text(SpaceColumn.name)
        case .teacher: return row.text(TeacherColumn.name)
        default: return try Self.planName(row, in: transaction)
        }
    }
}
