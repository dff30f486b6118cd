public import Alliance
public import CRDT
import Store
public import Sync

extension OpenReplica {
    // MARK: Conflicts

    /// The conflict inbox: what is open, or all, newest last.
    public func conflicts(all: Bool = false) throws -> [RowState] {
        guard let table = schema[.conflict] else { return [] }
        return try list(table).filter { all || $0[ConflictColumn.resolution]?.value ?? .null == .null }
            .sorted {
                ($0[ConflictColumn.rev]?.value ?? .null, $0.key) < ($1[ConflictColumn.rev]?.value ?? .null, $1.key)
            }
    }

    public func conflictsJSON(all: Bool) throws -> JSON {
        let names = try names()
        return .array(try conflicts(all: all).map { try json(of: $0, names) })
    }

    private func json(of row: RowState, _ names: Names) throws -> JSON {
        guard let conflict = try? Filed(row, schema) else { return unreadable(row) }
        func side(_ value: Value, _ time: ColumnID, _ replica: ColumnID, _ member: ColumnID) -> JSON {
            let id = row.member(member)
            return [
                "value": JSON(value, of: conflict.column?.type),
                "text": .string(conflict.column?.text(of: value, names: names) ?? ""),
                "time": JSON(HybridTime(rawValue: UInt64(clamping: row.integer(time))).milliseconds),
                "replica": row.bytes(replica).flatMap { Register.replica(bytes: $0) }.map { JSON($0) } ?? .null,
                "member": id.map { JSON($0) } ?? .null,
                "memberName": .string(id.flatMap { names.memberName($0) } ?? ""),
            ]
        }
        return [
            "id": JSON(row.key.id), "table": .string(conflict.table.name), "row": JSON(conflict.key.id),
            "owner": JSON(row.key.owner), "rowName": .string(names.rowName(conflict.key.table, conflict.key.id) ?? ""),
            "column": conflict.column.map { .string($0.name) } ?? .null, "kind": JSON(row.text(ConflictColumn.kind)),
            "winning": side(
                conflict.winning, ConflictColumn.winningTime, ConflictColumn.winningReplica, ConflictColumn.winner),
            "losing": side(
                conflict.losing, ConflictColumn.losingTime, ConflictColumn.losingReplica, ConflictColumn.author),
            "rev": .number(row.integer(ConflictColumn.rev)),
            "resolution": row.text(ConflictColumn.resolution).isEmpty
                ? .null : JSON(row.text(ConflictColumn.resolution)),
        ]
    }

    /// A conflict that a newer program filed: the rest of the inbox is still to be seen.
    private func unreadable(_ row: RowState) -> JSON {
        [
            "id": JSON(row.key.id), "table": JSON(row.integer(ConflictColumn.table)), "owner": JSON(row.key.owner),
            "row": row.bytes(ConflictColumn.row).flatMap { RowID(bytes: $0) }.map { JSON($0) } ?? .null,
            "column": .null,
            "kind": JSON(row.text(ConflictColumn.kind)), "winning": .null, "losing": .null,
            "rev": .number(row.integer(ConflictColumn.rev)),
            "resolution": row.text(ConflictColumn.resolution).isEmpty
                ? .null : JSON(row.text(ConflictColumn.resolution)),
        ]
    }

    /// Brings a losing value back, everywhere, and closes the conflict.
    public func restoreConflict(_ row: RowState) throws {
        let conflict = try Filed(row, schema)
        guard row.text(ConflictColumn.resolution).isEmpty else { throw Self.alreadyResolved }
        let target = try store.read { try $0.row(conflict.key) }
        let act: RowEdit
        if row.text(ConflictColumn.kind) == "delete_lost" {
            act = RowEdit(key: conflict.key, act: .delete)
        } else if let target, !target.isThere {
            // The row was deleted: it comes back with what it had, and the losing value in its place.
            var values = Dictionary(uniqueKeysWithValues: target.cells.map { ($0.column, $0.value) })
            values[conflict.columnID] = conflict.losing
            act = RowEdit(key: conflict.key, act: .create, values: values)
        } else {
            act = RowEdit(key: conflict.key, act: .edit, values: [conflict.columnID: conflict.losing])
        }
        try commit([act, resolution(of: row, "restored")])
    }

    /// Leaves the winning value and closes the conflict.
    public func keepConflict(_ row: RowState) throws {
        guard row.text(ConflictColumn.resolution).isEmpty else { throw Self.alreadyResolved }
        try commit([resolution(of: row, "kept")])
    }

    private func resolution(of row: RowState, _ code: String) -> RowEdit {
        RowEdit(
            key: row.key, act: .edit,
            values: [
                ConflictColumn.resolution: .text(code), ConflictColumn.resolved: .integer(Int64(clamping: World.wall)),
            ])
    }

    private static var alreadyResolved: CommandError {
        CommandError(
            .refused, "resolved", Phrase("这一冲突已处理过，未作改动。", "This conflict is resolved already; nothing was changed."))
    }

    /// A conflict row, read.
    private struct Filed {
        let table: Table
        let key: RowKey
        let columnID: ColumnID
        let column: Column?
        let winning: Value
        let losing: Value

        init(_ row: RowState, _ schema: Schema) throws {
            guard row.bytes(ConflictColumn.losingValue) != nil || row.bytes(ConflictColumn.winningValue) != nil else {
                throw CommandError(
                    .refused, "emptied",
                    Phrase(
                        "这一冲突涉及的教师已撤回同意，两个值都已删除；只能保留现状（conflicts keep）。",
                        "The teacher of this conflict has withdrawn consent and both values are gone; it can only be kept as it is (conflicts keep)."
                    ))
            }
            let id = TableID(rawValue: UInt16(clamping: row.integer(ConflictColumn.table)))
            guard let table = schema[id], let rowID = row.bytes(ConflictColumn.row).flatMap({ RowID(bytes: $0) }),
                let winning = row.bytes(ConflictColumn.winningValue).flatMap({ Value(canonicalBytes: $0) }),
                let losing = row.bytes(ConflictColumn.losingValue).flatMap({ Value(canonicalBytes: $0) })
            else {
                throw CommandError(
                    .refused, "unreadable",
                    Phrase("此冲突由更新版本的程序记录；请升级后处理。", "A newer program filed this conflict; upgrade to resolve it."))
            }
            self.table = table
            key = RowKey(table: id, owner: row.key.owner, id: rowID)
            columnID = ColumnID(UInt16(clamping: row.integer(ConflictColumn.column)))
            column = table.column(columnID)
            self.winning = winning
            self.losing = losing
        }
    }

    // MARK: Rejected transactions

    /// A rejected transaction with its number in the inbox and what became of it.
    public typealias Rejected = (id: Int64, state: String, transaction: RejectedTransaction)

    public func rejected(all: Bool = false) throws -> [Rejected] {
        try store.read { try $0.rejected(all: all) }
    }

    /// What is said of an entry without a reason: its node began anew with a snapshot (specification 11.12).
    public static let reasonIsGone = Phrase(
        "本节点按快照重新开始后，这些值已不在：被他人的修改取代，或当时被中心退回。请核对，需要时重试。",
        "Since this node began anew with a snapshot these values are gone: overwritten by others, or struck out then. Check them, and retry if they are needed."
    )

    public func rejectedJSON(_ entry: Rejected) -> JSON {
        [
            "id": .number(entry.id), "state": .string(entry.state), "time": JSON(entry.transaction.wall),
            "rev": JSON(entry.transaction.rev), "reasons": .array(entry.transaction.offences.map { JSON($0, schema) }),
            "rows": .array(
                entry.transaction.changes.map { change in
                    let table = schema[change.key.table]
                    var values: [String: JSON] = [:]
                    for cell in change.cells {
                        let column = table?.column(cell.column)
                        values[column?.name ?? "\(cell.column.rawValue)"] = JSON(cell.value, of: column?.type)
                    }
                    return [
                        "table": .string(table?.name ?? "\(change.key.table.rawValue)"), "id": JSON(change.key.id),
                        "owner": JSON(change.key.owner), "values": .object(values),
                    ]
                }),
        ]
    }

    /// Writes a rejected transaction's values again as a command of now.
    public func retryRejected(_ id: Int64) throws {
        let entry = try openRejected(id)
        try store.write { transaction in
            let edits = try entry.transaction.edits(transaction)
            try LocalWriter(transaction, key: key, surroundings: World.surroundings).commit(edits)
            try transaction.settleRejected(id, as: "retried")
        }
    }

    /// Lets a rejected transaction go; it stays in the list of all.
    public func dropRejected(_ id: Int64) throws {
        _ = try openRejected(id)
        try store.write { try $0.settleRejected(id, as: "dropped") }
    }

    private func openRejected(_ id: Int64) throws -> Rejected {
        guard let entry = try rejected().first(where: { $0.id == id }) else {
            throw CommandError(
                .refused, "absent", Phrase("退回箱中没有第 \(id) 项。", "The rejected inbox has no open entry \(id)."))
        }
        return entry
    }
}

extension RowState {
    func text(_ column: ColumnID) -> String {
        if case .text(let text)? = self[column]?.value { text } else { "" }
    }

    func integer(_ column: ColumnID) -> Int64 {
        if case .integer(let number)? = self[column]?.value { number } else { 0 }
    }

    func bytes(_ column: ColumnID) -> [UInt8]? {
        if case .bytes(let bytes)? = self[column]?.value { bytes } else { nil }
    }

    func member(_ column: ColumnID) -> MemberID? { bytes(column).flatMap { MemberID(bytes: $0) } }
}
