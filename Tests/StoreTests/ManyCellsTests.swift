import Alliance
import CRDT
import Store
import Sync
import Testing
import Wire

/// Cells of many rows are written by one statement: each row gets its own, and those that need more are told apart.
@Suite struct ManyCellsTests {
    private let file: TestFile
    private let store: ReplicaStore
    private let stamp = Stamp(time: HybridTime(milliseconds: 5), replica: ReplicaID(rawValue: 8))

    init() throws {
        file = try TestFile()
        store = try file.create()
    }

    private func wanted(_ number: Int) -> RowState {
        RowState(
            key: TestFile.key(number), presence: nil,
            cells: [
                Cell(column: ColumnID(1), value: .text("b\(number)"), stamp: stamp),
                Cell(column: ColumnID(7), value: number % 3 == 0 ? .null : .text("note \(number)"), stamp: stamp),
            ])
    }

    @Test(arguments: [1, 2, 63, 64, 65, 200])
    func `each row gets what is meant for it, in order, and the rest is told apart`(_ count: Int) throws {
        var rows: [Int: RowState] = [:]
        for number in 0..<count {
            switch number % 7 {
            case 3: break
            case 5: rows[number] = TestFile.row(number, at: 2, length: 2)
            case 6: rows[number] = TestFile.row(number, at: 9)
            default: rows[number] = TestFile.row(number)
            }
        }
        let standing = rows
        try store.write { transaction in
            for row in standing.values { try transaction.put(row, audience: .alliance) }
        }
        let all = (0..<count).map(wanted)
        var asked: [Int] = []
        let called = try store.write { transaction in
            try transaction.write(all, seeing: []) { index, stored in
                asked.append(index)
                #expect(stored.key == all[index].key)
                #expect(stored.cells.map(\.value) == [standing[index]?[ColumnID(1)]?.value, .text("n")])
                // One row in ten stays as it is.
                guard index % 10 > 0 else { return nil }
                return (RowState(key: all[index].key, presence: nil, cells: [all[index].cells[1]]), .alliance)
            }
        }
        #expect(asked == (0..<count).filter { ![3, 5, 6].contains($0 % 7) })
        #expect(called == (0..<count).map(asked.contains))
        for number in asked where number % 10 > 0 {
            rows[number]?.replace(ColumnID(7), with: all[number].cells[1])
        }
        for number in 0..<count {
            #expect(try store.read { try $0.row(TestFile.key(number)) } == rows[number])
        }
        #expect(try store.deepCheck().isClean)
    }

    @Test func `what goes wrong at one row leaves all as they were, and the next command is none of it`() throws {
        let rows = (0..<80).map { TestFile.row($0) }
        try store.write { transaction in for row in rows { try transaction.put(row, audience: .alliance) } }
        #expect(throws: CancellationError.self) {
            try store.write { transaction in
                try transaction.write(rows.indices.map(wanted), seeing: []) { index, _ in
                    guard index < 70 else { throw CancellationError() }
                    return (wanted(index), .alliance)
                }
            }
        }
        #expect(try rows.allSatisfy { row in try store.read { try $0.row(row.key) } == row })
        let last = wanted(0)
        #expect(try store.write { try $0.write([last], seeing: []) { _, _ in (last, .alliance) } } == [true])
        #expect(try store.read { try $0.row(last.key) } == rows[0].merged(with: last))
        #expect(try store.deepCheck().isClean)
    }

    @Test func `rows out of order are not written as others`() throws {
        let rows = (0..<3).map { TestFile.row($0) }
        try store.write { transaction in for row in rows { try transaction.put(row, audience: .alliance) } }
        #expect(throws: StoreError.self) {
            try store.write { transaction in
                let all = [2, 1, 0].map(wanted)
                return try transaction.write(all, seeing: []) { index, _ in (all[index], .alliance) }
            }
        }
        #expect(try rows.allSatisfy { row in try store.read { try $0.row(row.key) } == row })
    }
}
