import Alliance
import CRDT
import Crypto
import Store
import Testing
import Wire

@testable import Sync

/// What a hub that lies, or a node that signs what it should not, tried and must not get.
@Suite struct MaliceTests {
    private func request(_ party: Party, own: Head? = nil, segments: [Segment] = []) throws -> ExchangeRequest {
        let state = try party.state
        return ExchangeRequest(
            schema: 1, program: "test", cursor: state.cursor, journal: state.journal,
            own: own ?? state.own ?? Head(replica: state.replica, seq: 0, hash: .zero), token: state.token,
            nextToken: Token(count: state.token.count + 1, random: 1), segments: segments, pending: 0,
            pendingSince: 0, digests: [], clock: party.wall, pageSize: 1 << 20, alarms: [])
    }

    // MARK: The hub

    @Test func `a node that the hub calls a hub of another member signs for nobody`() throws {
        let world = try TestAlliance(members: 2)
        let (node, other) = (try world.join(world.members[0]), try world.join(world.members[1]))
        try world.syncUntilQuiet()
        let key = [UInt8](Curve25519.Signing.PrivateKey().publicKey.rawRepresentation)
        let id = Register.nodeID(key: key, world.secretariat)
        try world.hub.create(
            Register.nodeKey(id, world.secretariat),
            [
                NodeColumn.member: .bytes(node.member.bytes), NodeColumn.key: .bytes(key),
                NodeColumn.isHub: .integer(1), NodeColumn.joined: .integer(1),
            ])
        try world.sync(other)
        let found = try #require(try other.store.read { try Register($0).node(id) })
        #expect(!found.author.isHub && !found.isConfirmed)
        let hub = try #require(try other.store.read { try Register($0).node(world.hub.state.node) })
        #expect(hub.author.isHub && hub.isConfirmed)
    }

    @Test func `a node that has merged the journal takes no snapshot in its place`() throws {
        let world = try TestAlliance(members: 2)
        let (node, other) = (try world.join(world.members[0]), try world.join(world.members[1]))
        let key = Base.key(node.member, "base")
        try node.create(key, Base.values("base", note: "1"))
        try world.syncUntilQuiet()
        try node.edit(key, [Base.note: .text("2")])
        try world.sync(node)
        let before = try other.state.cursor
        world.tamper = { answer in
            answer.snapshot = true
            answer.entries = []
        }
        guard case .alarmed(let alarm)? = try world.sync(other) else { return #expect(Bool(false), "it was taken") }
        #expect(alarm.kind == .journal && alarm.detail.contains("snapshot"))
        #expect(try other.state.cursor == before && other.value(key, Base.note) == .text("1"))
        world.tamper = nil
        try world.syncUntilQuiet()
        try world.expectEqualFiles()
    }

    // MARK: A node

    @Test func `an epoch beyond all that can have been is not opened`() throws {
        let world = try TestAlliance(members: 1)
        let node = try world.join(world.members[0])
        try world.syncUntilQuiet()
        let before = try world.hub.state
        for number in [UInt32.max, UInt32.max - 1, 1_002] {
            var malicious = try request(node)
            malicious.orphans = 1
            malicious.returnedEpoch = number
            let answer = try world.answer(malicious.bytes, from: node)
            #expect(try answer.status == 409 && Refusal(bytes: answer.body).code == .journal)
        }
        #expect(try world.hub.state.cursor == before.cursor && world.hub.alarms.isEmpty)
        try world.syncUntilQuiet()
    }

    @Test func `two segments of one seq, one returned and one sent, leave the journal whole`() throws {
        let world = try TestAlliance(members: 2)
        let (faulty, other) = (try world.join(world.members[0]), try world.join(world.members[1]))
        let key = Base.key(faulty.member, "base")
        try faulty.create(key, Base.values("base", note: "1"))
        try world.syncUntilQuiet()
        let state = try faulty.state
        let times = try faulty.times(2)
        func cut(_ index: Int, _ note: String, withContact: Bool) throws -> Segment {
            let time = times[index]
            var changes: [(audience: Audience, rows: [RowState])] = [
                (audience: .alliance, rows: [try faulty.change(key, nil, [Base.note: .text(note)], at: time)])
            ]
            if withContact {
                let values = Contact.values(phone: "1").merging([Contact.email: .null]) { $1 }
                changes.append(
                    (
                        audience: .parties([faulty.member], secretariat: world.secretariat),
                        rows: [try faulty.change(Contact.key(faulty.member), 1, values, at: time)]
                    ))
            }
            return try Segment.cut(
                [PendingTransaction(time: time, seen: state.cursor, changes: changes)],
                at: .init(replica: state.replica, last: state.own, standsOn: nil, schema: 1), key: faulty.key)
        }
        // One that waits, since a section of it is missing.
        let waiting = try cut(0, "waiting", withContact: true)
        let half = try Segment(
            headerBytes: waiting.headerBytes, signature: waiting.signature,
            bodies: waiting.bodies.filter { $0.key == 0 })
        var first = try request(faulty)
        first.orphans = 1
        first.returned = [
            JournalEntry(
                rev: 1_000, hubTime: faulty.wall, segment: half, verdict: .accepted, hash: .zero, detail: nil)
        ]
        #expect(try world.answer(first.bytes, from: faulty).status == 200)
        #expect(try world.hub.store.read { try $0.waitingOrphans() }.count == 1)
        // Another of its seq, under a head that the hub can't compare.
        let sent = try cut(1, "sent", withContact: false)
        let beyond = Head(replica: state.replica, seq: sent.header.seq + 1, hash: .zero)
        #expect(try world.answer(try request(faulty, own: beyond, segments: [sent]).bytes, from: faulty).status == 200)

        let entry = try #require(try world.hub.entries().last)
        #expect(entry.segment.hash == sent.hash && entry.segment.bodies.count == 1)
        #expect(try world.sync(other) == .proved(rev: entry.rev))
        #expect(try other.value(key, Base.note) == .text("sent") && other.alarms.isEmpty)
        #expect(try world.hub.store.read { try $0.waitingOrphans() }.isEmpty)
    }

    @Test func `a node that draws a new token each time fills no table with copies`() throws {
        let world = try TestAlliance(members: 1)
        let node = try world.join(world.members[0])
        try world.syncUntilQuiet()
        let replica = try node.state.replica
        for index in 0..<80 {
            var malicious = try request(node)
            malicious.token = Token(count: 0, random: UInt64(10_000 + index))
            malicious.nextToken = Token(count: 1, random: UInt64(20_000 + index))
            let answer = try world.answer(malicious.bytes, from: node)
            #expect(try Refusal(bytes: answer.body).code == .fork)
        }
        let copies = try world.hub.store.read { try $0.copies(of: replica) }
        #expect(copies.count == 64)
        // The one that was served until then is among them.
        let token = try node.state.token.random
        #expect(copies.contains { $0.token == token })
    }
}
