import CRDT
import Testing

@testable import Wire

/// Change form written by hand, with one fault each.
struct SectionFaultTests {
    private static let replica = ReplicaID(rawValue: 1)
    private let parts = SectionParts()

    private func read(_ bytes: [UInt8]) throws(WireError) -> [TransactionRows] {
        try Section.transactions(bytes, of: Self.replica)
    }

    private func refused(
        _ part: String, _ code: WireError.Code = .malformed, sourceLocation: SourceLocation = #_sourceLocation,
        _ change: (inout BatchParts) -> Void
    ) {
        let bytes = parts.with(change)
        expect(code, part, sourceLocation: sourceLocation) { () throws(WireError) in try read(bytes) }
    }

    @Test func `without a fault it is read`() throws {
        let transactions = try read(parts.bytes)
        #expect(transactions.map(\.time.rawValue) == [100, 101])
        #expect(transactions.map { $0.changes[0][ColumnID(1)]?.value } == [.integer(7), .integer(-7)])
        #expect(transactions[1].changes[0].key.id.bytes == [0, 5] + [UInt8](repeating: 9, count: 13) + [10])
        #expect(transactions[0].changes[0].presence == Presence(length: 1, stamp: Stamp(100, 1)))
    }

    @Test func `the rows of a batch are counted`() {
        refused("0 rows") { $0.rows = 0 }
        refused("ids for 1 rows") {
            $0.rows = 1; $0.transaction = [0]
        }
        refused("rows", .limit) { $0.rows = UInt64(Limits.rows) + 1 }
        refused("rows", .limit) { $0.rows = UInt64(UInt32.max) }
    }

    @Test func `tables have 16 bits`() { refused("table 65536") { $0.table = 65536 } }

    @Test func `lists have one entry, or one a row`() {
        refused("a list of 3") { $0.owner = [0, 0, 0] }
        refused("a list of 0") { $0.owner = [] }
        refused("a list of 0") { $0.presence = [] }
        refused("a list of 3") { $0.presence = [1, 1, 1] }
        refused("transaction list") { $0.transaction = [] }
        refused("transaction list") { $0.transaction = [0, 1, 1] }
    }

    @Test func `owners are 16 bytes, and named by index`() {
        refused("owner") { $0.owners = [[1]] }
        refused("owner") { $0.owners = [[UInt8](repeating: 1, count: 17)] }
        refused("owner index 1") { $0.owner = [0, 1] }
        refused("owner index 0") { $0.owners = [] }
        refused("owner index 4294967295") { $0.owner = [UInt64(UInt32.max)] }
    }

    @Test func `ids have a prefix of 16 bits and 14 bytes`() {
        refused("ids") { $0.prefixes = [5] }
        refused("ids") { $0.rest.removeLast() }
        refused("ids") { $0.rest.append(0) }
        refused("id prefix") { $0.prefixes = [5, -6] }
        refused("id prefix") { $0.prefixes = [0xFFFF, 1] }
        refused("id prefix") { $0.prefixes = [Int64(Int32.max), Int64(Int32.max)] }
    }

    @Test func `columns ascend from 1`() {
        for ids in [[0], [65535], [65536], [2, 1], [1, 1]] as [[UInt64]] {
            refused("columns do not ascend") { $0.columns = ids.map { ColumnParts(id: $0) } }
        }
    }

    @Test func `a row says something`() {
        refused("a row that says nothing") {
            $0.presence = [0, 1]; $0.columns = []
        }
    }

    @Test func `transactions are named by index, and none is without rows`() {
        refused("transaction index") { $0.transaction = [0, 2] }
        refused("a transaction without rows", .limit) { $0.transaction = [0] }
        for list in [[0, 1], [5, 0], [.max, 1], [UInt64(Int64.max), 1], [UInt64(Int64.max) + 1, 1]] as [[UInt64]] {
            var parts = parts
            parts.times = list
            let bytes = parts.bytes
            expect(.malformed, "times do not ascend") { () throws(WireError) in try read(bytes) }
        }
    }

    @Test func `bytes that are no message are refused`() {
        let good = parts.bytes
        let broken: [[UInt8]] = [
            [0], [0x1A], [0x1A, 5, 0], [0x0B], [0x1C], [0xFF], [UInt8](repeating: 0xFF, count: 11),
            Array(good.dropLast()),
            good + [0], good + [0x1B],
        ]
        for bytes in broken { expect(.malformed, "not a message") { () throws(WireError) in try read(bytes) } }
    }
}
