import CRDT
import Testing

@testable import Wire

/// Rows to bytes and back, in both forms, through the zstd frame.
struct SectionRoundTripTests {
    private static let replica = ReplicaID(rawValue: 0xAB)

    private func travelled(_ raw: [UInt8]) throws -> [UInt8] {
        try Section.decompress(Section.compress(raw), size: raw.count)
    }

    @Test(arguments: 1...25 as ClosedRange<UInt64>)
    func `transactions come back as they were`(seed: UInt64) throws {
        var generator = Seeded(seed)
        let transactions = generator.transactions(generator.number(1...30), of: Self.replica.rawValue)
        let back = try Section.transactions(travelled(Section.encode(transactions)), of: Self.replica)
        #expect(back.sortedByKey == transactions, "seed \(seed)")
    }

    @Test(arguments: 100...125 as ClosedRange<UInt64>)
    func `states come back as they were`(seed: UInt64) throws {
        var generator = Seeded(seed)
        let states = generator.states(generator.number(1...120))
        let back = try Section.states(travelled(Section.encode(states: states)))
        #expect(back.sorted { $0.key < $1.key } == states, "seed \(seed)")
        #expect(
            back.reduce(into: Digest()) { $0.add($1.digestHash) }.sum
                == states.reduce(into: Digest()) { $0.add($1.digestHash) }.sum)
    }

    @Test(arguments: 200...220 as ClosedRange<UInt64>)
    func `the same rows give the same bytes in whatever order they are given`(seed: UInt64) {
        var generator = Seeded(seed)
        let states = generator.states(60)
        #expect(
            Section.encode(states: states.shuffled(using: &generator)) == Section.encode(states: states), "seed \(seed)"
        )
        let transactions = generator.transactions(8, of: 1)
        let mixed = transactions.map {
            TransactionRows(time: $0.time, changes: $0.changes.shuffled(using: &generator))
        }
        #expect(Section.encode(mixed) == Section.encode(transactions), "seed \(seed)")
    }

    private func state(_ cells: [Value], id: UInt128 = 1) -> RowState {
        RowState(
            key: RowKey(table: TableID(rawValue: 1), owner: MemberID(rawValue: 1), id: RowID(rawValue: id)),
            presence: Presence(length: 1, stamp: Stamp(1, 1)),
            cells: cells.enumerated().map {
                Cell(column: ColumnID(UInt16($0.offset + 1)), value: $0.element, stamp: Stamp(1, 1))
            })
    }

    private func isKept(_ states: [RowState]) throws -> Bool {
        let raw = Section.encode(states: states)
        return try Section.states(travelled(raw)).sorted { $0.key < $1.key } == states
    }

    @Test func `nothing comes back as nothing`() throws {
        #expect(try Section.states(travelled(Section.encode(states: []))).isEmpty)
        #expect(try Section.transactions(travelled(Section.encode([])), of: Self.replica).isEmpty)
    }

    @Test func `kinds may differ in one column from row to row`() throws {
        let values: [Value] = [.null, .integer(1), .text("1"), .bytes([1]), .null, .text(""), .bytes([]), .integer(0)]
        #expect(try isKept(values.enumerated().map { state([$0.element], id: UInt128($0.offset)) }))
    }

    @Test func `columns that are null in some rows, in all, or in none`() throws {
        for count in [1, 7, 8, 9, 16, 17] {
            let rows = (0..<count).map {
                state([.null, $0 % 3 == 0 ? .null : .text("x\($0)"), .integer(Int64($0))], id: UInt128($0))
            }
            #expect(try isKept(rows))
        }
    }

    @Test func `repeated texts go through a dictionary, empty ones too`() throws {
        let rows = (0..<40).map {
            state([.text(["", "已确认", "\u{E9}", "e\u{301}"][$0 % 4]), .text("")], id: UInt128($0))
        }
        #expect(try isKept(rows))
    }

    @Test(arguments: [3, 100, 480, 1000])
    func `a dictionary grows, or is given up, without losing a text`(distinct: Int) throws {
        // Texts that repeat at once, and such that repeat only when no dictionary is hoped for any more.
        let rows = (0..<2000).map {
            state([.text("值\($0 % distinct)"), .text("\($0 / 2)"), .text("\($0)")], id: UInt128($0))
        }
        #expect(try isKept(rows))
    }

    @Test func `rows that are written as they come give the bytes of the whole`() {
        var generator = Seeded(7)
        let states = generator.states(60).sorted { $0.key < $1.key }
        var builder = SectionBuilder(rows: states.count + 5)
        for state in states { builder.add(state) }
        #expect(builder.serialised() == Section.encode(states: states))
        let transaction = generator.transactions(1, of: 1)[0]
        builder = SectionBuilder(time: transaction.time, rows: 10_000)
        for change in transaction.changes.sorted(by: { $0.key < $1.key }) { builder.add(change) }
        #expect(builder.serialised() == Section.encode([transaction]))
    }

    /// zstd takes 64 KiB of blanks to less than a reader believes; the writer stays below the ratio all the same.
    @Test func `cells of 64 KiB come back, however well they compress`() throws {
        let size = Limits.cellSize
        var generator = Seeded(1)
        let noise = (0..<size).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
        #expect(try isKept([state([.text(String(repeating: " ", count: size))])]))
        #expect(try isKept([state([.bytes(noise), .bytes([UInt8](repeating: 0, count: size))])]))
        let blanks = (0..<60).map {
            state([.text(String(repeating: " ", count: size - 5) + String(10000 + $0))], id: UInt128($0))
        }
        #expect(try isKept(blanks))
    }

    @Test func `rows that all write different columns come back, as many as a transaction may have`() throws {
        let stamp = Stamp(1, Self.replica.rawValue)
        let changes = (1...5000).map { (number: Int) -> RowState in
            let columns: [UInt16] = (1...13).filter { (column: UInt16) -> Bool in (number >> (column - 1)) & 1 == 1 }
            let key = RowKey(
                table: TableID(rawValue: 1), owner: MemberID(rawValue: 1), id: RowID(rawValue: UInt128(number)))
            return RowState(
                key: key, presence: nil, cells: columns.map { Cell(column: ColumnID($0), value: .null, stamp: stamp) })
        }
        let transaction = TransactionRows(time: HybridTime(rawValue: 1), changes: changes)
        let back = try Section.transactions(travelled(Section.encode([transaction])), of: Self.replica)
        #expect(back.sortedByKey == [transaction])
    }
}
