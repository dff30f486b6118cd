import Alliance
import CRDT
import Store
import Sync

/// Consents as a school records them, all fields covered unless said otherwise.
enum Consents {
    static func give(
        _ person: RowID, _ owner: MemberID, fields: [String] = Schema.current.consentFields, act: RowEdit.Act = .create
    ) -> RowEdit {
        RowEdit(
            key: Consent.key(of: person, owner: owner), act: act,
            values: [
                ConsentColumn.teacher: .bytes(person.bytes), ConsentColumn.purpose: .text("师资共享"),
                ConsentColumn.recipients: .text("alliance"),
                ConsentColumn.fields: .text(fields.joined(separator: ",")), ConsentColumn.given: .text("2026-09-01"),
                ConsentColumn.method: .text("paper"),
            ])
    }

    static func withdraw(_ person: RowID, _ owner: MemberID, at wall: UInt64) -> RowEdit {
        RowEdit(
            key: Consent.key(of: person, owner: owner), act: .edit,
            values: [ConsentColumn.withdrawn: .integer(Int64(wall))])
    }

    /// The consents that edits of one's own need and that no row here gives or takes back.
    static func missing(for edits: [RowEdit], _ transaction: SQLiteTransaction) throws -> [RowEdit] {
        let owner = transaction.state.member
        let persons = try edits.compactMap { edit -> RowID? in
            guard edit.act != .delete, edit.key.owner == owner, let table = Schema.current[edit.key.table] else {
                return nil
            }
            let stamp = Stamp(time: .zero, replica: transaction.state.replica)
            let typed = RowState(
                key: edit.key, presence: nil,
                cells: edit.values.map { Cell(column: $0.column, value: $0.value, stamp: stamp) })
            return try table.person(edit.key, typed) ?? table.person(edit.key, transaction.row(edit.key))
        }
        let given = Set(edits.map(\.key))
        return try Set(persons).sorted().compactMap { person in
            let key = Consent.key(of: person, owner: owner)
            return try given.contains(key) || transaction.row(key) != nil ? nil : give(person, owner)
        }
    }
}
