import Alliance
import Foundation
import GRDB
import Replica

/// Somebody who has signed in.
public struct Session: Sendable {
    public let account: Account
    /// Unix milliseconds.
    public let made: UInt64
    public let seen: UInt64
    /// What the browser says of itself.
    public let program: String
    /// Names the session in the list; nobody can sign in with it.
    public let id: String
}

extension AccountFile {
    /// How long a session lives without a request, and at most, milliseconds.
    static let idleMax: UInt64 = 12 * 3_600_000
    static let ageMax: UInt64 = 7 * 24 * 3_600_000

    /// So many wrong passwords are free; each further one makes the next wait twice as long, up to an hour.
    static let freeFailures = 5
    static let firstDelay: UInt64 = 30_000
    static let delayMax: UInt64 = 3_600_000

    static func delay(after failures: Int) -> UInt64 {
        failures < freeFailures ? 0 : min(delayMax, firstDelay << UInt64(min(failures - freeFailures, 10)))
    }

    /// Signs somebody in. A name that nobody has takes as long, and is locked out as well, so that names can't be found.
    public func signIn(name: String, password: String, program: String) throws -> (Secret, Account) {
        let key = String(name.lowercased().prefix(Self.nameMax))
        let now = clock()
        // Counted before the password is looked at: many tries at once count as many.
        let failures = try database.write { database -> Int in
            let row = try Row.fetchOne(database, sql: "SELECT * FROM attempt WHERE name = ?", arguments: [key])
            let until: UInt64 = row?["until"] ?? 0
            guard until <= now else {
                throw CommandError(
                    .refused, "locked",
                    Phrase(
                        "多次输错，请在 \((until - now + 999) / 1000) 秒后再试；忘记密码请找管理员。",
                        "Too many wrong passwords; try again in \((until - now + 999) / 1000) seconds, or ask the administrator for a link."
                    ))
            }
            let failures = (row?["failures"] ?? 0) + 1
            try database.execute(
                sql: "INSERT OR REPLACE INTO attempt (name, failures, until) VALUES (?, ?, ?)",
                arguments: [key, failures, now + Self.delay(after: failures)])
            try database.execute(
                sql: "DELETE FROM attempt WHERE until < ? AND name IN (SELECT name FROM attempt LIMIT -1 OFFSET ?)",
                arguments: [now, Self.attemptsMax])
            return failures
        }
        let row = try database.read {
            try Row.fetchOne($0, sql: "SELECT * FROM account WHERE name = ? AND closed = 0", arguments: [name])
        }
        let stored = row.map {
            PasswordHash(salt: Self.bytes($0["salt"]), bytes: Self.bytes($0["hash"]), rounds: $0["rounds"])
        }
        let isRight = try (stored ?? nobody).matches(String(password.prefix(Self.passwordMax)))
        guard isRight, let account = row.flatMap(Account.init), roles.contains(account.role) else {
            try database.write { try Self.note($0, now, key, "sign-in-failed", "\(failures)") }
            throw CommandError(
                .refused, "sign-in", Phrase("登录名或密码不对。", "Name or password is wrong."))
        }
        let secret = Secret()
        try database.write { database in
            try database.execute(sql: "DELETE FROM attempt WHERE name = ?", arguments: [key])
            try database.execute(
                sql: "DELETE FROM session WHERE seen < ? OR made < ?",
                arguments: [Int64(clamping: now) - Int64(Self.idleMax), Int64(clamping: now) - Int64(Self.ageMax)])
            try database.execute(
                sql: "INSERT INTO session (hash, account, made, seen, program) VALUES (?, ?, ?, ?, ?)",
                arguments: [Data(Secret.hash(secret.text)), account.id, now, now, String(program.prefix(200))])
            try Self.note(database, now, account.name, "sign-in", "")
        }
        return (secret, account)
    }

    private static let attemptsMax = 10_000
    /// Compared with where nobody has the name.
    private var nobody: PasswordHash {
        PasswordHash(
            salt: [UInt8](repeating: 0, count: 16), bytes: [UInt8](repeating: 0, count: 32), rounds: rounds)
    }

    private static func bytes(_ data: Data) -> [UInt8] { [UInt8](data) }

    /// Who a session's secret belongs to; `nil` once it has ended. The account is read anew each time.
    public func session(_ secret: String) throws -> Session? {
        let now = clock()
        let hash = Data(Secret.hash(secret))
        let session = try database.read { database in
            try Row.fetchOne(
                database,
                sql: """
                    SELECT account.*, session.made AS began, seen, program, hex(session.hash) AS number FROM session
                    JOIN account ON account.id = account WHERE session.hash = ? AND closed = 0
                    """, arguments: [hash]
            ).flatMap(Self.session)
        }
        guard let session, session.seen + Self.idleMax > now, session.made + Self.ageMax > now,
            roles.contains(session.account.role)
        else { return nil }
        // Written once a minute, not with each request.
        if now > session.seen + 60_000 {
            try database.write {
                try $0.execute(sql: "UPDATE session SET seen = ? WHERE hash = ?", arguments: [now, hash])
            }
        }
        return session
    }

    private static func session(_ row: Row) -> Session? {
        let number: String = row["number"]
        return Account(row).map {
            Session(
                account: $0, made: row["began"], seen: row["seen"], program: row["program"],
                id: String(number.prefix(16)))
        }
    }

    /// The sessions that go on, of one account or of all, the newest first.
    public func sessions(of account: Int64? = nil) throws -> [Session] {
        let now = clock()
        return try database.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT account.*, session.made AS began, seen, program, hex(session.hash) AS number FROM session
                    JOIN account ON account.id = account WHERE ?1 IS NULL OR account.id = ?1 ORDER BY seen DESC
                    """, arguments: [account]
            ).compactMap(Self.session).filter { $0.seen + Self.idleMax > now && $0.made + Self.ageMax > now }
        }
    }

    /// Ends a session of the list.
    /// - Parameter account: only if it is this account's; `nil` for anybody's.
    public func endSession(_ id: String, of account: Int64?, by who: String) throws {
        let now = clock()
        try database.write { database in
            let owner = try String.fetchOne(
                database,
                sql: """
                    SELECT name FROM session JOIN account ON account.id = account
                    WHERE substr(hex(session.hash), 1, 16) = ?1 AND (?2 IS NULL OR account.id = ?2)
                    """, arguments: [id, account])
            guard let owner else {
                throw CommandError(
                    .refused, "absent", Phrase("这次登录已结束。", "That session has ended already."))
            }
            try database.execute(sql: "DELETE FROM session WHERE substr(hex(hash), 1, 16) = ?", arguments: [id])
            try Self.note(database, now, who, "end-session", owner)
        }
    }

    /// Signs out.
    public func end(_ secret: String) throws {
        let now = clock()
        guard let session = try session(secret) else { return }
        try database.write { database in
            try database.execute(sql: "DELETE FROM session WHERE hash = ?", arguments: [Data(Secret.hash(secret))])
            try Self.note(database, now, session.account.name, "sign-out", "")
        }
    }

    /// Changes one's own password; other sessions end.
    public func changePassword(of account: Account, from old: String, to new: String, keeping secret: String) throws {
        let now = clock()
        let row = try database.read {
            try Row.fetchOne($0, sql: "SELECT * FROM account WHERE id = ?", arguments: [account.id])
        }
        guard let row,
            try PasswordHash(salt: Self.bytes(row["salt"]), bytes: Self.bytes(row["hash"]), rounds: row["rounds"])
                .matches(old)
        else {
            throw CommandError(
                .refused, "old-password", Phrase("原密码不对，未作改动。", "The old password is wrong; nothing was changed."))
        }
        try Self.check(password: new, name: account.name)
        let hash = try PasswordHash(of: new, rounds: rounds)
        try database.write { database in
            try database.execute(
                sql: "UPDATE account SET salt = ?, hash = ?, rounds = ? WHERE id = ?",
                arguments: [Data(hash.salt), Data(hash.bytes), hash.rounds, account.id])
            try database.execute(
                sql: "DELETE FROM session WHERE account = ? AND hash <> ?",
                arguments: [account.id, Data(Secret.hash(secret))])
            try Self.note(database, now, account.name, "password", account.name)
        }
    }
}
