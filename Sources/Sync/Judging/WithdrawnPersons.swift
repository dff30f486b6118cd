import Alliance
import CRDT

/// What the hub keeps of persons who have withdrawn their consent (撤回同意): that two edits met, not what they said.
///
/// A conflict row outlives the row that it is about, and nobody deletes it. So it is filed without values where the
/// person has withdrawn, and loses them when a withdrawal comes.
struct WithdrawnPersons {
    private let transaction: any ReplicaTransaction

    init(_ transaction: any ReplicaTransaction) { self.transaction = transaction }

    /// Conflicts as they may be filed.
    func without(_ conflicts: [Conflict]) throws -> [Conflict] {
        try conflicts.map { conflict in
            guard try isWithdrawn(conflict.key) else { return conflict }
            var emptied = conflict
            emptied.isEmptied = true
            return emptied
        }
    }

    /// The conflicts that were filed before some changes came which withdraw a consent, and that still have values.
    func affected(by changes: some Sequence<RowState>) throws -> [RowKey] {
        let owners = Set(
            changes.filter { $0.key.table == .consent && $0[ConsentColumn.withdrawn]?.value ?? .null != .null }
                .map(\.key.owner))
        guard !owners.isEmpty, let table = transaction.schema[.conflict] else { return [] }
        return try transaction.rows(in: table).filter { row in
            guard owners.contains(row.key.owner), let about = Self.about(row) else { return false }
            return try [ConflictColumn.winningValue, ConflictColumn.losingValue].contains {
                row[$0]?.value ?? .null != .null
            }
                && isWithdrawn(about)
        }.map(\.key)
    }

    /// The change that takes the values out of a conflict.
    static func emptying(_ key: RowKey, _ stamp: Stamp) -> RowState {
        RowState(
            key: key, presence: nil,
            cells: [ConflictColumn.winningValue, ConflictColumn.losingValue].map {
                Cell(column: $0, value: .null, stamp: stamp)
            })
    }

    private static func about(_ conflict: RowState) -> RowKey? {
        guard case .integer(let table)? = conflict[ConflictColumn.table]?.value,
            case .bytes(let id)? = conflict[ConflictColumn.row]?.value, let id = RowID(bytes: id)
        else { return nil }
        return RowKey(table: TableID(rawValue: UInt16(clamping: table)), owner: conflict.key.owner, id: id)
    }

    private func isWithdrawn(_ key: RowKey) throws -> Bool {
        guard let table = transaction.schema[key.table], table.personal != nil,
            let person = try table.person(key, transaction.row(key)),
            let consent = try transaction.row(Consent.key(of: person, owner: key.owner)).flatMap(Consent.init)
        else { return false }
        return !consent.stands
    }
}
