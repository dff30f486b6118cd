import Alliance
import Foundation
import GRDB
public import Replica

/// The accounts of one console: who may sign in, who has, and what everybody did. In a file of its own beside the
/// replica's; it is never synced, and no backup of the replica holds it.
///
/// Several processes may have it open: the server and the command line.
public final class AccountFile: Sendable {
    let database: DatabaseQueue
    /// The roles that accounts here may have.
    public let roles: [Role]
    /// scrypt's N for new passwords.
    let rounds: Int
    /// Unix milliseconds.
    let clock: @Sendable () -> UInt64

    /// The file's name in the data folder.
    public static let name = "accounts.sqlite"

    /// What a password costs to try: 32 MiB, and on a usual machine 50 ms.
    public static let rounds = 1 << 15

    public init(
        _ folder: String, roles: [Role], rounds: Int = AccountFile.rounds,
        clock: @escaping @Sendable () -> UInt64 = { World.wall }
    ) throws {
        self.roles = roles
        self.rounds = rounds
        self.clock = clock
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        let path = folder + "/" + Self.name
        do {
            database = try DatabaseQueue(path: path, configuration: configuration)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
            try Self.migrator.migrate(database)
        } catch {
            throw CommandError(
                .refused, "accounts",
                Phrase(
                    "无法打开账号文件 \(path)（\(error)）；教师、基地等数据不受影响。请检查磁盘和权限。",
                    "The accounts in \(path) can't be opened (\(error)); the data are untouched; check the disk and the rights."
                ))
        }
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in
            try database.execute(
                sql: """
                    CREATE TABLE account (
                        id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE, display TEXT NOT NULL,
                        role TEXT NOT NULL, salt BLOB NOT NULL, hash BLOB NOT NULL, rounds INTEGER NOT NULL,
                        made INTEGER NOT NULL, closed INTEGER NOT NULL DEFAULT 0
                    ) STRICT;
                    CREATE TABLE attempt (name TEXT PRIMARY KEY, failures INTEGER NOT NULL, until INTEGER NOT NULL) STRICT;
                    CREATE TABLE session (
                        hash BLOB PRIMARY KEY, account INTEGER NOT NULL REFERENCES account (id), made INTEGER NOT NULL,
                        seen INTEGER NOT NULL, program TEXT NOT NULL
                    ) STRICT;
                    CREATE TABLE link (
                        hash BLOB PRIMARY KEY, account INTEGER REFERENCES account (id), role TEXT NOT NULL,
                        expires INTEGER NOT NULL
                    ) STRICT;
                    CREATE TABLE token (
                        id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, name TEXT NOT NULL, scope TEXT NOT NULL,
                        made INTEGER NOT NULL, seen INTEGER NOT NULL DEFAULT 0, revoked INTEGER NOT NULL DEFAULT 0
                    ) STRICT;
                    CREATE TABLE booker (subject TEXT PRIMARY KEY, account INTEGER NOT NULL REFERENCES account (id)) STRICT;
                    CREATE TABLE feed (
                        id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, account INTEGER NOT NULL REFERENCES account (id),
                        name TEXT NOT NULL, made INTEGER NOT NULL, seen INTEGER NOT NULL DEFAULT 0
                    ) STRICT;
                    CREATE TABLE audit (
                        id INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, who TEXT NOT NULL, act TEXT NOT NULL,
                        subject TEXT NOT NULL
                    ) STRICT;
                    """)
        }
        return migrator
    }
}

/// Somebody who may sign in.
public struct Account: Hashable, Sendable, Identifiable {
    public let id: Int64
    /// What is typed to sign in.
    public let name: String
    /// How people call them.
    public let display: String
    public let role: Role
    /// Unix milliseconds; 0 while it is open.
    public let closed: UInt64

    init?(_ row: Row) {
        guard let role = Role(rawValue: row["role"]) else { return nil }
        id = row["id"]
        name = row["name"]
        display = row["display"]
        self.role = role
        closed = row["closed"]
    }
}
