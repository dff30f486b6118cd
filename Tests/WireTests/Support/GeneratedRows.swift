import CRDT
import Wire

extension Stamp {
    init(_ time: UInt64, _ replica: UInt64) {
        self.init(time: HybridTime(rawValue: time), replica: ReplicaID(rawValue: replica))
    }
}

extension Seeded {
    private static let texts = [
        "", "a", "\u{E9}", "e\u{301}", "\0", "王芳", "𠮷", "\u{FEFF}x", "已确认", "已确认", "ﬁ", "\u{10FFFF}",
    ]

    mutating func value() -> Value {
        switch number(0...9) {
        case 0, 1: .null
        case 2, 3, 4: .integer(pick([0, 1, -1, .min, .max, Int64(number(0...99))]))
        case 5, 6, 7: .text(pick(Self.texts) + (once(in: 2) ? String(number(0...99)) : ""))
        case 8: .bytes((0..<number(0...40)).map { _ in UInt8(truncatingIfNeeded: next()) })
        default: .bytes([])
        }
    }

    mutating func key() -> RowKey {
        let id = once(in: 2) ? UInt128(number(0...200)) : UInt128(next()) << 64 | UInt128(next())
        return RowKey(
            table: TableID(rawValue: UInt16(pick([1, 2, 3, 900, 65535]))),
            owner: MemberID(rawValue: UInt128(number(1...4)) << 120), id: RowID(rawValue: id))
    }

    mutating func stamp() -> Stamp {
        Stamp(pick([1, UInt64(number(1...9)) << 40, 1 << 63 - 1, UInt64(number(1...999))]), pick([0, 1, 2, .max]))
    }

    /// Columns of a row: most often all of them, sometimes some, sometimes far ones.
    private mutating func columns() -> [ColumnID] {
        switch number(0...5) {
        case 0: []
        case 1: [ColumnID(UInt16(number(1...6)))]
        case 2: (1...8).filter { _ in once(in: 2) }.map { ColumnID(UInt16($0)) }
        case 3: (1...5).map { ColumnID(UInt16($0)) } + [ColumnID(9), ColumnID(65534)]
        default: (1...6).map { ColumnID(UInt16($0)) }
        }
    }

    /// A row with stamps of its own: written once, or cell by cell, with or without a presence.
    mutating func state() -> RowState {
        let birth = stamp()
        let isWrittenOnce = once(in: 2)
        let cells = columns().map {
            Cell(column: $0, value: value(), stamp: isWrittenOnce ? birth : stamp())
        }
        let hasPresence = !once(in: 5) || cells.isEmpty
        return RowState(
            key: key(), presence: hasPresence ? Presence(length: UInt32(number(1...4)), stamp: birth) : nil,
            cells: cells)
    }

    mutating func states(_ count: Int) -> [RowState] {
        var rows: [RowKey: RowState] = [:]
        for _ in 0..<count {
            let row = state()
            rows[row.key] = row
        }
        return rows.values.sorted { $0.key < $1.key }
    }

    /// Transactions of one replica; a deletion is a presence without cells.
    mutating func transactions(_ count: Int, of replica: UInt64) -> [TransactionRows] {
        var time: UInt64 = 0
        return (0..<count).map { _ in
            time += UInt64(number(1...1_000_000))
            let stamp = Stamp(time, replica)
            var rows: [RowKey: RowState] = [:]
            for _ in 0..<number(1...12) {
                let cells = columns().map { Cell(column: $0, value: value(), stamp: stamp) }
                let hasPresence = cells.isEmpty || once(in: 3)
                let row = RowState(
                    key: key(), presence: hasPresence ? Presence(length: UInt32(number(1...4)), stamp: stamp) : nil,
                    cells: cells)
                rows[row.key] = row
            }
            return TransactionRows(time: stamp.time, changes: rows.values.sorted { $0.key < $1.key })
        }
    }
}

extension [TransactionRows] {
    /// The same with the changes of each transaction in order of their keys.
    var sortedByKey: [TransactionRows] {
        map { TransactionRows(time: $0.time, changes: $0.changes.sorted { $0.key < $1.key }) }
    }
}
