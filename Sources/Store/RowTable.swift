import Alliance
import CRDT
import Foundation
import GRDB

/// One table of the alliance as an ordinary SQL table: its columns, and beside them hidden ones for identity and clock.
///
///     _k     rowid           _id    row id, 16 bytes        _owner  index of the owner
///     _h     row hash, 16    _p     causal length           _w      width of the packed clock
///     _t _r  base stamp      _l     late list               _x      cells of unknown columns
///
/// Rows that are not there stand elsewhere (`inert_row`), so that a plain `SELECT` sees what people see.
struct RowTable {
    let table: Alliance.Table
    let selectSQL: String
    let selectAllSQL: String
    let hashSQL: String
    let upsertSQL: String
    let deleteSQL: String

    /// The hidden columns in the order in which they are read and written.
    private static let hidden = ["_id", "_owner", "_h", "_p", "_w", "_t", "_r", "_l", "_x"]

    init(_ table: Alliance.Table) {
        self.table = table
        let name = "\"\(table.name)\""
        let columns = Self.hidden + table.columns.map { "\"\($0.name)\"" }
        let list = columns.joined(separator: ", ")
        let marks = columns.map { _ in "?" }.joined(separator: ", ")
        let updates = columns.dropFirst(2).map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
        selectSQL = "SELECT \(list) FROM \(name) WHERE _id = ? AND _owner = ?"
        selectAllSQL = "SELECT \(list) FROM \(name)"
        hashSQL = "SELECT _h FROM \(name) WHERE _id = ? AND _owner = ?"
        upsertSQL =
            "INSERT INTO \(name) (\(list)) VALUES (\(marks)) ON CONFLICT (_id, _owner) DO UPDATE SET \(updates)"
        deleteSQL = "DELETE FROM \(name) WHERE _id = ? AND _owner = ?"
    }

    static func creation(of table: Alliance.Table) -> String {
        let columns = table.columns.map(declaration(of:)).joined(separator: ", ")
        return """
            CREATE TABLE "\(table.name)" (
                _k INTEGER PRIMARY KEY, _id BLOB NOT NULL, _owner INTEGER NOT NULL, _h BLOB NOT NULL,
                _p INTEGER NOT NULL, _w INTEGER NOT NULL, _t INTEGER NOT NULL, _r INTEGER NOT NULL, _l BLOB, _x BLOB,
                \(columns), UNIQUE (_id, _owner)
            )
            """
    }

    static func declaration(of column: Alliance.Column) -> String {
        let type =
            switch column.type {
            case .text, .date, .choice: "TEXT"
            case .integer, .boolean, .instant: "INTEGER"
            case .reference, .member, .members, .bytes: "BLOB"
            }
        return "\"\(column.name)\" \(type)"
    }

    // MARK: Rows

    /// The arguments of `upsertSQL`.
    func arguments(for row: RowState, hash: UInt128, indices: IndexCache, _ db: Database) throws -> StatementArguments {
        let clock = PackedClock(of: row)
        guard let base = clock.base, let presence = row.presence else {
            preconditionFailure("a row that is there has a presence: \(row.key)")
        }
        var late = Data()
        for entry in clock.late {
            late.append(bigEndian: entry.column.rawValue)
            late.append(bigEndian: UInt32(try indices.index(of: entry.stamp.replica, db)))
            late.append(bigEndian: entry.stamp.time.rawValue)
        }
        var values: [(any DatabaseValueConvertible)?] = [
            Data(row.key.id.bytes), try indices.index(of: row.key.owner, db),
            withUnsafeBytes(of: hash.bigEndian) { Data($0) }, Int64(presence.length), Int64(clock.width),
            Int64(base.time.rawValue), try indices.index(of: base.replica, db), late.isEmpty ? nil : late,
            extras(of: row),
        ]
        for column in table.columns { values.append(row[column.id]?.value.databaseValue) }
        return StatementArguments(values)
    }

    /// Reads a row of `selectSQL` or `selectAllSQL`.
    func state(_ row: Row, indices: IndexCache, _ db: Database) throws -> (state: RowState, hash: UInt128) {
        let id: Data = row[0]
        let hash: Data = row[2]
        let owner = try indices.member(row[1], db)
        guard let id = RowID(bytes: id), hash.count == 16 else { throw damage("id or hash") }
        let base = Stamp(
            time: HybridTime(rawValue: UInt64(bitPattern: row[5])), replica: try indices.replica(row[6], db))
        let width: Int64 = row[4]
        guard let width = UInt16(exactly: width) else { throw damage("width") }
        guard let clock = PackedClock(width: width, base: base, late: try late(row[7], indices, db)) else {
            throw damage("clock of row \(id)")
        }
        let length: Int64 = row[3]
        guard let length = UInt32(exactly: length), let stamp = clock.stamp(of: .presence) else {
            throw damage("presence")
        }
        // A column that was unknown when the row was written stands in `_x` until the row is stored again.
        var values = try extras(row[8])
        for (index, column) in table.columns.enumerated() where values[column.id] == nil {
            values[column.id] = Value(row[9 + index] as DatabaseValue)
        }
        let cells = try clock.columns.filter { $0 != .presence }.map { column in
            guard let stamp = clock.stamp(of: column), let value = values[column] else {
                throw damage("a stamp without a cell in row \(id)")
            }
            return Cell(column: column, value: value, stamp: stamp)
        }
        let state = RowState(
            key: RowKey(table: table.id, owner: owner, id: id), presence: Presence(length: length, stamp: stamp),
            cells: cells)
        return (state, hash.reduce(0) { $0 << 8 | UInt128($1) })
    }

    private func late(_ bytes: Data?, _ indices: IndexCache, _ db: Database) throws -> [PackedClock.Late] {
        guard let bytes else { return [] }
        guard bytes.count % 14 == 0 else { throw damage("late list") }
        return try stride(from: 0, to: bytes.count, by: 14).map { start in
            let entry = [UInt8](bytes[bytes.startIndex + start..<bytes.startIndex + start + 14])
            let index = entry[2..<6].reduce(Int64(0)) { $0 << 8 | Int64($1) }
            return PackedClock.Late(
                column: ColumnID(UInt16(entry[0]) << 8 | UInt16(entry[1])),
                stamp: Stamp(
                    time: HybridTime(rawValue: entry[6...].reduce(0) { $0 << 8 | UInt64($1) }),
                    replica: try indices.replica(index, db)))
        }
    }

    // MARK: Cells of unknown columns

    private func extras(of row: RowState) -> Data? {
        var bytes = Data()
        for cell in row.cells where table.column(cell.column) == nil {
            var value: [UInt8] = []
            cell.value.appendCanonicalBytes(to: &value)
            bytes.append(bigEndian: cell.column.rawValue)
            bytes.append(bigEndian: UInt32(value.count))
            bytes.append(contentsOf: value)
        }
        return bytes.isEmpty ? nil : bytes
    }

    private func extras(_ bytes: Data?) throws -> [ColumnID: Value] {
        var rest = [UInt8](bytes ?? Data())[...]
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

extension Value {
    init(_ value: DatabaseValue) {
        switch value.storage {
        case .null: self = .null
        case .int64(let number): self = .integer(number)
        case .double(let number): self = .text(String(number))
        case .string(let text): self = .text(text)
        case .blob(let data): self = .bytes([UInt8](data))
        }
    }

    var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let number): number.databaseValue
        case .text(let text): text.databaseValue
        case .bytes(let bytes): Data(bytes).databaseValue
        }
    }
}

extension Data {
    mutating func append<Number: FixedWidthInteger>(bigEndian number: Number) {
        Swift.withUnsafeBytes(of: number.bigEndian) { append(contentsOf: $0) }
    }
}
