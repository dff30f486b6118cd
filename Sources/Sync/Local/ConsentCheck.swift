import Alliance
public import CRDT

/// Looks whether what a command writes of a person may leave this node: only by a consent that stands here (同意).
///
/// It is asked before anything of a row is stored or filed, so that nothing of it can get into a segment. A deletion
/// needs no consent.
struct ConsentCheck {
    private let transaction: any ReplicaTransaction
    private let member: MemberID

    init(_ transaction: any ReplicaTransaction) {
        self.transaction = transaction
        member = transaction.state.member
    }

    /// - Throws: `CommandRefusal.consent`. Rows of other members are the write rule's matter.
    func check(_ edit: RowEdit, of table: Table) throws {
        guard let personal = table.personal, edit.act != .delete, edit.key.owner == member else { return }
        guard let person = try person(edit, of: table, personal) else { return }
        let row = try transaction.row(Consent.key(of: person, owner: member))
        let consent = row.flatMap(Consent.init)
        for field in fields(edit, of: table, personal) {
            guard let consent else { throw refusal(edit, person, .missing) }
            guard consent.stands else { throw refusal(edit, person, .withdrawn) }
            guard field.isEmpty || consent.covers(field) else { throw refusal(edit, person, .field(field)) }
        }
    }

    private func refusal(_ edit: RowEdit, _ person: RowID, _ gap: ConsentGap.Gap) -> CommandRefusal {
        .consent(ConsentGap(key: edit.key, person: person, gap: gap))
    }

    private func person(_ edit: RowEdit, of table: Table, _ personal: Personal) throws -> RowID? {
        switch personal {
        case .entry: return edit.key.id
        case .about(let column, _):
            if case .bytes(let bytes)? = edit.value(of: column) { return RowID(bytes: bytes) }
            return try table.person(edit.key, transaction.row(edit.key))
        }
    }

    /// The fields that an edit writes a value into; one without a name where it is what every consent covers.
    private func fields(_ edit: RowEdit, of table: Table, _ personal: Personal) -> [String] {
        let written = edit.values.filter { $0.value != .null && $0.value != Consent.blank }
        guard edit.act == .create || !written.isEmpty else { return [] }
        switch personal {
        case .about(_, let field): return [field]
        case .entry:
            return [""]
                + written.compactMap { assignment in
                    table.column(assignment.column).flatMap { $0.required ? nil : $0.name }
                }
        }
    }
}

/// Why something of a person stays at this node.
public struct ConsentGap: Hashable, Sendable {
    public let key: RowKey
    /// The id of the person's entry.
    public let person: RowID
    public let gap: Gap

    public enum Gap: Hashable, Sendable {
        /// No consent is recorded.
        case missing
        case withdrawn
        /// It does not cover this field.
        case field(String)
    }
}
