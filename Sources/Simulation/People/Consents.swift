import Alliance
import CRDT
import Sync

extension Records {
    /// Edits with the consents that they need and that nobody has recorded yet: schools record them with the entries.
    static func withConsents(_ edits: [RowEdit], _ transaction: some ReplicaTransaction) throws -> [RowEdit] {
        let member = transaction.state.member
        var persons: Set<RowID> = []
        for edit in edits where edit.act != .delete && edit.key.owner == member {
            guard let table = transaction.schema[edit.key.table], table.personal != nil else { continue }
            var row = try transaction.row(edit.key)
            if row == nil {
                let stamp = Stamp(time: .zero, replica: transaction.state.replica)
                row = RowState(
                    key: edit.key, presence: nil,
                    cells: edit.values.map { Cell(column: $0.column, value: $0.value, stamp: stamp) })
            }
            if let person = table.person(edit.key, row) { persons.insert(person) }
        }
        let consents = try persons.sorted().compactMap { person -> RowEdit? in
            let key = Consent.key(of: person, owner: member)
            guard try transaction.row(key) == nil else { return nil }
            return RowEdit(key: key, act: .create, values: consent(person, transaction.schema))
        }
        return consents + edits
    }

    private static func consent(_ person: RowID, _ schema: Schema) -> [ColumnID: Value] {
        [
            ConsentColumn.teacher: .bytes(person.bytes), ConsentColumn.purpose: .text("师资共享"),
            ConsentColumn.recipients: .text("alliance"),
            ConsentColumn.fields: .text(schema.consentFields.joined(separator: ",")),
            ConsentColumn.given: .text("2026-09-01"), ConsentColumn.method: .text("paper"),
        ]
    }
}
