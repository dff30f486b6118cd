import Alliance
import CRDT
import Foundation
import Store
import Testing
import Wire

@testable import Sync

/// What everybody has acknowledged, and a kept backup covers, is dropped; nothing is lost by it, and nothing comes back.
@Suite struct CollectionTests {
    private func scene(members: Int = 3) throws -> TestAlliance {
        let world = try TestAlliance(members: members)
        for member in world.members { try world.join(member) }
        for node in world.nodes {
            try node.create(Base.key(node.member, "base"), Base.values("base", note: "0"))
            try node.create(Contact.key(node.member), Contact.values(phone: "139 of \(node.name)"))
            try node.create(drawn(node, 1), Base.values("drawn", coOwners: world.members.filter { $0 != node.member }))
        }
        try world.syncUntilQuiet()
        return world
    }

    /// A row whose id was drawn, not made from its natural key.
    private func drawn(_ node: Party, _ number: UInt64) -> RowKey {
        let time = UInt128(1_789_999_000_000) << 80
        let id = time | UInt128(7) << 76 | UInt128(2) << 62 | UInt128(node.member.rawValue >> 90 & 0xFFFF) << 16
        return RowKey(table: .base, owner: node.member, id: RowID(rawValue: id | UInt128(number)))
    }

    private func sections(_ party: Party, through rev: UInt64) throws -> Int {
        try party.entries().filter { $0.rev <= rev }.reduce(0) { $0 + $1.segment.bodies.count }
    }

    private func expectWhole(_ world: TestAlliance, sourceLocation: SourceLocation = #_sourceLocation) throws {
        try world.syncUntilQuiet(sourceLocation: sourceLocation)
        try world.syncUntilQuiet(sourceLocation: sourceLocation)
        try world.expectEqualFiles(sourceLocation: sourceLocation)
        for node in world.nodes { #expect(try node.alarms.isEmpty, "\(node.name)", sourceLocation: sourceLocation) }
    }

    // MARK: What goes, and what stays

    @Test func `sections and deletions that everybody has go; headers, hashes and natural deletions stay`() throws {
        let world = try scene()
        let node = world.nodes[0]
        try node.delete(drawn(node, 1))
        try node.delete(Base.key(node.member, "base"))
        try world.syncUntilQuiet()
        let rev = try world.hub.state.cursor.rev
        try world.hub.backUp()
        let before = try world.hub.entries()
        let report = try world.hub.collect()
        #expect(report.floor == rev && report.forgotten == 1 && report.emptied == 1)
        try expectWhole(world)
        for party in world.nodes + [world.hub!] {
            #expect(try sections(party, through: rev) == 0, "\(party.name)")
            #expect(try party.row(drawn(node, 1)) == nil, "\(party.name)")
            let deletion = try party.row(Base.key(node.member, "base"))
            #expect(deletion?.presence?.length == 2, "\(party.name)")
            #expect(deletion?.cells.map(\.column) == [Base.coOwners], "\(party.name): what rights depend on stays")
        }
        let after = try world.hub.entries()
        #expect(after.prefix(before.count).map(\.hash) == before.map(\.hash))
        #expect(after.prefix(before.count).map(\.segment.headerBytes) == before.map(\.segment.headerBytes))
        // A row comes back under its natural key, for everybody.
        try node.create(Base.key(node.member, "base"), Base.values("base", note: "anew"))
        try expectWhole(world)
        #expect(try world.nodes[1].value(Base.key(node.member, "base"), Base.note) == .text("anew"))
    }

    /// A room of a node's base. How it is used can't be changed later.
    private func room(_ node: Party, mode: String) -> RowEdit {
        let base = Base.key(node.member, "base").id.bytes
        let id = RowID(natural: [.bytes(base), .text("room")], table: .space, owner: node.member)
        return RowEdit(
            key: RowKey(table: .space, owner: node.member, id: id), act: .create,
            values: [
                ColumnID(1): .bytes(base), ColumnID(2): .text("room"), ColumnID(3): .integer(30),
                ColumnID(4): .text(mode),
            ])
    }

    @Test func `who knows nothing of a deleted row makes it otherwise, whoever has collected it`() throws {
        let world = try scene()
        let (node, other) = (world.nodes[0], world.nodes[1])
        try node.commit([room(node, mode: "exclusive")])
        try node.delete(room(node, mode: "").key)
        try world.syncUntilQuiet()
        let second = try world.join(node.member)
        try second.commit([room(second, mode: "workstation")])
        try world.hub.backUp()
        #expect(try world.hub.collect().emptied == 1)
        try world.sync(second)
        try world.sync(other)
        #expect(try other.alarms.isEmpty)
        try expectWhole(world)
    }

    @Test func `who began with a snapshot begins again at a hub that went back to before it`() throws {
        let world = try scene()
        let node = world.nodes[0]
        try node.delete(drawn(node, 1))
        try world.syncUntilQuiet()
        try world.hub.backUp()
        try world.hub.collect()
        try expectWhole(world)
        try world.hub.rollingBack {
            try node.edit(Base.key(node.member, "base"), [Base.note: .text("lost")])
            try world.syncUntilQuiet()
            try world.join(world.nodes[1].member)
            try expectWhole(world)
        }
        let late = try #require(world.nodes.last)
        #expect(try late.state.collected > 0)
        for _ in 0..<3 { for other in world.nodes { try world.sync(other) } }
        try world.syncUntilQuiet()
        try world.expectEqualFiles()
        #expect(try late.alarms.allSatisfy { $0.kind == .restored })
    }

    @Test func `nothing goes beyond the oldest backup that is kept, and without one nothing at all`() throws {
        let world = try scene()
        #expect(try world.hub.collect().floor == 0)
        try world.hub.backUp()
        let covered = try world.hub.state.cursor.rev
        try world.nodes[0].edit(Base.key(world.nodes[0].member, "base"), [Base.note: .text("1")])
        try world.syncUntilQuiet()
        try world.hub.backUp()
        #expect(try world.hub.collect().floor == covered)
        #expect(try sections(world.hub, through: covered) == 0)
        #expect(try sections(world.hub, through: .max) > 0)
        try expectWhole(world)
        for node in world.nodes { #expect(try sections(node, through: .max) > 0) }
    }

    @Test func `who has not merged it, or writes without having seen it, holds the floor`() throws {
        let world = try scene()
        let (away, other) = (world.nodes[0], world.nodes[1])
        let before = try world.hub.state.cursor.rev
        try other.delete(drawn(other, 1))
        try world.sync(other)
        try world.hub.backUp()
        #expect(try world.hub.collect().floor == before)
        // It merges the deletion, but what it wrote before waits at the hub's door and has not seen it.
        try away.edit(drawn(other, 1), [Base.note: .text("written before")])
        var request = try ExchangeRequest(bytes: world.request(away))
        request.segments = []
        request.cursor = try world.hub.state.cursor
        request.journal = try world.hub.state.journal
        #expect(request.pending == 1)
        _ = try world.answer(request.bytes, from: away)
        #expect(try world.hub.collect().forgotten == 0)
        #expect(try world.hub.state.forgotten == before)
        try expectWhole(world)
        #expect(try away.conflicts().contains { $0[ConflictColumn.kind]?.value == .text("deleted") })
    }

    @Test func `personal sections go as soon as their addressees have them`() throws {
        let world = try scene()
        let (mine, away) = (world.nodes[0], world.nodes[2])
        try mine.edit(Contact.key(mine.member), [Contact.phone: .null])
        try mine.edit(Base.key(mine.member, "base"), [Base.note: .text("for all")])
        try world.sync(mine)
        try world.sync(world.nodes[1])
        let rev = try world.hub.state.cursor.rev
        try world.hub.backUp()
        let report = try world.hub.collect()
        #expect(report.floor < rev && report.floors[mine.member] == rev)
        let left = try world.hub.entries().flatMap { entry in
            entry.segment.bodies.keys.map { entry.segment.header.sections[$0].audience }
        }
        #expect(!left.contains(.members([mine.member, world.secretariat])) && left.contains(.alliance))
        try world.sync(mine)
        #expect(try sections(mine, through: rev) == 0)
        #expect(try away.row(Base.key(mine.member, "base")) != nil)
        try expectWhole(world)
        // A further node of the member can't be given what is gone: it begins with a snapshot.
        let parts = world.partsFetched
        try world.join(mine.member)
        try expectWhole(world)
        #expect(world.partsFetched > parts)
    }

    @Test func `a personal section waits for each node of its addressees`() throws {
        let world = try scene()
        let mine = world.nodes[0]
        let second = try world.join(mine.member)
        try world.syncUntilQuiet()
        try mine.edit(Contact.key(mine.member), [Contact.phone: .text("new")])
        for node in world.nodes.dropLast() { try world.sync(node) }
        for node in world.nodes.dropLast() { try world.sync(node) }
        try world.hub.backUp()
        try world.hub.collect()
        try expectWhole(world)
        #expect(try second.value(Contact.key(mine.member), Contact.phone) == .text("new"))
    }

    @Test func `a deletion stays while a loser can be restored`() throws {
        let world = try scene()
        let (node, other) = (world.nodes[0], world.nodes[1])
        try other.edit(drawn(node, 1), [Base.note: .text("edited meanwhile")])
        try node.delete(drawn(node, 1))
        try world.syncUntilQuiet()
        try world.hub.backUp()
        #expect(try world.hub.collect().forgotten == 0)
        try world.syncUntilQuiet()
        let conflict = try #require(try other.conflicts().first { $0[ConflictColumn.resolution]?.value == .null })
        try other.edit(conflict.key, [ConflictColumn.resolution: .text("kept"), ConflictColumn.resolved: .integer(1)])
        for conflict in try other.conflicts() where conflict[ConflictColumn.resolution]?.value == .null {
            try other.edit(
                conflict.key, [ConflictColumn.resolution: .text("kept"), ConflictColumn.resolved: .integer(1)])
        }
        try world.syncUntilQuiet()
        try world.hub.forgetBackups()
        try world.hub.backUp()
        #expect(try world.hub.collect().forgotten == 1)
        try expectWhole(world)
    }

    // MARK: Below the floor

    /// A node that was away while a row that it edits was deleted and collected; it was left behind.
    private func sceneBelow() throws -> (world: TestAlliance, away: Party, owner: Party) {
        let world = try scene()
        let (away, owner) = (world.nodes[0], world.nodes[1])
        try away.edit(drawn(owner, 1), [Base.note: .text("of a row that is gone")])
        try away.edit(Base.key(away.member, "base"), [Base.note: .text("pending")])
        try owner.delete(drawn(owner, 1))
        try owner.edit(Base.key(owner.member, "base"), [Base.note: .text("new")])
        for node in world.nodes.dropFirst() { try world.sync(node) }
        for node in world.nodes.dropFirst() { try world.sync(node) }
        try world.hub.backUp()
        try world.hub.leaveBehind(away)
        #expect(try world.hub.collect().forgotten == 1)
        return (world, away, owner)
    }

    @Test func `a node below the floor takes nothing before its person says so`() throws {
        let (world, away, owner) = try sceneBelow()
        let before = try away.state.cursor
        guard case .alarmed(let alarm)? = try world.sync(away) else { return #expect(Bool(false), "it went on") }
        #expect(alarm.kind == .belowFloor)
        #expect(try away.state.cursor == before && away.pending == 2)
        #expect(try away.value(drawn(owner, 1), Base.note) == .text("of a row that is gone"))
        #expect(try away.row(drawn(owner, 1))?.isThere == true)
    }

    @Test(arguments: [true, false])
    func `a node below the floor starts anew, and its edits are not lost`(byItsClock: Bool) throws {
        let (world, away, owner) = try sceneBelow()
        let former = try away.state.replica
        if byItsClock {
            world.now += NodeSession.silenceMax + 1
            for node in world.nodes.dropFirst() { try world.sync(node) }
        } else {
            try away.store.write { $0.state.mayStartAnew = true }
        }
        try expectWhole(world)
        #expect(try away.state.replica != former && !away.state.mayStartAnew)
        #expect(try away.row(drawn(owner, 1)) == nil && world.hub.row(drawn(owner, 1)) == nil)
        #expect(try world.hub.value(Base.key(away.member, "base"), Base.note) == .text("pending"))
        #expect(try away.value(Base.key(owner.member, "base"), Base.note) == .text("new"))
        let rejected = try away.rejected()
        #expect(rejected.map { $0.offences.map(\.code) } == [[.noSuchRow]])
        #expect(rejected.first?.changes.first?[Base.note]?.value == .text("of a row that is gone"))
        try away.edit(Base.key(away.member, "base"), [Base.note: .text("goes on")])
        try expectWhole(world)
        #expect(try owner.value(Base.key(away.member, "base"), Base.note) == .text("goes on"))
    }

    @Test(arguments: 1...12)
    func `a node that starts anew over a broken line loses nothing`(_ seed: UInt64) throws {
        let (world, away, owner) = try sceneBelow()
        try away.store.write { $0.state.mayStartAnew = true }
        let random = Seeded(seed)
        world.mishap = { random.once(in: 3) ? random.pick(TestAlliance.Mishap.allCases) : .none }
        for number in 0..<8 {
            try away.edit(Base.key(away.member, "base"), [Base.note: .text("pending \(number)")])
            try world.sync(away)
        }
        world.mishap = { .none }
        try expectWhole(world)
        #expect(try world.hub.value(Base.key(away.member, "base"), Base.note) == .text("pending 7"))
        #expect(try world.hub.row(drawn(owner, 1)) == nil)
        #expect(try away.rejected().contains { $0.changes.contains { $0.key == drawn(owner, 1) } })
    }

    @Test func `a node restored from before the floor sends what is only there`() throws {
        let world = try scene()
        let (node, other) = (world.nodes[0], world.nodes[1])
        let base = Base.key(node.member, "base")
        try node.edit(base, [Base.note: .text("was pending in the backup")])
        try node.rollingBack {
            try node.edit(base, [Base.address: .text("lost with the file")])
            try world.syncUntilQuiet()
            try other.delete(drawn(other, 1))
            try node.edit(base, [Base.note: .text("later")])
            try world.syncUntilQuiet()
            try world.hub.backUp()
            #expect(try world.hub.collect().forgotten == 1)
            try world.syncUntilQuiet()
        }
        try node.store.write {
            $0.state.isEnding = true
            $0.state.mayStartAnew = true
        }
        try node.create(Base.key(node.member, "after"), Base.values("after", note: "written after the restoration"))
        try expectWhole(world)
        #expect(try world.hub.value(base, Base.note) == .text("later"))
        #expect(try node.value(base, Base.address) == .text("lost with the file"))
        #expect(try other.value(Base.key(node.member, "after"), Base.note) == .text("written after the restoration"))
        #expect(try node.row(drawn(other, 1)) == nil && node.rejected().isEmpty)
    }

    @Test func `a floor that a node has not been away for is not believed`() throws {
        let world = try scene()
        let node = world.nodes[0]
        try world.nodes[1].edit(Base.key(world.nodes[1].member, "base"), [Base.note: .text("1")])
        try world.sync(world.nodes[1])
        let before = try node.state.cursor
        world.tamper = { answer in
            answer.snapshot = true
            answer.floor = answer.head.rev
            answer.entries = []
        }
        guard case .alarmed(let alarm)? = try world.sync(node) else { return #expect(Bool(false), "it was taken") }
        #expect(alarm.kind == .belowFloor)
        #expect(try node.state.cursor == before)
        world.tamper = nil
        try expectWhole(world)
    }

    @Test func `a node drops nothing that no backup covers, whatever the hub says`() throws {
        let world = try scene()
        world.tamper = { answer in
            answer.floor = answer.head.rev
            answer.forgotten = answer.head.rev
        }
        try world.sync(world.nodes[0])
        #expect(try sections(world.nodes[0], through: .max) > 0 && world.nodes[0].state.collected == 0)
    }

    @Test func `by bundles a node collects too, and below the floor it is told to use a line`() throws {
        let world = try scene()
        let node = world.nodes[0]
        try world.hub.backUp()
        let covered = try world.hub.collect().floor
        try node.edit(Base.key(node.member, "base"), [Base.note: .text("by stick")])
        _ = try world.roundTrip(node)
        #expect(try covered > 0 && sections(node, through: covered) == 0 && node.state.collected == covered)
        let (below, away, _) = try sceneBelow()
        let before = try away.state.cursor
        for file in try below.bundlesDown(away) {
            guard case .alarmed(let alarm) = try below.takeDown(file, at: away) else {
                return #expect(Bool(false), "it was taken")
            }
            #expect(alarm.kind == .belowFloor)
        }
        #expect(try away.state.cursor == before && away.pending == 2)
    }

    // MARK: Restored hubs, repair

    @Test func `a hub that goes back to its oldest kept backup gets everything back`() throws {
        let world = try scene()
        let node = world.nodes[0]
        try world.hub.backUp()
        try world.hub.rollingBack {
            #expect(try world.hub.collect().sections > 0)
            for number in 1...3 {
                for node in world.nodes {
                    try node.edit(Base.key(node.member, "base"), [Base.note: .text("\(number)")])
                    try world.sync(node)
                }
            }
            try node.delete(drawn(node, 1))
            try world.syncUntilQuiet()
            _ = try world.hub.collect()
            try world.syncUntilQuiet()
        }
        try expectWhole(world)
        for node in world.nodes { #expect(try world.hub.value(Base.key(node.member, "base"), Base.note) == .text("3")) }
        #expect(try world.hub.row(drawn(node, 1))?.isThere == false)
        #expect(try world.hub.collect().floor == 0, "nothing is dropped while the recovery is open")
    }

    @Test func `a hub that goes back to before what its nodes dropped is not followed`() throws {
        let world = try scene()
        let node = world.nodes[0]
        try world.hub.rollingBack {
            try node.edit(Base.key(node.member, "base"), [Base.note: .text("covered by the newer backup")])
            try world.syncUntilQuiet()
            try world.hub.backUp()
            _ = try world.hub.collect()
            try world.syncUntilQuiet()
        }
        guard case .alarmed(let alarm)? = try world.sync(node) else { return #expect(Bool(false), "it went on") }
        #expect(alarm.kind == .journal && alarm.detail.contains("backup"))
        #expect(try node.value(Base.key(node.member, "base"), Base.note) == .text("covered by the newer backup"))
    }

    @Test func `rows that are older than what is kept are mended by the hub's word, and it keeps its own`() throws {
        let world = try scene()
        let node = world.nodes[0]
        try world.hub.backUp()
        _ = try world.hub.collect()
        try world.syncUntilQuiet()
        try node.store.execute("UPDATE base SET note = 'by hand' WHERE name = 'base'")
        try node.store.execute("DELETE FROM base WHERE name = 'drawn'")
        let before = try world.hub.allRows().mapValues(\.row)
        _ = try world.sync(node, repairs: true)
        try expectWhole(world)
        #expect(try world.hub.allRows().mapValues(\.row) == before)
        #expect(try node.value(Base.key(node.member, "base"), Base.note) == .text("0"))
        // What was collected is not made again out of what a node still shows.
        let other = world.nodes[1]
        try other.delete(drawn(other, 1))
        let gone = try #require(try node.row(drawn(other, 1)))
        try world.syncUntilQuiet()
        try world.hub.forgetBackups()
        try world.hub.backUp()
        #expect(try world.hub.collect().forgotten == 1)
        try world.syncUntilQuiet()
        try node.store.write { try $0.put(gone, audience: .alliance) }
        _ = try world.sync(node, repairs: true)
        try expectWhole(world)
        #expect(try world.hub.row(drawn(other, 1)) == nil && node.row(drawn(other, 1)) == nil)
    }

    // MARK: Random

    /// The same year of work, once with a hub that collects whenever it can: the same rows everywhere at its end.
    @Test(arguments: 1...12)
    func `collecting changes nothing that people see`(_ seed: UInt64) throws {
        func year(collects: Bool) throws -> [RowKey: [ColumnID: Value]] {
            let world = try scene()
            let random = Seeded(seed)
            for step in 0..<60 {
                let node = random.pick(world.nodes)
                let key = Base.key(random.pick(world.nodes).member, "r\(random.number(0...3))")
                let isThere = try node.row(key)?.isThere ?? false
                switch random.number(0...5) {
                case 0, 1: try world.sync(node)
                case 2 where isThere && key.owner == node.member: try node.delete(key)
                case _ where isThere && key.owner == node.member: try node.edit(key, [Base.note: .text("\(step)")])
                case _ where !isThere && key.owner == node.member:
                    try node.create(key, Base.values("r", note: "\(step)"))
                default: try world.sync(node)
                }
                guard step.isMultiple(of: 5), collects else { continue }
                try world.hub.forgetBackups()
                try world.hub.backUp()
                _ = try world.hub.collect()
            }
            try expectWhole(world)
            if collects { #expect(try world.hub.state.forgotten > 0) }
            return try world.hub.allRows().filter { $0.value.row.isThere && $0.key.table == .base }
                .mapValues { Dictionary(uniqueKeysWithValues: $0.row.cells.map { ($0.column, $0.value) }) }
        }
        let (kept, collected) = (try year(collects: false), try year(collects: true))
        #expect(kept.mapValues { $0[Base.note] } == collected.mapValues { $0[Base.note] })
    }
}
