import CRDT
import GRDB
import GRDBSQLite

/// A prepared statement that is bound and stepped through SQLite's own interface: for rows, of which there are so many
/// that an object for each value would cost more than SQLite does.
///
/// GRDB prepares it, keeps it for later transactions, and finalizes it.
///
///     try statement.bind(1, bytes: id)
///     while try statement.step() { … statement.integer(0) … }
///
/// What is bound must stay where it is until `step` has given false.
struct RowStatement {
    private let statement: Statement
    private let handle: OpaquePointer
    private let connection: OpaquePointer

    init(_ sql: String, _ db: Database) throws { self.init(try db.cachedStatement(sql: sql), db) }

    /// A statement that nobody is in the middle of, for a walk during which others may walk: the kept one, unless it is
    /// under way. To prepare one of many columns costs as much as to read a hundred rows.
    init(own sql: String, _ db: Database) throws {
        let kept = try db.cachedStatement(sql: sql)
        let isUnderWay = sqlite3_stmt_busy(kept.sqliteStatement) != 0
        self.init(isUnderWay ? try db.makeStatement(sql: sql) : kept, db)
    }

    private init(_ statement: Statement, _ db: Database) {
        guard let connection = db.sqliteConnection else { preconditionFailure("a transaction on a closed file") }
        self.statement = statement
        handle = statement.sqliteStatement
        self.connection = connection
    }

    // MARK: Binding, from 1

    func bind(_ index: Int, _ number: Int64) { sqlite3_bind_int64(handle, Int32(index), number) }

    func bindNull(_ index: Int) { sqlite3_bind_null(handle, Int32(index)) }

    func bind(_ index: Int, bytes: UnsafeRawBufferPointer) {
        // SQLite takes a blob without an address for NULL.
        let address = bytes.isEmpty ? UnsafeRawPointer(bitPattern: 1) : bytes.baseAddress
        sqlite3_bind_blob(handle, Int32(index), address, Int32(bytes.count), nil)
    }

    func bind(_ index: Int, text: UnsafeRawBufferPointer) {
        let address = text.isEmpty ? UnsafeRawPointer(bitPattern: 1) : text.baseAddress
        sqlite3_bind_text(
            handle, Int32(index), address?.assumingMemoryBound(to: CChar.self), Int32(text.count), nil)
    }

    /// Binds NULL if there are no bytes.
    func bind(_ index: Int, bytesOrNull bytes: UnsafeRawBufferPointer) {
        if bytes.isEmpty { bindNull(index) } else { bind(index, bytes: bytes) }
    }

    /// Binds a number as 16 bytes, most significant first; it is copied, so it need not stay.
    func bind(_ index: Int, copying number: UInt128) {
        let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        withUnsafeBytes(of: number.bigEndian) {
            _ = sqlite3_bind_blob(handle, Int32(index), $0.baseAddress, 16, copied)
        }
    }

    /// Binds a replica as its 8 bytes, most significant first; they are copied.
    func bind(_ index: Int, copying replica: ReplicaID) {
        let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        withUnsafeBytes(of: replica.rawValue.bigEndian) {
            _ = sqlite3_bind_blob(handle, Int32(index), $0.baseAddress, 8, copied)
        }
    }

    /// Binds a cell's value; text and bytes are copied.
    func bind(_ index: Int, copying value: Value) {
        let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        switch value {
        case .null: bindNull(index)
        case .integer(let number): bind(index, number)
        case .text(let text): sqlite3_bind_text(handle, Int32(index), text, Int32(text.utf8.count), copied)
        case .bytes(let bytes):
            if bytes.isEmpty {
                sqlite3_bind_zeroblob(handle, Int32(index), 0)
            } else {
                sqlite3_bind_blob(handle, Int32(index), bytes, Int32(bytes.count), copied)
            }
        }
    }

    // MARK: Running

    /// Goes to the next row of the result; false at its end, and then the statement is ready to be bound anew.
    func step() throws -> Bool {
        let code = sqlite3_step(handle)
        guard code != SQLITE_ROW else { return true }
        let message = code == SQLITE_DONE ? nil : String(cString: sqlite3_errmsg(connection))
        sqlite3_reset(handle)
        guard code != SQLITE_DONE else { return false }
        throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message, sql: statement.sql)
    }

    /// Runs a statement that gives no rows.
    /// - Returns: how many rows it wrote.
    @discardableResult
    func run() throws -> Int {
        guard try !step() else { preconditionFailure("a statement with a result: \(statement.sql)") }
        return Int(sqlite3_changes(connection))
    }

    /// How many rows the last statement wrote, also one that met an error and was not undone.
    static func changes(_ db: Database) -> Int { Int(sqlite3_changes(db.sqliteConnection)) }

    /// The first row of the result; `nil` if it is empty.
    func first<Result>(_ read: (RowStatement) throws -> Result) throws -> Result? {
        guard try step() else { return nil }
        defer { reset() }
        return try read(self)
    }

    /// Gives up the rest of the result.
    func reset() { sqlite3_reset(handle) }

    // MARK: Reading, from 0

    func integer(_ column: Int) -> Int64 { sqlite3_column_int64(handle, Int32(column)) }

    /// The bytes of a BLOB or TEXT, until the next step; empty for NULL.
    func bytes(_ column: Int) -> UnsafeRawBufferPointer {
        let address = sqlite3_column_blob(handle, Int32(column))
        return UnsafeRawBufferPointer(start: address, count: Int(sqlite3_column_bytes(handle, Int32(column))))
    }

    func text(_ column: Int) -> String { String(decoding: bytes(column), as: UTF8.self) }

    /// 16 bytes as a number, most significant first; `nil` if there are not 16.
    func number(_ column: Int) -> UInt128? {
        let bytes = bytes(column)
        return bytes.count == 16 ? UInt128(bigEndian: bytes.loadUnaligned(as: UInt128.self)) : nil
    }

    func isNull(_ column: Int) -> Bool { sqlite3_column_type(handle, Int32(column)) == SQLITE_NULL }

    /// The column as a cell's value. No cell is a REAL; one that another program wrote reads as its text.
    func value(_ column: Int) -> Value {
        switch sqlite3_column_type(handle, Int32(column)) {
        case SQLITE_NULL: .null
        case SQLITE_INTEGER: .integer(integer(column))
        case SQLITE_FLOAT: .text(String(sqlite3_column_double(handle, Int32(column))))
        case SQLITE_TEXT: .text(text(column))
        default: .bytes([UInt8](bytes(column)))
        }
    }
}
