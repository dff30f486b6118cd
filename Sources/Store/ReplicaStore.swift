public import Alliance
import CRDT
import Foundation
import GRDB
import GRDBSQLite
public import Sync
import Synchronization

/// A replica's file: SQLite through GRDB, in WAL mode.
///
/// Several processes can have it open. A transaction that a person or a peer is told of is synced to the disk before
/// `write` returns (`synchronous = FULL`).
public final class ReplicaStore: Sendable {
    public let schema: Schema
    public let path: String
    private let pool: DatabasePool
    private let indices = Mutex(IndexTables())
    /// Whether the writer's transactions are synced to the disk now; `nil` before the first.
    private let isDurable = Mutex<Bool?>(nil)
    private let tables: [TableID: RowTable]
    private let cellWriter: CellWriter

    /// How long a transaction waits for another process's, seconds.
    static let busySeconds: TimeInterval = 20

    /// The writer's page cache: a large merge that does not fit writes pages again and again.
    static let cacheKilobytes = 12 << 10
    /// Pages of the log after which it is written back: a page that several transactions changed goes once. They are 4 KB;
    /// with pages of 8 KB a bulk insert costs 4 % less CPU, and a single row a quarter more.
    static let logPages = 8000

    private init(path: String, schema: Schema) throws {
        self.path = path
        self.schema = schema
        let cellWriter = CellWriter()
        self.cellWriter = cellWriter
        pool = try Self.pool(path, cellWriter)
        tables = Dictionary(uniqueKeysWithValues: schema.tables.map { ($0.id, RowTable($0)) })
    }

    /// Makes a new file. It is made under another name, which it loses when it is whole: what a crash or a full disk
    /// leaves half made is no replica.
    ///
    /// - Parameter first: what has to stand in it from the beginning.
    public static func create(
        at path: String, schema: Schema, state: ReplicaState, first: (SQLiteTransaction) throws -> Void = { _ in }
    ) throws -> ReplicaStore {
        let manager = FileManager.default
        guard !manager.fileExists(atPath: path) else { throw StoreError(.exists, path: path) }
        let making = path + ".new"
        func clear() { for end in ["", "-wal", "-shm"] { try? manager.removeItem(atPath: making + end) } }
        clear()
        do {
            try make(at: making, schema, state, first)
            try manager.moveItem(atPath: making, toPath: path)
        } catch {
            clear()
            throw error
        }
        return try open(at: path, schema: schema)
    }

    private static func make(
        at path: String, _ schema: Schema, _ state: ReplicaState, _ first: (SQLiteTransaction) throws -> Void
    ) throws {
        let store = try ReplicaStore(path: path, schema: schema)
        try store.catching {
            try store.pool.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA synchronous = FULL")
                try db.inTransaction(.immediate) {
                    try FileFormat.create(db)
                    try FileFormat.createTables(of: schema, db)
                    try db.insert(state, schema: schema.version)
                    try db.execute(sql: "INSERT INTO sync_status VALUES (1, 0, 0, 0, '', '', 0, 0, 0)")
                    return .commit
                }
            }
        }
        try store.write(first)
        try store.closeWhole()
    }

    /// Opens a file; one of an older program is brought up to this one's tables.
    public static func open(at path: String, schema: Schema) throws -> ReplicaStore {
        guard FileManager.default.fileExists(atPath: path) else { throw StoreError(.absent, path: path) }
        try check(path, schema)
        let store = try ReplicaStore(path: path, schema: schema)
        try store.catching { try store.upgrade() }
        return store
    }

    /// Looks at a file without changing it.
    private static func check(_ path: String, _ schema: Schema) throws {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(busySeconds)
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.read { db in
                let application = try Int.fetchOne(db, sql: "PRAGMA application_id")
                guard application == FileFormat.applicationID else { throw StoreError(.foreign, path: path) }
                let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
                guard version <= FileFormat.version else {
                    throw StoreError(.newer, path: path, cause: "file format \(version) > \(FileFormat.version)")
                }
                let tables = try UInt32.fetchOne(db, sql: "SELECT schema FROM replica_state") ?? 0
                guard tables <= schema.version else {
                    throw StoreError(.newer, path: path, cause: "schema \(tables) > \(schema.version)")
                }
            }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_NOTADB {
            throw StoreError(.foreign, path: path, cause: error.message ?? "")
        } catch let error as DatabaseError {
            throw StoreError(error, path: path)
        }
    }

    private static func pool(_ path: String, _ cellWriter: CellWriter) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.busyMode = .timeout(busySeconds)
        configuration.maximumReaderCount = 4
        configuration.label = "replica"
        // Whoever closes the file last leaves the log's files there: on a full disk there is no room to make them anew,
        // and people could not even look at their rows.
        configuration.prepareDatabase { db in
            var persists: CInt = 1
            _ = sqlite3_file_control(db.sqliteConnection, nil, SQLITE_FCNTL_PERSIST_WAL, &persists)
        }
        do {
            let pool = try DatabasePool(path: path, configuration: configuration)
            // Readers keep SQLite's own 2 MB.
            try pool.writeWithoutTransaction { db in
                try cellWriter.register(db)
                try db.execute(sql: "PRAGMA cache_size = -\(cacheKilobytes)")
                try db.execute(sql: "PRAGMA wal_autocheckpoint = \(logPages)")
            }
            return pool
        } catch let error as DatabaseError {
            throw StoreError(error, path: path)
        }
    }

    /// Brings the alliance's tables up to this program's schema; rows and cells that were kept unknown find their place.
    private func upgrade() throws {
        let known = try pool.read { try UInt32.fetchOne($0, sql: "SELECT schema FROM replica_state") }
        guard known != schema.version else { return }
        try write { transaction in
            try FileFormat.createTables(of: self.schema, transaction.db)
            try transaction.db.execute(sql: "UPDATE replica_state SET schema = ?", arguments: [self.schema.version])
            try transaction.reseatUnknown()
        }
    }

    // MARK: Transactions

    /// Runs a read-only transaction on a snapshot of the file.
    public func read<Result>(_ body: (SQLiteTransaction) throws -> Result) throws -> Result {
        try catching {
            try pool.read { db in
                try body(
                    try SQLiteTransaction(
                        db, schema: schema, tables: tables, indices: IndexCache(indices.withLock { $0 })))
            }
        }
    }

    /// Runs a transaction that holds the file's write lock from its first statement.
    ///
    /// - Parameter durable: whether it must be on the disk when this returns. Merges of what the hub can give again
    ///   need not be.
    public func write<Result>(durable: Bool = true, _ body: (SQLiteTransaction) throws -> Result) throws -> Result {
        try catching {
            try pool.writeWithoutTransaction { db in
                try setSynchronous(durable: durable, db)
                let cache = IndexCache(indices.withLock { $0 })
                let result = try inTransaction(db) {
                    let transaction = try SQLiteTransaction(
                        db, schema: schema, tables: tables, indices: cache, cellWriter: cellWriter)
                    let result = try body(transaction)
                    try transaction.finish()
                    return result
                }
                indices.withLock { $0 = cache.tables }
                return result
            }
        }
    }

    /// As GRDB's, which prepares BEGIN and COMMIT anew each time: a twelfth of a transaction of two rows.
    private func inTransaction<Result>(_ db: Database, _ body: () throws -> Result) throws -> Result {
        try db.cachedStatement(sql: "BEGIN IMMEDIATE TRANSACTION").execute()
        do {
            let result = try body()
            // SQLite undoes a transaction by itself on a full or broken disk.
            guard db.isInsideTransaction else { throw DatabaseError(resultCode: .SQLITE_ABORT) }
            try db.cachedStatement(sql: "COMMIT TRANSACTION").execute()
            return result
        } catch {
            // What went wrong first is told.
            if db.isInsideTransaction { try? db.rollback() }
            throw error
        }
    }

    /// Tells the writer how the next transaction is to be committed, unless the last was so too.
    private func setSynchronous(durable: Bool, _ db: Database) throws {
        guard isDurable.withLock({ $0 }) != durable else { return }
        isDurable.withLock { $0 = nil }
        try db.execute(sql: "PRAGMA synchronous = \(durable ? "FULL" : "NORMAL")")
        isDurable.withLock { $0 = durable }
    }

    /// What `PRAGMA synchronous` reads back on the writer after a durable transaction: 2 is FULL.
    public func synchronousAfterWrite() throws -> Int {
        try write { _ in }
        return try pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") ?? -1 }
    }

    /// A number that changes when another connection or process has written to the file.
    public func dataVersion() throws -> Int {
        try catching { try pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA data_version") ?? 0 } }
    }

    /// What SQLite itself finds wrong with the file; empty if nothing.
    public func integrityFaults() throws -> [String] {
        try catching {
            try pool.read { try String.fetchAll($0, sql: "PRAGMA integrity_check") }.filter { $0 != "ok" }
        }
    }

    /// Writes a copy of the file as it stands now, while others go on writing.
    public func copy(to target: String) throws {
        try? FileManager.default.removeItem(atPath: target)
        do {
            let queue = try DatabaseQueue(path: path)
            try queue.inDatabase { try $0.execute(sql: "VACUUM INTO ?", arguments: [target]) }
            try queue.close()
        } catch let error as DatabaseError {
            throw StoreError(error, path: target)
        }
    }

    public func close() throws { try pool.close() }

    /// Closes it with the whole log in the file, which can then be moved alone. (A reader that closes last leaves the log.)
    public func closeWhole() throws {
        try catching { try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") } }
        try close()
    }

    private func catching<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let error as DatabaseError {
            throw StoreError(error, path: path)
        }
    }
}

extension StoreError {
    /// SQLite's error, for a person.
    init(_ error: DatabaseError, path: String) {
        let code: Code =
            switch error.resultCode {
            case .SQLITE_FULL: .full
            case .SQLITE_BUSY, .SQLITE_LOCKED: .busy
            case .SQLITE_NOTADB: .foreign
            // SQLite says so where there is no room for the log's index (SQLITE_IOERR_SHMSIZE) or a new file.
            case .SQLITE_IOERR, .SQLITE_CANTOPEN: Self.hasRoom(beside: path) ? .damaged : .full
            default: .damaged
            }
        self.init(code, path: path, cause: error.message ?? "SQLite \(error.extendedResultCode.rawValue)")
    }

    /// Less is not enough to open a file: the log's index alone takes 32 KiB.
    private static let roomLeast = 256 << 10

    private static func hasRoom(beside path: String) -> Bool {
        var disk = statvfs()
        guard statvfs((path as NSString).deletingLastPathComponent, &disk) == 0 else { return true }
        return Int(clamping: disk.f_bavail) * Int(clamping: disk.f_frsize) >= roomLeast
    }
}
