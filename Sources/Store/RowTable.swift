import Alliance
import CRDT
import GRDB
import Sync

/// One table of the alliance as an ordinary SQL table: its columns, and beside them hidden ones for identity and clock.
///
///     _k     rowid           _id    row id, 16 bytes        _owner  index of the owner
///     _h     row hash, 16    _p     causal length           _w      width of the packed clock
///     _t _r  base stamp      _l     late list (`LateList`)  _x      cells of unknown columns
///
/// Rows that are not there stand elsewhere (`inert_row`), so that a plain `SELECT` sees what people see.
struct RowTable {
    let table: Alliance.Table

    /// The hidden columns in the order in which they are read and written.
    private static let hidden = ["_id", "_owner", "_h", "_p", "_w", "_t", "_r", "_l", "_x"]
    /// All rows, with `_k`, the hidden columns and the table's own.
    let selectAllSQL: String
    private let sql: [String]

    init(_ table: Alliance.Table) {
        self.table = table
        let list = (["_k"] + Self.hidden + table.columns.map { "\"\($0.name)\"" }).joined(separator: ", ")
        let all = "SELECT \(list) FROM \"\(table.name)\""
        selectAllSQL = all
        sql = Act.allCases.map { $0.sql(table, all) }
    }

    func sql(_ act: Act) -> String { sql[act.rawValue] }

    /// What is done with one row.
    enum Act: Int, CaseIterable {
        /// Parameters: id, owner. Columns as `row` reads them.
        case select
        /// Parameters as `bind` gives them. Does nothing if the key is there.
        case insert
        /// Parameters as `bind` gives them, then rowid and old hash.
        case update
        /// Parameters: rowid and old hash.
        case delete
        /// Parameters: id, owner.
        case isTaken

        fileprivate func sql(_ table: Alliance.Table, _ selectAll: String) -> String {
            let columns = RowTable.hidden + table.columns.map { "\"\($0.name)\"" }
            switch self {
            case .select: return selectAll + " WHERE _id = ?1 AND _owner = ?2"
            case .insert:
                let marks = columns.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
                return
                    "INSERT INTO \"\(table.name)\" (\(columns.joined(separator: ", "))) VALUES (\(marks)) ON CONFLICT DO NOTHING"
            case .update:
                // Owner and id are the row's identity and never change.
                let sets = columns.enumerated().dropFirst(2).map { "\($1) = ?\($0 + 1)" }.joined(separator: ", ")
                return
                    "UPDATE \"\(table.name)\" SET \(sets) WHERE _k = ?\(columns.count + 1) AND _h = ?\(columns.count + 2)"
            case .delete: return "DELETE FROM \"\(table.name)\" WHERE _k = ?1 AND _h = ?2"
            case .isTaken: return "SELECT 1 FROM \"\(table.name)\" WHERE _id = ?1 AND _owner <> ?2"
            }
        }
    }

    /// Whether SQLite's functions take as many arguments as `CellWriter` needs: 127.
    var canWriteCells: Bool { table.columns.count <= 100 }

    /// How many rows one statement writes cells of. What SQLite does for each run, and the memory that it takes for each
    /// column, are shared by them.
    static let cellRows = 64

    /// Writes cells of rows, in order of id. Parameters: owner, ids.
    ///
    /// Each row is written when it is found: with OR FAIL SQLite keeps no copy of the pages for undoing one statement. Whoever
    /// meets an error rolls the transaction back.
    func cellsSQL(_ columns: [ColumnID], rows: Int) -> String {
        let sets = columns.enumerated().map {
            "\"\(table.columns[Int($1.rawValue) - 1].name)\" = jilian_cell(_k, \($0))"
        }
        let all = table.columns.map { ", \"\($0.name)\"" }.joined()
        let ids = (0..<rows).map { "?\($0 + 2)" }.joined(separator: ", ")
        return """
            UPDATE OR FAIL "\(table.name)"
            SET \(sets.joined(separator: ", ")), _h = jilian_hash(_k), _l = jilian_late(_k)
            WHERE _id \(rows == 1 ? "= ?2" : "IN (\(ids))") AND _owner = ?1
                AND jilian_write(_k, _id, _h, _p, _w, _t, _r, _l, _x\(all))
            """
    }

    /// How many parameters `bind` gives.
    var parameters: Int { Self.hidden.count + table.columns.count }

    static func creation(of table: Alliance.Table) -> String {
        let columns = table.columns.map(declaration(of:)).joined(separator: ", ")
        return """
            CREATE TABLE "\(table.name)" (
                _k INTEGER PRIMARY KEY, _id BLOB NOT NULL, _owner INTEGER NOT NULL, _h BLOB NOT NULL,
                _p INTEGER NOT NULL, _w INTEGER NOT NULL, _t INTEGER NOT NULL, _r INTEGER NOT NULL, _l BLOB NOT NULL,
                _x BLOB,
                \(columns), UNIQUE (_id, _owner)
            )
            """
    }

    static func declaration(of column: Alliance.Column) -> String {
        let type =
            switch column.type {
            case .text, .date, .time, .choice: "TEXT"
            case .integer, .boolean, .instant: "INTEGER"
            case .reference, .member, .members, .bytes: "BLOB"
            }
        return "\"\(column.name)\" \(type)"
    }

    // MARK: Writing

    /// The numbers of a row's hidden columns: nearly always those of the row before.
    struct Numbers: Equatable {
        let owner: Int64
        let length: UInt32
        let width: UInt16
        let base: HybridTime
        let replica: Int64
    }

    /// Binds a row that is there to the parameters of `insert` and of `update`, and runs `body` while they hold.
    ///
    /// - Parameters:
    ///   - canonical: the row's bytes: its id, texts and byte values are bound where they stand in them.
    ///   - last: the numbers that this bound to the same statement before; they stay bound.
    func bind<Result>(
        _ row: RowState, _ canonical: CanonicalRow, hash: UInt128, to statement: RowStatement, last: inout Numbers?,
        indices: IndexCache, _ db: Database, body: () throws -> Result
    ) throws -> Result {
        let clock = canonical.clock
        guard let base = clock.base, let presence = row.presence else {
            preconditionFailure("a row that is there has a presence: \(row.key)")
        }
        let numbers = Numbers(
            owner: try indices.index(of: row.key.owner, db), length: presence.length, width: clock.width,
            base: base.time, replica: try indices.index(of: base.replica, db))
        if numbers != last {
            statement.bind(2, numbers.owner)
            statement.bind(4, Int64(numbers.length))
            statement.bind(5, Int64(numbers.width))
            statement.bind(6, Int64(numbers.base.rawValue))
            statement.bind(7, numbers.replica)
            last = numbers
        }
        let late = try LateList.bytes(of: clock.late) { try indices.index(of: $0, db) }
        let extras = extras(of: row)
        return try withUnsafeBytes(of: hash.bigEndian) { hash in
            statement.bind(3, bytes: hash)
            return try late.withUnsafeBytes { late in
                statement.bind(8, bytes: late)
                return try extras.withUnsafeBytes { extras in
                    statement.bind(9, bytesOrNull: extras)
                    return try canonical.bytes.withUnsafeBytes { bytes in
                        statement.bind(1, bytes: UnsafeRawBufferPointer(rebasing: bytes[CanonicalRow.id]))
                        bind(row, canonical, bytes, to: statement)
                        return try body()
                    }
                }
            }
        }
    }

    /// Binds the cells; a column that nobody has written is NULL.
    private func bind(
        _ row: RowState, _ canonical: CanonicalRow, _ bytes: UnsafeRawBufferPointer, to statement: RowStatement
    ) {
        var next = 0
        var offset = canonical.cells
        for column in table.columns.indices {
            let parameter = Self.hidden.count + column + 1
            // Cells ascend by column, and columns are 1, 2, 3 …
            guard next < row.cells.count, Int(row.cells[next].column.rawValue) == column + 1 else {
                statement.bindNull(parameter)
                continue
            }
            offset += 3
            switch row.cells[next].value {
            case .null: statement.bindNull(parameter)
            case .integer(let number):
                statement.bind(parameter, number)
                offset += 8
            case .text(let text):
                let size = text.utf8.count
                let payload = UnsafeRawBufferPointer(rebasing: bytes[offset + 4..<offset + 4 + size])
                statement.bind(parameter, text: payload)
                offset += 4 + size
            case .bytes(let value):
                let payload = UnsafeRawBufferPointer(rebasing: bytes[offset + 4..<offset + 4 + value.count])
                statement.bind(parameter, bytes: payload)
                offset += 4 + value.count
            }
            next += 1
        }
    }

    // MARK: Reading

    /// Reads a row of `select` or `selectAllSQL`.
    func row(_ row: RowStatement, indices: IndexCache, _ db: Database) throws -> StoredRow {
        guard let id = row.number(1), let hash = row.number(3) else { throw damage("id or hash") }
        let base = Stamp(
            time: HybridTime(rawValue: UInt64(bitPattern: row.integer(6))),
            replica: try indices.replica(row.integer(7), db))
        guard let width = UInt16(exactly: row.integer(5)) else { throw damage("width") }
        guard let late = try LateList.entries(row.bytes(8), replica: { try indices.replica($0, db) }),
            let clock = PackedClock(width: width, base: base, late: late)
        else {
            throw damage("clock of row \(RowID(rawValue: id))")
        }
        guard let length = UInt32(exactly: row.integer(4)), let stamp = clock.stamp(of: .presence) else {
            throw damage("presence")
        }
        let state = RowState(
            key: RowKey(table: table.id, owner: try indices.member(row.integer(2), db), id: RowID(rawValue: id)),
            presence: Presence(length: length, stamp: stamp), cells: try cells(row, clock))
        return StoredRow(state, at: .table(rowid: row.integer(0), hash: hash))
    }

    private func cells(_ row: RowStatement, _ clock: PackedClock) throws -> [Cell] {
        // A column that was unknown when the row was written stands in `_x` until the row is stored again.
        let extras = row.isNull(9) ? [:] : try extras([UInt8](row.bytes(9)))
        var cells: [Cell] = []
        cells.reserveCapacity(table.columns.count)
        try clock.forEach { column, stamp in
            guard column != .presence else { return }
            let index = Int(column.rawValue) - 1
            if !extras.isEmpty, let value = extras[column] {
                cells.append(Cell(column: column, value: value, stamp: stamp))
            } else if index < table.columns.count {
                cells.append(Cell(column: column, value: row.value(10 + index), stamp: stamp))
            } else {
                throw damage("a stamp without a cell in row \(RowID(rawValue: row.number(1) ?? 0))")
            }
        }
        return cells
    }

    // MARK: Cells of unknown columns

    private func extras(of row: RowState) -> [UInt8] {
        guard let last = row.cells.last, Int(last.column.rawValue) > table.columns.count else { return [] }
        var bytes: [UInt8] = []
        for cell in row.cells.drop(while: { Int($0.column.rawValue) <= table.columns.count }) {
            var value: [UInt8] = []
            cell.value.appendCanonicalBytes(to: &value)
            bytes.append(bigEndian: cell.column.rawValue)
            bytes.append(bigEndian: UInt32(value.count))
            bytes.append(contentsOf: value)
        }
        return bytes
    }

    private func extras(_ bytes: [UInt8]) throws -> [ColumnID: Value] {
        var rest = bytes[...]
        var cells: [ColumnID: Value] = [:]
        while !rest.isEmpty {
            guard rest.count >= 6 else { throw damage("unknown columns") }
            let column = ColumnID(rest.prefix(2).reduce(0) { $0 << 8 | UInt16($1) })
            let size = rest.dropFirst(2).prefix(4).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(6)
            guard size <= rest.count, let value = Value(canonicalBytes: rest.prefix(size)) else {
                throw damage("unknown columns")
            }
            cells[column] = value
            rest = rest.dropFirst(size)
        }
        return cells
    }

    private func damage(_ what: String) -> StoreError { StoreError(.damaged, path: table.name, cause: what) }
}

extension [UInt8] {
    mutating func append<Number: FixedWidthInteger>(bigEndian number: Number) {
        Swift.withUnsafeBytes(of: number.bigEndian) { append(contentsOf: $0) }
    }
}
