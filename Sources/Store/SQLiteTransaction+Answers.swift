import Foundation
import GRDB

/// What commands with an idempotency key were answered: kept in this file, and nowhere else.
extension SQLiteTransaction {
    /// - Parameter key: a hash of the idempotency key.
    /// - Returns: a hash of the command that came with it, and its answer; `nil` if none did.
    public func answer(to key: [UInt8]) throws -> (command: [UInt8], answer: String)? {
        try Row.fetchOne(
            db.cachedStatement(sql: "SELECT command, answer FROM answer WHERE key = ?"), arguments: [Data(key)]
        ).map { row in ([UInt8](row[0] as Data), row[1]) }
    }

    /// A key has one answer.
    public func setAnswer(_ answer: String, to key: [UInt8], of command: [UInt8]) throws {
        try db.cachedStatement(sql: "INSERT INTO answer VALUES (?, ?, ?)")
            .execute(arguments: [Data(key), Data(command), answer])
    }
}
