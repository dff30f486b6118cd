import Alliance
public import CRDT
import Foundation
import GRDB
public import Replica

/// What the hub observes of its nodes: attempts, samples, alerts, planned silences. A file of its own beside the
/// replica's: never synced, in no backup, bounded, and harmless to lose.
///
/// The server and the command line may have it open at once.
public final class ObservationFile: Sendable {
    let database: DatabaseQueue

    /// The file's name in the data folder.
    public static let name = "observations.sqlite"

    public init(_ folder: String) throws {
        let path = folder + "/" + Self.name
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.journalMode = .wal
        do {
            database = try DatabaseQueue(path: path, configuration: configuration)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
            try Self.migrator.migrate(database)
        } catch {
            throw CommandError(
                .refused, "observations",
                Phrase(
                    "无法打开观测文件 \(path)（\(error)）；联盟的数据不受影响。请检查磁盘和权限；文件损坏时可删除它，中心会重新开始观测。",
                    "The observations in \(path) can't be opened (\(error)); the alliance's data are untouched. Check disk and rights; a damaged file may be deleted: the hub begins anew."
                ))
        }
    }

    public func close() throws { try database.close() }

    /// Carries out what a person is told of: on the disk when it returns.
    func commit<Result>(_ body: (Database) throws -> Result) throws -> Result {
        try database.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA synchronous = FULL")
            defer { try? db.execute(sql: "PRAGMA synchronous = NORMAL") }
            var result: Result?
            try db.inTransaction(.immediate) {
                result = try body(db)
                return .commit
            }
            guard let result else { preconditionFailure("a transaction that ended without a result") }
            return result
        }
    }

    /// Ids are BLOBs, most significant byte first; times Unix milliseconds.
    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { db in
            try db.execute(
                sql: """
                    CREATE TABLE rule (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
                    CREATE TABLE tally (
                        node BLOB PRIMARY KEY, since INTEGER NOT NULL, attempts INTEGER NOT NULL,
                        refusals INTEGER NOT NULL, up_bytes INTEGER NOT NULL, down_bytes INTEGER NOT NULL,
                        up INTEGER NOT NULL, down INTEGER NOT NULL, last_attempt INTEGER NOT NULL,
                        last_success INTEGER NOT NULL, refused INTEGER NOT NULL, code TEXT NOT NULL, zh TEXT NOT NULL,
                        en TEXT NOT NULL, line INTEGER NOT NULL
                    ) STRICT;
                    CREATE TABLE attempt (
                        node BLOB NOT NULL, position INTEGER NOT NULL, kind TEXT NOT NULL, first INTEGER NOT NULL,
                        last INTEGER NOT NULL, times INTEGER NOT NULL, code TEXT NOT NULL, zh TEXT NOT NULL,
                        en TEXT NOT NULL, up_bytes INTEGER NOT NULL, down_bytes INTEGER NOT NULL, up INTEGER NOT NULL,
                        down INTEGER NOT NULL, ms INTEGER NOT NULL,
                        PRIMARY KEY (node, position)
                    ) STRICT;
                    CREATE INDEX attempt_last ON attempt (last);
                    CREATE TABLE sample (
                        node BLOB NOT NULL, tier INTEGER NOT NULL, position INTEGER NOT NULL, at INTEGER NOT NULL,
                        lag INTEGER, pending INTEGER, up INTEGER NOT NULL, down INTEGER NOT NULL,
                        PRIMARY KEY (node, tier, position)
                    ) STRICT, WITHOUT ROWID;
                    CREATE TABLE alliance_sample (
                        tier INTEGER NOT NULL, position INTEGER NOT NULL, at INTEGER NOT NULL, heard INTEGER,
                        middle INTEGER, high INTEGER, pending INTEGER, conflicts INTEGER, requests INTEGER,
                        up INTEGER NOT NULL, down INTEGER NOT NULL,
                        PRIMARY KEY (tier, position)
                    ) STRICT, WITHOUT ROWID;
                    CREATE TABLE alert (
                        kind TEXT NOT NULL, subject BLOB NOT NULL, since INTEGER NOT NULL, noted INTEGER NOT NULL,
                        acknowledged INTEGER NOT NULL, author TEXT NOT NULL, note TEXT NOT NULL,
                        quiet_until INTEGER NOT NULL,
                        PRIMARY KEY (kind, subject)
                    ) STRICT, WITHOUT ROWID;
                    CREATE TABLE silence (
                        id INTEGER PRIMARY KEY AUTOINCREMENT, member BLOB NOT NULL, first INTEGER NOT NULL,
                        last INTEGER NOT NULL, reason TEXT NOT NULL, author TEXT NOT NULL
                    ) STRICT;
                    CREATE TABLE watch (id INTEGER PRIMARY KEY AUTOINCREMENT, first INTEGER NOT NULL, last INTEGER NOT NULL)
                    STRICT;
                    """)
        }
        return migrator
    }

    // MARK: Rules

    public func rules() throws -> BoardRules {
        let rows = try database.read { try Row.fetchAll($0, sql: "SELECT name, value FROM rule") }
        var rules = BoardRules.standard
        for row in rows {
            let name: String = row["name"]
            let path = BoardRules.names.first { $0.name == name }?.path
            if let path { rules[keyPath: path] = row["value"] }
        }
        return rules
    }

    /// Sets the rules that the file is to keep.
    public func set(_ rules: BoardRules) throws {
        try rules.check()
        try commit { db in
            for (name, path) in BoardRules.names {
                try db.execute(
                    sql: "INSERT OR REPLACE INTO rule VALUES (?, ?)", arguments: [name, rules[keyPath: path]])
            }
        }
    }

    // MARK: When the hub could hear

    /// Two looks further apart than this, milliseconds, have a time between them in which the hub was off.
    static let watchGap: UInt64 = 30_000
    /// As many times off are remembered.
    static let watchMax = 200

    /// The hub serves now.
    func noteWatch(at now: UInt64, _ db: Database) throws {
        let last = try Row.fetchOne(db, sql: "SELECT id, last FROM watch ORDER BY id DESC LIMIT 1")
        if let last, let time = last["last"] as UInt64?, now >= time, now - time <= Self.watchGap {
            try db.execute(sql: "UPDATE watch SET last = ? WHERE id = ?", arguments: [now, last["id"] as Int64])
            return
        }
        try db.execute(sql: "INSERT INTO watch (first, last) VALUES (?, ?)", arguments: [now, now])
        try db.execute(
            sql: "DELETE FROM watch WHERE id <= ?", arguments: [db.lastInsertedRowID - Int64(Self.watchMax)])
    }

    /// When the hub was off, up to now, oldest first. Before its first watch nothing is known: that counts as heard.
    func deaf(upTo now: UInt64, _ db: Database) throws -> [Range<UInt64>] {
        let watches = try Row.fetchAll(db, sql: "SELECT first, last FROM watch ORDER BY id")
        var ranges: [Range<UInt64>] = []
        var end: UInt64?
        for watch in watches {
            let (first, last): (UInt64, UInt64) = (watch["first"], watch["last"])
            if let end, end < first { ranges.append(end..<first) }
            end = last
        }
        if let end, end + Self.watchGap < now { ranges.append(end..<now) }
        return ranges
    }

    /// When the hub last served; `nil` if it was never seen to.
    func lastWatch(_ db: Database) throws -> UInt64? {
        try UInt64.fetchOne(db, sql: "SELECT max(last) FROM watch")
    }
}
