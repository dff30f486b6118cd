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
    /// Of the table's own.
    let columnCount: Int

    /// The hidden columns in the order in which they are read.
    private static let hidden = ["_id", "_owner", "_h", "_p", "_w", "_t", "_r", "_l", "_x"]
    /// Those in the order in which they are bound; then come the table's columns.
    static let bound = ["_id", "_owner", "_h", "_p", "_w", "_t", "_r", "_l", "_x"]
    /// All rows, with `_k`, the hidden columns and the table's own.
    let selectAllSQL: String
    private let sql: [String]
    private let insertingOne: String
    private let insertingMany: String

    init(_ table: Alliance.Table) {
        self.table = table
        columnCount = table.columns.count
        parameters = Self.bound.count + table.columns.count
        let list = (["_k"] + Self.hidden + table.columns.map { "\"\($0.name)\"" }).joined(separator: ", ")
        let all = "SELECT \(list) FROM \"\(table.name)\""
        selectAllSQL = all
        sql = Act.allCases.map { $0.sql(table, all) }
        insertingOne = Self.insertSQL(table, rows: 1)
        insertingMany = Self.insertSQL(table, rows: Self.insertedRows)
    }

    func sql(_ act: Act) -> String { sql[act.rawValue] }

    /// What is done with one row.
    enum Act: Int, CaseIterable {
        /// Parameters: id, owner. Columns as `row` reads them.
        case select
        /// Parameters as `bind` gives them, then rowid and old hash.
        case update
        /// Parameters: rowid and old hash.
        case delete
        /// Parameters: id, owner.
        case isTaken

        fileprivate func sql(_ table: Alliance.Table, _ selectAll: String) -> String {
            switch self {
            case .select: return selectAll + " WHERE _id = ?1 AND _owner = ?2"
            case .update:
                // Owner and id are the row's identity and never change.
                let columns = RowTable.boundColumns(table)
                let sets = columns.enumerated().dropFirst(2).map { "\($1) = ?\($0 + 1)" }
                let next = columns.count + 1
                return
                    "UPDATE \"\(table.name)\" SET \(sets.joined(separator: ", ")) WHERE _k = ?\(next) AND _h = ?\(next + 1)"
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

    /// How many rows are inserted together.
    static let insertedRows = 16

    /// Inserts one row, or `insertedRows`; parameters as `bind` gives them. One row whose key is there is left out. Of
    /// several, those before the first whose key is there are inserted, and then comes an error.
    func insertSQL(rows: Int) -> String { rows == 1 ? insertingOne : insertingMany }

    private static func insertSQL(_ table: Alliance.Table, rows: Int) -> String {
        let columns = boundColumns(table)
        let tuples = (0..<rows).map { row in
            "(\(columns.indices.map { "?\(row * columns.count + $0 + 1)" }.joined(separator: ", ")))"
        }
        let (onConflict, otherwise) = rows == 1 ? ("", " ON CONFLICT DO NOTHING") : (" OR FAIL", "")
        return
            "INSERT\(onConflict) INTO \"\(table.name)\" (\(columns.joined(separator: ", "))) VALUES \(tuples.joined(separator: ", "))\(otherwise)"
    }

    private static func boundColumns(_ table: Alliance.Table) -> [String] {
        bound + table.columns.map { "\"\($0.name)\"" }
    }

    /// How many parameters `bind` gives for one row.
    let parameters: Int

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

    func extras(of row: RowState) -> [UInt8] {
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
