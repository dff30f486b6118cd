public import Alliance
import Foundation
import GRDB
import Replica

/// What a one-time link lets its bearer do.
public enum LinkPurpose: Hashable, Sendable {
    /// Make an account of a role.
    case make(Role)
    /// Give an account a new password.
    case reset(Account)
}

extension AccountFile {
    /// How long a link is good for, milliseconds.
    static let linkAge: UInt64 = 24 * 3_600_000

    /// A link by which somebody makes an account of their own.
    public func invite(_ role: Role, by who: String) throws -> Secret {
        guard roles.contains(role) else { throw Self.unknownRole }
        return try link(nil, role, by: who, "invite", role.rawValue)
    }

    /// The link of the first account: `nil` once somebody manages accounts. Those made before are worth nothing.
    public func firstLink() throws -> Secret? {
        guard try !hasChief(), let chief = roles.first(where: \.isChief) else { return nil }
        try database.write {
            try $0.execute(sql: "DELETE FROM link WHERE account IS NULL AND role = ?", arguments: [chief.rawValue])
        }
        return try link(nil, chief, by: "", "first-link", "")
    }

    /// A link by which somebody who has forgotten their password sets a new one; their sessions end when it is used.
    public func resetLink(for name: String, by who: String) throws -> Secret {
        let account = try account(named: name)
        return try link(account.id, account.role, by: who, "reset-link", account.name)
    }

    private func link(_ account: Int64?, _ role: Role, by who: String, _ act: String, _ subject: String) throws
        -> Secret
    {
        let secret = Secret()
        let now = clock()
        try database.write { database in
            try database.execute(sql: "DELETE FROM link WHERE expires < ?", arguments: [now])
            try database.execute(
                sql: "INSERT INTO link (hash, account, role, expires) VALUES (?, ?, ?, ?)",
                arguments: [Data(Secret.hash(secret.text)), account, role.rawValue, now + Self.linkAge])
            try Self.note(database, now, who, act, subject)
        }
        return secret
    }

    /// What a link is for; throws where it was used, has expired or never was.
    public func purpose(of link: String) throws -> LinkPurpose {
        let now = clock()
        return try database.read { try Self.purpose(of: link, now, $0) }
    }

    private static func purpose(of link: String, _ now: UInt64, _ database: Database) throws -> LinkPurpose {
        let row = try Row.fetchOne(
            database, sql: "SELECT * FROM link WHERE hash = ? AND expires >= ?",
            arguments: [Data(Secret.hash(link)), now])
        guard let row, let role = Role(rawValue: row["role"]) else { throw badLink }
        guard let id: Int64 = row["account"] else { return .make(role) }
        let account = try Row.fetchOne(database, sql: "SELECT * FROM account WHERE id = ?", arguments: [id])
        guard let account = account.flatMap(Account.init), account.closed == 0 else { throw badLink }
        return .reset(account)
    }

    private static var badLink: CommandError {
        CommandError(
            .refused, "link",
            Phrase(
                "这个链接已用过或已过期，账号没有改动；请管理员再给一个。",
                "This link was used or has expired, and no account was changed; ask the administrator for another."))
    }

    /// Uses a link: once.
    /// - Parameters:
    ///   - name: the new account's; not read where a password is set anew.
    ///   - display: likewise; empty for the same as the name.
    public func use(_ link: String, name: String, display: String, password: String) throws -> Account {
        let now = clock()
        let purpose = try purpose(of: link)
        let name = if case .reset(let account) = purpose { account.name } else { name }
        try Self.check(name: name)
        try Self.check(password: password, name: name)
        // Slow on purpose, and so not while others wait for the file.
        let hash = try PasswordHash(of: password, rounds: rounds)
        return try database.write { database in
            // Two that use it at once: one of them.
            guard try Self.purpose(of: link, now, database) == purpose else { throw Self.badLink }
            let id = try Self.store(
                purpose, name, display.isEmpty ? name : String(display.prefix(Self.nameMax)), hash, now, database)
            try database.execute(sql: "DELETE FROM link WHERE hash = ?", arguments: [Data(Secret.hash(link))])
            try database.execute(sql: "DELETE FROM session WHERE account = ?", arguments: [id])
            try database.execute(sql: "DELETE FROM attempt WHERE name = ?", arguments: [name.lowercased()])
            let account = try Row.fetchOne(database, sql: "SELECT * FROM account WHERE id = ?", arguments: [id])
            guard let account = account.flatMap(Account.init) else { throw Self.badLink }
            return account
        }
    }

    private static func store(
        _ purpose: LinkPurpose, _ name: String, _ display: String, _ hash: PasswordHash, _ now: UInt64,
        _ database: Database
    ) throws -> Int64 {
        switch purpose {
        case .reset(let account):
            try database.execute(
                sql: "UPDATE account SET salt = ?, hash = ?, rounds = ? WHERE id = ?",
                arguments: [Data(hash.salt), Data(hash.bytes), hash.rounds, account.id])
            try note(database, now, account.name, "password", account.name)
            return account.id
        case .make(let role):
            guard try Row.fetchOne(database, sql: "SELECT 1 FROM account WHERE name = ?", arguments: [name]) == nil
            else {
                throw CommandError(
                    .refused, "name-taken",
                    Phrase("登录名 \(name) 已有人用，请换一个。", "The name \(name) is taken; choose another."))
            }
            try database.execute(
                sql: """
                    INSERT INTO account (name, display, role, salt, hash, rounds, made) VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [name, display, role.rawValue, Data(hash.salt), Data(hash.bytes), hash.rounds, now])
            let id = database.lastInsertedRowID
            try note(database, now, name, "make", "\(name) \(role.rawValue)")
            return id
        }
    }
}
