public import CRDT

/// A table, declared as data: its columns, who may write it, and whom its rows reach.
///
/// A class, as a column is: declarations last as long as the program, and handing one around costs one count.
public final class Table: Sendable {
    public let id: TableID
    /// The name in SQL, JSON and on the command line.
    public let name: String
    public let title: Phrase
    /// In order of id: 1, 2, 3 …
    public let columns: [Column]
    /// Those of `columns` without which no row is made.
    let required: [ColumnID]
    /// The types of `columns`, in one piece: each cell that is written is checked against one.
    let types: [ColumnType]
    /// The columns by which people tell rows apart; an import finds its rows by them. Empty: rows have no natural key.
    public let naturalKey: [ColumnID]
    public let ownership: Ownership
    public let audience: AudienceRule
    public let rule: WriteRule
    /// The columns whose values decide who may read or write a row, ascending: beside the cells that a change writes,
    /// all that `violations` and `audience` read of the row that is stored.
    public let decidingColumns: [ColumnID]
    /// Columns by whose values rows are looked up: a store keeps an index of each.
    public let lookups: [ColumnID]
    /// Whose data the rows are, where they are a person's; `nil` where they are nobody's.
    public let personal: Personal?
    /// The schema version that added it.
    public let since: UInt32

    /// Who owns the rows of a table.
    public enum Ownership: Hashable, Sendable {
        /// The member that made the row.
        case author
        /// Always the secretariat.
        case secretariat
        /// Whomever the hub names.
        case assigned
    }

    public init(
        _ id: UInt16, _ name: String, _ zh: String, _ en: String, naturalKey: [UInt16] = [], ownership: Ownership,
        audience: AudienceRule, rule: WriteRule, since: UInt32 = 1, lookups: [UInt16] = [], personal: Personal? = nil,
        columns: [Column]
    ) {
        precondition(
            columns.enumerated().allSatisfy { Int($1.id.rawValue) == $0 + 1 },
            "table \(name): column ids must be 1, 2, 3 … in order")
        self.id = TableID(rawValue: id)
        self.name = name
        title = Phrase(zh, en)
        self.columns = columns
        required = columns.filter(\.required).map(\.id)
        types = columns.map(\.type)
        self.naturalKey = naturalKey.map { ColumnID($0) }
        self.ownership = ownership
        self.audience = audience
        self.rule = rule
        decidingColumns = Self.decidingColumns(audience, rule, columns)
        self.lookups = lookups.map { ColumnID($0) }
        self.personal = personal
        self.since = since
    }

    private static func decidingColumns(
        _ audience: AudienceRule, _ rule: WriteRule, _ columns: [Column]
    ) -> [ColumnID] {
        let writers = rule.create + rule.edit + rule.delete + columns.flatMap { $0.writers ?? [] }
        var deciding = Set(
            writers.compactMap { writer -> ColumnID? in
                switch writer {
                case .coOwners(let column), .party(let column): column
                case .owner, .secretariat, .hub, .named: nil
                }
            })
        if case .parties(let parties) = audience { deciding.formUnion(parties) }
        return deciding.sorted()
    }

    /// The column of an id; `nil` if this program does not know it.
    public func column(_ id: ColumnID) -> Column? {
        let index = Int(id.rawValue) - 1
        return columns.indices.contains(index) ? columns[index] : nil
    }

    public func column(named name: String) -> Column? { columns.first { $0.name == name } }
}

/// To whom the rows of a table go (受众).
public enum AudienceRule: Hashable, Sendable {
    /// Every member.
    case alliance
    /// The row's owner and the secretariat.
    case owner
    /// The row's owner, the secretariat, and the members that these write-once columns name.
    case parties([ColumnID])
}
