import Alliance
import CRDT
import Crypto
import Foundation
import Store
import Sync
import Testing
import Wire

/// A hub and its nodes in one process: real files and real session code, driven by hand, over a line that the test
/// breaks.
final class TestAlliance {
    /// What happens to one request.
    enum Mishap: CaseIterable {
        case none
        case requestLost
        case answerLost
        /// The hub gets it twice; the node the second answer.
        case requestRepeated
    }

    let random: Seeded
    let secretariat = MemberID(rawValue: 0xFFFF << 64)
    let members: [MemberID]
    private let folder: String
    /// The world's clock, Unix milliseconds.
    var now: UInt64 = 1_790_000_000_000
    private(set) var hub: Party!
    /// The hub's key, where it is no longer its first; nodes that have not heard of it are answered under that one.
    var hubKey: Curve25519.Signing.PrivateKey?
    private(set) var nodes: [Party] = []
    /// Whose each replica is that ever wrote, also those that have ended.
    private(set) var memberOf: [ReplicaID: MemberID] = [:]
    /// What happens to the next request.
    var mishap: () -> Mishap = { .none }
    /// What a dishonest hub makes of an answer.
    var tamper: ((inout ExchangeResponse) throws -> Void)?
    /// The size of page that the nodes' requests are made to ask for.
    var pageSize: Int?
    /// Bodies of the requests that reached the hub, and what it answered.
    private(set) var carried: [(node: Party, request: [UInt8], status: Int, answer: [UInt8])] = []
    private(set) var partsFetched = 0
    /// Repair requests that reached the hub, and what it answered.
    private(set) var repairs: [(node: Party, request: [UInt8], answer: RepairResponse)] = []
    /// What a dishonest hub makes of an answer to a repair.
    var tamperRepair: ((inout RepairResponse) throws -> Void)?

    init(_ seed: UInt64 = 1, members count: Int = 3, schema: Schema = .current) throws {
        random = Seeded(seed)
        members = (1...count).map { MemberID(rawValue: UInt128($0) << 96 | 7) }
        let base =
            ProcessInfo.processInfo.environment["TMPDIR"]
            ?? (FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory())
        folder = base + "/jilian-sync-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try found(schema)
    }

    deinit {
        for party in nodes + [hub].compactMap({ $0 }) { try? party.store.close() }
        try? FileManager.default.removeItem(atPath: folder)
    }

    private func freshKey() throws -> Curve25519.Signing.PrivateKey {
        try Curve25519.Signing.PrivateKey(rawRepresentation: random.bytes(32))
    }

    private func found(_ schema: Schema) throws {
        let key = try freshKey()
        let publicKey = [UInt8](key.publicKey.rawRepresentation)
        let replica = ReplicaID(rawValue: random.next())
        let state = ReplicaState(
            role: .hub, alliance: "测试联盟", replica: replica, member: secretariat,
            node: Register.nodeID(key: publicKey, secretariat), secretariat: secretariat, hubKey: publicKey,
            epoch: Epoch(number: 1, replica: replica), hubURL: "")
        let path = folder + "/hub.sqlite"
        let store = try ReplicaStore.create(at: path, schema: schema, state: state)
        hub = Party("hub", key: key, member: secretariat, path: path, store: store, world: self)
        try hub.store.write { try HubSession($0, key: key, surroundings: hub.surroundings).found() }
        let rows = members.enumerated().map { index, member in
            RowEdit(
                key: RowKey(table: .member, owner: secretariat, id: RowID(rawValue: member.rawValue)), act: .create,
                values: [MemberColumn.name: .text("学校\(index + 1)"), MemberColumn.kind: .text("technician")])
        }
        try hub.commit(rows)
    }

    // MARK: Joining

    /// - Parameter confirmed: whether an earlier node of the member, if there is one, confirms it.
    @discardableResult
    func join(_ member: MemberID, schema: Schema = .current, confirmed: Bool = true) throws -> Party {
        let key = try freshKey()
        let invitation = Invitation(
            code: random.bytes(5), secret: random.bytes(10), hub: HubFingerprint(of: (hubKey ?? hub.key).publicKey))
        try hub.store.write {
            try $0.setInvitation(
                InvitationRecord(
                    code: invitation.code, member: member, secret: invitation.secret,
                    expires: hub.wall + Invitation.lifetime, usedBy: nil))
        }
        let name = "node\(nodes.count)"
        let replica = ReplicaID(rawValue: random.next())
        let request = JoinRequest(
            invitation: invitation, key: key.publicKey, replica: replica, name: name, schema: schema.version)
        let bytes = try hub.store.write {
            let session = HubSession($0, key: hubKey ?? hub.key, surroundings: hub.surroundings)
            return try session.join(try JoinRequest(bytes: request.bytes))
                .bytes(to: request.bytes, key: hubKey ?? hub.key)
        }
        let answer = try JoinResponse(bytes: bytes, to: request.bytes, pin: invitation.pin)
        var state = ReplicaState(
            role: .node, alliance: answer.alliance, replica: replica, member: answer.member, node: answer.node,
            secretariat: answer.secretariat, hubKey: [UInt8](answer.hubKey.rawRepresentation), epoch: answer.epoch,
            hubURL: "https://hub")
        state.hubTime = answer.hubTime
        let path = folder + "/\(name).sqlite"
        let store = try ReplicaStore.create(at: path, schema: schema, state: state)
        let node = Party(name, key: key, member: member, path: path, store: store, world: self)
        if confirmed, let earlier = nodes.first(where: { $0.member == member }) {
            try syncQuietly(earlier)
            try earlier.edit(Register.nodeKey(state.node, secretariat), [NodeColumn.confirmed: .integer(Int64(now))])
            try syncQuietly(earlier)
        }
        nodes.append(node)
        memberOf[replica] = member
        return node
    }

    /// A second file of a node takes part.
    func add(_ copy: Party) { nodes.append(copy) }

    /// A session over a whole line.
    private func syncQuietly(_ node: Party) throws {
        let broken = mishap
        mishap = { .none }
        try sync(node)
        mishap = broken
    }

    /// Closes a party's file and opens it again, with the schema that a program of another version has.
    func reopen(_ party: Party, schema: Schema = .current) throws {
        try party.store.close()
        party.store = try ReplicaStore.open(at: party.path, schema: schema)
    }

    // MARK: Exchange

    /// The hub's whole answer to the bytes of a request: what the route does.
    func answer(_ body: [UInt8], from node: Party, signed: UInt64? = nil) throws -> (status: Int, body: [UInt8]) {
        do {
            var request = try ExchangeRequest(bytes: body)
            if let pageSize { request.pageSize = pageSize }
            var response = try hub.store.write { transaction in
                let id = Register.nodeID(key: [UInt8](node.key.publicKey.rawRepresentation), secretariat)
                guard let known = try Register(transaction).node(id) else {
                    throw Refusal(.signature, Phrase("", "unknown node"), hubTime: hub.wall)
                }
                let pinned = try node.state.hubKey
                let former = pinned == [UInt8](hub.key.publicKey.rawRepresentation) ? hub.key : nil
                let session = HubSession(
                    transaction, key: hubKey ?? hub.key, formerKeys: hubKey == nil ? [] : [hub.key],
                    surroundings: hub.surroundings)
                return try session.exchange(
                    request, from: known, signed: signed ?? hub.wall / 1000 * 1000, answerKey: former)
            }
            try tamper?(&response)
            return (200, response.bytes)
        } catch let refusal as Refusal {
            if refusal.code == .fork {
                let request = try ExchangeRequest(bytes: body)
                try hub.store.write {
                    try HubSession($0, key: hubKey ?? hub.key, surroundings: hub.surroundings)
                        .noteFork(request, refusal)
                }
            }
            return (refusal.status, refusal.bytes)
        }
    }

    /// One session of a node, until it ends or the line breaks.
    /// - Returns: `nil` if the line broke.
    @discardableResult
    func sync(
        _ node: Party, repairs: Bool = false, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> NodeSession.Outcome? {
        var session = NodeSession(program: "test", key: node.key, repairs: repairs)
        defer { if let replica = try? node.state.replica { memberOf[replica] = node.member } }
        var effect = try node.store.write { try session.begin(in: $0, node.surroundings) }
        for _ in 0..<400 {
            now += 40
            guard let next = try step(node, &session, effect) else { return nil }
            if case .finished(let outcome) = next { return outcome }
            effect = next
        }
        Issue.record("seed \(random.seed): a session that does not end", sourceLocation: sourceLocation)
        return nil
    }

    /// Runs one effect; `nil` if its message was lost.
    func step(
        _ node: Party, _ session: inout NodeSession, _ effect: NodeSession.Effect
    ) throws -> NodeSession.Effect? {
        switch effect {
        case .exchange(let body):
            guard let answer = try carry(body, of: node) else { return nil }
            return try feed(node, &session) { try $0.answered(status: answer.status, body: answer.body, in: $1, $2) }
        case .manifest:
            let manifest = try hub.store.write { try HubSnapshot($0).manifest(for: node.member) }
            return try feed(node, &session) { try $0.manifest(status: 200, body: manifest.bytes, in: $1, $2) }
        case .part(let index):
            guard mishap() != .answerLost else { return nil }
            partsFetched += 1
            let rev = try node.store.read { try $0.snapshot()?.position.rev ?? 0 }
            let frame = try hub.store.write { try HubSnapshot($0).part(index, rev: rev, for: node.member) }
            let missing = Refusal(.notFound, Phrase("", "gone"), hubTime: hub.wall)
            return try feed(node, &session) {
                try $0.part(index, status: frame == nil ? 404 : 200, body: frame ?? missing.bytes, in: $1, $2)
            }
        case .repair(let body):
            guard mishap() != .requestLost else { return nil }
            let answer = try repairAnswer(body, to: node)
            guard mishap() != .answerLost else { return nil }
            return try feed(node, &session) { try $0.repaired(status: answer.status, body: answer.body, in: $1, $2) }
        case .pause(let milliseconds):
            now += milliseconds
            return try node.store.write { try session.begin(in: $0, node.surroundings) }
        case .finished: return effect
        }
    }

    /// The hub's answer to the bytes of a repair request.
    func repairAnswer(_ body: [UInt8], to node: Party) throws -> (status: Int, body: [UInt8]) {
        do {
            let request = try RepairRequest(bytes: body)
            var answer = try hub.store.write { transaction in
                let id = Register.nodeID(key: [UInt8](node.key.publicKey.rawRepresentation), secretariat)
                let known = try #require(try Register(transaction).node(id))
                return try HubSession(transaction, key: hubKey ?? hub.key, surroundings: hub.surroundings)
                    .repair(request, from: known)
            }
            try tamperRepair?(&answer)
            repairs.append((node, body, answer))
            return (200, answer.bytes)
        } catch let refusal as Refusal {
            return (refusal.status, refusal.bytes)
        }
    }

    private func carry(_ body: [UInt8], of node: Party) throws -> (status: Int, body: [UInt8])? {
        let mishap = mishap()
        if mishap == .requestLost { return nil }
        var answer = try answer(body, from: node)
        if mishap == .requestRepeated { answer = try self.answer(body, from: node) }
        carried.append((node, body, answer.status, answer.body))
        return mishap == .answerLost ? nil : answer
    }

    /// What the node's shell does with an answer: a transaction, and after a fault another one.
    private func feed(
        _ node: Party, _ session: inout NodeSession,
        _ event: (inout NodeSession, SQLiteTransaction, Surroundings) throws -> NodeSession.Effect
    ) throws -> NodeSession.Effect {
        do {
            return try node.store.write { try event(&session, $0, node.surroundings) }
        } catch  where error is JournalFault || error is WireError {
            return try node.store.write { try session.faulted("\(error)", in: $0, node.surroundings) }
        }
    }

    // MARK: Quiet

    /// Exchanges over a whole line until every node has proved that it holds what the hub holds.
    func syncUntilQuiet(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let broken = mishap
        mishap = { .none }
        defer { mishap = broken }
        for _ in 0..<12 {
            let outcomes = try nodes.map { try sync($0) }
            let head = try hub.state.cursor.rev
            if outcomes.allSatisfy({ $0 == .proved(rev: head) }) { return }
        }
        let outcomes = try nodes.map { "\($0.name): \(String(describing: try sync($0))), pending \(try $0.pending)" }
        Issue.record("seed \(random.seed): not quiet: \(outcomes)", sourceLocation: sourceLocation)
    }

    /// Expects every file to hold what the hub's holds, as far as its member may read it: rows, and their canonical
    /// bytes; and none that it may not.
    func expectEqualFiles(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let truth = try hub.allRows()
        for node in nodes {
            let rows = try node.allRows()
            for (key, entry) in truth where entry.audience.includes(node.member) {
                let mine = rows[key]?.row
                #expect(
                    mine?.canonicalBytes == entry.row.canonicalBytes,
                    "seed \(random.seed): \(node.name) \(key): \(String(describing: mine)) is not \(entry.row)",
                    sourceLocation: sourceLocation)
            }
            for (key, entry) in rows {
                #expect(
                    truth[key] != nil && entry.audience.includes(node.member) && truth[key]?.audience == entry.audience,
                    "seed \(random.seed): \(node.name) has \(key), which the hub has not, or it may not read",
                    sourceLocation: sourceLocation)
            }
            try expectNothingForOthers(node, sourceLocation)
            #expect(
                try node.pending == 0, "seed \(random.seed): pending at \(node.name)", sourceLocation: sourceLocation)
            #expect(
                try node.store.read { try $0.digests(for: node.member) }
                    == hub.store.read { try $0.digests(for: node.member) },
                "seed \(random.seed): digests of \(node.name)", sourceLocation: sourceLocation)
            #expect(
                try node.store.deepCheck().isClean, "seed \(random.seed): \(node.name)", sourceLocation: sourceLocation)
        }
        let findings = try hub.store.deepCheck()
        #expect(findings.isClean, "seed \(random.seed): hub: \(findings)", sourceLocation: sourceLocation)
    }

    private func expectNothingForOthers(_ node: Party, _ sourceLocation: SourceLocation) throws {
        for entry in try node.entries() {
            for index in entry.segment.bodies.keys {
                let audience = entry.segment.header.sections[index].audience
                #expect(
                    audience.includes(node.member), "seed \(random.seed): \(node.name) holds a section of \(audience)",
                    sourceLocation: sourceLocation)
            }
        }
    }
}

extension RowState {
    var canonicalBytes: [UInt8] { CanonicalRow(self).bytes }
}
