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

    public let key: RowKey
    public let act: Act
    public let values: [ColumnID: Value]
    /// The stamps of the cells that the person was shown; `nil` where nothing was shown, so that nothing is checked.
    public let shown: [ColumnID: Stamp]?

    public init(key: RowKey, act: Act, values: [ColumnID: Value] = [:], shown: [ColumnID: Stamp]? = nil) {
        self.key = key
        self.act = act
        self.values = values
        self.shown = shown
    }
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
