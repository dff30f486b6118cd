import Alliance
public import CRDT
import Foundation
import GRDB
public import Sync
public import Wire

extension SQLiteTransaction {
    // MARK: Snapshot

    public func snapshot() throws -> SnapshotManifest? {
        try Data.fetchOne(db, sql: "SELECT manifest FROM snapshot").map { try SnapshotManifest(bytes: [UInt8]($0)) }
    }

    public func setSnapshot(_ manifest: SnapshotManifest?) throws {
        try db.execute(sql: "DELETE FROM snapshot")
        if let manifest {
            try db.execute(sql: "INSERT INTO snapshot VALUES (1, ?)", arguments: [Data(manifest.bytes)])
        } else {
            try db.execute(sql: "DELETE FROM snapshot_part")
        }
    }

    public func snapshotPart(_ index: Int) throws -> [UInt8]? {
        try Data.fetchOne(db, sql: "SELECT frame FROM snapshot_part WHERE ordinal = ?", arguments: [index]).map {
            [UInt8]($0)
        }
    }

    public func setSnapshotPart(_ index: Int, _ frame: [UInt8]) throws {
        try db.execute(sql: "INSERT OR REPLACE INTO snapshot_part VALUES (?, ?)", arguments: [index, Data(frame)])
    }

    public func snapshotParts() throws -> Set<Int> {
        Set(try Int.fetchAll(db, sql: "SELECT ordinal FROM snapshot_part"))
    }

    // MARK: Nodes

    public func nodeReport(_ replica: ReplicaID) throws -> NodeReport? {
        guard let index = try indices.known(replica, db) else { return nil }
        let statement = try db.cachedStatement(sql: "SELECT * FROM node_report WHERE replica = ?")
        return try Row.fetchOne(statement, arguments: [index]).map(report)
    }

    public func nodeReports() throws -> [NodeReport] {
        try Row.fetchAll(db, sql: "SELECT * FROM node_report ORDER BY replica").map(report)
    }

    private func report(_ row: Row) throws -> NodeReport {
        var report = NodeReport(replica: try indices.replica(row["replica"], db))
        let random: Data = row["token_random"]
        report.token = Token(count: row.number("token_count"), random: ReplicaID(data: random)?.rawValue ?? 0)
        report.lastExchange = row.number("last_exchange")
        report.lastBundle = row.number("last_bundle")
        report.cursor = row.number("cursor")
        report.pending = row.number("pending")
        report.pendingSince = row.number("pending_since")
        report.program = row["program"]
        report.schema = UInt32(clamping: row.number("schema"))
        report.clockOffset = row["clock_offset"]
        report.provedAt = row.number("proved_at")
        report.provedRev = row.number("proved_rev")
        report.epoch = row["epoch"]
        report.acknowledged = row.number("acknowledged")
        report.leftBehind = row.number("left_behind")
        let alarms: String = row["alarms"]
        report.alarms = alarms.split(separator: ",").compactMap { UInt32($0) }
        return report
    }

    public func setNodeReport(_ report: NodeReport) throws {
        try db.cachedStatement(
            sql: "INSERT OR REPLACE INTO node_report VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        )
        .execute(arguments: [
            try indices.index(of: report.replica, db), report.token.count.signed,
            ReplicaID(rawValue: report.token.random).data, report.lastExchange.signed, report.cursor.signed,
            report.pending.signed, report.pendingSince.signed, report.program, report.schema, report.clockOffset,
            report.provedAt.signed, report.provedRev.signed, report.alarms.map(String.init).joined(separator: ","),
            Int64(report.epoch), report.lastBundle.signed, report.acknowledged.signed, report.leftBehind.signed,
        ])
    }

    // MARK: Copies

    public func copies(of replica: ReplicaID) throws -> [ReplicaCopy] {
        guard let index = try indices.known(replica, db) else { return [] }
        let statement = try db.cachedStatement(sql: "SELECT * FROM copy WHERE replica = ? ORDER BY first_seen, token")
        return try Row.fetchAll(statement, arguments: [index]).map(copy)
    }

    /// The copies of all replicas.
    public func copies() throws -> [ReplicaCopy] {
        try Row.fetchAll(db, sql: "SELECT * FROM copy ORDER BY replica, first_seen, token").map(copy)
    }

    private func copy(_ row: Row) throws -> ReplicaCopy {
        let token: Data = row["token"]
        let hash: Data = row["hash"]
        let replica = try indices.replica(row["replica"], db)
        guard let token = ReplicaID(data: token), let hash = Hash256(bytes: hash),
            let decision = ReplicaCopy.Decision(rawValue: row["decision"])
        else { throw StoreError(.damaged, path: "copy", cause: "token, hash or decision") }
        return ReplicaCopy(
            replica: replica, token: token.rawValue, head: Head(replica: replica, seq: row.number("seq"), hash: hash),
            firstSeen: row.number("first_seen"), lastSeen: row.number("last_seen"), decision: decision)
    }

    public func setCopy(_ copy: ReplicaCopy) throws {
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO copy VALUES (?, ?, ?, ?, ?, ?, ?)").execute(arguments: [
            try indices.index(of: copy.replica, db), ReplicaID(rawValue: copy.token).data, copy.head.seq.signed,
            Data(copy.head.hash.bytes), copy.firstSeen.signed, copy.lastSeen.signed, copy.decision.rawValue,
        ])
    }

    public func dropCopy(_ copy: ReplicaCopy) throws {
        try db.cachedStatement(sql: "DELETE FROM copy WHERE replica = ? AND token = ?").execute(arguments: [
            try indices.index(of: copy.replica, db), ReplicaID(rawValue: copy.token).data,
        ])
    }

    // MARK: Backups

    /// The hub's backups that are kept, the oldest first.
    public func backups() throws -> [BackupRecord] {
        try Row.fetchAll(db, sql: "SELECT * FROM backup ORDER BY rev, id").map { row in
            BackupRecord(id: row["id"], made: row.number("made"), rev: row.number("rev"), file: row["file"])
        }
    }

    public func append(_ backup: BackupRecord) throws {
        try db.execute(
            sql: "INSERT INTO backup (made, rev, file) VALUES (?, ?, ?)",
            arguments: [backup.made.signed, backup.rev.signed, backup.file])
        state.backedUp = try backups().first?.rev ?? 0
    }

    public func forgetBackup(_ id: Int64) throws {
        try db.execute(sql: "DELETE FROM backup WHERE id = ?", arguments: [id])
        state.backedUp = try backups().first?.rev ?? 0
    }

    // MARK: Invitations

    public func invitation(_ code: [UInt8]) throws -> InvitationRecord? {
        try Row.fetchOne(db, sql: "SELECT * FROM invitation WHERE code = ?", arguments: [Data(code)])
            .map(Self.invitation)
    }

    /// All codes that were given out and not cleared away.
    public func invitations() throws -> [InvitationRecord] {
        try Row.fetchAll(db, sql: "SELECT * FROM invitation").map(Self.invitation)
    }

    private static func invitation(_ row: Row) throws -> InvitationRecord {
        let (code, member, secret): (Data, Data, Data) = (row["code"], row["member"], row["secret"])
        let usedBy: Data? = row["used_by"]
        guard let member = MemberID(bytes: member) else {
            throw StoreError(.damaged, path: "invitation", cause: "member")
        }
        return InvitationRecord(
            code: [UInt8](code), member: member, secret: [UInt8](secret), expires: row.number("expires"),
            usedBy: usedBy.map { [UInt8]($0) })
    }

    public func setInvitation(_ record: InvitationRecord) throws {
        try db.execute(
            sql: "INSERT OR REPLACE INTO invitation VALUES (?, ?, ?, ?, ?)",
            arguments: [
                Data(record.code), Data(record.member.bytes), Data(record.secret), record.expires.signed,
                record.usedBy.map { Data($0) },
            ])
    }
}

// MARK: Agreements

extension SQLiteTransaction {
    public func hasAgreements() throws -> Bool {
        try Int.fetchOne(db.cachedStatement(sql: "SELECT 1 FROM agreement LIMIT 1")) != nil
    }

    public func agreements(on key: RowKey, column: ColumnID) throws -> [Cell] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT time, replica, value FROM agreement
                WHERE table_id = ? AND id = ? AND owner = ? AND column_id = ? ORDER BY time
                """)
        let arguments: StatementArguments = [
            Int64(key.table.rawValue), Data(key.id.bytes), try indices.index(of: key.owner, db), Int64(column.rawValue),
        ]
        return try Row.fetchAll(statement, arguments: arguments).map { row in
            let value: Data = row["value"]
            guard let value = Value(canonicalBytes: value) else {
                throw StoreError(.damaged, path: "agreement", cause: "value")
            }
            let time = HybridTime(rawValue: row.number("time"))
            return Cell(
                column: column, value: value, stamp: Stamp(time: time, replica: try indices.replica(row["replica"], db))
            )
        }
    }

    public func addAgreement(on key: RowKey, _ cell: Cell) throws {
        var value: [UInt8] = []
        cell.value.appendCanonicalBytes(to: &value)
        try db.cachedStatement(sql: "INSERT OR IGNORE INTO agreement VALUES (?, ?, ?, ?, ?, ?, ?)").execute(arguments: [
            Int64(key.table.rawValue), Data(key.id.bytes), try indices.index(of: key.owner, db),
            Int64(cell.column.rawValue), cell.stamp.time.rawValue.signed, try indices.index(of: cell.stamp.replica, db),
            Data(value),
        ])
    }

    public func forgetAgreement(on key: RowKey, _ cell: Cell) throws {
        try db.cachedStatement(
            sql: """
                DELETE FROM agreement
                WHERE table_id = ? AND id = ? AND owner = ? AND column_id = ? AND time = ? AND replica = ?
                """
        ).execute(arguments: [
            Int64(key.table.rawValue), Data(key.id.bytes), try indices.index(of: key.owner, db),
            Int64(cell.column.rawValue), cell.stamp.time.rawValue.signed, try indices.index(of: cell.stamp.replica, db),
        ])
    }
}

/// A backup of the hub's that its operator keeps.
public struct BackupRecord: Sendable {
    public let id: Int64
    /// Unix milliseconds.
    public let made: UInt64
    /// The journal up to here is in it.
    public let rev: UInt64
    public let file: String

    public init(id: Int64, made: UInt64, rev: UInt64, file: String) {
        self.id = id
        self.made = made
        self.rev = rev
        self.file = file
    }
}
