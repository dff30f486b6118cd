public import Alliance
public import CRDT

/// Which rows of a table a list shows, and in which order: what SQLite does by itself, so that a list of a hundred rows
/// costs little where the table has a hundred thousand.
///
///     RowFilter(all: [[.contains(TeacherColumn.name, "王"), .owned([school])]], order: nil)
public struct RowFilter: Sendable {
    /// One way in which a row may be meant.
    public enum Match: Hashable, Sendable {
        /// A column's text or number, as it is stored, holds these characters; Latin letters in either case.
        case contains(ColumnID, String)
        /// A column has one of these values.
        case isOne(ColumnID, of: [Value])
        /// A column's number is no larger, or larger.
        case atMost(ColumnID, Int64)
        case moreThan(ColumnID, Int64)
        /// The row that a column names holds these characters in a column of its own.
        case names(ColumnID, in: TableID, ColumnID, String)
        /// It is one of these rows.
        case isRow([RowID])
        /// One of these owns it.
        case owned([MemberID])
    }

    public struct Order: Hashable, Sendable {
        public let column: ColumnID
        public let isDescending: Bool

        public init(_ column: ColumnID, isDescending: Bool) {
            self.column = column
            self.isDescending = isDescending
        }
    }

    /// A row is shown if of each of these at least one holds. Empty: all rows.
    public var all: [[Match]]
    /// `nil`: by id, which needs no sorting. Rows of equal value are by id.
    public var order: Order?

    public init(all: [[Match]] = [], order: Order? = nil) {
        self.all = all
        self.order = order
    }
}
