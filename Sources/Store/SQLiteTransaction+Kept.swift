import Foundation
import GRDB

/// A person's entry that stays in this file: no consent lets it go (留存).
public struct KeptEntry: Hashable, Sendable {
    /// The staff number.
    public let number: String
    /// By column of `teacher` the value as people type it; columns without one are left out.
    public var cells: [String: String]
    /// Since when it is kept, Unix milliseconds.
    public var since: UInt64

    public init(number: String, cells: [String: String], since: UInt64) {
        self.number = number
        self.cells = cells
        self.since = since
    }
}

/// Entries that are in no segment, no digest and no answer: kept in this file and its backups, and nowhere else.
extension SQLiteTransaction {
    /// By staff number.
    public func keptEntries() throws -> [KeptEntry] {
        try Row.fetchAll(db, sql: "SELECT * FROM kept_entry ORDER BY number").map(Self.entry)
    }

    public func keptEntry(_ number: String) throws -> KeptEntry? {
        try Row.fetchOne(
            db.cachedStatement(sql: "SELECT * FROM kept_entry WHERE number = ?"), arguments: [number]
        ).map(Self.entry)
    }

    public func setKept(_ entry: KeptEntry) throws {
        let cells = try JSONSerialization.data(withJSONObject: entry.cells, options: .sortedKeys)
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO kept_entry VALUES (?, ?, ?)")
            .execute(arguments: [entry.number, String(decoding: cells, as: UTF8.self), entry.since.signed])
    }

    public func dropKept(_ number: String) throws {
        try db.cachedStatement(sql: "DELETE FROM kept_entry WHERE number = ?").execute(arguments: [number])
    }

    private static func entry(_ row: Row) throws -> KeptEntry {
        let (number, cells): (String, String) = (row["number"], row["cells"])
        return KeptEntry(
            number: number, cells: try JSONDecoder().decode([String: String].self, from: Data(cells.utf8)),
            since: row.number("since"))
    }
}
