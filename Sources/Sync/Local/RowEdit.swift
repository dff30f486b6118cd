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

extension RejectedTransaction {
    /// The edits that write it again as of now, as a person asks for from the rejected inbox.
    ///
    /// An edit of a row that was deleted since stays one, and is refused: made anew, the row would have these columns only,
    /// and its id may have been forgotten by everybody (specification 11.12).
    public func edits(_ transaction: any ReplicaTransaction) throws -> [RowEdit] {
        try changes.map { change in
            let values = Dictionary(uniqueKeysWithValues: change.cells.map { ($0.column, $0.value) })
            guard let presence = change.presence else { return RowEdit(key: change.key, act: .edit, values: values) }
            guard presence.isThere else { return RowEdit(key: change.key, act: .delete) }
            let isThere = try transaction.row(change.key)?.isThere ?? false
            return RowEdit(key: change.key, act: isThere ? .edit : .create, values: values)
        }
    }
}
