import GRDB

/// Something that somebody did.
public struct AuditLine: Hashable, Sendable, Identifiable {
    public let id: Int64
    /// Unix milliseconds.
    public let time: UInt64
    /// The account's name; empty for the program itself.
    public let who: String
    /// `sign-in`, `role`, `POST /tables/teacher/rows` …
    public let act: String
    public let subject: String
}

extension AccountFile {
    /// How many lines are kept.
    static let auditMax = 200_000

    static func note(_ database: Database, _ now: UInt64, _ who: String, _ act: String, _ subject: String) throws {
        try database.execute(
            sql: "INSERT INTO audit (time, who, act, subject) VALUES (?, ?, ?, ?)",
            arguments: [now, who, act, String(subject.prefix(200))])
        try database.execute(
            sql: "DELETE FROM audit WHERE id <= ?", arguments: [database.lastInsertedRowID - Int64(auditMax)])
    }

    /// Notes what somebody did in the console.
    public func note(_ act: String, _ subject: String, by who: String) throws {
        let now = clock()
        try database.write { try Self.note($0, now, who, act, subject) }
    }

    /// The audit list, the newest first.
    /// - Parameter before: only lines with a smaller id; `nil` for the newest.
    public func audit(before: Int64? = nil, count: Int) throws -> [AuditLine] {
        try database.read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM audit WHERE ?1 IS NULL OR id < ?1 ORDER BY id DESC LIMIT ?2",
                arguments: [before, count]
            ).map { AuditLine(id: $0["id"], time: $0["time"], who: $0["who"], act: $0["act"], subject: $0["subject"]) }
        }
    }
}
