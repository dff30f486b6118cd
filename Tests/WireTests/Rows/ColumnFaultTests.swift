import CRDT
import Testing

@testable import Wire

/// One column written by hand, with one fault each.
struct ColumnFaultTests {
    private let parts = SectionParts()

    private func read(_ bytes: [UInt8]) throws(WireError) -> [TransactionRows] {
        try Section.transactions(bytes, of: ReplicaID(rawValue: 1))
    }

    private func refused(
        _ part: String, _ column: ColumnParts, code: WireError.Code = .malformed,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let bytes = parts.withColumn { $0 = column }
        expect(code, part, sourceLocation: sourceLocation) { () throws(WireError) in try read(bytes) }
    }

    private func values(_ column: ColumnParts) throws -> [Value?] {
        try read(parts.withColumn { $0 = column }).map { $0.changes[0][ColumnID(1)]?.value }
    }

    @Test func `without a fault it is read`() throws {
        #expect(try values(.texts(["", "é"])) == [.text(""), .text("é")])
        #expect(try values(.texts(["x"], choices: [0, 0])) == [.text("x"), .text("x")])
        #expect(try values(ColumnParts(nulls: [0b11], integers: [])) == [.null, .null])
        #expect(try values(ColumnParts(nulls: [0b01], integers: [5])) == [.null, .integer(5)])
        #expect(
            try values(ColumnParts(kind: 3, integers: [], blob: [0xFF], lengths: [0, 1])) == [
                .bytes([]), .bytes([0xFF]),
            ])
    }

    @Test func `kinds are 1 to 3`() {
        for kind in [0, 4, UInt64(UInt32.max)] { refused("kind \(kind)", ColumnParts(kind: kind)) }
    }

    @Test func `the bitmap of nulls has a bit a row`() {
        refused("null bitmap", ColumnParts(nulls: [0, 0]))
        refused("1 integers for 2 rows", ColumnParts(nulls: [0], integers: [1]))
        refused("2 integers for 1 rows", ColumnParts(nulls: [1]))
    }

    @Test func `there is a value for each row that is not null`() {
        refused("1 integers for 2 rows", ColumnParts(integers: [1]))
        refused("3 integers for 2 rows", ColumnParts(integers: [1, 2, 3]))
        refused("1 values for 2 rows", .texts(["a"]))
        refused("3 values for 2 rows", .texts(["a", "b", "c"]))
        refused("0 values for 2 rows", .texts([]))
    }

    @Test func `lengths add up to the blob`() {
        var column = ColumnParts.texts(["a", "b"])
        column.lengths = [1, 2]
        refused("lengths", column)
        column.lengths = [1, 0]
        refused("lengths", column)
        column.lengths = [UInt64(UInt32.max), 3]
        refused("lengths", column)
    }

    @Test func `a cell has at most 64 KiB`() throws {
        let size = Limits.cellSize
        #expect(try values(.texts([String(repeating: "x", count: size), ""])).count == 2)
        refused("cellSize", .texts([String(repeating: "x", count: size + 1), ""]), code: .limit)
    }

    @Test func `text is UTF-8 in each cell, not only in the blob`() {
        for bytes in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80]] as [[UInt8]] {
            refused("UTF-8", ColumnParts(kind: 2, integers: [], blob: bytes, lengths: [UInt64(bytes.count), 0]))
        }
        refused("UTF-8", ColumnParts(kind: 2, integers: [], blob: Array("é".utf8), lengths: [1, 1]))
    }

    @Test func `choices are indices in the dictionary, one a row`() {
        refused("choice 1", .texts(["a"], choices: [0, 1]))
        refused("choice 4294967295", .texts(["a"], choices: [0, UInt64(UInt32.max)]))
        refused("1 choices for 2 rows", .texts(["a"], choices: [0]))
        refused("3 choices for 2 rows", .texts(["a"], choices: [0, 0, 0]))
        refused("choice 0", .texts([], choices: [0, 0]))
    }

    @Test func `a dictionary has at most an entry a row`() {
        refused("3 values for 2 rows", .texts(["a", "b", "c"], choices: [0, 1]))
        refused(
            "values for 2 rows",
            ColumnParts(kind: 2, integers: [], lengths: [UInt64](repeating: 0, count: 1 << 20), choices: [0, 0]))
    }
}
