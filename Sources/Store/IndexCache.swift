import Alliance
import CRDT
import Foundation
import GRDB

/// The small numbers that stand in the file for members, replicas and audiences.
///
/// They are only ever added. What a transaction adds is known to later ones only if it is committed.
struct IndexTables: Sendable {
    var members: [MemberID: Int64] = [:]
    var replicas: [ReplicaID: Int64] = [:]
    var audiences: [Audience: Int64] = [:]
    var memberIDs: [Int64: MemberID] = [:]
    var replicaIDs: [Int64: ReplicaID] = [:]
    var audienceValues: [Int64: Audience] = [:]
}

/// The index tables as one transaction sees them.
///
/// The last of each kind is at hand: rows come in runs of one owner, one replica, one audience.
final class IndexCache {
    private(set) var tables: IndexTables
    private var lastMember: (MemberID, Int64)?
    private var lastReplica: (ReplicaID, Int64)?
    private var lastAudience: (Audience, Int64)?

    init(_ tables: IndexTables) { self.tables = tables }

    /// The index of a member that the file has; `nil` if nothing in it is of that one. For readers, which can't add.
    func known(_ member: MemberID, _ db: Database) throws -> Int64? {
        if let lastMember, lastMember.0 == member { return lastMember.1 }
        if let index = tables.members[member] {
            lastMember = (member, index)
            return index
        }
        guard let index = try find(Data(member.bytes), in: "member_index", column: "id", db) else { return nil }
        tables.members[member] = index
        tables.memberIDs[index] = member
        return index
    }

    func index(of member: MemberID, _ db: Database) throws -> Int64 {
        if let index = try known(member, db) { return index }
        let index = try add(Data(member.bytes), to: "member_index", column: "id", db)
        tables.members[member] = index
        tables.memberIDs[index] = member
        return index
    }

    /// The index of a replica that the file has; `nil` if nothing in it is of that one. For readers, which can't add.
    func known(_ replica: ReplicaID, _ db: Database) throws -> Int64? {
        if let lastReplica, lastReplica.0 == replica { return lastReplica.1 }
        if let index = tables.replicas[replica] {
            lastReplica = (replica, index)
            return index
        }
        guard let index = try find(replica.data, in: "replica_index", column: "id", db) else { return nil }
        tables.replicas[replica] = index
        tables.replicaIDs[index] = replica
        return index
    }

    func index(of replica: ReplicaID, _ db: Database) throws -> Int64 {
        if let index = try known(replica, db) { return index }
        let index = try add(replica.data, to: "replica_index", column: "id", db)
        tables.replicas[replica] = index
        tables.replicaIDs[index] = replica
        return index
    }

    func index(of audience: Audience, _ db: Database) throws -> Int64 {
        if let lastAudience, lastAudience.0 == audience { return lastAudience.1 }
        if let index = tables.audiences[audience] {
            lastAudience = (audience, index)
            return index
        }
        let bytes = Data(audience.bytes)
        let known = try find(bytes, in: "audience_index", column: "bytes", db)
        let index = try known ?? add(bytes, to: "audience_index", column: "bytes", db)
        tables.audiences[audience] = index
        tables.audienceValues[index] = audience
        return index
    }

    func member(_ index: Int64, _ db: Database) throws -> MemberID {
        if let lastMember, lastMember.1 == index { return lastMember.0 }
        if let member = tables.memberIDs[index] {
            lastMember = (member, index)
            return member
        }
        guard let bytes = try bytes(index, in: "member_index", column: "id", db), let member = MemberID(bytes: bytes)
        else {
            throw StoreError(.damaged, path: "member_index", cause: "\(index)")
        }
        tables.members[member] = index
        tables.memberIDs[index] = member
        return member
    }

    func replica(_ index: Int64, _ db: Database) throws -> ReplicaID {
        if let lastReplica, lastReplica.1 == index { return lastReplica.0 }
        if let replica = tables.replicaIDs[index] {
            lastReplica = (replica, index)
            return replica
        }
        guard let bytes = try bytes(index, in: "replica_index", column: "id", db), let replica = ReplicaID(data: bytes)
        else {
            throw StoreError(.damaged, path: "replica_index", cause: "\(index)")
        }
        tables.replicas[replica] = index
        tables.replicaIDs[index] = replica
        return replica
    }

    func audience(_ index: Int64, _ db: Database) throws -> Audience {
        if let audience = tables.audienceValues[index] { return audience }
        guard let bytes = try bytes(index, in: "audience_index", column: "bytes", db),
            let audience = Audience(bytes: bytes)
        else { throw StoreError(.damaged, path: "audience_index", cause: "\(index)") }
        tables.audiences[audience] = index
        tables.audienceValues[index] = audience
        return audience
    }

    private func find(_ bytes: Data, in table: String, column: String, _ db: Database) throws -> Int64? {
        try Int64.fetchOne(
            db.cachedStatement(sql: "SELECT idx FROM \(table) WHERE \(column) = ?"), arguments: [bytes])
    }

    private func add(_ bytes: Data, to table: String, column: String, _ db: Database) throws -> Int64 {
        try db.cachedStatement(sql: "INSERT INTO \(table) (\(column)) VALUES (?)").execute(arguments: [bytes])
        return db.lastInsertedRowID
    }

    private func bytes(_ index: Int64, in table: String, column: String, _ db: Database) throws -> Data? {
        try Data.fetchOne(db.cachedStatement(sql: "SELECT \(column) FROM \(table) WHERE idx = ?"), arguments: [index])
    }
}

extension ReplicaID {
    /// The 8 bytes, most significant first.
    var data: Data { withUnsafeBytes(of: rawValue.bigEndian) { Data($0) } }

    init?(data: Data) {
        guard data.count == 8 else { return nil }
        self.init(rawValue: data.reduce(0) { $0 << 8 | UInt64($1) })
    }
}
