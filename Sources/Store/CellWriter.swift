import Alliance
import CRDT
import GRDB
import GRDBSQLite
import Wire

/// Changes cells of rows within one UPDATE: SQLite finds a row and hands it to a function, which decides, and writes what
/// that has made of cells, hash and clock. A SELECT and an UPDATE would look for each row twice.
///
/// Four SQL functions on the writer's connection: `jilian_write(_k, _id, _h, _p, _w, _t, _r, _l, _x, columns…)` says whether
/// the row is written, and then `jilian_cell(_k, n)`, `jilian_hash(_k)` and `jilian_late(_k)` give what changes in it.
final class CellWriter: @unchecked Sendable {
    // Used by the writer's connection alone, and so on its queue: nothing else refers to what changes here.
    private var work: ((Row) throws -> Bool)?
    private var fault: (any Error)?
    /// The row that is being written.
    private var rowid: Int64 = 0
    private var cells: [Cell] = []
    private var hash: UInt128 = 0
    private var late: [UInt8] = []

    /// What one statement is to write.
    struct Call {
        /// As of `ReplicaTransaction.write`.
        let wanted: [RowState]
        /// What else is to be seen of the rows.
        let columns: [ColumnID]
        /// Of the cells.
        let stamp: Stamp
        /// The index of the stamp's replica.
        let replica: Int64
        let indices: IndexCache
        let db: Database
    }

    /// What came of a row.
    struct Outcome {
        /// The row's hashes; `nil` if it was left as it is.
        var written: (audience: Audience, old: UInt128, new: UInt128)?
    }

    typealias Change = (Int, RowState) throws -> (change: RowState, audience: Audience)?

    /// Runs the statement of a call.
    ///
    /// - Parameter change: as of `ReplicaTransaction.write`.
    /// - Returns: what came of each row, `nil` if it is not there, or is one whose base stamp, unknown columns or damage need
    ///   more than this; and what the statement gave.
    func run<Result>(
        _ call: Call, _ change: Change, statement: () throws -> Result
    ) throws -> (outcomes: [Outcome?], result: Result) {
        var outcomes = [Outcome?](repeating: nil, count: call.wanted.count)
        // SQLite finds the rows in order of id.
        var next = 0
        let result = try withoutActuallyEscaping(change) { change in
            work = { [unowned self] row in
                let id = row.id
                while next < call.wanted.count, call.wanted[next].key.id.rawValue != id { next += 1 }
                guard next < call.wanted.count else { throw RowFile.moved(call.wanted[0].key) }
                return try write(row, call, next, change, &outcomes[next])
            }
            defer {
                work = nil
                fault = nil
            }
            let result = Swift.Result { try statement() }
            if let fault { throw fault }
            return try result.get()
        }
        return (outcomes, result)
    }

    private func write(
        _ row: Row, _ call: Call, _ index: Int, _ change: Change, _ outcome: inout Outcome?
    ) throws -> Bool {
        let wanted = call.wanted[index]
        guard let stored = try row.stored(call), stored.clock.takesLate(wanted.cells), row.isPlain(stored.clock) else {
            return false
        }
        let seen = RowState(
            key: wanted.key, presence: stored.presence, cells: row.cells(wanted.cells, call.columns, stored.clock))
        outcome = Outcome()
        guard let (written, audience) = try change(index, seen) else { return false }
        let clock = stored.clock.writing(written.cells)
        hash = CanonicalRow.withBytes(
            of: wanted.key, length: stored.presence.length, clock,
            payload: { column in
                for index in written.cells.indices where written.cells[index].column == column {
                    return .value(written.cells[index].value)
                }
                return row.payload(column)
            }, CanonicalRow.hash(of:))
        late = try LateList.bytes(of: clock.late) { replica in
            replica == call.stamp.replica ? call.replica : try call.indices.index(of: replica, call.db)
        }
        cells = wanted.cells
        rowid = row.rowid
        outcome?.written = (audience, stored.hash, hash)
        return true
    }

    // MARK: SQL functions

    /// Registers the functions on the writer's connection.
    func register(_ db: Database) throws {
        // Not for SQL that stands in the file's own schema.
        let flags = SQLITE_UTF8 | SQLITE_DIRECTONLY
        let me = Unmanaged.passUnretained(self).toOpaque()
        let codes = [
            sqlite3_create_function_v2(
                db.sqliteConnection, "jilian_write", -1, flags, me,
                { context, count, values in
                    let isWritten = CellWriter.of(context).answer(Row(values, count))
                    sqlite3_result_int(context, isWritten ? 1 : 0)
                }, nil, nil, nil),
            sqlite3_create_function_v2(
                db.sqliteConnection, "jilian_cell", 2, flags, me,
                { context, _, values in
                    let me = CellWriter.of(context)
                    guard me.isWriting(values), let index = values?[1] else { return }
                    CellWriter.give(me.cells[Int(sqlite3_value_int(index))].value, context)
                }, nil, nil, nil),
            sqlite3_create_function_v2(
                db.sqliteConnection, "jilian_hash", 1, flags, me,
                { context, _, values in
                    let me = CellWriter.of(context)
                    guard me.isWriting(values) else { return }
                    withUnsafeBytes(of: me.hash.bigEndian) { CellWriter.give($0, context) }
                }, nil, nil, nil),
            sqlite3_create_function_v2(
                db.sqliteConnection, "jilian_late", 1, flags, me,
                { context, _, values in
                    let me = CellWriter.of(context)
                    guard me.isWriting(values) else { return }
                    me.late.withUnsafeBytes { CellWriter.give($0, context) }
                }, nil, nil, nil),
        ]
        for code in codes where code != SQLITE_OK {
            throw DatabaseError(resultCode: ResultCode(rawValue: code))
        }
    }

    private static func of(_ context: OpaquePointer?) -> CellWriter {
        guard let me = sqlite3_user_data(context) else { preconditionFailure("a function without its writer") }
        return Unmanaged<CellWriter>.fromOpaque(me).takeUnretainedValue()
    }

    private static func give(_ bytes: UnsafeRawBufferPointer, _ context: OpaquePointer?) {
        let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        sqlite3_result_blob(context, bytes.baseAddress, Int32(bytes.count), copied)
    }

    private static func give(_ value: Value, _ context: OpaquePointer?) {
        let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        switch value {
        case .null: sqlite3_result_null(context)
        case .integer(let number): sqlite3_result_int64(context, number)
        case .text(let text): sqlite3_result_text(context, text, Int32(text.utf8.count), copied)
        case .bytes(let bytes):
            guard !bytes.isEmpty else { return sqlite3_result_zeroblob(context, 0) }
            bytes.withUnsafeBytes { give($0, context) }
        }
    }

    private func answer(_ row: Row) -> Bool {
        guard let work, fault == nil else { return false }
        do { return try work(row) } catch {
            fault = error
            return false
        }
    }

    /// Whether the row that SQLite writes is the one that was last decided. Another SQLite could first look for all rows and
    /// then write them: each would get what is meant for the last.
    private func isWriting(_ values: UnsafeMutablePointer<OpaquePointer?>?) -> Bool {
        if let values, sqlite3_value_int64(values[0]) == rowid { return true }
        fault = fault ?? StoreError(.damaged, path: "jilian_write", cause: "rows are not written one by one")
        return false
    }
}
