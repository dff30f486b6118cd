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

    @Test func `a stamp from too far ahead that the hub let pass is a fault, and so is such an hour`() throws {
        let day: UInt64 = 24 * 3_600_000
        for (ahead, isTaken) in [(401 * day, false), (1 << 46, false), (399 * day, true)] {
            let world = try TestAlliance(members: 2)
            let node = try world.join(world.members[0])
            try world.syncUntilQuiet()
            let before = try node.state
            let wall = world.hub.wall
            let time = HybridTime(milliseconds: wall + ahead)
            try world.hub.store.write { transaction in
                let journal = HubJournal(transaction, key: world.hub.key, surroundings: world.hub.surroundings)
                let row = world.hub.memberRow(world.members[1])
                try journal.write(at: time) { stamp in
                    [
                        RowState(
                            key: row, presence: nil,
                            cells: [Cell(column: ColumnID(4), value: .text("\(ahead)"), stamp: stamp)])
                    ]
                }
            }
            let outcome = try world.sync(node)
            guard !isTaken else {
                #expect(outcome == .proved(rev: try world.hub.state.cursor.rev))
                continue
            }
            guard case .alarmed(let alarm)? = outcome else { return #expect(Bool(false), "\(ahead) was taken") }
            #expect(alarm.kind == .journal && alarm.detail.contains("too far ahead"))
            #expect(try node.state.clock == before.clock && node.state.cursor == before.cursor)
        }
    }

    @Test func `no answer takes the hour to where no clock can count on`() throws {
        let world = try TestAlliance(members: 1)
        let node = try world.join(world.members[0])
        try world.syncUntilQuiet()
        let before = try node.state
        world.tamper = { $0.hubTime = StampBound.farthest + 1 }
        guard case .alarmed(let alarm)? = try world.sync(node) else { return #expect(Bool(false), "it was taken") }
        #expect(alarm.kind == .journal && alarm.detail.contains("can't be"))
        #expect(try node.state.hubOffset == before.hubOffset && node.state.hubTime == before.hubTime)
        world.tamper = nil
        try world.syncUntilQuiet()
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
        try openRecovery(world)
        var first = try request(faulty)
        first.returnedEpoch = 1
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
        var again = try request(faulty, own: beyond, segments: [sent])
        again.cursor = try world.hub.state.cursor
        #expect(try world.answer(again.bytes, from: faulty).status == 200)

        let entry = try #require(try world.hub.entries().last)
        #expect(entry.segment.hash == sent.hash && entry.segment.bodies.count == 1)
        #expect(try world.sync(other) == .proved(rev: entry.rev))
        #expect(try other.value(key, Base.note) == .text("sent") && other.alarms.isEmpty)
        #expect(try world.hub.store.read { try $0.waitingOrphans() }.isEmpty)
    }

    private func openRecovery(_ world: TestAlliance) throws {
        try world.hub.store.write {
            try HubSession($0, key: world.hub.key, surroundings: world.hub.surroundings).openEpoch(
                after: 1, because: "the test")
        }
    }

    /// A segment that its author's node signed, and that no journal ever held.
    private func unsent(_ node: Party, _ note: String) throws -> JournalEntry {
        let state = try node.state
        let time = try node.times(1)[0]
        let change = try node.change(Base.key(node.member, "base"), nil, [Base.note: .text(note)], at: time)
        let segment = try Segment.cut(
            [PendingTransaction(time: time, seen: state.cursor, changes: [(audience: .alliance, rows: [change])])],
            at: .init(replica: state.replica, last: state.own, standsOn: nil, schema: 1), key: node.key)
        return JournalEntry(
            rev: state.cursor.rev + 1, hubTime: node.wall, segment: segment, verdict: .accepted, hash: .zero,
            detail: nil)
    }

    @Test func `two members that sign for each other open no epoch`() throws {
        let world = try TestAlliance(members: 2)
        let (one, other) = (try world.join(world.members[0]), try world.join(world.members[1]))
        for node in [one, other] { try node.create(Base.key(node.member, "base"), Base.values("base", note: "1")) }
        try world.syncUntilQuiet()
        let before = try world.hub.state.cursor
        let made = try unsent(other, "never journaled")
        for epoch in UInt32(1)...3 {
            var malicious = try request(one)
            malicious.orphans = 1
            malicious.returnedEpoch = epoch
            malicious.returned = [made]
            let answer = try world.answer(malicious.bytes, from: one)
            #expect(try answer.status == 409 && Refusal(bytes: answer.body).code == .journal)
        }
        // Nor does a head that somebody else has signed.
        var forged = try request(one)
        forged.signedHead = try SignedHead(
            position: JournalPosition(epoch: before.epoch, rev: before.rev + 5), journal: .zero, key: other.key)
        #expect(try world.answer(forged.bytes, from: one).status == 200)
        #expect(try world.hub.state.cursor == before && world.hub.store.read { try $0.epochs() }.isEmpty)
        #expect(try world.hub.store.read { try $0.waitingOrphans() }.isEmpty)
    }

    @Test func `the hub's lost segment opens one epoch, not one each time it is returned`() throws {
        let world = try TestAlliance(members: 2)
        let node = try world.join(world.members[0])
        try world.syncUntilQuiet()
        var lost: JournalEntry?
        try world.hub.rollingBack {
            try world.hub.edit(world.hub.memberRow(world.members[1]), [ColumnID(4): .text("lost")])
            lost = try world.hub.entries().last
        }
        let entry = try #require(lost)
        for epoch in UInt32(1)...4 {
            var malicious = try request(node)
            malicious.orphans = 1
            malicious.returnedEpoch = epoch
            malicious.returned = [entry]
            #expect(try world.answer(malicious.bytes, from: node).status == 200)
        }
        #expect(try world.hub.state.cursor.epoch.number == 2)
    }

    @Test func `what waits to be journaled again is bounded`() throws {
        let world = try TestAlliance(members: 2)
        let (one, other) = (try world.join(world.members[0]), try world.join(world.members[1]))
        for node in [one, other] { try node.create(Base.key(node.member, "base"), Base.values("base", note: "1")) }
        try world.syncUntilQuiet()
        try openRecovery(world)
        // Each stands on one that nobody returns.
        let first = try unsent(other, "missing").segment
        var (last, made) = (first.head, [JournalEntry]())
        for time in try other.times(Limits.waitingSegments + 8).dropFirst(2) {
            let change = try other.change(Base.key(other.member, "base"), nil, [Base.note: .text("x")], at: time)
            let segment = try Segment.cut(
                [
                    PendingTransaction(
                        time: time, seen: first.header.seen, changes: [(audience: .alliance, rows: [change])])
                ],
                at: .init(replica: first.header.replica, last: last, standsOn: nil, schema: 1), key: other.key)
            last = segment.head
            made.append(
                JournalEntry(
                    rev: segment.header.seq, hubTime: other.wall, segment: segment, verdict: .accepted, hash: .zero,
                    detail: nil))
        }
        for part in [made.prefix(Limits.waitingSegments - 1), made.suffix(7)] {
            var malicious = try request(one)
            malicious.orphans = 1
            malicious.returnedEpoch = 1
            malicious.returned = Array(part)
            #expect(try world.answer(malicious.bytes, from: one).status == 200)
        }
        #expect(try world.hub.store.read { try $0.waitingOrphans() }.count == Limits.waitingSegments)
    }

    @Test func `a node registers few replicas a day, each standing on one of its own`() throws {
        let world = try TestAlliance(members: 1)
        let node = try world.join(world.members[0])
        try world.syncUntilQuiet()
        let before = try world.hub.state.cursor.rev
        func ask(_ replica: UInt64, standsOn: Head?) throws -> (status: Int, code: Refusal.Code?) {
            var malicious = try request(node, own: Head(replica: ReplicaID(rawValue: replica), seq: 0, hash: .zero))
            malicious.token = .none
            malicious.standsOn = standsOn
            let answer = try world.answer(malicious.bytes, from: node)
            return (answer.status, answer.status == 200 ? nil : try Refusal(bytes: answer.body).code)
        }
        #expect(try ask(1, standsOn: nil).code == .chain)
        var last = Head(replica: try node.state.replica, seq: 0, hash: .zero)
        for index in 1..<Limits.replicasOfDay {
            #expect(try ask(UInt64(index), standsOn: last).status == 200, "\(index)")
            last = Head(replica: ReplicaID(rawValue: UInt64(index)), seq: 0, hash: .zero)
        }
        #expect(try ask(99, standsOn: last).code == .busy)
        #expect(try world.hub.state.cursor.rev == before + UInt64(Limits.replicasOfDay) - 1)
        world.now += 25 * 3_600_000
        #expect(try ask(99, standsOn: last).status == 200)
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
