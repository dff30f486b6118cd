import Alliance
public import CRDT
import Foundation
import GRDB
public import Sync
public import Wire

extension SQLiteTransaction {
    // MARK: Segments

    public func save(_ segment: Segment) throws {
        let header = segment.header
        let replica = try indices.index(of: header.replica, db)
        try db.cachedStatement(
            sql: """
                INSERT INTO segment (replica, seq, hash, header, signature, first_time, last_time)
                VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                """
        ).execute(arguments: [
            replica, header.seq.signed, Data(segment.hash.bytes), Data(segment.headerBytes), Data(segment.signature),
            header.times.lowerBound.rawValue.signed, header.times.upperBound.rawValue.signed,
        ])
        let insert = try db.cachedStatement(sql: "INSERT INTO section VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")
        for (index, body) in segment.bodies {
            let audience = try indices.index(of: header.sections[index].audience, db)
            try insert.execute(arguments: [replica, header.seq.signed, index, audience, Data(body)])
        }
    }

    public func segment(_ replica: ReplicaID, _ seq: UInt64) throws -> Segment? {
        guard let index = try indices.known(replica, db) else { return nil }
        let statement = try db.cachedStatement(
            sql: "SELECT header, signature FROM segment WHERE replica = ? AND seq = ?")
        guard let row = try Row.fetchOne(statement, arguments: [index, seq.signed]) else { return nil }
        return try segment(row[0], row[1], try bodies(index, seq.signed))
    }

    func segment(_ header: Data, _ signature: Data, _ bodies: [Int: [UInt8]]) throws -> Segment {
        try Segment(headerBytes: [UInt8](header), signature: [UInt8](signature), bodies: bodies)
    }

    func bodies(_ replica: Int64, _ seq: Int64, for reader: MemberID? = nil) throws -> [Int: [UInt8]] {
        let statement = try db.cachedStatement(
            sql: "SELECT ordinal, audience, body FROM section WHERE replica = ? AND seq = ?")
        var bodies: [Int: [UInt8]] = [:]
        for row in try Row.fetchAll(statement, arguments: [replica, seq]) {
            if let reader, try !indices.audience(row[1], db).includes(reader) { continue }
            let body: Data = row[2]
            bodies[row[0]] = [UInt8](body)
        }
        return bodies
    }

    public func headerHash(_ replica: ReplicaID, _ seq: UInt64) throws -> Hash256? {
        guard let index = try indices.known(replica, db) else { return nil }
        let statement = try db.cachedStatement(sql: "SELECT hash FROM segment WHERE replica = ? AND seq = ?")
        let hash = try Data.fetchOne(statement, arguments: [index, seq.signed])
        return hash.flatMap { Hash256(bytes: $0) }
    }

    public func segments(of replica: ReplicaID, after seq: UInt64, size: Int, count: Int) throws -> [Segment] {
        var segments: [Segment] = []
        var total = 0
        var next = seq + 1
        while total < size, segments.count < count, let segment = try segment(replica, next) {
            segments.append(segment)
            total += segment.size
            next += 1
        }
        return segments
    }

    public func dropSegments(of replica: ReplicaID, from seq: UInt64) throws {
        guard let index = try indices.known(replica, db) else { return }
        for table in ["segment", "section"] {
            try db.cachedStatement(sql: "DELETE FROM \(table) WHERE replica = ? AND seq >= ?")
                .execute(arguments: [index, seq.signed])
        }
    }

    /// How many segments the file keeps, and the bytes of their sections: what a restored hub would be given back.
    public func keptSegments() throws -> (count: UInt64, bytes: UInt64) {
        let count = try Int64.fetchOne(db, sql: "SELECT count(*) FROM segment") ?? 0
        let bytes = try Int64.fetchOne(db, sql: "SELECT ifnull(sum(length(body)), 0) FROM section") ?? 0
        return (UInt64(clamping: count), UInt64(clamping: bytes))
    }

    // MARK: Journal

    public func append(_ entry: JournalEntry) throws {
        let replica = try indices.index(of: entry.segment.header.replica, db)
        let seq = entry.segment.header.seq.signed
        try db.cachedStatement(sql: "INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?)").execute(arguments: [
            entry.rev.signed, replica, seq, entry.hubTime.signed, Data(entry.verdictBytes), Data(entry.hash.bytes),
            entry.detail.map { Data($0.bytes) },
        ])
        try db.cachedStatement(sql: "UPDATE segment SET rev = ? WHERE replica = ? AND seq = ?")
            .execute(arguments: [entry.rev.signed, replica, seq])
    }

    public func entries(after rev: UInt64, for reader: MemberID, except: ReplicaID?, size: Int) throws -> [JournalEntry]
    {
        var entries: [JournalEntry] = []
        var total = 0
        let cursor = try Row.fetchCursor(
            db.cachedStatement(
                sql: """
                    SELECT j.*, s.header, s.signature FROM journal j
                    JOIN segment s ON s.replica = j.replica AND s.seq = j.seq WHERE j.rev > ? ORDER BY j.rev
                    """), arguments: [rev.signed])
        while entries.count < Limits.entriesInPage, let row = try cursor.next() {
            let entry = try entry(row, for: reader, except: except)
            total += entry.segment.size + entry.verdictBytes.count + (entry.detail?.bytes.count ?? 0)
            // The first always goes, however large, so that every page makes progress.
            guard entries.isEmpty || total <= size else { break }
            entries.append(entry)
        }
        return entries
    }

    func entry(_ row: Row, for reader: MemberID, except: ReplicaID?) throws -> JournalEntry {
        let author = try indices.replica(row["replica"], db)
        let bodies = author == except ? [:] : try bodies(row["replica"], row["seq"], for: reader)
        let verdict: Data = row["verdict"]
        let hash: Data = row["hash"]
        let detail: Data? = row["detail"]
        guard let hash = Hash256(bytes: hash) else { throw StoreError(.damaged, path: "journal", cause: "hash") }
        var mayKnow = reader == state.secretariat
        if detail != nil, !mayKnow { mayKnow = try Register(self).member(of: author) == reader }
        return JournalEntry(
            rev: row.number("rev"), hubTime: row.number("hub_time"),
            segment: try segment(row["header"], row["signature"], bodies),
            verdict: try Verdict(bytes: [UInt8](verdict)),
            hash: hash, detail: mayKnow ? try detail.map { try VerdictDetail(bytes: [UInt8]($0)) } : nil)
    }

    public func journalHash(at rev: UInt64) throws -> Hash256? {
        let statement = try db.cachedStatement(sql: "SELECT hash FROM journal WHERE rev = ?")
        return try Data.fetchOne(statement, arguments: [rev.signed]).flatMap { Hash256(bytes: $0) }
    }

    // MARK: Chains

    public func replicaHead(_ replica: ReplicaID) throws -> SnapshotManifest.ReplicaHead? {
        guard let index = try indices.known(replica, db) else { return nil }
        let statement = try db.cachedStatement(sql: "SELECT * FROM replica_head WHERE replica = ?")
        return try Row.fetchOne(statement, arguments: [index]).map(head)
    }

    public func replicaHeads() throws -> [SnapshotManifest.ReplicaHead] {
        try Row.fetchAll(db.cachedStatement(sql: "SELECT * FROM replica_head ORDER BY replica")).map(head)
    }

    private func head(_ row: Row) throws -> SnapshotManifest.ReplicaHead {
        let hash: Data = row["hash"]
        guard let hash = Hash256(bytes: hash) else { throw StoreError(.damaged, path: "replica_head", cause: "hash") }
        let head = Head(replica: try indices.replica(row["replica"], db), seq: row.number("seq"), hash: hash)
        return .init(head: head, lastTime: HybridTime(rawValue: row.number("last_time")), rev: row.number("rev"))
    }

    public func setReplicaHead(_ head: SnapshotManifest.ReplicaHead) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO replica_head VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
                    seq = excluded.seq, hash = excluded.hash, last_time = excluded.last_time, rev = excluded.rev
                """
        ).execute(arguments: [
            try indices.index(of: head.head.replica, db), head.head.seq.signed, Data(head.head.hash.bytes),
            head.lastTime.rawValue.signed, head.rev.signed,
        ])
    }

    public func place(of stamp: Stamp) throws -> JournalPlace? {
        // Accepted times ascend with seq, so of the segments whose times include this one the last is meant: an
        // earlier one reaches so far only through transactions that were struck out for their clock.
        let statement = try db.cachedStatement(
            sql: """
                SELECT s.rev, o.epoch, o.rev FROM segment s
                LEFT JOIN orphan o ON o.replica = s.replica AND o.seq = s.seq
                WHERE s.replica = ? AND s.last_time >= ? AND s.first_time <= ? AND s.rev IS NOT NULL
                ORDER BY s.seq DESC LIMIT 1
                """)
        guard let index = try indices.known(stamp.replica, db) else { return nil }
        let time = stamp.time.rawValue.signed
        return try Row.fetchOne(statement, arguments: [index, time, time]).map { row in
            let (rev, epoch, former): (Int64, UInt32?, Int64?) = (row[0], row[1], row[2])
            return JournalPlace(
                rev: UInt64(clamping: rev),
                former: epoch.map { .init(epoch: $0, rev: UInt64(clamping: former ?? 0)) })
        }
    }
}
