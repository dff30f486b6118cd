import Alliance
import CRDT
import Store
import Sync
import Testing
import Wire

/// A row that is likely to be new is stored without looking for it first, and one that was read is overwritten where it
/// was read: neither may ever lose what stands there.
@Suite struct StoredRowTests {
    private let file: TestFile
    private let store: ReplicaStore

    init() throws {
        file = try TestFile()
        store = try file.create()
    }

    /// Tries to store a row over another; nothing may change.
    private func refuses(
        _ row: RowState, over standing: RowState, _ sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try store.write { try $0.put(standing, audience: .alliance) }
        let before = try store.read { try $0.digests(for: TestFile.member) }
        #expect(try store.write { try !$0.insert(row, audience: .alliance) }, sourceLocation: sourceLocation)
        #expect(try store.read { try $0.row(row.key) } == standing, sourceLocation: sourceLocation)
        #expect(try store.read { try $0.digests(for: TestFile.member) } == before, sourceLocation: sourceLocation)
        #expect(try store.deepCheck().isClean, sourceLocation: sourceLocation)
    }

    @Test func `a new row is stored with its digest`() throws {
        let row = TestFile.row(1, "new")
        #expect(try store.write { try $0.insert(row, audience: .alliance) })
        #expect(try store.read { try $0.row(row.key) } == row)
        var digest = Digest()
        digest.add(row.digestHash)
        #expect(
            try store.read { try $0.digests(for: TestFile.member) }
                == [AudienceDigest(audience: .alliance, digest: digest)])
        #expect(try store.deepCheck().isClean)
    }

    @Test func `a row that stands there stays`() throws {
        try refuses(TestFile.row(1, "later", at: 9), over: TestFile.row(1, "standing"))
    }

    @Test func `a tombstone stays`() throws {
        try refuses(TestFile.row(1, "back", at: 9, length: 3), over: TestFile.row(1, at: 2, length: 2))
        try refuses(TestFile.row(1, at: 9, length: 4), over: TestFile.row(1, at: 2, length: 2))
    }

    @Test func `a row of an unknown table stays`() throws {
        let unknown = TableID(rawValue: 9_999)
        let row = TestFile.row(1, "later", at: 9, table: unknown)
        try refuses(row, over: TestFile.row(1, "standing", table: unknown))
        let other = TestFile.row(2, "new", table: unknown)
        #expect(try store.write { try $0.insert(other, audience: .alliance) })
        #expect(try store.read { try $0.row(other.key) } == other)
        #expect(try store.deepCheck().isClean)
    }

    @Test func `a tombstone of the same transaction stays, also if it is the table's first`() throws {
        let born = TestFile.row(1, "a"), gone = TestFile.row(1, "a", at: 2, length: 2)
        try store.write { transaction in
            #expect(try transaction.insert(born, audience: .alliance))
            try transaction.put(gone, over: transaction.stored(born.key), audience: .alliance)
            #expect(try !transaction.insert(born, audience: .alliance))
            #expect(try transaction.row(born.key) == gone)
            #expect(try transaction.isTaken(born.key.id, in: .base, besides: MemberID(rawValue: 4)))
        }
        #expect(try store.read { try $0.row(born.key) } == gone)
        #expect(try store.deepCheck().isClean)
    }

    @Test func `what is no longer where it was read is not overwritten`() throws {
        let first = TestFile.row(1, "a"), second = TestFile.row(1, "b", at: 2), third = TestFile.row(1, "c", at: 3)
        try store.write { try $0.put(first, audience: .alliance) }
        for change in [second, TestFile.row(1, at: 2, length: 2)] {
            #expect(throws: StoreError.self) {
                try store.write { transaction in
                    let stale = try transaction.stored(first.key)
                    try transaction.put(change, over: stale, audience: .alliance)
                    try transaction.put(third, over: stale, audience: .alliance)
                }
            }
            #expect(throws: StoreError.self) {
                try store.write { transaction in
                    let stale = try transaction.stored(first.key)
                    try transaction.put(change, over: stale, audience: .alliance)
                    if let stale { try transaction.remove(stale, audience: .alliance) }
                }
            }
            #expect(throws: (any Error).self) {
                try store.write { try $0.put(third, over: nil, audience: .alliance) }
            }
        }
        #expect(try store.read { try $0.row(first.key) } == first)
        #expect(try store.deepCheck().isClean)
    }

    /// Writes cells of one column where the row stands; `nil` if the row has to be looked at as a whole.
    private func write(_ note: String, to row: RowState, at time: UInt64, seeing columns: [ColumnID] = []) throws
        -> RowState?
    {
        let stamp = Stamp(time: HybridTime(milliseconds: time), replica: ReplicaID(rawValue: 8))
        let cells = [Cell(column: ColumnID(7), value: .text(note), stamp: stamp)]
        var seen: RowState?
        let wanted = RowState(key: row.key, presence: nil, cells: cells)
        let called = try store.write {
            try $0.write([wanted], seeing: columns) { _, stored in
                seen = stored
                return (wanted, .alliance)
            }
        }
        #expect(called == [seen != nil])
        return seen
    }

    @Test func `cells written where the row stands make it the row that has them`() throws {
        var row = TestFile.row(1, "a").merged(with: late(in: TestFile.key(1), [2, 4], by: 3))
        try store.write { try $0.put(row, audience: .alliance) }
        for (time, note) in [(5, "b"), (6, "长长的备注"), (7, "")] as [(UInt64, String)] {
            let seen = try write(note, to: row, at: time, seeing: [ColumnID(1)])
            #expect(seen?.presence == row.presence)
            #expect(seen?.cells == [row[ColumnID(1)], row[ColumnID(7)]].compactMap { $0 })
            let stamp = Stamp(time: HybridTime(milliseconds: time), replica: ReplicaID(rawValue: 8))
            row.replace(ColumnID(7), with: Cell(column: ColumnID(7), value: .text(note), stamp: stamp))
            #expect(try store.read { try $0.row(row.key) } == row)
            #expect(try store.deepCheck().isClean)
        }
        let last = RowState(key: row.key, presence: nil, cells: [Cell](row.cells.suffix(1)))
        #expect(try store.write { try $0.write([last], seeing: []) { _, _ in nil } } == [true], "it was asked")
        #expect(try store.read { try $0.row(row.key) } == row)
    }

    @Test func `rows that are more than their columns under one base are looked at as a whole`() throws {
        let gone = TestFile.row(1, "a", length: 2), early = TestFile.row(2, "a", at: 9)
        let more = TestFile.row(3, "a").merged(with: late(in: TestFile.key(3), [40_000], by: 3))
        let unknown = TestFile.row(4, "a", table: TableID(rawValue: 9_999))
        for row in [gone, early, more, unknown] {
            try store.write { try $0.put(row, audience: .alliance) }
            #expect(try write("b", to: row, at: 5) == nil)
            #expect(try store.read { try $0.row(row.key) } == row)
        }
        #expect(try write("b", to: TestFile.row(5), at: 5) == nil, "a row that never was")
        #expect(try store.deepCheck().isClean)
    }

    @Test func `what goes wrong while cells are written leaves the row as it was`() throws {
        let row = TestFile.row(1, "a")
        try store.write { try $0.put(row, audience: .alliance) }
        let later = TestFile.row(1, "b", at: 9)
        #expect(throws: CancellationError.self) {
            try store.write { transaction in
                let wanted = RowState(key: row.key, presence: nil, cells: later.cells)
                return try transaction.write([wanted], seeing: []) { _, _ in throw CancellationError() }
            }
        }
        #expect(try store.read { try $0.row(row.key) } == row)
        #expect(try store.deepCheck().isClean)
    }

    @Test func `a row's first late column does not make it longer`() throws {
        let row = TestFile.row(1, "a")
        try store.write { try $0.put(row, audience: .alliance) }
        let born = try file.integer("SELECT length(_l) FROM base")
        let edited = row.merged(with: late(in: row.key, [7], by: 9))
        try store.write { try $0.put(edited, audience: .alliance) }
        #expect(try file.integer("SELECT length(_l) FROM base") == born)
        #expect(try store.read { try $0.row(row.key) } == edited)
        #expect(try store.deepCheck().isClean)
    }

    @Test func `late columns come back, of many replicas and of columns with large numbers`() throws {
        for replica in 1...300 as ClosedRange<UInt64> {
            let row = TestFile.row(Int(replica), "a")
            let edited = row.merged(with: late(in: row.key, [2, 7, 130, 40_000], by: replica))
                .merged(with: late(in: row.key, [1], by: 300 - replica + 1))
            try store.write { try $0.put(edited, audience: .alliance) }
            #expect(try store.read { try $0.row(row.key) } == edited)
        }
        #expect(try store.deepCheck().isClean)
    }

    /// Cells that were written later than a row's birth.
    private func late(in key: RowKey, _ columns: [UInt16], by replica: UInt64) -> RowState {
        let stamp = Stamp(time: HybridTime(milliseconds: 9 + replica), replica: ReplicaID(rawValue: replica))
        return RowState(
            key: key, presence: nil,
            cells: columns.map { Cell(column: ColumnID($0), value: .text("late"), stamp: stamp) })
    }

    @Test func `values of every kind come back as they went, empty ones and those of unknown columns too`() throws {
        let table = Table(
            300, "kinds", "种类", "kinds", ownership: .author, audience: .alliance,
            rule: WriteRule(create: [], edit: [], delete: []),
            columns: [
                Column(1, "t", "文", "t", .text(max: 9)), Column(2, "b", "节", "b", .bytes(max: 9)),
                Column(3, "i", "数", "i", .integer(.min ... .max)), Column(4, "u", "文", "u", .text(max: 9)),
            ])
        let file = try TestFile()
        let store = try file.create(Schema(version: 1, tables: Schema.current.tables + [table]))
        let texts: [Value] = [.text(""), .text("工位\u{0301}\u{1F600}"), .null, .text("a\"b")]
        let bytes: [Value] = [.bytes([]), .null, .bytes([0, 255])]
        let integers: [Value] = [.integer(.min), .integer(0), .null, .integer(.max), .integer(-1)]
        let stamp = Stamp(time: HybridTime(milliseconds: 1), replica: TestFile.replica)
        let late = Stamp(time: HybridTime(milliseconds: 7), replica: ReplicaID(rawValue: 8))
        func cells(_ seed: Int, _ stamp: (Int) -> Stamp) -> [Cell] {
            // Beyond the fourth the columns are unknown and may hold anything.
            let kinds = [texts, bytes, integers, texts, integers, bytes, texts]
            return kinds.indices.map {
                Cell(column: ColumnID(UInt16($0) + 1), value: kinds[$0][seed % kinds[$0].count], stamp: stamp($0))
            }
        }
        for seed in 0..<60 {
            let key = TestFile.key(seed, table: table.id)
            let row = RowState(
                key: key, presence: Presence(length: 1, stamp: stamp),
                cells: [Cell](cells(seed) { ($0 + seed) % 3 == 2 ? late : stamp }.prefix(1 + seed % 7)))
            #expect(try store.write { try $0.insert(row, audience: .alliance) })
            #expect(try store.read { try $0.row(key) } == row)
            let edit = RowState(key: key, presence: nil, cells: [cells(seed + 7) { _ in late }[seed % 7]])
            let edited = row.merged(with: edit)
            try store.write { try $0.put(edited, over: $0.stored(key), audience: .alliance) }
            #expect(try store.read { try $0.row(key) } == edited)
        }
        #expect(try store.deepCheck().isClean)
        let rows = try store.read { try $0.rows(in: table) }
        #expect(rows.count == 60)
        for value in texts {
            let found = try store.read { try $0.rows(in: table, where: table.columns[0], is: value) }
            #expect(found == rows.filter { $0[ColumnID(1)]?.value ?? .null == value })
        }
    }
}
