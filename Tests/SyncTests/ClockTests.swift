import Alliance
import CRDT
import Store
import Sync
import Testing
import Wire

/// Wrong clocks: nothing is lost, the order of a node's own edits stays, and nobody else's stamps are poisoned.
@Suite struct ClockTests {
    private static let year: Int64 = 365 * 24 * 3_600_000

    private func scene() throws -> (world: TestAlliance, node: Party, other: Party, key: RowKey) {
        let world = try TestAlliance(members: 2)
        let (node, other) = (try world.join(world.members[0]), try world.join(world.members[0]))
        let key = Base.key(node.member, "base")
        try node.create(key, Base.values("base", note: "0"))
        try world.syncUntilQuiet()
        world.now += 2 * 3_600_000
        return (world, node, other, key)
    }

    private func expectSane(_ world: TestAlliance) throws {
        try world.expectEqualFiles()
        try Oracle(world).check(world)
        for party in world.nodes + [world.hub!] {
            let state = try party.state
            #expect(state.clock.last.milliseconds <= world.now + StampBound.aheadMax)
            #expect(
                try party.allRows().values.allSatisfy {
                    ($0.row.latestStamp?.time.milliseconds ?? 0) <= world.now + StampBound.aheadMax
                })
        }
    }

    @Test(arguments: [year, year / 12, 600_000, 20 * year]) func `edits made ahead of time are written anew in order`(
        _ ahead: Int64
    ) throws {
        let (world, node, other, key) = try scene()
        node.skew = ahead
        for note in ["1", "2", "3"] {
            world.now += 1_000
            try node.edit(key, [Base.note: .text(note)])
            try node.expectation.check(node)
        }
        let fresh = Base.key(node.member, "fresh")
        try node.create(fresh, Base.values("fresh"))
        try node.delete(fresh)
        node.skew = 0
        try world.syncUntilQuiet()
        try node.expectation.check(node)
        #expect(try other.value(key, Base.note) == .text("3") && node.rejected().isEmpty)
        #expect(try other.row(fresh)?.isThere == false)
        world.now += 1_000
        try other.edit(key, [Base.note: .text("4")])
        try world.syncUntilQuiet()
        #expect(try node.value(key, Base.note) == .text("4") && world.hub.conflicts().isEmpty)
        try expectSane(world)
    }

    @Test func `a remote edit is not lost under edits made ahead of time`() throws {
        let (world, node, other, key) = try scene()
        node.skew = Self.year
        try node.edit(key, [Base.note: .text("ahead")])
        try other.edit(key, [Base.note: .text("right")])
        try world.sync(other)
        node.skew = 0
        world.now += 60_000
        try world.syncUntilQuiet()
        #expect(try other.value(key, Base.note) == .text("ahead"))
        #expect(try world.hub.conflicts().count == 1)
        try expectSane(world)
    }

    @Test(arguments: [true, false]) func `a clock that steps ahead while it is trusted is struck and mended`(
        _ answersAreLost: Bool
    ) throws {
        let (world, node, other, key) = try scene()
        try world.syncUntilQuiet()
        // Within the hour in which a node trusts its clock: it cuts at once, and the hub strikes out.
        node.skew = 12 * 60_000
        try node.edit(key, [Base.note: .text("1")])
        try node.edit(key, [Base.note: .text("2"), Base.address: .text("kept")])
        if answersAreLost {
            world.mishap = { .answerLost }
            try world.sync(node)
            world.mishap = { .none }
            node.skew = 0
            try node.edit(key, [Base.note: .text("3")])
        }
        var session = NodeSession(program: "test", key: node.key)
        var effect = try node.store.write { try session.begin(in: $0, node.surroundings) }
        try node.edit(key, [Base.note: .text("4")])
        while case .exchange = effect {
            effect = try #require(try world.step(node, &session, effect))
            try node.expectation.check(node)
        }
        node.skew = 0
        try world.syncUntilQuiet()
        #expect(try world.hub.entries().contains { $0.verdict.strikes.map(\.code).contains(.clock) })
        #expect(try other.value(key, Base.note) == .text("4") && other.value(key, Base.address) == .text("kept"))
        #expect(try node.rejected().isEmpty && world.hub.conflicts().isEmpty)
        try node.expectation.check(node)
        try expectSane(world)
    }

    @Test func `what was stamped far ahead is not cut before the hub was asked, though its time is known`() throws {
        let (world, node, other, key) = try scene()
        try world.syncUntilQuiet()
        node.skew = Self.year
        try node.edit(key, [Base.note: .text("ahead")])
        node.skew = 0
        try world.syncUntilQuiet()
        #expect(try world.hub.entries().allSatisfy { $0.verdict.strikes.isEmpty }, "a stamp that was sent stays used")
        #expect(try other.value(key, Base.note) == .text("ahead"))
        try expectSane(world)
    }

    @Test(arguments: [0, 1]) func `a stamp that is not after the last accepted one is struck out`(_ before: UInt64)
        throws
    {
        let (world, node, other, key) = try scene()
        try node.edit(key, [Base.address: .text("1")])
        try world.syncUntilQuiet()
        let time = HybridTime(rawValue: try node.state.acknowledged.rawValue - before)
        try node.cutUnchecked([(time, [(.alliance, try node.change(key, nil, [Base.note: .text("x")], at: time))])])
        try world.sync(node)
        let verdict = try #require(
            try world.hub.entries().last {
                $0.segment.header.replica == (try node.state.replica) && $0.verdict.strikes(time)
            }
        ).verdict
        #expect(verdict.strikes.map(\.code) == [.clock])
        try world.syncUntilQuiet()
        #expect(try other.value(key, Base.address) == .text("1"))
        try expectSane(world)
    }

    @Test func `what is written anew keeps its seen, and so does what stands behind it`() throws {
        let (world, node, other, key) = try scene()
        try world.syncUntilQuiet()
        try other.edit(key, [Base.note: .text("other")])
        node.skew = 12 * 60_000
        try node.edit(key, [Base.address: .text("struck")])
        try world.sync(other)
        world.mishap = { .answerLost }
        try world.sync(node)
        world.mishap = { .none }
        // Entry by entry: the other's edit has been read, and the verdict has not, when the next one is written.
        world.pageSize = 1
        var session = NodeSession(program: "test", key: node.key)
        var effect = try node.store.write { try session.begin(in: $0, node.surroundings) }
        effect = try #require(try world.step(node, &session, effect))
        #expect(try node.value(key, Base.note) == .text("other") && node.pending == 1)
        try node.edit(key, [Base.note: .text("node")])
        while case .exchange = effect { effect = try #require(try world.step(node, &session, effect)) }
        node.skew = 0
        try world.syncUntilQuiet()
        #expect(try world.hub.entries().contains { !$0.verdict.strikes.isEmpty })
        #expect(try other.value(key, Base.note) == .text("node") && other.value(key, Base.address) == .text("struck"))
        #expect(try world.hub.conflicts().isEmpty)
        try expectSane(world)
    }

    @Test func `an edit made behind a struck one in flight stays behind it`() throws {
        let (world, node, other, key) = try scene()
        try world.syncUntilQuiet()
        node.skew = 6 * 60_000
        try node.edit(key, [Base.note: .text("first"), Base.address: .text("kept")])
        world.mishap = { .answerLost }
        try world.sync(node)
        // The bound moves on, and what was written behind the struck transaction is accepted as it is.
        world.now += 90_000
        node.skew = 0
        try node.edit(key, [Base.note: .text("second")])
        try world.sync(node)
        world.mishap = { .none }
        try world.syncUntilQuiet()
        #expect(try world.hub.entries().contains { !$0.verdict.strikes.isEmpty })
        #expect(try other.value(key, Base.note) == .text("second") && other.value(key, Base.address) == .text("kept"))
        #expect(try world.hub.conflicts().isEmpty)
        try node.expectation.check(node)
        try expectSane(world)
    }

    @Test func `a clock a year behind loses nothing against edits that were seen`() throws {
        let (world, node, other, key) = try scene()
        try other.edit(key, [Base.note: .text("1")])
        try world.syncUntilQuiet()
        node.skew = -Self.year
        try node.edit(key, [Base.note: .text("2")])
        try world.syncUntilQuiet()
        #expect(try other.value(key, Base.note) == .text("2") && world.hub.conflicts().isEmpty)
        try expectSane(world)
    }

    @Test func `a clock that stands still goes on counting`() throws {
        let (world, node, other, key) = try scene()
        node.frozen = world.now
        for note in 1...50 { try node.edit(key, [Base.note: .text("\(note)")]) }
        world.now += 60_000
        try world.syncUntilQuiet()
        #expect(try other.value(key, Base.note) == .text("50"))
        try expectSane(world)
    }

    @Test func `a stamp within a struck segment's times is found in its own segment`() throws {
        let (world, node, other, key) = try scene()
        try world.syncUntilQuiet()
        let ok = HybridTime(milliseconds: world.now)
        let ahead = HybridTime(milliseconds: world.now + 600_000)
        try node.cutUnchecked([
            (ok, [(.alliance, try node.change(key, nil, [Base.address: .text("1")], at: ok))]),
            (ahead, [(.alliance, try node.change(key, nil, [Base.grade: .text("2")], at: ahead))]),
        ])
        try world.syncUntilQuiet()
        world.now += 60_000
        try node.edit(key, [Base.note: .text("unseen")])
        try world.sync(node)
        world.now += 60_000
        try other.edit(key, [Base.note: .text("later")])
        try world.syncUntilQuiet()
        #expect(try world.hub.conflicts().count == 1)
        try expectSane(world)
    }

    @Test func `a stamp beyond the bound advances nobody's clock`() throws {
        let (world, node, other, key) = try scene()
        try world.syncUntilQuiet()
        let before = try (world.hub.state.clock.last, world.hub.state.journalTime)
        let time = HybridTime(milliseconds: world.hub.wall + StampBound.aheadMax + 1_000)
        try node.cutUnchecked([(time, [(.alliance, try node.change(key, nil, [Base.note: .text("x")], at: time))])])
        try world.sync(node)
        try world.sync(other)
        #expect(try world.hub.state.journalTime.milliseconds <= world.now)
        #expect(try world.hub.state.clock.last.milliseconds <= max(before.0.milliseconds, world.now))
        #expect(try other.state.clock.last.milliseconds <= world.now)
    }
}
