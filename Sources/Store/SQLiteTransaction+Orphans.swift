import Alliance
public import CRDT
import Foundation
import GRDB
public import Sync
public import Wire

/// What a former epoch's journal held and this one's does not.
extension SQLiteTransaction {
    public func firstRev() throws -> UInt64? {
        try Int64.fetchOne(db.cachedStatement(sql: "SELECT min(rev) FROM journal")).map { UInt64(clamping: $0) }
    }

    public func rewind(to rev: UInt64) throws {
        let epoch = Int64(state.cursor.epoch.number)
        try db.execute(
            sql: """
                INSERT OR REPLACE INTO orphan
                SELECT replica, seq, ?, rev, hub_time, verdict, hash, detail, 0 FROM journal WHERE rev > ?
                """, arguments: [epoch, rev.signed])
        try db.execute(sql: "DELETE FROM journal WHERE rev > ?", arguments: [rev.signed])
        try db.execute(sql: "UPDATE segment SET rev = NULL WHERE rev > ?", arguments: [rev.signed])
        // From the beginning, chains of which a snapshot told begin as well.
        guard rev > 0 else { return try db.execute(sql: "DELETE FROM replica_head") }
        for row in try Row.fetchAll(db, sql: "SELECT replica FROM replica_head WHERE rev > ?", arguments: [rev.signed])
        {
            try rewindHead(row[0])
        }
    }

    /// A chain stands again where its first orphan follows.
    private func rewindHead(_ replica: Int64) throws {
        let first = try Row.fetchOne(
            db,
            sql: """
                SELECT s.seq, s.header, s.signature FROM segment s
                JOIN orphan o ON o.replica = s.replica AND o.seq = s.seq
                WHERE s.replica = ? AND s.rev IS NULL ORDER BY s.seq LIMIT 1
                """, arguments: [replica])
        guard let first else { return }
        let header = try segment(first[1], first[2], [:]).header
        guard header.seq > 1, let previous = header.previous else {
            return try db.execute(sql: "DELETE FROM replica_head WHERE replica = ?", arguments: [replica])
        }
        let before = try Row.fetchOne(
            db, sql: "SELECT rev, last_time FROM segment WHERE replica = ? AND seq = ?",
            arguments: [replica, header.seq.signed - 1])
        let (rev, last): (Int64?, Int64?) = (before?["rev"], before?["last_time"])
        try db.execute(
            sql: "UPDATE replica_head SET seq = ?, hash = ?, rev = ?, last_time = ? WHERE replica = ?",
            arguments: [header.seq.signed - 1, Data(previous.bytes), rev ?? 0, last ?? 0, replica])
    }

    public func lostVerdict(_ replica: ReplicaID, _ seq: UInt64) throws -> Verdict? {
        guard let index = try indices.known(replica, db) else { return nil }
        let statement = try db.cachedStatement(sql: "SELECT verdict FROM orphan WHERE replica = ? AND seq = ?")
        return try Data.fetchOne(statement, arguments: [index, seq.signed]).map { try Verdict(bytes: [UInt8]($0)) }
    }

    public func isOrphaned(_ stamp: Stamp) throws -> Bool {
        guard let index = try indices.known(stamp.replica, db) else { return false }
        let statement = try db.cachedStatement(
            sql: """
                SELECT 1 FROM orphan o JOIN segment s ON s.replica = o.replica AND s.seq = o.seq
                WHERE s.rev IS NULL AND o.replica = ? AND s.last_time >= ? AND s.first_time <= ?
                """)
        let time = stamp.time.rawValue.signed
        return try Int.fetchOne(statement, arguments: [index, time, time]) != nil
    }

    public func hasOrphans() throws -> Bool {
        try Int.fetchOne(db.cachedStatement(sql: "SELECT 1 FROM orphan LIMIT 1")) != nil
    }

    // MARK: At a node

    private static let unreturned = """
        FROM orphan o JOIN segment s ON s.replica = o.replica AND s.seq = o.seq
        WHERE s.rev IS NULL AND o.returned = 0
        """

    public func orphanCount() throws -> UInt64 {
        UInt64(
            clamping: try Int64.fetchOne(
                db.cachedStatement(sql: "SELECT count(*) \(Self.unreturned)")) ?? 0)
    }

    public func orphans(
        beyond heads: [ReplicaID: UInt64], size: Int
    ) throws -> (epoch: UInt32, entries: [JournalEntry]) {
        let register = Register(self)
        var isHubs: [Int64: Bool] = [:]
        func isHub(_ replica: Int64) throws -> Bool {
            if let known = isHubs[replica] { return known }
            let found = try register.node(of: indices.replica(replica, db))?.author.isHub ?? false
            isHubs[replica] = found
            return found
        }
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT o.*, s.header, s.signature \(Self.unreturned) ORDER BY o.epoch, o.rev
                """)
        let epoch: UInt32 = rows.first?["epoch"] ?? 0
        var entries: [JournalEntry] = []
        var total = 0
        for hubs in [true, false] {
            for row in rows where row["epoch"] == epoch {
                let replica: Int64 = row["replica"]
                guard try isHub(replica) == hubs, total < size, entries.count < Limits.entriesInPage else { continue }
                if !hubs, try row.number("seq") <= heads[indices.replica(replica, db)] ?? 0 { continue }
                let entry = try orphan(row)
                total += entry.segment.size
                entries.append(entry)
            }
        }
        return (epoch, entries)
    }

    private func orphan(_ row: Row) throws -> JournalEntry {
        let verdict: Data = row["verdict"]
        let hash: Data = row["hash"]
        guard let hash = Hash256(bytes: hash) else { throw StoreError(.damaged, path: "orphan", cause: "hash") }
        return JournalEntry(
            rev: row.number("rev"), hubTime: row.number("hub_time"),
            segment: try segment(row["header"], row["signature"], bodies(row["replica"], row["seq"])),
            verdict: try Verdict(bytes: [UInt8](verdict)), hash: hash, detail: nil)
    }

    public func settleOrphans(_ entries: [JournalEntry], covered heads: [ReplicaID: UInt64]) throws {
        let register = Register(self)
        for (replica, seq) in heads {
            guard let index = try indices.known(replica, db), try register.node(of: replica)?.author.isHub != true
            else { continue }
            try db.execute(
                sql: "UPDATE orphan SET returned = 1 WHERE replica = ? AND seq <= ? AND returned = 0",
                arguments: [index, seq.signed])
        }
        let statement = try db.cachedStatement(sql: "UPDATE orphan SET returned = 1 WHERE replica = ? AND seq = ?")
        for entry in entries {
            let header = entry.segment.header
            try statement.execute(arguments: [try indices.index(of: header.replica, db), header.seq.signed])
        }
    }

    public func unsettleOrphans() throws { try db.execute(sql: "UPDATE orphan SET returned = 0") }

    // MARK: At the hub

    public func save(orphan: JournalEntry, epoch: UInt32) throws {
        try save(orphan.segment)
        try db.cachedStatement(
            sql: "INSERT INTO orphan VALUES (?, ?, ?, ?, ?, ?, ?, NULL, 1) ON CONFLICT DO NOTHING"
        ).execute(arguments: [
            try indices.index(of: orphan.segment.header.replica, db), orphan.segment.header.seq.signed, Int64(epoch),
            orphan.rev.signed, orphan.hubTime.signed, Data(orphan.verdictBytes), Data(orphan.hash.bytes),
        ])
    }

    private static let waiting = """
        FROM orphan o JOIN segment s ON s.replica = o.replica AND s.seq = o.seq
        """

    public func waitingOrphans() throws -> [WaitingSegment] {
        try Row.fetchAll(
            db.cachedStatement(
                sql: "SELECT s.replica, s.seq, s.header \(Self.waiting) WHERE s.rev IS NULL ORDER BY o.epoch, o.rev")
        ).map { row in
            let bytes: Data = row[2]
            let sections = try Int.fetchAll(
                db.cachedStatement(sql: "SELECT ordinal FROM section WHERE replica = ? AND seq = ?"),
                arguments: [row[0] as Int64, row[1] as Int64])
            return WaitingSegment(
                header: try SegmentHeader(bytes: [UInt8](bytes)), hash: Hash256(of: bytes), sections: Set(sections))
        }
    }

    public func waitingSize(of replica: ReplicaID) throws -> (count: Int, size: Int) {
        guard let index = try indices.known(replica, db) else { return (0, 0) }
        let row = try Row.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT count(*), sum(length(s.header) + length(s.signature) + (
                        SELECT coalesce(sum(length(body)), 0) FROM section b
                        WHERE b.replica = s.replica AND b.seq = s.seq))
                    \(Self.waiting) WHERE s.rev IS NULL AND o.replica = ?
                    """), arguments: [index])
        let size: Int? = row?[1]
        return (row?[0] ?? 0, size ?? 0)
    }

    public func waitingReplicas(epoch: UInt32, upTo rev: UInt64) throws -> Set<ReplicaID> {
        let statement = try db.cachedStatement(
            sql: """
                SELECT DISTINCT o.replica FROM orphan o JOIN segment s ON s.replica = o.replica AND s.seq = o.seq
                WHERE s.rev IS NULL AND o.epoch = ? AND o.rev <= ?
                """)
        return Set(
            try Int64.fetchAll(statement, arguments: [Int64(epoch), rev.signed]).map { try indices.replica($0, db) })
    }

    /// How many segments of each replica came back that stood in the epoch before one.
    public func returnedCounts(epoch: UInt32) throws -> [(replica: ReplicaID, count: Int)] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT o.replica, count(*) FROM orphan o JOIN segment s ON s.replica = o.replica AND s.seq = o.seq
                WHERE o.epoch < ? AND s.rev IS NOT NULL GROUP BY o.replica ORDER BY o.replica
                """, arguments: [Int64(epoch)]
        ).map { (try indices.replica($0[0], db), $0[1]) }
    }

    public func epochs() throws -> [EpochRecord] {
        try Row.fetchAll(db.cachedStatement(sql: "SELECT * FROM epoch ORDER BY number")).map { row in
            let replica: Data = row["replica"]
            let closed: Int64? = row["closed"]
            guard let replica = ReplicaID(data: replica) else {
                throw StoreError(.damaged, path: "epoch", cause: "replica")
            }
            return EpochRecord(
                epoch: Epoch(number: row["number"], replica: replica), fromRev: row.number("from_rev"),
                opened: row.number("opened"), closed: closed.map { UInt64(clamping: $0) }, cause: row["cause"])
        }
    }

    public func setEpoch(_ record: EpochRecord) throws {
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO epoch VALUES (?, ?, ?, ?, ?, ?)").execute(arguments: [
            Int64(record.epoch.number), record.epoch.replica.data, record.fromRev.signed, record.opened.signed,
            record.closed?.signed, record.cause,
        ])
    }

    // MARK: The hub's word

    public func signedHead() throws -> SignedHead? {
        let found = try Row.fetchOne(
            db.cachedStatement(sql: "SELECT epoch, epoch_replica, rev, journal, signature FROM signed_head"))
        guard let row = found else { return nil }
        let (replica, journal, signature): (Data, Data, Data) = (row[1], row[3], row[4])
        guard let replica = ReplicaID(data: replica), let journal = Hash256(bytes: journal) else {
            throw StoreError(.damaged, path: "signed_head", cause: "replica or hash")
        }
        return SignedHead(
            position: JournalPosition(epoch: Epoch(number: row[0], replica: replica), rev: row.number("rev")),
            journal: journal, signature: [UInt8](signature))
    }

    public func setSignedHead(_ head: SignedHead) throws {
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO signed_head VALUES (1, ?, ?, ?, ?, ?)").execute(arguments: [
            Int64(head.position.epoch.number), head.position.epoch.replica.data, head.position.rev.signed,
            Data(head.journal.bytes), Data(head.signature),
        ])
    }
}
