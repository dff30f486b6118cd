import Alliance
import CRDT
import Store
import Sync
import Testing
import Wire

/// Wrong clocks at a school that can't ask for the time.
@Suite struct BundleClockTests {
    private static let day: Int64 = 24 * 3_600_000

    private func scene() throws -> (world: TestAlliance, away: Party, key: RowKey) {
        let world = try TestAlliance(members: 2)
        let away = try world.join(world.members[0])
        try world.join(world.members[1])
        let key = Base.key(away.member, "base")
        try away.create(key, Base.values("base", note: "0"))
        try world.roundTrip(away)
        world.now += UInt64(Self.day)
        return (world, away, key)
    }

    private func expectSettled(_ world: TestAlliance, _ away: Party) throws {
        try away.expectation.check(away)
        try world.syncUntilQuiet()
        try world.expectEqualFiles()
        try Oracle(world).check(world)
        #expect(try away.rejected().isEmpty && away.alarms.isEmpty && world.hub.alarms.isEmpty)
        for party in world.nodes + [world.hub!] {
            #expect(try party.state.clock.last.milliseconds <= world.now + StampBound.aheadMax)
        }
    }

    @Test func `a right clock cuts at once, however long nobody was heard`() throws {
        let (world, away, key) = try scene()
        world.now += UInt64(100 * Self.day)
        try away.edit(key, [Base.note: .text("1")])
        let stamp = try away.row(key)?[Base.note]?.stamp
        try world.roundTrip(away)
        #expect(try away.pending == 0 && world.hub.row(key)?[Base.note]?.stamp == stamp)
        #expect(try away.state.hubOffset == 0)
        try expectSettled(world, away)
    }

    @Test(arguments: [day, 365 * day]) func `what a clock ahead had struck out is written anew, though bundles cross`(
        _ ahead: Int64
    ) throws {
        let (world, away, key) = try scene()
        away.skew = ahead
        // Each stick that is on its way has another behind it.
        var down: [[UInt8]] = []
        for step in 1...5 {
            try away.edit(key, [Base.note: .text("\(step)")])
            let up = try world.bundlesUp(away)
            for file in down { try world.takeDown(file, at: away) }
            for file in up { try world.takeUp(file) }
            down = try world.bundlesDown(away)
            world.now += UInt64(Self.day)
            try away.expectation.check(away)
        }
        for file in down { try world.takeDown(file, at: away) }
        for _ in 0..<3 { try world.roundTrip(away) }
        #expect(try away.pending == 0 && world.hub.value(key, Base.note) == .text("5"))
        // From now on it is believed to be as late as the hub last was, and nothing is struck out any more.
        let strikes = try world.hub.entries().filter { !$0.verdict.strikes.isEmpty }.count
        try away.edit(key, [Base.note: .text("6")])
        try world.roundTrip(away)
        #expect(try away.pending == 0 && world.hub.entries().filter { !$0.verdict.strikes.isEmpty }.count == strikes)
        #expect(strikes > 0)
        away.skew = 0
        try expectSettled(world, away)
    }

    @Test func `a clock that was set right before anything was cut leaves no trace`() throws {
        let (world, away, key) = try scene()
        away.skew = 300 * Self.day
        for note in ["1", "2"] { try away.edit(key, [Base.note: .text(note)]) }
        away.skew = 0
        try world.roundTrip(away)
        #expect(try world.hub.entries().allSatisfy { $0.verdict.strikes.isEmpty })
        #expect(try away.pending == 0 && world.hub.value(key, Base.note) == .text("2"))
        try expectSettled(world, away)
    }

    @Test func `what was written behind something struck waits until the hub has answered`() throws {
        let (world, away, key) = try scene()
        away.skew = Self.day
        try away.edit(key, [Base.note: .text("ahead")])
        let up = try world.bundlesUp(away)
        away.skew = 0
        try away.edit(key, [Base.note: .text("behind")])
        let own = try away.state.own
        _ = try world.bundlesUp(away)
        #expect(try away.state.own == own && away.pending == 2, "a stamp that will be struck out is not cut")
        for file in up { try world.takeUp(file) }
        for file in try world.bundlesDown(away) { try world.takeDown(file, at: away) }
        #expect(try away.state.hubOffset == 0, "the clock has been set right since")
        try world.roundTrip(away)
        #expect(try away.pending == 0 && world.hub.value(key, Base.note) == .text("behind"))
        try expectSettled(world, away)
    }

    @Test func `a clock behind the hub's word is moved on to it, and never by an old one`() throws {
        let (world, away, key) = try scene()
        let old = try world.bundlesDown(away, after: 0)
        away.skew = -50 * Self.day
        try world.roundTrip(away)
        let state = try away.state
        #expect(abs(Int64(world.now) - Int64(away.wall) - state.hubOffset) < 2 * 3_600_000)
        world.now += 60_000
        for file in old { try world.takeDown(file, at: away) }
        #expect(try away.state == state)
        try away.edit(key, [Base.note: .text("1")])
        #expect(try #require(away.row(key)?[Base.note]?.stamp.time.milliseconds) >= state.hubTime)
        try world.roundTrip(away)
        try expectSettled(world, away)
    }
}
