public import Alliance
public import CRDT
import Store
import Sync
import Wire

/// A person's data are erased (删除): emptied and deleted at once, and shown as done only when nobody's file has them.
extension OpenReplica {
    /// Empties a row, deletes it, and drops what the rejected inbox here has of it.
    public func erase(_ row: RowState, of table: Table) throws {
        try store.write { try erase([row], person: nil, beside: [], $0) }
    }

    /// Empties some rows and deletes them, with other edits in the transaction of the deletions.
    ///
    /// What may not be empty gets a dash, so that the deletion that everybody keeps for a while says nothing of anybody.
    /// - Parameter person: whose withdrawal it is.
    func erase(_ rows: [RowState], person: RowID?, beside edits: [RowEdit], _ transaction: SQLiteTransaction) throws {
        let writer = LocalWriter(transaction, key: key, surroundings: World.surroundings)
        try writer.commit(rows.compactMap(emptying))
        try writer.commit(edits + rows.map { RowEdit(key: $0.key, act: .delete) })
        for row in rows {
            _ = try transaction.forgetRejected(of: row.key)
            guard let stamp = try transaction.row(row.key)?.presence?.stamp else { continue }
            try transaction.setErasure(Erasure(key: row.key, stamp: stamp, wall: World.wall, person: person))
        }
    }

    private func emptying(_ row: RowState) -> RowEdit? {
        guard let table = schema[row.key.table] else { return nil }
        var values: [ColumnID: CRDT.Value] = [:]
        for column in table.columns where !column.once && column.writers == nil {
            if !column.required {
                values[column.id] = .null
            } else if case .text = column.type {
                values[column.id] = Consent.blank
            }
        }
        return values.isEmpty ? nil : RowEdit(key: row.key, act: .edit, values: values)
    }

    /// The erasures that were asked for here, and what each still waits for.
    public func erasuresJSON() throws -> JSON {
        let names = try names()
        return try store.write { transaction in
            .array(try transaction.erasures().map { try json(of: $0, names, transaction) })
        }
    }

    /// How an erasure stands; notes it when it is done.
    func standing(of erasure: Erasure, _ transaction: SQLiteTransaction) throws -> (erasure: Erasure, rev: UInt64?) {
        var erasure = erasure
        // A restored node writes under a new id what was pending: the deletion then has another stamp.
        if let presence = try transaction.row(erasure.key)?.presence, !presence.isThere {
            erasure.stamp = presence.stamp
        }
        let rev = try transaction.lastRev(of: erasure)
        if erasure.done == nil, let rev, try isGone(rev, erasure.key, transaction) { erasure.done = World.wall }
        try transaction.setErasure(erasure)
        return (erasure, rev)
    }

    private func json(of erasure: Erasure, _ names: Names, _ transaction: SQLiteTransaction) throws -> JSON {
        let (erasure, rev) = try standing(of: erasure, transaction)
        let conflicts = try self.conflicts(of: erasure.key, transaction)
        return [
            "row": JSON(erasure.key, schema), "asked": JSON(erasure.wall), "rev": rev.map { JSON($0) } ?? .null,
            "done": JSON(time: erasure.done ?? 0), "members": JSON(erasure.reached),
            "waiting": .array(erasure.done != nil ? [] : try waiting(rev, erasure.key, names, transaction)),
            "conflicts": JSON(conflicts),
            "backups": .array(
                try transaction.backups().filter { $0.made <= erasure.done ?? .max }.map { .string($0.file) }),
        ]
    }

    /// Whether all addressees of a row have acknowledged a rev and what they kept of it is gone.
    private func isGone(_ rev: UInt64, _ key: RowKey, _ transaction: SQLiteTransaction) throws -> Bool {
        let state = transaction.state
        if rev <= state.forgotten { return true }
        guard let members = addressees(of: key, state) else { return false }
        if state.role == .hub {
            let floors = try transaction.memberFloors()
            return members.allSatisfy { rev <= floors[$0] ?? 0 }
        }
        return members.isSubset(of: [state.member, state.secretariat]) && rev <= state.collected
    }

    /// Whom the rows of an owner reach where that follows from the owner alone; `nil` for all others.
    private func addressees(of key: RowKey, _ state: ReplicaState) -> Set<MemberID>? {
        schema[key.table]?.audience == .owner ? [key.owner, state.secretariat] : nil
    }

    /// Who or what an erasure waits for, in words.
    func waiting(
        _ rev: UInt64?, _ key: RowKey, _ names: Names, _ transaction: SQLiteTransaction
    ) throws -> [JSON] {
        let state = transaction.state
        guard let rev else { return ["送达中心 · to reach the hub"] }
        guard state.role == .hub else {
            return [.string("中心回收到第 \(rev) 号（现到第 \(state.collected) 号） · the hub's collection up to rev \(rev)")]
        }
        let members = addressees(of: key, state)
        var waiting: [JSON] = []
        for standing in try HubCollector(transaction).standings()
        where !standing.isLeftBehind && standing.acknowledged < rev && members?.contains(standing.member) ?? true {
            waiting.append(.string(names.memberName(standing.member) ?? standing.member.description))
        }
        if state.backedUp < rev {
            waiting.append(.string("包含第 \(rev) 号的备份，且更早的不再保留 · a backup that covers rev \(rev), and none older kept"))
        }
        return waiting.isEmpty ? ["hub collect"] : waiting
    }

    /// How many conflicts still have values of the row.
    private func conflicts(of key: RowKey, _ transaction: SQLiteTransaction) throws -> Int {
        guard let table = schema[.conflict] else { return 0 }
        return try transaction.rows(in: table).count {
            $0.integer(ConflictColumn.table) == Int64(key.table.rawValue)
                && $0.bytes(ConflictColumn.row) == key.id.bytes
                && ($0.bytes(ConflictColumn.winningValue) ?? $0.bytes(ConflictColumn.losingValue)) != nil
        }
    }
}

extension JSON {
    /// How many members have acknowledged a deletion, and of how many; `null` until the hub has said so.
    init(_ reached: (count: UInt32, of: UInt32)?) {
        self = reached.map { ["acknowledged": JSON($0.count), "of": JSON($0.of)] } ?? .null
    }
}
