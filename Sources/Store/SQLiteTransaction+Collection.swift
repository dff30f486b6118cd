public import Alliance
public import CRDT
import Foundation
import GRDB
public import Sync
public import Wire

/// What everybody who may know it has, and that need not be kept any longer.
extension SQLiteTransaction {
    // MARK: Floors

    public func memberFloors() throws -> [MemberID: UInt64] {
        var floors: [MemberID: UInt64] = [:]
        for row in try Row.fetchAll(db.cachedStatement(sql: "SELECT member, rev FROM member_floor")) {
            floors[try indices.member(row[0], db)] = row.number("rev")
        }
        return floors
    }

    public func setMemberFloor(_ rev: UInt64, of member: MemberID) throws {
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO member_floor VALUES (?, ?)")
            .execute(arguments: [try indices.index(of: member, db), rev.signed])
    }

    // MARK: Sections

    public func dropSections(
        after low: UInt64, through high: UInt64, where drops: (UInt64, Audience, _ size: Int) -> Bool
    ) throws {
        guard low < high else { return }
        let kept = try Row.fetchCursor(
            db.cachedStatement(
                sql: """
                    SELECT j.rev, x.replica, x.seq, x.ordinal, x.audience, length(x.body) FROM journal j
                    JOIN section x ON x.replica = j.replica AND x.seq = j.seq WHERE j.rev > ? AND j.rev <= ?
                    """), arguments: [low.signed, high.signed])
        var dropped: [(replica: Int64, seq: Int64, ordinal: Int64)] = []
        while let row = try kept.next() {
            let rev: Int64 = row[0]
            guard drops(UInt64(clamping: rev), try indices.audience(row[4], db), row[5]) else { continue }
            dropped.append((row[1], row[2], row[3]))
        }
        let delete = try db.cachedStatement(sql: "DELETE FROM section WHERE replica = ? AND seq = ? AND ordinal = ?")
        for place in dropped { try delete.execute(arguments: [place.replica, place.seq, place.ordinal]) }
    }

    // MARK: Rows

    public func eachDeleted(_ body: ([(row: RowState, audience: Audience)]) throws -> Void) throws {
        let rows = try Row.fetchAll(
            db, sql: "SELECT state, audience FROM inert_row WHERE hash IS NULL ORDER BY table_id, id, owner")
        for start in stride(from: 0, to: rows.count, by: Self.chunk) {
            var chunk: [(row: RowState, audience: Audience)] = []
            for row in rows[start..<min(start + Self.chunk, rows.count)] {
                let state: Data = row[0]
                let audience = try indices.audience(row[1], db)
                // Cells that stand without a presence are of an edit of a row that was never here.
                chunk += try Section.states([UInt8](state)).filter { $0.presence != nil }.map { ($0, audience) }
            }
            try body(chunk)
        }
    }

    private static let chunk = 4096

    public func forgetAgreements(where isOld: (Stamp) throws -> Bool) throws {
        for row in try Row.fetchAll(db, sql: "SELECT DISTINCT time, replica FROM agreement") {
            let stamp = Stamp(
                time: HybridTime(rawValue: row.number("time")), replica: try indices.replica(row["replica"], db))
            guard try isOld(stamp) else { continue }
            try db.execute(
                sql: "DELETE FROM agreement WHERE time = ? AND replica = ?",
                arguments: [row["time"] as Int64, row["replica"] as Int64])
        }
    }

    public func forgetEverything() throws {
        let journal = ["journal", "segment", "section", "replica_head", "orphan", "inert_row", "digest"]
        for table in journal + schema.tables.map(\.name) { try db.execute(sql: "DELETE FROM \"\(table)\"") }
        forgetRows()
    }

    // MARK: Erasures

    public func erasures() throws -> [Erasure] {
        try Row.fetchAll(db, sql: "SELECT * FROM erasure ORDER BY wall, id").map { row in
            let (table, id, done): (Int64, Data, Int64?) = (row["table_id"], row["id"], row["done"])
            let person: Data? = row["person"]
            var erasure = Erasure(
                key: RowKey(
                    table: TableID(rawValue: UInt16(clamping: table)), owner: try indices.member(row["owner"], db),
                    id: RowID(rawValue: id.number)),
                stamp: Stamp(
                    time: HybridTime(rawValue: row.number("time")), replica: try indices.replica(row["replica"], db)),
                wall: row.number("wall"), person: person.map { RowID(rawValue: $0.number) })
            erasure.done = done.map { UInt64(clamping: $0) }
            let (reached, members): (Int64?, Int64?) = (row["reached"], row["members"])
            if let reached, let members { erasure.reached = (UInt32(clamping: reached), UInt32(clamping: members)) }
            return erasure
        }
    }

    public func setErasure(_ erasure: Erasure) throws {
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO erasure VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
            .execute(arguments: [
                Int64(erasure.key.table.rawValue), Data(erasure.key.id.bytes),
                try indices.index(of: erasure.key.owner, db), erasure.stamp.time.rawValue.signed,
                try indices.index(of: erasure.stamp.replica, db), erasure.wall.signed, erasure.done?.signed,
                erasure.person.map { Data($0.bytes) }, erasure.reached.map { Int64($0.count) },
                erasure.reached.map { Int64($0.of) },
            ])
    }

    /// Follows no longer the erasures of rows that are there again.
    public func dropErasuresOfLiving() throws {
        for erasure in try erasures() where try row(erasure.key)?.isThere ?? false {
            try db.execute(
                sql: "DELETE FROM erasure WHERE table_id = ? AND id = ? AND owner = ?",
                arguments: [
                    Int64(erasure.key.table.rawValue), Data(erasure.key.id.bytes),
                    try indices.index(of: erasure.key.owner, db),
                ])
        }
    }

    /// Forgets the entries of the rejected inbox that hold values of a row.
    /// - Returns: how many there were.
    public func forgetRejected(of key: RowKey) throws -> Int {
        let entries = try rejected(all: true).filter { $0.transaction.changes.contains { $0.key == key } }
        for entry in entries { try db.execute(sql: "DELETE FROM rejected WHERE id = ?", arguments: [entry.id]) }
        return entries.count
    }
}
