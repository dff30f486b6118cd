import Alliance
public import CRDT
import Foundation
import GRDB
public import Sync
public import Wire

/// What an operator looks at in the hub's file.
extension SQLiteTransaction {
    /// When the hub journaled an entry, Unix milliseconds; `nil` where there is none.
    public func journalTime(at rev: UInt64) throws -> UInt64? {
        let statement = try db.cachedStatement(sql: "SELECT hub_time FROM journal WHERE rev = ?")
        return try Int64.fetchOne(statement, arguments: [rev.signed]).map { UInt64(clamping: $0) }
    }

    /// How many requests for points nobody has answered or withdrawn.
    public func openRequestCount() throws -> Int {
        guard schema[.request] != nil else { return 0 }
        return try Int.fetchOne(
            db,
            sql: """
                SELECT count(*) FROM request r WHERE NOT EXISTS (SELECT 1 FROM "use" u WHERE u.request = r._id)
                AND NOT EXISTS (SELECT 1 FROM decline d WHERE d.request = r._id)
                AND NOT EXISTS (SELECT 1 FROM withdrawal w WHERE w.request = r._id)
                """) ?? 0
    }

    /// Entries of the journal before a rev, the newest first, as the secretariat may read them.
    /// - Parameter count: at most so many.
    public func entries(before rev: UInt64, of replicas: Set<ReplicaID>? = nil, count: Int) throws -> [JournalEntry] {
        let known = try replicas.map { try $0.compactMap { try indices.known($0, db) } }
        let only = known.map { "AND j.replica IN (\($0.map(String.init).joined(separator: ",")))" } ?? ""
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT j.*, s.header, s.signature FROM journal j
                JOIN segment s ON s.replica = j.replica AND s.seq = j.seq
                WHERE j.rev < ? \(only) ORDER BY j.rev DESC LIMIT ?
                """, arguments: [rev.signed, count])
        return try rows.map { try entry($0, for: state.secretariat, except: nil) }
    }
}
