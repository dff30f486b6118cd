import Alliance
import CRDT
import Foundation
import GRDB
import Sync
import Wire

/// One table's rows within one transaction: the statements on it, each prepared when it is first needed.
final class RowFile {
    let id: TableID
    /// Whether rows of the table stand in `inert_row`; `nil` while nobody has looked.
    var hasInert: Bool?
    private let table: RowTable
    private let db: Database
    private var written = RowImages()
    /// By how many rows they insert.
    private var inserting: [Int: RowStatement] = [:]
    private var lastCells: (columns: [ColumnID], isOne: Bool, statement: RowStatement)?
    private var statements = [RowStatement?](repeating: nil, count: RowTable.Act.allCases.count)

    init(_ table: RowTable, _ db: Database) {
        id = table.table.id
        self.table = table
        self.db = db
    }

    private func statement(_ act: RowTable.Act) throws -> RowStatement {
        if let statement = statements[act.rawValue] { return statement }
        let statement = try RowStatement(table.sql(act), db)
        statements[act.rawValue] = statement
        return statement
    }

    /// What `stored` said of a row is not so any more. No caller does that; it is checked at each write all the same.
    static func moved(_ key: RowKey) -> StoreError {
        StoreError(.damaged, path: "table \(key.table.rawValue)", cause: "row \(key.id) is not where it was read")
    }

    // MARK: One row

    func row(_ id: RowID, owner: Int64, indices: IndexCache) throws -> StoredRow? {
        let statement = try statement(.select)
        return try withUnsafeBytes(of: id.rawValue.bigEndian) { id in
            statement.bind(1, bytes: id)
            statement.bind(2, owner)
            return try statement.first { try table.row($0, indices: indices, db) }
        }
    }

    /// Stores rows that are there.
    /// - Returns: of each its hash; `nil` if a row with its key stands here, which then was left as it was.
    func insert(_ rows: ArraySlice<RowState>, indices: IndexCache) throws -> [UInt128?] {
        var hashes: [UInt128?] = []
        hashes.reserveCapacity(rows.count)
        var rest = rows
        while !rest.isEmpty {
            let next = rest.prefix(RowTable.insertedRows)
            rest = rest.dropFirst(next.count)
            written.removeAll()
            for index in next.indices { try written.add(next[index], of: table, indices: indices, db) }
            let images = written.images
            let inserted = images.count == RowTable.insertedRows ? try insertTogether(images.indices) : 0
            for index in images.indices {
                let isInserted = try index < inserted || insert(index..<index + 1) == 1
                hashes.append(isInserted ? images[index].hash : nil)
            }
        }
        return hashes
    }

    /// - Returns: how many were inserted: all, or those before the first whose key is there.
    private func insertTogether(_ range: Range<Int>) throws -> Int {
        do { return try insert(range) } catch let error as DatabaseError
            where error.resultCode == .SQLITE_CONSTRAINT
        {
            return RowStatement.changes(db)
        }
    }

    private func insert(_ range: Range<Int>) throws -> Int {
        let statement = try inserting[range.count] ?? RowStatement(table.insertSQL(rows: range.count), db)
        inserting[range.count] = statement
        return try table.bind(written, range, to: statement) { try statement.run() }
    }

    /// Overwrites a row where it was read.
    /// - Returns: its new hash.
    func update(_ row: RowState, at rowid: Int64, old: UInt128, indices: IndexCache) throws -> UInt128 {
        let statement = try statement(.update)
        written.removeAll()
        try written.add(row, of: table, indices: indices, db)
        let count = try table.bind(written, 0..<1, to: statement) {
            statement.bind(table.parameters + 1, rowid)
            return try withUnsafeBytes(of: old.bigEndian) { old in
                statement.bind(table.parameters + 2, bytes: old)
                return try statement.run()
            }
        }
        guard count == 1 else { throw Self.moved(row.key) }
        return written.images[0].hash
    }

    /// Writes cells of rows where they stand.
    /// - Returns: of each row what came of it, `nil` if `change` was not called; `nil` if it is called for none.
    func write(
        _ wanted: [RowState], of owner: Int64, _ columns: [ColumnID], _ indices: IndexCache, _ writer: CellWriter,
        _ change: (Int, RowState) throws -> (change: RowState, audience: Audience)?
    ) throws -> [CellWriter.Outcome?]? {
        guard let first = wanted.first, let stamp = first.cells.first?.stamp, let last = first.cells.last?.column,
            table.canWriteCells, Int(last.rawValue) <= table.table.columns.count
        else { return nil }
        // Before a statement runs: it may add the replica to its table.
        let replica = try indices.index(of: stamp.replica, db)
        var outcomes: [CellWriter.Outcome?] = []
        for start in stride(from: 0, to: wanted.count, by: RowTable.cellRows) {
            let rows = [RowState](wanted[start..<min(start + RowTable.cellRows, wanted.count)])
            let call = CellWriter.Call(
                wanted: rows, columns: columns, stamp: stamp, replica: replica, indices: indices, db: db)
            outcomes += try write(call, of: owner, writer) { try change(start + $0, $1) }
        }
        return outcomes
    }

    private func write(
        _ call: CellWriter.Call, of owner: Int64, _ writer: CellWriter, _ change: CellWriter.Change
    ) throws -> [CellWriter.Outcome?] {
        let statement = try cellStatement(call.wanted[0].cells, rows: call.wanted.count)
        statement.bind(1, owner)
        // Where fewer rows come than the statement takes, the last comes again: SQLite looks for each id once.
        let ids = (0..<(call.wanted.count == 1 ? 1 : RowTable.cellRows)).map {
            call.wanted[min($0, call.wanted.count - 1)].key.id.rawValue.bigEndian
        }
        let (outcomes, rows) = try ids.withUnsafeBytes { ids in
            for start in stride(from: 0, to: ids.count, by: 16) {
                statement.bind(start / 16 + 2, bytes: UnsafeRawBufferPointer(rebasing: ids[start..<start + 16]))
            }
            return try writer.run(call, change) { try statement.run() }
        }
        guard rows == outcomes.count(where: { $0?.written != nil }) else { throw Self.moved(call.wanted[0].key) }
        return outcomes
    }

    /// The statement that writes cells of these columns; nearly always that of the rows before.
    private func cellStatement(_ cells: [Cell], rows: Int) throws -> RowStatement {
        let isOne = rows == 1
        if let last = lastCells, last.isOne == isOne, last.columns.count == cells.count,
            cells.indices.allSatisfy({ last.columns[$0] == cells[$0].column })
        {
            return last.statement
        }
        let columns = cells.map(\.column)
        let statement = try RowStatement(table.cellsSQL(columns, rows: isOne ? 1 : RowTable.cellRows), db)
        lastCells = (columns, isOne, statement)
        return statement
    }

    func delete(_ key: RowKey, at rowid: Int64, hash: UInt128) throws {
        let statement = try statement(.delete)
        statement.bind(1, rowid)
        statement.bind(2, copying: hash)
        guard try statement.run() == 1 else { throw Self.moved(key) }
    }

    func isTaken(_ id: RowID, besides owner: Int64) throws -> Bool {
        let statement = try statement(.isTaken)
        return try withUnsafeBytes(of: id.rawValue.bigEndian) { id in
            statement.bind(1, bytes: id)
            statement.bind(2, owner)
            return try statement.first { _ in true } ?? false
        }
    }

    // MARK: Many rows

    /// The few rows under a condition.
    func all(_ condition: String, indices: IndexCache, bind: (RowStatement) -> Void) throws -> [RowState] {
        var rows: [RowState] = []
        try each(condition, indices: indices, bind: bind) { _, row, _ in rows.append(try row()) }
        return rows
    }

    /// The rows under a condition: of each its key, the row if it can be read, and its hash.
    func each(
        _ condition: String, indices: IndexCache, bind: (RowStatement) -> Void = { _ in },
        _ body: (RowKey, () throws -> RowState, UInt128) throws -> Void
    ) throws {
        // The caller may read or write other rows meanwhile, by the same condition too.
        let statement = try RowStatement(own: table.selectAllSQL + " " + condition, db)
        defer { statement.reset() }
        bind(statement)
        while try statement.step() {
            let key = RowKey(
                table: table.table.id, owner: try indices.member(statement.integer(2), db),
                id: RowID(rawValue: statement.number(1) ?? 0))
            try body(key, { try self.table.row(statement, indices: indices, self.db).state }, statement.number(3) ?? 0)
        }
    }
}
