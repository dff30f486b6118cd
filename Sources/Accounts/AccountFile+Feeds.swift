public import Alliance
import Foundation
import GRDB
import Replica

/// A secret address by which a calendar program reads somebody's bookings.
public struct Feed: Hashable, Sendable, Identifiable {
    public let id: Int64
    /// Which program or device it is for.
    public let name: String
    /// Unix milliseconds; 0 for never.
    public let made: UInt64
    public let seen: UInt64
}

extension AccountFile {
    /// So many addresses one account may have at once.
    public static let feedsMax = 10

    /// Makes a secret address; its word is shown once.
    public func makeFeed(_ name: String, of account: Account) throws -> Secret {
        let name = name.trimmingCharacters(in: .whitespaces)
        guard (1...80).contains(name.count) else {
            throw CommandError(
                .refused, "name", Phrase("请写明用在哪里，最多 80 字。", "Say what it is for, in at most 80 characters."))
        }
        let secret = Secret()
        let now = clock()
        try database.write { database in
            let count = try Int.fetchOne(
                database, sql: "SELECT count(*) FROM feed WHERE account = ?", arguments: [account.id])
            guard count ?? 0 < Self.feedsMax else {
                throw CommandError(
                    .refused, "too-many",
                    Phrase(
                        "每人最多 \(Self.feedsMax) 个订阅地址；请先停用不用的。", "At most \(Self.feedsMax) addresses; revoke one first.")
                )
            }
            try database.execute(
                sql: "INSERT INTO feed (hash, account, name, made) VALUES (?, ?, ?, ?)",
                arguments: [Data(Secret.hash(secret.text)), account.id, name, now])
            try Self.note(database, now, account.name, "feed", name)
        }
        return secret
    }

    /// The addresses of an account, the oldest first.
    public func feeds(of account: Account.ID) throws -> [Feed] {
        try database.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM feed WHERE account = ? ORDER BY id", arguments: [account])
                .map { Feed(id: $0["id"], name: $0["name"], made: $0["made"], seen: $0["seen"]) }
        }
    }

    /// Ends an address of an account at once.
    public func revokeFeed(_ id: Int64, of account: Account) throws {
        let now = clock()
        try database.write { database in
            try database.execute(
                sql: "DELETE FROM feed WHERE id = ? AND account = ?", arguments: [id, account.id])
            guard database.changesCount == 1 else { throw Self.noFeed }
            try Self.note(database, now, account.name, "revoke-feed", "\(id)")
        }
    }

    /// Puts a new secret address in the place of an old one, which ends.
    public func rotateFeed(_ id: Int64, of account: Account) throws -> Secret {
        let secret = Secret()
        let now = clock()
        try database.write { database in
            try database.execute(
                sql: "UPDATE feed SET hash = ?, made = ?, seen = 0 WHERE id = ? AND account = ?",
                arguments: [Data(Secret.hash(secret.text)), now, id, account.id])
            guard database.changesCount == 1 else { throw Self.noFeed }
            try Self.note(database, now, account.name, "rotate-feed", "\(id)")
        }
        return secret
    }

    private static var noFeed: CommandError {
        CommandError(.refused, "absent", Phrase("没有这个订阅地址，或已停用。", "There is no such address, or it is revoked."))
    }

    /// Whose bookings an address shows; `nil` for what is none, is revoked, or is of a closed account.
    public func account(ofFeed secret: String) throws -> Account? {
        let now = clock()
        let hash = Data(Secret.hash(secret))
        let found = try database.read { database in
            try Row.fetchOne(
                database,
                sql: """
                    SELECT a.*, f.id AS feed, f.seen AS feed_seen FROM feed f JOIN account a ON a.id = f.account
                    WHERE f.hash = ? AND a.closed = 0
                    """, arguments: [hash])
        }
        guard let found, let account = Account(found) else { return nil }
        let seen: UInt64 = found["feed_seen"]
        if now > seen + 60_000 {
            let id: Int64 = found["feed"]
            try database.write {
                try $0.execute(sql: "UPDATE feed SET seen = ? WHERE id = ?", arguments: [now, id])
            }
        }
        return account
    }
}
