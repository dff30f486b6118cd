import Alliance
import CRDT
import Store
import Sync

/// A teacher of this school, with what may be shared and what is: one person under one staff number.
struct Person {
    /// Empty where only the consent is left.
    let number: String
    /// Of the entry; also before there is one.
    let id: RowID
    /// The entry that the alliance has, or had.
    let row: RowState?
    let kept: KeptEntry?
    let consent: RowState?

    enum State: String {
        /// Stays here: nobody has consented.
        case kept
        case shared
        /// Shared, and no consent stands: from a file of before, or written by a faulty program.
        case unrecorded
        case withdrawn
        /// Consented, and not shared (any more): somebody has deleted the entry.
        case consented

        var phrase: Phrase {
            switch self {
            case .kept: Phrase("未同意，仅存本校", "no consent, kept here")
            case .shared: Phrase("已同意，已共享", "consented, shared")
            case .unrecorded: Phrase("已共享，没有同意记录", "shared without a recorded consent")
            case .withdrawn: Phrase("已撤回", "withdrawn")
            case .consented: Phrase("已同意，未共享", "consented, not shared")
            }
        }
    }

    var isShared: Bool { row?.isThere ?? false }
    var standing: Consent? { consent.flatMap(Consent.init).flatMap { $0.stands ? $0 : nil } }
    var hasWithdrawn: Bool { consent.flatMap(Consent.init).map { !$0.stands } ?? false }

    var state: State {
        switch (isShared, standing != nil) {
        case (true, true): .shared
        case (true, false): .unrecorded
        case (false, true): .consented
        case (false, false): hasWithdrawn ? .withdrawn : .kept
        }
    }

    var name: String { isShared ? row?.text(TeacherColumn.name) ?? "" : kept?.cells["name"] ?? "" }
}

extension OpenReplica {
    /// The own teachers: those that are shared, those that are kept, and those of whom only a consent is left.
    func persons(_ transaction: SQLiteTransaction) throws -> [Person] {
        let member = transaction.state.member
        let table = try table("teacher")
        let rows = try transaction.page(of: table, RowFilter(all: [[.owned([member])]]), from: 0, count: .max).rows
        let consents = try transaction.rows(in: self.table("consent")).filter { $0.key.owner == member }
        var byPerson = Dictionary(
            consents.compactMap { row in row.rowID(ConsentColumn.teacher).map { ($0, row) } },
            uniquingKeysWith: { first, _ in first })
        var kept = Dictionary(uniqueKeysWithValues: try transaction.keptEntries().map { ($0.number, $0) })
        var persons: [Person] = rows.map { row in
            let number = row.text(TeacherColumn.number)
            return Person(
                number: number, id: row.key.id, row: row, kept: kept.removeValue(forKey: number),
                consent: byPerson.removeValue(forKey: row.key.id))
        }
        for entry in kept.values {
            let id = Self.personID(entry.number, member)
            persons.append(
                Person(
                    number: entry.number, id: id, row: nil, kept: entry, consent: byPerson.removeValue(forKey: id)))
        }
        persons += byPerson.map { Person(number: "", id: $0.key, row: nil, kept: nil, consent: $0.value) }
        return persons.sorted {
            ($0.number.isEmpty ? 1 : 0, $0.number, $0.id) < ($1.number.isEmpty ? 1 : 0, $1.number, $1.id)
        }
    }

    /// The person of a staff number, or of an entry's id.
    func person(_ text: String, _ transaction: SQLiteTransaction) throws -> Person {
        let member = transaction.state.member
        let table = try table("teacher")
        let column = try column("staff_no", in: table)
        let named = try transaction.rows(in: table, where: column, is: .text(text)).first { $0.key.owner == member }
        let id = named?.key.id ?? RowID(text) ?? Self.personID(text, member)
        let row = try transaction.row(RowKey(table: .teacher, owner: member, id: id))
        let number = row.map { $0.text(TeacherColumn.number) }.flatMap { $0.isEmpty ? nil : $0 } ?? text
        let person = Person(
            number: number, id: id, row: row, kept: try transaction.keptEntry(number),
            consent: try transaction.row(Consent.key(of: id, owner: member)))
        guard person.isShared || person.kept != nil || person.consent != nil else {
            throw CommandError(
                .refused, "absent",
                Phrase(
                    "本校没有工号（或编号）为 \(text) 的教师；请用 consent list 查看。",
                    "This school has no teacher \(text); see consent list."))
        }
        return person
    }

    /// The id that an entry of a staff number has: its natural key's.
    static func personID(_ number: String, _ member: MemberID) -> RowID {
        RowID(natural: [.text(number)], table: .teacher, owner: member)
    }

    /// What other tables say of a person.
    func rows(about person: Person, _ transaction: SQLiteTransaction) throws -> [RowState] {
        try schema.tables.flatMap { table -> [RowState] in
            guard case .about(let id, _)? = table.personal, let column = table.column(id) else { return [] }
            return try transaction.rows(in: table, where: column, is: .bytes(person.id.bytes)).filter {
                $0.key.owner == transaction.state.member
            }
        }
    }
}
