public import CRDT

/// What a column may hold.
public enum ColumnType: Hashable, Sendable {
    /// Text of at most `max` Unicode scalars.
    case text(max: Int)
    case integer(ClosedRange<Int64>)
    /// Stored as integer 0 or 1.
    case boolean
    /// A calendar date, stored as text `2026-11-22`.
    case date
    /// A wall time of Asia/Shanghai, stored as text `08:00`, to `24:00`.
    case time
    /// An instant, stored as integer Unix milliseconds, UTC.
    case instant
    /// One of a list of codes, stored as text.
    case choice([Choice])
    /// The id of a row of another table, stored as 16 bytes.
    case reference(TableID)
    /// A member's id, stored as 16 bytes.
    case member
    /// Members' ids, ascending, stored as 16 bytes each; at most `membersMax`.
    case members
    /// Bytes of at most `max`.
    case bytes(max: Int)

    /// How many members a list of members holds at most: an alliance's upper bound.
    public static let membersMax = 256

    /// One code of a choice and what people see for it.
    public struct Choice: Hashable, Sendable {
        public let code: String
        public let title: Phrase

        public init(_ code: String, _ zh: String, _ en: String) {
            self.code = code
            title = Phrase(zh, en)
        }
    }
}

/// A column of a table.
public final class Column: Sendable {
    public let id: ColumnID
    /// The name in SQL, JSON and on the command line.
    public let name: String
    public let title: Phrase
    public let type: ColumnType
    /// Whether a row needs a value here.
    public let required: Bool
    /// Whether only the transaction that makes the row may write it.
    public let once: Bool
    /// Who may edit it, where that differs from the table's rule.
    public let writers: [Writer]?
    /// Further headings under which imported files carry it.
    public let headings: [String]
    /// The schema version that added it.
    public let since: UInt32

    public init(
        _ id: UInt16, _ name: String, _ zh: String, _ en: String, _ type: ColumnType, required: Bool = false,
        once: Bool = false, writers: [Writer]? = nil, headings: [String] = [], since: UInt32 = 1
    ) {
        self.id = ColumnID(id)
        self.name = name
        title = Phrase(zh, en)
        self.type = type
        self.required = required
        self.once = once
        self.writers = writers
        self.headings = headings
        self.since = since
    }
}
