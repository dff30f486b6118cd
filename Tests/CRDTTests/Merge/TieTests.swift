import CRDT
import Testing

/// Who wins, one rule at a time.
struct TieTests {
    private func row(_ value: Value, _ stamp: Stamp, presence: Presence? = nil) -> RowState {
        RowState(key: .tested, presence: presence, cells: [Cell(column: ColumnID(1), value: value, stamp: stamp)])
    }

    private func winner(_ left: RowState, _ right: RowState) -> Value? {
        let merged = left.merged(with: right)
        #expect(merged == right.merged(with: left))
        return merged[ColumnID(1)]?.value
    }

    @Test func `the later time wins, whatever replica and value`() {
        #expect(winner(row(.null, Stamp(2, 1)), row(.text("z"), Stamp(1, 9))) == .null)
    }

    @Test func `at one time the larger replica wins`() {
        #expect(winner(row(.null, Stamp(1, .max)), row(.text("z"), Stamp(1, .max - 1))) == .null)
    }

    @Test func `under one stamp the larger value wins, by kind and then by bytes`() {
        let ascending: [Value] = [
            .null, .integer(.min), .integer(-1), .integer(0), .integer(.max), .text(""), .text("a"), .text("aa"),
            .text("e\u{301}"), .text("\u{E9}"), .bytes([]), .bytes([0]), .bytes([0, 0]), .bytes([0xFF]),
        ]
        for (index, small) in ascending.enumerated() {
            for large in ascending[(index + 1)...] {
                #expect(winner(row(small, Stamp(1, 1)), row(large, Stamp(1, 1))) == large)
            }
        }
    }

    @Test func `presence goes by length before stamp`() {
        let born = RowState(key: .tested, presence: Presence(length: 1, stamp: Stamp(9, 9)), cells: [])
        let gone = RowState(key: .tested, presence: Presence(length: 2, stamp: Stamp(1, 1)), cells: [])
        let again = RowState(key: .tested, presence: Presence(length: 3, stamp: Stamp(1, 1)), cells: [])
        #expect(born.isThere && !gone.isThere && again.isThere)
        #expect(born.merged(with: gone) == gone && gone.merged(with: again) == again)
        let late = RowState(key: .tested, presence: Presence(length: 2, stamp: Stamp(1, 2)), cells: [])
        #expect(gone.merged(with: late).presence == late.presence && late.merged(with: gone) == late)
    }

    @Test func `a deletion keeps the cells, and an edit of a deleted row leaves it deleted`() {
        let gone = Presence(length: 2, stamp: Stamp(5, 1))
        let deleted = row(.text("a"), Stamp(1, 1)).merged(with: RowState(key: .tested, presence: gone, cells: []))
        let edited = deleted.merged(with: row(.text("b"), Stamp(9, 1)))
        #expect(!edited.isThere && edited.presence == gone && edited[ColumnID(1)]?.value == .text("b"))
    }

    @Test func `unequal column sets join, in order`() {
        let cells = [5, 1, 3, 2].map {
            RowState(key: .tested, presence: nil, cells: [Cell(column: ColumnID($0), value: .null, stamp: Stamp(1, 1))])
        }
        let merged = cells.reduce(RowState(key: .tested, presence: nil, cells: [])) { $0.merged(with: $1) }
        #expect(merged.cells.map(\.column.rawValue) == [1, 2, 3, 5])
        #expect(merged[ColumnID(3)] != nil && merged[ColumnID(4)] == nil && merged[ColumnID(5)] != nil)
        #expect(merged[.presence] == nil && merged[ColumnID(.max)] == nil)
    }
}
