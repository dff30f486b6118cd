import Alliance
import CRDT
import Crypto
import Store
import Sync
import Testing
import Wire

/// Exchanges on a stick: any order, any number of times, and beside the line.
@Suite struct BundleTests {
    struct Scene {
        let world: TestAlliance
        /// Lives on bundles.
        let away: Party
        let online: Party
        let key: RowKey
    }

    private func scene() throws -> Scene {
        let world = try TestAlliance(members: 2)
        let (away, online) = (try world.join(world.members[0]), try world.join(world.members[1]))
        let key = Base.key(away.member, "base")
        try away.create(key, Base.values("base", note: "0", coOwners: [online.member]))
        try world.roundTrip(away)
        try world.sync(online)
        return Scene(world: world, away: away, online: online, key: key)
    }

    private func code(_ body: () throws -> Void) -> BundleRefusal.Code? {
        do { try body() } catch { return (error as? BundleRefusal)?.code }
        return nil
    }

    @Test func `a school that never has a line ends equal and proved`() throws {
        let scene = try scene()
        let (world, away, online) = (scene.world, scene.away, scene.online)
        #expect(try online.value(scene.key, Base.note) == .text("0"))
        try away.edit(scene.key, [Base.note: .text("theirs")])
        try online.edit(scene.key, [Base.note: .text("ours")])
        try world.sync(online)
        try world.roundTrip(away)
        #expect(try world.hub.conflicts().count == 1 && away.conflicts().count == 1)
        try world.sync(online)
        #expect(try world.roundTrip(away) == .merged(0, rev: world.hub.state.cursor.rev, proved: true))
        try away.expectation.check(away)
        try world.expectEqualFiles()
        try Oracle(world).check(world)
        #expect(try away.alarms.isEmpty && world.hub.alarms.isEmpty)
        #expect(try away.store.read { $0.status.provedRev } == world.hub.state.cursor.rev)
        // The hub proves it too, when the node tells of the same head.
        for file in try world.bundlesUp(away) { try world.takeUp(file) }
        let report = try world.hub.store.read { try $0.nodeReport(away.state.replica) }
        #expect(try report?.provedRev == world.hub.state.cursor.rev)
    }

    @Test func `a bundle that is taken twice changes nothing`() throws {
        let scene = try scene()
        let (world, away) = (scene.world, scene.away)
        try away.edit(scene.key, [Base.note: .text("1")])
        let up = try world.bundlesUp(away)
        for file in up { #expect(try world.takeUp(file).segments == 1) }
        let hub = try world.hub.state
        world.now += 60_000
        for file in up { #expect(try world.takeUp(file).segments == 0) }
        #expect(try world.hub.state == hub)

        let down = try world.bundlesDown(away)
        for file in down { try world.takeDown(file, at: away) }
        let (state, status) = try away.store.read { ($0.state, $0.status) }
        let rows = try away.allRows().mapValues(\.row)
        world.now += 60_000
        for file in down {
            #expect(try world.takeDown(file, at: away) == .merged(0, rev: state.cursor.rev, proved: true))
        }
        #expect(try away.state == state && away.allRows().mapValues(\.row) == rows)
        #expect(try away.store.read { $0.status } == status)
    }

    @Test func `bundles of long ago are no fork and move nothing`() throws {
        let scene = try scene()
        let (world, away) = (scene.world, scene.away)
        var old: [[UInt8]] = []
        for note in ["1", "2", "3"] {
            try away.edit(scene.key, [Base.note: .text(note)])
            old += try world.bundlesUp(away)
            try world.roundTrip(away)
        }
        try world.sync(away)
        let (hub, report) = try world.hub.store.read { ($0.state, try $0.nodeReport(away.state.replica)) }
        for file in old.reversed() { #expect(try world.takeUp(file).segments == 0) }
        #expect(try world.hub.state == hub && world.hub.alarms.isEmpty)
        #expect(try world.hub.store.read { try $0.nodeReport(away.state.replica) } == report)
        #expect(try world.sync(away) == .proved(rev: world.hub.state.cursor.rev))
    }

    /// What the hub compares the next exchange by the line with.
    private func lastExchange(_ world: TestAlliance, _ node: Party) throws -> [UInt64] {
        let report = try world.hub.store.read { try $0.nodeReport(node.state.replica) }
        return [report?.token.count ?? 0, report?.token.random ?? 0, report?.lastExchange ?? 0]
    }

    @Test func `bundles and the line go side by side, with the tokens of the line alone`() throws {
        let scene = try scene()
        let (world, away) = (scene.world, scene.away)
        for step in 0..<6 {
            try away.edit(scene.key, [Base.note: .text("\(step)")])
            let up = try world.bundlesUp(away)
            if step % 2 == 0 { #expect(try world.sync(away) != nil) }
            let before = try lastExchange(world, away)
            for file in up { try world.takeUp(file) }
            #expect(try lastExchange(world, away) == before)
            let down = try world.bundlesDown(away)
            if step % 3 == 0 { #expect(try world.sync(away) != nil) }
            for file in down { try world.takeDown(file, at: away) }
        }
        try world.syncUntilQuiet()
        try world.expectEqualFiles()
        #expect(try world.hub.alarms.isEmpty && away.alarms.isEmpty)
    }

    // MARK: Gaps

    @Test func `a bundle that begins behind what is here is refused, and the one from there is taken`() throws {
        let scene = try scene()
        let (world, away, online) = (scene.world, scene.away, scene.online)
        for note in ["1", "2"] {
            try online.edit(scene.key, [Base.note: .text(note)])
            try world.sync(online)
        }
        let (before, head) = (try away.state, try world.hub.state.cursor.rev)
        for file in try world.bundlesDown(away, after: head - 1) {
            #expect(code { try world.takeDown(file, at: away) } == .gap)
        }
        #expect(try away.state == before)
        for file in try world.bundlesDown(away, after: before.cursor.rev) { try world.takeDown(file, at: away) }
        #expect(try away.state.cursor.rev == head && away.value(scene.key, Base.note) == .text("2"))
    }

    @Test func `a bundle whose earlier segments never came is refused, and loses nothing`() throws {
        let scene = try scene()
        let (world, away) = (scene.world, scene.away)
        try away.edit(scene.key, [Base.note: .text("1")])
        let lost = try world.bundlesUp(away)
        let state = try away.state
        try away.store.write { $0.state.acknowledgedSeq = state.own?.seq ?? 0 }
        try away.edit(scene.key, [Base.note: .text("2")])
        let later = try world.bundlesUp(away)
        let hub = try world.hub.state
        for file in later { #expect(code { try world.takeUp(file) } == .gap) }
        #expect(try world.hub.state == hub)
        for file in lost + later { #expect(try world.takeUp(file).segments == 1) }
        #expect(try world.hub.value(scene.key, Base.note) == .text("2"))
    }

    @Test func `what is too much for one bundle goes into several, which are taken in their order`() throws {
        let scene = try scene()
        let (world, away, online) = (scene.world, scene.away, scene.online)
        for note in ["1", "2", "3"] {
            try away.edit(scene.key, [Base.note: .text(note)])
            try away.store.write { try Cutter($0, key: away.key).cut(segments: .max) }
            try online.create(Base.key(online.member, note), Base.values(note))
            try world.sync(online)
        }
        let up = try world.bundlesUp(away, size: 1)
        #expect(up.count == 3)
        #expect(code { try world.takeUp(up[2]) } == .gap)
        for file in up { #expect(try world.takeUp(file).segments == 1) }
        let down = try world.bundlesDown(away, size: 1)
        #expect(down.count >= 6)
        #expect(code { try world.takeDown(down[1], at: away) } == .gap)
        for (index, file) in down.enumerated() {
            let rev = try away.state.cursor.rev + 1
            #expect(
                try world.takeDown(file, at: away) == .merged(1, rev: rev, proved: index == down.count - 1), "\(index)")
        }
        #expect(try away.pending == 0 && away.state.cursor == world.hub.state.cursor)
    }

    // MARK: Copies

    @Test func `a copy that writes is found by the hashes of its headers`() throws {
        let scene = try scene()
        let (world, away) = (scene.world, scene.away)
        let copy = try world.copy(of: away)
        try away.edit(scene.key, [Base.note: .text("first")])
        try world.roundTrip(away)
        #expect(try world.takeUp(world.bundlesUp(copy)[0]).segments == 0, "an old state is no fork yet")
        try copy.edit(scene.key, [Base.note: .text("second")])
        let (files, hub) = (try world.bundlesUp(copy), try world.hub.state)
        do {
            try world.takeUp(files[0])
            Issue.record("two histories were taken")
        } catch let refusal as Refusal { #expect(refusal.code == .fork) }
        #expect(try world.hub.state == hub && world.hub.alarms.map(\.kind) == [.fork])
        // So does a bundle that begins behind the segment that was written twice.
        try copy.edit(scene.key, [Base.note: .text("third")])
        let behind = try #require(world.bundlesUp(copy, size: 1).last)
        #expect(throws: Refusal.self) { try world.takeUp(behind) }
        // The hub's receipt tells the copy.
        guard case .alarmed(let alarm) = try world.takeDown(world.bundlesDown(away, after: 0)[0], at: copy) else {
            Issue.record("the copy was not told")
            return
        }
        #expect(alarm.kind == .fork)
        #expect(throws: CommandRefusal.stopped(.fork)) { try world.bundlesUp(copy) }
    }

    // MARK: Snapshots

    @Test func `a node begins with a snapshot, in whatever order its parts come`() throws {
        let world = try TestAlliance(members: 2)
        let writer = try world.join(world.members[0])
        for number in 0..<70 {
            let name = "b\(number)"
            try writer.create(Base.key(writer.member, name), Base.values(name))
            try world.sync(writer)
        }
        try writer.create(Contact.key(writer.member), Contact.values(phone: "1"))
        try world.sync(writer)
        let fresh = try world.join(world.members[0])
        try fresh.create(Base.key(fresh.member, "own"), Base.values("own"))
        _ = try world.bundlesDown(fresh)
        // The snapshot is kept, and the journal goes on from it.
        try writer.create(Base.key(writer.member, "late"), Base.values("late"))
        try world.sync(writer)
        let files = try world.bundlesDown(fresh, size: 1)
        #expect(files.count == 3, "two audiences, one entry")
        #expect(code { try world.takeDown(files[2], at: fresh) } == .gap)
        #expect(try world.takeDown(files[1], at: fresh) == .incomplete(missing: 1))
        #expect(try fresh.state.cursor.rev == 0 && world.takeDown(files[1], at: fresh) == .incomplete(missing: 1))
        let rev = try world.hub.state.cursor.rev - 1
        #expect(try world.takeDown(files[0], at: fresh) == .merged(Int(rev), rev: rev, proved: false))
        #expect(try world.takeDown(files[2], at: fresh) == .merged(1, rev: rev + 1, proved: false), "it has written")
        for file in files { #expect(try world.takeDown(file, at: fresh) == .merged(0, rev: rev + 1, proved: false)) }
        try fresh.expectation.check(fresh)
        try world.roundTrip(fresh)
        try world.sync(writer)
        #expect(try world.roundTrip(fresh) == .merged(0, rev: world.hub.state.cursor.rev, proved: true))
        try world.expectEqualFiles()
    }
}
