public import Alliance
public import CRDT
import Store
import Sync

/// Recording consents (登记同意) and their ends (撤回).
extension OpenReplica {
    /// How many persons one command takes.
    static let personsMax = 2_000

    /// Records a consent of some persons, and shares what it covers of their entries.
    ///
    /// Who had withdrawn consents anew. Said again, it changes nothing.
    /// - Parameter persons: staff numbers, or ids of entries; `nil` for everyone who is kept here and has not withdrawn.
    public func giveConsent(_ statement: ConsentStatement, to persons: [String]?) throws -> JSON {
        let member = try state().member
        return try store.write { transaction in
            let meant =
                try persons.map { try $0.map { try person($0, transaction) } }
                ?? self.persons(transaction).filter { $0.kept != nil && $0.state == .kept }
            guard meant.count <= Self.personsMax else { throw CommandRefusal.tooLarge(rows: meant.count) }
            var edits: [RowEdit] = []
            var (given, shared) = (0, 0)
            for person in meant {
                let consent = try consentEdit(person.id, member, statement, transaction)
                if let consent { edits.append(consent) }
                given += consent == nil ? 0 : 1
                if let kept = person.kept, !person.isShared {
                    edits.append(try sharing(kept, person.id, member, statement, transaction))
                    shared += 1
                } else if let row = person.row, person.isShared, consent != nil {
                    try narrow(row, person, to: statement, &edits, transaction)
                }
            }
            try LocalWriter(transaction, key: key, surroundings: World.surroundings).commit(edits)
            try transaction.dropErasuresOfLiving()
            return ["persons": JSON(meant.count), "given": JSON(given), "shared": JSON(shared)]
        }
    }

    /// The edit that records a consent; `nil` where it stands recorded so.
    func consentEdit(
        _ person: RowID, _ member: MemberID, _ statement: ConsentStatement, _ transaction: SQLiteTransaction
    ) throws -> RowEdit? {
        let key = Consent.key(of: person, owner: member)
        var values = statement.values
        guard let stored = try transaction.row(key), stored.isThere else {
            values[ConsentColumn.teacher] = .bytes(person.bytes)
            return RowEdit(key: key, act: .create, values: values)
        }
        let differs = values.contains {
            $0.key != ConsentColumn.recordedBy && stored[$0.key]?.value ?? .null != $0.value
        }
        return differs ? RowEdit(key: key, act: .edit, values: values) : nil
    }

    /// The edit that shares a kept entry; what the consent does not cover stays kept.
    private func sharing(
        _ kept: KeptEntry, _ person: RowID, _ member: MemberID, _ statement: ConsentStatement,
        _ transaction: SQLiteTransaction
    ) throws -> RowEdit {
        let table = try table("teacher")
        var values: [ColumnID: CRDT.Value] = [TeacherColumn.number: .text(kept.number)]
        var rest = kept
        for column in table.columns {
            guard let text = kept.cells[column.name], column.required || statement.fields.contains(column.name) else {
                continue
            }
            values[column.id] = try column.value(from: text, names: .none)
            if !column.required { rest.cells[column.name] = nil }
        }
        let hasRest = table.columns.contains { !$0.required && rest.cells[$0.name] != nil }
        if hasRest { try transaction.setKept(rest) } else { try transaction.dropKept(kept.number) }
        return RowEdit(key: RowKey(table: .teacher, owner: member, id: person), act: .create, values: values)
    }

    /// What a narrower consent no longer covers is taken back.
    private func narrow(
        _ row: RowState, _ person: Person, to statement: ConsentStatement, _ edits: inout [RowEdit],
        _ transaction: SQLiteTransaction
    ) throws {
        let columns = try table("teacher").columns.filter { !$0.required && !statement.fields.contains($0.name) }
        let over = columns.filter { row[$0.id]?.value ?? .null != .null }
        if !over.isEmpty {
            edits.append(
                RowEdit(
                    key: row.key, act: .edit,
                    values: Dictionary(uniqueKeysWithValues: over.map { ($0.id, CRDT.Value.null) })))
        }
        let uncovered = try rows(about: person, transaction).filter { row in
            guard case .about(_, let field)? = schema[row.key.table]?.personal else { return false }
            return !statement.fields.contains(field)
        }
        if !uncovered.isEmpty { try erase(uncovered, person: person.id, beside: [], transaction) }
    }

    /// Ends a consent: what was shared of the person is emptied and deleted in one transaction, everywhere at each
    /// node's next exchange, and stays here as a kept entry. Said again, it changes nothing.
    public func withdrawConsent(of text: String) throws -> JSON {
        try store.write { transaction in
            let person = try person(text, transaction)
            guard !person.hasWithdrawn || person.isShared else { return }
            guard person.consent != nil || person.isShared else {
                throw CommandError(
                    .refused, "no-consent",
                    Phrase(
                        "\(person.number) 没有登记过同意，资料也没有离开本校；未作改动。",
                        "No consent of \(person.number) was ever recorded, and nothing has left the school; nothing was changed."
                    ))
            }
            if let row = person.row, person.isShared { try keep(row, person.kept, transaction) }
            let end = person.consent.map {
                RowEdit(
                    key: $0.key, act: .edit,
                    values: [ConsentColumn.withdrawn: .integer(Int64(clamping: World.wall))])
            }
            let rows =
                try (person.isShared ? person.row.map { [$0] } ?? [] : []) + self.rows(about: person, transaction)
            try erase(rows, person: person.id, beside: end.map { [$0] } ?? [], transaction)
        }
        return try personJSON(text)
    }

    /// What was shared is the school's own record still.
    private func keep(_ row: RowState, _ kept: KeptEntry?, _ transaction: SQLiteTransaction) throws {
        var entry = kept ?? KeptEntry(number: row.text(TeacherColumn.number), cells: [:], since: World.wall)
        for column in try table("teacher").columns {
            let text = column.text(of: row[column.id]?.value ?? .null, names: .none)
            if !text.isEmpty { entry.cells[column.name] = text }
        }
        try transaction.setKept(entry)
    }
}

/// Entries that are kept at the school (留存).
extension OpenReplica {
    /// Keeps an entry in this file alone, or changes one that is kept here. Columns that are not given stay as they are.
    /// - Returns: whether anything changed.
    @discardableResult
    public func keep(_ values: [ColumnID: CRDT.Value]) throws -> Bool {
        try store.write { try keep(values, $0) }
    }

    /// Keeps a new entry; refused where the school has one of that staff number, kept or shared.
    public func keepNew(_ values: [ColumnID: CRDT.Value]) throws {
        try store.write { transaction in
            if case .text(let number)? = values[TeacherColumn.number] {
                let key = RowKey(
                    table: .teacher, owner: transaction.state.member,
                    id: Self.personID(number, transaction.state.member))
                guard try transaction.keptEntry(number) == nil, try !(transaction.row(key)?.isThere ?? false) else {
                    throw CommandRefusal.exists(key)
                }
            }
            _ = try keep(values, transaction)
        }
    }

    func keep(_ values: [ColumnID: CRDT.Value], _ transaction: SQLiteTransaction) throws -> Bool {
        let table = try table("teacher")
        guard case .text(let number)? = values[TeacherColumn.number] else {
            throw CommandError(.refused, "value", Phrase("请给出工号。", "Give the staff number."))
        }
        let standing = try transaction.keptEntry(number)
        var entry = standing ?? KeptEntry(number: number, cells: [:], since: World.wall)
        for column in table.columns {
            guard let value = values[column.id] else { continue }
            let text = column.text(of: value, names: .none)
            entry.cells[column.name] = text.isEmpty ? nil : text
        }
        guard entry.cells["name"] != nil else {
            throw CommandError(.refused, "value", Phrase("请给出姓名。", "Give the name."))
        }
        guard entry != standing else { return false }
        try transaction.setKept(entry)
        return true
    }

    /// Forgets a kept entry here. Its consent record stays, as it names nobody.
    public func forgetKept(_ number: String) throws {
        try store.write { transaction in
            guard try transaction.keptEntry(number) != nil else {
                throw CommandError(
                    .refused, "absent",
                    Phrase("本机没有留存工号 \(number) 的资料。", "Nothing of \(number) is kept here."))
            }
            try transaction.dropKept(number)
        }
    }
}
