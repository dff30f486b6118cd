public import Alliance
public import CRDT
import Store
import Sync

extension OpenReplica {
    /// Names as this replica knows them, for one command.
    public func names() throws -> Names { try NameIndex(store).names }

    /// The table of a name; throws with the names that there are.
    public func table(_ name: String) throws -> Table {
        if let table = schema[name] ?? schema.tables.first(where: { $0.title.zh == name }) { return table }
        throw CommandError(
            .usage, "unknown-table",
            Phrase(
                "没有名为 \(name) 的表；有：\(schema.tables.map(\.name).joined(separator: "、"))。",
                "There is no table \(name); there are: \(schema.tables.map(\.name).joined(separator: ", "))."))
    }

    /// Rows of a table that are there, by owner and id.
    public func list(_ table: Table) throws -> [RowState] {
        try store.read { try $0.rows(in: table) }
    }

    /// The one row that a UUID or a natural key names.
    public func find(_ text: String, in table: Table) throws -> RowState {
        let names = try names()
        let ids = RowID(text).map { [$0] } ?? names.rows(table.id, text)
        let rows = try store.read { transaction in try ids.flatMap { try transaction.rows(in: table, id: $0) } }
        guard let row = rows.first else {
            throw CommandError(
                .refused, "absent",
                Phrase(
                    "\(table.title.zh)中没有 \(text)；请用 list \(table.name) 查看。",
                    "There is no \(table.title.en) \(text); see list \(table.name)."))
        }
        guard rows.count == 1 else {
            throw CommandError(
                .refused, "ambiguous",
                Phrase("\(text) 有多行同名，请改用编号。", "Several rows are called \(text); use the id."),
                details: rows.map { JSON($0.key.id) })
        }
        return row
    }

    /// The row with every cell's value, stamp, author and whether the journal has it.
    public func show(_ row: RowState, of table: Table) throws -> JSON {
        let names = try names()
        let (state, authors) = try store.read { transaction in
            let register = Register(transaction)
            let replicas = Set(row.cells.map(\.stamp.replica))
            return (
                transaction.state,
                try Dictionary(uniqueKeysWithValues: replicas.map { ($0, try register.member(of: $0)) })
            )
        }
        var columns: [String: JSON] = [:]
        for column in table.columns {
            guard let cell = row[column.id] else { continue }
            columns[column.name] = [
                "value": JSON(cell.value, of: column.type), "text": .string(column.text(of: cell.value, names: names)),
                "stamp": JSON(cell.stamp), "time": JSON(cell.stamp.time.milliseconds),
                "replica": JSON(cell.stamp.replica), "member": authors[cell.stamp.replica].map { JSON($0) } ?? .null,
                "state": state.isPending(cell.stamp) ? "local" : "confirmed",
            ]
        }
        return [
            "id": JSON(row.key.id), "owner": JSON(row.key.owner),
            "ownerName": .string(names.memberName(row.key.owner) ?? ""),
            "columns": .object(columns),
        ]
    }

    /// Reads `column=value` as people type it.
    public func values(_ assignments: [String], in table: Table) throws -> [ColumnID: Value] {
        let names = try names()
        var values: [ColumnID: Value] = [:]
        for assignment in assignments {
            guard let equals = assignment.firstIndex(of: "=") else {
                throw CommandError(
                    .usage, "assignment", Phrase("“\(assignment)”应写成 栏名=值。", "'\(assignment)' should be column=value."))
            }
            let column = try column(String(assignment[..<equals]), in: table)
            guard values[column.id] == nil else {
                throw CommandError(
                    .usage, "assignment", Phrase("\(column.name) 出现了两次。", "\(column.name) stands twice."))
            }
            do {
                values[column.id] = try column.value(
                    from: String(assignment[assignment.index(after: equals)...]), names: names)
            } catch {
                throw CommandError(
                    .refused, "value",
                    Phrase(
                        "\(column.title.zh)：\(error.phrase.zh)", "\(column.name): \(error.phrase.en)"))
            }
        }
        return values
    }

    /// The column of a name, or of a Chinese title; throws with the names that there are.
    public func column(_ name: String, in table: Table) throws -> Column {
        if let column = table.column(named: name) ?? table.columns.first(where: { $0.title.zh == name }) {
            return column
        }
        let there = table.columns.map(\.name)
        throw CommandError(
            .usage, "unknown-column",
            Phrase(
                "\(table.title.zh)没有 \(name) 这一栏；有：\(there.joined(separator: "、"))。",
                "\(table.name) has no column \(name); it has: \(there.joined(separator: ", "))."))
    }

    /// The key of a new row: by its natural key where the id that it gives is free, else a fresh one.
    func newKey(_ values: [ColumnID: Value], in table: Table) throws -> RowKey {
        try store.read { transaction in
            try Self.newKey(values, in: table, state: transaction.state) { try transaction.row($0)?.isThere ?? false }
        }
    }

    static func newKey(
        _ values: [ColumnID: Value], in table: Table, state: ReplicaState, isThere: (RowKey) throws -> Bool
    ) rethrows -> RowKey {
        let owner = table.ownership == .secretariat ? state.secretariat : state.member
        let parts = table.naturalKey.map { values[$0] ?? .null }
        if !parts.isEmpty, !parts.contains(.null) {
            let key = RowKey(table: table.id, owner: owner, id: RowID(natural: parts, table: table.id, owner: owner))
            if try !isThere(key) { return key }
        }
        return RowKey(table: table.id, owner: owner, id: RowID(rawValue: UUIDv7.make(wall: World.wall)))
    }

    /// Records of the ledger are made by the commands that check the points.
    func refuseLedger(_ table: Table) throws {
        guard table.id.isLedger else { return }
        throw CommandError(
            .refused, "ledger",
            Phrase(
                "\(table.title.zh)不能直接填写：请用 book、cancel、approve、decline、quota 等命令。",
                "Rows of \(table.name) are not made by hand: use book, cancel, approve, decline, quota."))
    }

    /// Makes a row.
    /// - Parameter consent: of the person whose entry it is, recorded in the same transaction.
    public func add(
        _ values: [ColumnID: Value], to table: Table, consent: ConsentStatement? = nil
    ) throws -> RowKey {
        try refuseLedger(table)
        let parts = table.naturalKey.map { values[$0] ?? .null }
        let first = table.naturalKey.first.flatMap(table.column)
        let twin = try store.read { transaction in
            try first.flatMap { first in
                try transaction.rows(in: table, where: first, is: parts[0]).first { row in
                    row.key.owner == transaction.state.member
                        && table.naturalKey.map { row[$0]?.value ?? .null } == parts
                }
            }
        }
        if let twin { throw CommandRefusal.exists(twin.key) }
        let key = try newKey(values, in: table)
        try store.write { transaction in
            var edits = [RowEdit(key: key, act: .create, values: values)]
            if let consent, table.personal == .entry {
                if let edit = try consentEdit(key.id, key.owner, consent, transaction) { edits.append(edit) }
                if case .text(let number)? = values[TeacherColumn.number] { try transaction.dropKept(number) }
            }
            try LocalWriter(transaction, key: self.key, surroundings: World.surroundings).commit(edits)
        }
        return key
    }
}

extension OpenReplica {
    /// Writes cells of a row.
    ///
    /// - Parameter shown: by column the stamp that the person was shown, as `show` gives it; a cell that has moved
    ///   since is not written.
    public func edit(
        _ row: RowState, of table: Table, _ assignments: [String], shown: [String: String]? = nil
    ) throws -> JSON {
        let values = try values(assignments, in: table)
        var stamps: [ColumnID: Stamp]?
        if let shown {
            stamps = [:]
            for (name, text) in shown {
                guard let stamp = Stamp(text) else {
                    throw CommandError(.usage, "stamp", Phrase("时间戳 \(text) 无法识别。", "The stamp \(text) can't be read."))
                }
                stamps?[try column(name, in: table).id] = stamp
            }
        }
        let changed = try commit([RowEdit(key: row.key, act: .edit, values: values, shown: stamps)])
        let now = try store.read { try $0.row(row.key) }
        let stamp = values.keys.compactMap { now?[$0]?.stamp }.max()
        return ["changed": JSON(changed), "stamp": stamp.map { JSON($0) } ?? .null]
    }
}
