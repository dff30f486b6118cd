public import Alliance
public import CRDT

/// What a command does to one row.
public struct RowEdit: Hashable, Sendable {
    public enum Act: Hashable, Sendable {
        /// Makes the row; columns without a value become null.
        case create
        /// Writes the cells whose value differs.
        case edit
        case delete
    }

    /// What is to stand in a column.
    public struct Assignment: Hashable, Sendable {
        public let column: ColumnID
        public let value: Value
    }

    public let key: RowKey
    public let act: Act
    /// Ascending by column, each at most once. In one piece: of a large import each edit is read from cold memory.
    public let values: [Assignment]
    /// The stamps of the cells that the person was shown; `nil` where nothing was shown, so that nothing is checked.
    public let shown: [ColumnID: Stamp]?

    public init(key: RowKey, act: Act, values: [ColumnID: Value] = [:], shown: [ColumnID: Stamp]? = nil) {
        self.key = key
        self.act = act
        self.values = values.map { Assignment(column: $0.key, value: $0.value) }.sorted { $0.column < $1.column }
        self.shown = shown
    }

    /// The value for a column; `nil` if the edit leaves it as it is.
    func value(of column: ColumnID) -> Value? { values.first { $0.column == column }?.value }
}

/// Why a command was not carried out. Nothing of it was.
public enum CommandRefusal: Error, Hashable, Sendable {
    /// Cells have moved since they were shown: what stands there now, and what was to be written.
    case stale([StaleCell])
    case violations([Violation])
    /// A row to be made is there already.
    case exists(RowKey)
    /// A row to be edited or deleted is not there.
    case absent(RowKey)
    /// More rows or bytes than one transaction may have.
    case tooLarge(rows: Int)
    /// This replica no longer writes: it was rolled back, copied or revoked.
    case stopped(Alarm.Kind)
    /// What it says of a person may not leave this node.
    case consent(ConsentGap)

    public struct StaleCell: Hashable, Sendable {
        public let key: RowKey
        public let column: ColumnID
        public let now: Cell?
        public let wanted: Value

        public init(key: RowKey, column: ColumnID, now: Cell?, wanted: Value) {
            self.key = key
            self.column = column
            self.now = now
            self.wanted = wanted
        }
    }
}
