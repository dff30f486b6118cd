import CRDT

extension RowKey {
    /// The row that the tests are about.
    static let tested = RowKey(table: TableID(rawValue: 7), owner: MemberID(rawValue: 1 << 127), id: RowID(rawValue: 2))
}

extension Stamp {
    init(_ time: UInt64, _ replica: UInt64) {
        self.init(time: HybridTime(rawValue: time), replica: ReplicaID(rawValue: replica))
    }
}

/// Values drawn so that they meet often: few columns, few times, few replicas, and spellings that look alike.
extension Seeded {
    static let texts = [
        "", "a", "b", "\u{E9}", "e\u{301}", "\0", "王芳", "𠮷", "\u{212B}", "\u{C5}", "A\u{30A}", "\u{FFFF}", "\u{10000}",
    ]

    mutating func value() -> Value {
        switch number(0...4) {
        case 0: .null
        case 1: .integer(pick([0, 1, -1, .min, .max, 97]))
        case 2, 3: .text(pick(Self.texts))
        default: .bytes(pick([[], [0], [97], [0xFF], [0xC3, 0xA9]]))
        }
    }

    mutating func stamp() -> Stamp { Stamp(UInt64(number(1...4)), pick([1, 2, .max])) }

    /// A state of one row with columns up to `columns`: any of them absent, as after changes of unequal programs.
    mutating func row(columns: Int = 6) -> RowState {
        let width = number(0...columns)
        let density = number(1...3)
        let cells = (0..<width).compactMap { index -> Cell? in
            guard density == 1 || !once(in: density) else { return nil }
            return Cell(column: ColumnID(UInt16(index + 1)), value: value(), stamp: stamp())
        }
        let presence = once(in: 3) ? nil : Presence(length: UInt32(number(1...3)), stamp: stamp())
        return RowState(key: .tested, presence: presence, cells: cells)
    }
}
