import Alliance
import CRDT
import GRDB
import GRDBSQLite
import Wire

/// Changes cells of a row within one UPDATE: SQLite finds the row and hands it to a function, which decides, and writes
/// what that has made of hash and clock. A SELECT and an UPDATE would look for the row twice.
///
/// Three SQL functions on the writer's connection: `jilian_write(_h, _p, _w, _t, _r, _l, _x, columns…)` says whether the
/// row is written, and then `jilian_hash()` and `jilian_late()` give what changes beside the cells.
final class CellWriter: @unchecked Sendable {
    // Used by the writer's connection alone, and so on its queue: nothing else refers to what changes here.
    private var work: ((Row) throws -> Bool)?
    private var fault: (any Error)?
    private var hash: UInt128 = 0
    private var late: [UInt8] = []

    /// What one statement is to write.
    struct Call {
        let key: RowKey
        /// Ascending by column.
        let cells: [Cell]
        /// What else is to be seen of the row.
        let columns: [ColumnID]
        /// Of the cells.
        let stamp: Stamp
        /// The index of the stamp's replica.
        let replica: Int64
        let indices: IndexCache
        let db: Database
    }

    /// What came of a call.
    struct Outcome {
        /// The row's hashes; `nil` if it was left as it is.
        var written: (audience: Audience, old: UInt128, new: UInt128)?
    }

    typealias Change = (RowState) throws -> (change: RowState, audience: Audience)?

    /// Runs the statement of a call.
    ///
    /// - Parameter change: as of `ReplicaTransaction.write`.
    /// - Returns: `nil` if the row is not there, or is one whose base stamp, unknown columns or damage need more than
    ///   this; and what the statement gave.
    func run<Result>(
        _ call: Call, _ change: Change, statement: () throws -> Result
    ) throws -> (outcome: Outcome?, result: Result) {
        var outcome: Outcome?
        let result = try withoutActuallyEscaping(change) { change in
            work = { [unowned self] row in try write(row, call, change, &outcome) }
            defer { work = nil }
            let result = try statement()
            if let fault {
                self.fault = nil
                throw fault
            }
            return result
        }
        return (outcome, result)
    }

    private func write(_ row: Row, _ call: Call, _ change: Change, _ outcome: inout Outcome?) throws -> Bool {
        guard let stored = try row.stored(call), stored.clock.takesLate(call.cells), row.isPlain(stored.clock) else {
            return false
        }
        let seen = RowState(key: call.key, presence: stored.presence, cells: row.cells(call, stored.clock))
        outcome = Outcome()
        guard let (written, audience) = try change(seen) else { return false }
        let clock = stored.clock.writing(written.cells)
        hash = CanonicalRow.withBytes(
            of: call.key, length: stored.presence.length, clock,
            payload: { column in
                for index in written.cells.indices where written.cells[index].column == column {
                    return .value(written.cells[index].value)
                }
                return row.payload(column)
            }, CanonicalRow.hash(of:))
        late = try LateList.bytes(of: clock.late) { replica in
            replica == call.stamp.replica ? call.replica : try call.indices.index(of: replica, call.db)
        }
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
                db.sqliteConnection, "jilian_hash", 0, flags, me,
                { context, _, _ in
                    withUnsafeBytes(of: CellWriter.of(context).hash.bigEndian) { CellWriter.give($0, context) }
                }, nil, nil, nil),
            sqlite3_create_function_v2(
                db.sqliteConnection, "jilian_late", 0, flags, me,
                { context, _, _ in
                    CellWriter.of(context).late.withUnsafeBytes { CellWriter.give($0, context) }
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

    private func answer(_ row: Row) -> Bool {
        guard let work else { return false }
        do { return try work(row) } catch {
            fault = error
            return false
        }
    }
}

extension CellWriter {
    /// The arguments of `jilian_write`, while it runs.
    struct Row {
        private let values: UnsafeMutablePointer<OpaquePointer?>
        private let count: Int

        init(_ values: UnsafeMutablePointer<OpaquePointer?>?, _ count: Int32) {
            guard let values else { preconditionFailure("a function without its arguments") }
            self.values = values
            self.count = Int(count)
        }

        private static let hidden = 7

        private func integer(_ index: Int) -> Int64 { sqlite3_value_int64(values[index]) }

        private func bytes(_ value: OpaquePointer?) -> UnsafeRawBufferPointer {
            let address = sqlite3_value_blob(value)
            return UnsafeRawBufferPointer(start: address, count: Int(sqlite3_value_bytes(value)))
        }

        /// The row's clock, presence and hash; `nil` if they can't be read.
        func stored(_ call: Call) throws -> (clock: PackedClock, presence: Presence, hash: UInt128)? {
            let hash = bytes(values[0])
            let base = Stamp(
                time: HybridTime(rawValue: UInt64(bitPattern: integer(3))),
                replica: try call.indices.replica(integer(4), call.db))
            let late = try LateList.entries(bytes(values[5])) { try call.indices.replica($0, call.db) }
            guard hash.count == 16, let length = UInt32(exactly: integer(1)), let width = UInt16(exactly: integer(2)),
                let late, let clock = PackedClock(width: width, base: base, late: late)
            else { return nil }
            return (
                clock, Presence(length: length, stamp: base),
                UInt128(bigEndian: hash.loadUnaligned(as: UInt128.self))
            )
        }

        /// Whether the row has the cells of the columns 1 ..< width and no others, and each is of a kind that cells have.
        func isPlain(_ clock: PackedClock) -> Bool {
            sqlite3_value_type(values[6]) == SQLITE_NULL && Int(clock.width) - 1 <= count - Self.hidden
                && clock.late.last?.column.rawValue ?? 0 < clock.width
                && (1..<Int(clock.width)).allSatisfy {
                    sqlite3_value_type(values[Self.hidden + $0 - 1]) != SQLITE_FLOAT
                }
        }

        /// The cells that a call is to see.
        func cells(_ call: Call, _ clock: PackedClock) -> [Cell] {
            var cells: [Cell] = []
            cells.reserveCapacity(call.cells.count + call.columns.count)
            func see(_ column: ColumnID) {
                guard let stamp = clock.stamp(of: column) else { return }
                cells.append(Cell(column: column, value: value(column), stamp: stamp))
            }
            guard !call.columns.isEmpty else {
                for index in call.cells.indices { see(call.cells[index].column) }
                return cells
            }
            for column in Set(call.cells.map(\.column)).union(call.columns).sorted() { see(column) }
            return cells
        }

        func payload(_ column: ColumnID) -> CanonicalRow.Payload {
            let value = values[Self.hidden + Int(column.rawValue) - 1]
            return switch sqlite3_value_type(value) {
            case SQLITE_NULL: .null
            case SQLITE_INTEGER: .integer(sqlite3_value_int64(value))
            case SQLITE_TEXT: .text(bytes(value))
            default: .bytes(bytes(value))
            }
        }

        func value(_ column: ColumnID) -> Value {
            switch payload(column) {
            case .null: .null
            case .integer(let number): .integer(number)
            case .text(let bytes): .text(String(decoding: bytes, as: UTF8.self))
            case .bytes(let bytes): .bytes([UInt8](bytes))
            case .value(let value): value
            }
        }
    }
}
