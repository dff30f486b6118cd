public import Alliance
import Foundation
import GRDB
import Replica

/// What a program with a token may do.
public enum TokenScope: String, CaseIterable, Sendable {
    case read
    case write

    public var title: Phrase {
        switch self {
        case .read: Phrase("只读", "read")
        case .write: Phrase("读写", "read and write")
        }
    }
}

/// A word by which another system of the school uses the API.
public struct ProgramToken: Sendable, Identifiable {
    public let id: Int64
    public let name: String
    public let scope: TokenScope
    /// Unix milliseconds; 0 for never.
    public let made: UInt64
    public let seen: UInt64
    public let revoked: UInt64
}

extension AccountFile {
    /// Makes a token; its text is shown once.
    public func makeToken(_ name: String, scope: TokenScope, by who: String) throws -> Secret {
        let name = name.trimmingCharacters(in: .whitespaces)
        guard (1...80).contains(name.count) else {
            throw CommandError(
                .refused, "name", Phrase("请写明是哪个系统，最多 80 字。", "Say which system it is for, in at most 80 characters."))
        }
        let secret = Secret()
        let now = clock()
        try database.write { database in
            try database.execute(
                sql: "INSERT INTO token (hash, name, scope, made) VALUES (?, ?, ?, ?)",
                arguments: [Data(Secret.hash(secret.text)), name, scope.rawValue, now])
            try Self.note(database, now, who, "token", "\(name) \(scope.rawValue)")
        }
        return secret
    }

    /// All tokens, the revoked ones too.
    public func tokens() throws -> [ProgramToken] {
        try database.read { try Row.fetchAll($0, sql: "SELECT * FROM token ORDER BY id").compactMap(Self.token) }
    }

    private static func token(_ row: Row) -> ProgramToken? {
        TokenScope(rawValue: row["scope"]).map {
            ProgramToken(
                id: row["id"], name: row["name"], scope: $0, made: row["made"], seen: row["seen"],
                revoked: row["revoked"])
        }
    }

    public func revokeToken(_ id: Int64, by who: String) throws {
        let now = clock()
        try database.write { database in
            try database.execute(
                sql: "UPDATE token SET revoked = ? WHERE id = ? AND revoked = 0", arguments: [now, id])
            guard database.changesCount == 1 else {
                throw CommandError(
                    .refused, "absent", Phrase("没有这个令牌，或已停用。", "There is no such token, or it is revoked."))
            }
            try Self.note(database, now, who, "revoke-token", "\(id)")
        }
    }

    /// What a program with this token may do; `nil` for what is none, or is revoked.
    public func scope(of token: String) throws -> TokenScope? {
        let now = clock()
        let hash = Data(Secret.hash(token))
        let found = try database.read {
            try Row.fetchOne($0, sql: "SELECT * FROM token WHERE hash = ? AND revoked = 0", arguments: [hash]).flatMap(
                Self.token)
        }
        guard let found else { return nil }
        if now > found.seen + 60_000 {
            try database.write {
                try $0.execute(sql: "UPDATE token SET seen = ? WHERE id = ?", arguments: [now, found.id])
            }
        }
        return found.scope
    }
}
