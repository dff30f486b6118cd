public import Alliance
public import CRDT
import Store
import Sync
import Wire

/// A person's data are erased (删除): emptied and deleted at once, and shown as done only when nobody's file has them.
extension OpenReplica {
    /// Empties what may be empty of a row, deletes it, and drops what the rejected inbox here has of it.
    public func erase(_ row: RowState, of table: Table) throws {
        let optional = table.columns.filter { !$0.required && !$0.once && $0.writers == nil }
        let empty = Dictionary(uniqueKeysWithValues: optional.map { ($0.id, CRDT.Value.null) })
        try store.write { transaction in
            let writer = LocalWriter(transaction, key: key, surroundings: World.surroundings)
            try writer.commit([RowEdit(key: row.key, act: .edit, values: empty)])
            try writer.commit([RowEdit(key: row.key, act: .delete)])
            _ = try transaction.forgetRejected(of: row.key)
            guard let stamp = try transaction.row(row.key)?.presence?.stamp else { return }
            try transaction.setErasure(Erasure(key: row.key, stamp: stamp, wall: World.wall, done: nil))
        }
    }

    /// The erasures that were asked for here, and what each still waits for.
    public func erasuresJSON() throws -> JSON {
        let names = try names()
        return try store.write { transaction in
            .array(try transaction.erasures().map { try json(of: $0, names, transaction) })
        }
    }

    private func json(of erasure: Erasure, _ names: Names, _ transaction: SQLiteTransaction) throws -> JSON {
        var erasure = erasure
        // A restored node writes under a new id what was pending: the deletion then has another stamp.
        if let presence = try transaction.row(erasure.key)?.presence, !presence.isThere {
            erasure.stamp = presence.stamp
        }
        let isPending = transaction.state.isPending(erasure.stamp)
        let rev = isPending ? nil : try transaction.place(of: erasure.stamp)?.rev
        let isDone = try erasure.done != nil || rev.map { try isGone($0, erasure.key, transaction) } ?? false
        if isDone, erasure.done == nil { erasure.done = World.wall }
        try transaction.setErasure(erasure)
        let conflicts = try self.conflicts(of: erasure.key, transaction)
        return [
            "row": JSON(erasure.key, schema), "asked": JSON(erasure.wall), "rev": rev.map { JSON($0) } ?? .null,
            "done": JSON(time: erasure.done ?? 0),
            "waiting": .array(isDone ? [] : try waiting(rev, erasure.key, names, transaction)),
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
    private func waiting(
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

    /// How many conflicts name the row: what they say of its values stays.
    private func conflicts(of key: RowKey, _ transaction: SQLiteTransaction) throws -> Int {
        guard let table = schema[.conflict] else { return 0 }
        return try transaction.rows(in: table).count {
            $0.integer(ConflictColumn.table) == Int64(key.table.rawValue)
                && $0.bytes(ConflictColumn.row) == key.id.bytes
        }
    }
}
