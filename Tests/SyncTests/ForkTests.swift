import Alliance
import CRDT
import Foundation
import Store
import Sync
import Testing
import Wire

/// Rolled back and copied files are found out; a lost answer is not mistaken for one.
@Suite struct ForkTests {
    private func scene() throws -> (world: TestAlliance, node: Party, key: RowKey) {
        let world = try TestAlliance(members: 2)
        let node = try world.join(world.members[0])
        try world.join(world.members[1])
        let key = Base.key(node.member, "base")
        try node.create(key, Base.values("base", note: "0"))
        try world.syncUntilQuiet()
        return (world, node, key)
    }

    private func expectFork(_ world: TestAlliance, _ node: Party) throws {
        let head = try world.hub.state.cursor.rev
        let outcome = try world.sync(node)
        guard case .refused(let refusal)? = outcome else {
            return #expect(Bool(false), "\(String(describing: outcome))")
        }
        #expect(refusal.code == .fork)
        #expect(try node.alarms.map(\.kind) == [.fork])
        #expect(try world.hub.alarms.map(\.kind) == [.fork])
        #expect(try world.hub.state.cursor.rev == head)
        let pending = try node.pending
        #expect(throws: CommandRefusal.stopped(.fork)) {
            try node.create(Base.key(node.member, "more"), Base.values("more"))
        }
        #expect(try node.pending == pending)
        let own = try node.state.own
        try world.sync(node)
        #expect(try node.state.own == own, "a stopped replica cuts nothing more")
    }

    @Test func `a file from before an exchange that sent nothing is a fork`() throws {
        let (world, node, _) = try scene()
        try node.rollingBack {
            try world.syncUntilQuiet()
            try world.syncUntilQuiet()
        }
        try expectFork(world, node)
    }

    @Test func `a rolled back file that has written since is a fork, and no stamp stands for two edits`() throws {
        let (world, node, key) = try scene()
        try node.rollingBack {
            try node.edit(key, [Base.note: .text("first life")])
            try world.syncUntilQuiet()
        }
        try node.edit(key, [Base.note: .text("second life")])
        try expectFork(world, node)
        #expect(try world.hub.value(key, Base.note) == .text("first life"))
        #expect(try node.value(key, Base.note) == .text("second life"), "nothing is thrown away")
    }

    @Test func `a stopped replica cuts nothing more`() throws {
        let (world, node, key) = try scene()
        try node.edit(key, [Base.note: .text("kept")])
        try node.store.write { try $0.raise(Alarm(.fork, subject: "test", detail: "", since: 1)) }
        let own = try node.state.own
        try world.sync(node)
        #expect(try node.state.own == own && node.pending == 1)
    }

    @Test func `of two live copies the second is refused`() throws {
        let (world, node, key) = try scene()
        let copy = try node.copied()
        try copy.edit(key, [Base.note: .text("copy")])
        #expect(try world.sync(copy) != nil)
        #expect(try world.hub.alarms.isEmpty)
        try node.edit(key, [Base.note: .text("original")])
        try expectFork(world, node)
        try copy.store.close()
    }

    @Test func `lost answers and repeated requests are never a fork`() throws {
        let (world, node, key) = try scene()
        for round in 0..<60 {
            world.mishap = { world.random.pick([.answerLost, .answerLost, .requestLost, .requestRepeated, .none]) }
            if round % 3 == 0 { try node.edit(key, [Base.note: .text("\(round)")]) }
            try world.sync(node)
        }
        try world.syncUntilQuiet()
        try world.expectEqualFiles()
        #expect(try world.hub.alarms.isEmpty && node.alarms.isEmpty)
    }

    @Test func `a request that was held up behind later ones is no fork`() throws {
        let (world, node, key) = try scene()
        var session = NodeSession(program: "test", key: node.key)
        try node.edit(key, [Base.note: .text("held up")])
        guard case .exchange(let body) = try node.store.write({ try session.begin(in: $0, node.surroundings) }) else {
            throw Unexpected()
        }
        let signed = world.now / 1000 * 1000
        world.now += 2_000
        try world.syncUntilQuiet()
        try node.edit(key, [Base.note: .text("later")])
        try world.syncUntilQuiet()
        let before = try world.hub.state.cursor
        let late = try world.answer(body, from: node, signed: signed)
        #expect(try Refusal(bytes: late.body).code == .replayed)
        #expect(try world.hub.alarms.isEmpty && world.hub.state.cursor == before)
        // The same words, signed now, are those of a file that was put back.
        let copy = try world.answer(body, from: node, signed: world.now / 1000 * 1000)
        #expect(try Refusal(bytes: copy.body).code == .ended)
    }

    struct Unexpected: Error {}

    /// The token tells most copies apart, but not one whose token was guessed or kept.
    @Test(arguments: [true, false])
    func `an own head that the hub has otherwise is a fork, one beyond which it has more was put back`(_ isOther: Bool)
        throws
    {
        let (world, node, key) = try scene()
        try node.edit(key, [Base.note: .text("1")])
        try world.syncUntilQuiet()
        var session = NodeSession(program: "test", key: node.key)
        guard case .exchange(let body) = try node.store.write({ try session.begin(in: $0, node.surroundings) }) else {
            throw Unexpected()
        }
        var request = try ExchangeRequest(bytes: body)
        let seq = request.own.seq - (isOther ? 0 : 1)
        let hash = try #require(try node.store.read { try $0.headerHash(request.own.replica, seq) })
        request.own = Head(replica: request.own.replica, seq: seq, hash: isOther ? Hash256(of: [1]) : hash)
        let refused = try world.answer(request.bytes, from: node)
        #expect(refused.status == 409)
        #expect(try Refusal(bytes: refused.body).code == (isOther ? .fork : .ended))
        let honest = try world.answer(body, from: node)
        #expect(try isOther ? Refusal(bytes: honest.body).code == .fork : honest.status == 200)
    }

    @Test func `a segment that stands on another header is not taken`() throws {
        let (world, node, key) = try scene()
        let time = try node.times(1)[0]
        let good = try node.cutUnchecked([
            (time, [(.alliance, try node.change(key, nil, [Base.note: .text("x")], at: time))])
        ])
        let header = good.header
        try node.replaceLast(
            with: try good.signedAnew(
                SegmentHeader(
                    replica: header.replica, seq: header.seq, previous: Hash256(of: [1]), standsOn: nil,
                    times: header.times, seen: header.seen, schema: 1, transactions: 1, sections: header.sections),
                by: node))
        let head = try world.hub.state.cursor.rev
        guard case .refused(let refusal)? = try world.sync(node) else { return #expect(Bool(false), "not refused") }
        #expect(refusal.code == .chain)
        #expect(try world.hub.state.cursor.rev == head && world.hub.value(key, Base.note) == .text("0"))
    }

    @Test func `a node whose journal is not the hub's goes back to where they part, and no epoch begins`() throws {
        let (world, node, key) = try scene()
        try node.store.write { $0.state.journal = Hash256(of: [1]) }
        try node.edit(key, [Base.note: .text("kept")])
        try world.syncUntilQuiet()
        try world.expectEqualFiles()
        #expect(try world.hub.value(key, Base.note) == .text("kept"))
        #expect(try world.hub.state.cursor.epoch.number == 1 && node.alarms.isEmpty)
        #expect(try world.hub.alarms.map(\.kind) == [.restored], "its operator is told")
    }

    @Test func `no stamp ever has two payloads`() throws {
        let (world, node, key) = try scene()
        node.skew = 20 * 60_000
        for note in 0..<5 {
            try node.edit(key, [Base.note: .text("\(note)")])
            try world.sync(node)
        }
        var payloads: [Stamp: [RowState]] = [:]
        for entry in try world.hub.entries() {
            for index in entry.segment.header.sections.indices {
                for rows in try entry.segment.transactions(section: index) ?? [] where !entry.verdict.strikes(rows.time)
                {
                    let stamp = Stamp(time: rows.time, replica: entry.segment.header.replica)
                    let known = payloads.updateValue(rows.changes, forKey: stamp)
                    #expect(known == nil || entry.segment.header.sections.count > 1)
                }
            }
        }
    }
}
