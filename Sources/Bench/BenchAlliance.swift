import Alliance
import CRDT
import Crypto
import Foundation
import GRDBSQLite
import Store
import Sync
import Wire

/// A hub and nodes as files in one folder, driven without a network, so that only the work itself is measured.
struct BenchAlliance {
    let folder: String
    /// The tables of its files.
    var tables = BenchAlliance.schema

    /// The table of W1.
    static let table = Table(
        200, "w1", "师资", "teacher", ownership: .author, audience: .alliance,
        rule: WriteRule(create: [.owner], edit: [.owner], delete: [.owner]),
        columns: [
            Column(1, "name", "姓名", "name", .text(max: 40)), Column(2, "school", "学校", "school", .text(max: 80)),
            Column(3, "specialty", "学科", "specialty", .text(max: 40)),
            Column(4, "level", "级别", "level", .integer(0...1000)), Column(5, "phone", "电话", "phone", .text(max: 40)),
            Column(6, "hours", "课时", "hours", .integer(0...100_000)), Column(7, "note", "备注", "note", .text(max: 400)),
        ])
    static let schema = Schema(version: 1, tables: Schema.current.tables.filter { $0.id < .major } + [table])

    static let secretariat = MemberID(rawValue: 0xA11)
    static let school = MemberID(rawValue: 0x5C4)
    private static let hubReplica = ReplicaID(rawValue: 0xB0B)

    struct Party {
        let store: ReplicaStore
        let key: Curve25519.Signing.PrivateKey

        /// The bytes of the file, its log written into it.
        /// - Parameter tables: whose pages are not counted.
        func fileSize(without tables: [String] = []) throws -> Double {
            var database: OpaquePointer?
            defer { sqlite3_close(database) }
            guard sqlite3_open(store.path, &database) == SQLITE_OK,
                sqlite3_exec(database, "PRAGMA wal_checkpoint(TRUNCATE)", nil, nil, nil) == SQLITE_OK
            else { return 0 }
            let names = tables.map { "'\($0)'" }.joined(separator: ", ")
            var statement: OpaquePointer?
            defer { sqlite3_finalize(statement) }
            let sql = """
                SELECT sum(pgsize) FROM dbstat('main', 1) WHERE name NOT IN
                    (SELECT name FROM sqlite_schema WHERE tbl_name IN (\(names)))
                """
            sqlite3_prepare_v2(database, sql, -1, &statement, nil)
            let used = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_double(statement, 0) : 0
            return tables.isEmpty ? Steps.size(store.path) : used
        }
    }

    /// What a replica keeps to pass it on, beside the rows.
    static let segmentTables = ["segment", "section"]

    static var surroundings: Surroundings {
        Surroundings(
            wall: UInt64(Date().timeIntervalSince1970 * 1000), random: { UInt64.random(in: .min ... .max) })
    }

    func makeHub() throws -> Party {
        let key = Curve25519.Signing.PrivateKey()
        let publicKey = [UInt8](key.publicKey.rawRepresentation)
        let state = ReplicaState(
            role: .hub, alliance: "bench", replica: Self.hubReplica, member: Self.secretariat,
            node: Register.nodeID(key: publicKey, Self.secretariat), secretariat: Self.secretariat, hubKey: publicKey,
            epoch: Epoch(number: 1, replica: Self.hubReplica), hubURL: "")
        let party = Party(store: try .create(at: folder + "/hub.sqlite", schema: tables, state: state), key: key)
        try key.rawRepresentation.write(to: URL(fileURLWithPath: folder + "/hub.key"))
        try party.store.write { try HubSession($0, key: key, surroundings: Self.surroundings).found() }
        return party
    }

    /// A node that has joined: those that read are of schools of their own, those that write of the rows' owner.
    func makeNode(_ name: String, hub: Party, reads: Bool = false) throws -> Party {
        let member = reads ? MemberID(rawValue: .random(in: 1 ... .max)) : Self.school
        let key = Curve25519.Signing.PrivateKey()
        let replica = ReplicaID(rawValue: .random(in: 1 ... .max))
        let hubKey = hub.key.publicKey
        let invitation = Invitation(
            code: (0..<5).map { _ in .random(in: 0...255) }, secret: [UInt8](repeating: 7, count: 10),
            hub: HubFingerprint(of: hubKey))
        let answer = try hub.store.write { transaction in
            try transaction.setInvitation(
                InvitationRecord(
                    code: invitation.code, member: member, secret: invitation.secret, expires: .max >> 2, usedBy: nil))
            return try HubSession(transaction, key: hub.key, surroundings: Self.surroundings).join(
                JoinRequest(invitation: invitation, key: key.publicKey, replica: replica, name: name, schema: 1))
        }
        var state = ReplicaState(
            role: .node, alliance: "bench", replica: replica, member: answer.member, node: answer.node,
            secretariat: answer.secretariat, hubKey: [UInt8](hubKey.rawRepresentation), epoch: answer.epoch, hubURL: "")
        state.hubTime = answer.hubTime
        try key.rawRepresentation.write(to: URL(fileURLWithPath: "\(folder)/\(name).key"))
        return Party(store: try .create(at: "\(folder)/\(name).sqlite", schema: tables, state: state), key: key)
    }

    func open(_ name: String) throws -> Party {
        let key = try Curve25519.Signing.PrivateKey(
            rawRepresentation: Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name).key")))
        return Party(store: try .open(at: "\(folder)/\(name).sqlite", schema: tables), key: key)
    }

    // MARK: Work

    static func key(_ row: WorkloadRow) -> RowKey { RowKey(table: table.id, owner: school, id: row.id) }

    static func create(_ row: WorkloadRow) -> RowEdit {
        RowEdit(
            key: key(row), act: .create,
            values: [
                ColumnID(1): .text(row.name), ColumnID(2): .text(row.school), ColumnID(3): .text(row.specialty),
                ColumnID(4): .integer(row.level), ColumnID(5): .text(row.phone), ColumnID(6): .integer(row.hours),
                ColumnID(7): .text(row.note),
            ])
    }

    static func commit(_ edits: [RowEdit], at party: Party) throws {
        try party.store.write(durable: false) { transaction in
            _ = try LocalWriter(transaction, key: party.key, surroundings: surroundings).commit(edits)
        }
    }

    /// Exchanges until the node is at the head.
    ///
    /// - Parameter answered: does the node's part of one answer, so that it can be measured.
    static func sync(
        _ node: Party, _ hub: Party, answered: (() throws -> Void) throws -> Void = { try $0() }
    ) throws -> NodeSession.Outcome {
        var session = NodeSession(program: "bench", key: node.key)
        var effect = try node.store.write { try session.begin(in: $0, surroundings) }
        while true {
            switch effect {
            case .exchange(let body):
                let answer = try exchange(body, node, hub)
                try answered {
                    effect = try node.store.write(durable: false) {
                        try session.answered(status: 200, body: answer, in: $0, surroundings)
                    }
                }
            case .manifest:
                let member = try node.store.read { $0.state.member }
                let manifest = try hub.store.write { try HubSnapshot($0).manifest(for: member) }
                effect = try node.store.write {
                    try session.manifest(status: 200, body: manifest.bytes, in: $0, surroundings)
                }
            case .part(let index):
                let (rev, member) = try node.store.read { (try $0.snapshot()?.position.rev ?? 0, $0.state.member) }
                let frame = try hub.store.read { try HubSnapshot($0).part(index, rev: rev, for: member) } ?? []
                try answered {
                    effect = try node.store.write(durable: false) {
                        try session.part(index, status: 200, body: frame, in: $0, surroundings)
                    }
                }
            case .repair(let body):
                let answer = try repair(body, node, hub)
                try answered {
                    effect = try node.store.write {
                        try session.repaired(status: 200, body: answer, in: $0, surroundings)
                    }
                }
            case .pause: effect = try node.store.write { try session.begin(in: $0, surroundings) }
            case .finished(let outcome): return outcome
            }
        }
    }

    private static func repair(_ body: [UInt8], _ node: Party, _ hub: Party) throws -> [UInt8] {
        let request = try RepairRequest(bytes: body)
        return try hub.store.write { transaction in
            let author = try author(of: node, in: transaction)
            return try HubSession(transaction, key: hub.key, surroundings: surroundings)
                .repair(request, from: author).bytes
        }
    }

    private static func author(of node: Party, in transaction: SQLiteTransaction) throws -> Register.Node {
        guard let author = try Register(transaction).node(node.store.read { $0.state.node }) else {
            preconditionFailure("the bench's node is in its hub's register")
        }
        return author
    }

    private static func exchange(_ body: [UInt8], _ node: Party, _ hub: Party) throws -> [UInt8] {
        let request = try ExchangeRequest(bytes: body)
        return try hub.store.write(durable: false) { transaction in
            let author = try author(of: node, in: transaction)
            return try HubSession(transaction, key: hub.key, surroundings: surroundings).exchange(request, from: author)
                .bytes
        }
    }
}
