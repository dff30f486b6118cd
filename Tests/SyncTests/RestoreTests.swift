import Alliance
import CRDT
import Foundation
import Store
import Sync
import Testing
import Wire

/// Files that were put back or copied: what had reached the hub comes back, what only the file holds is sent under a
/// new id, and of a copy the operator decides.
@Suite struct RestoreTests {
    private func scene() throws -> (world: TestAlliance, node: Party, other: Party) {
        let world = try TestAlliance(members: 2)
        let node = try world.join(world.members[0])
        let other = try world.join(world.members[1])
        try node.create(key(node, "base"), Base.values("base", note: "0", coOwners: [other.member]))
        try world.syncUntilQuiet()
        return (world, node, other)
    }

    private func key(_ node: Party, _ name: String) -> RowKey { Base.key(node.member, name) }

    private func note(_ party: Party, _ key: RowKey) throws -> Value? { try party.value(key, Base.note) }

    private func expectWhole(_ world: TestAlliance) throws {
        try world.syncUntilQuiet()
        try world.expectEqualFiles()
        try Oracle(world).check(world)
        #expect(try world.hub.alarms.isEmpty)
        for node in world.nodes { #expect(try node.alarms.isEmpty, "\(node.name)") }
    }

    @Test func `a file that was put back takes a new id, and its lost edits come back`() throws {
        let (world, node, _) = try scene()
        let former = try node.state.replica
        try node.rollingBack {
            try node.edit(key(node, "base"), [Base.note: .text("1")])
            try node.create(key(node, "lost"), Base.values("lost"))
            try node.create(Contact.key(node.member), Contact.values(phone: "1"))
            try world.syncUntilQuiet()
        }
        #expect(try node.row(key(node, "lost")) == nil)
        try world.sync(node)
        let state = try node.state
        #expect(state.replica != former && state.standsOn?.replica == former && !state.isEnding)
        #expect(try note(node, key(node, "base")) == .text("1") && node.row(key(node, "lost")) != nil)
        #expect(try node.value(Contact.key(node.member), Contact.phone) == .text("1"))
        try node.edit(key(node, "lost"), [Base.note: .text("goes on")])
        try expectWhole(world)
        #expect(try note(world.hub, key(node, "lost")) == .text("goes on"))
        let register = try world.hub.row(Register.replicaKey(former, world.secretariat))
        #expect(register?[ReplicaColumn.ended]?.value ?? .null != .null)
    }

    @Test func `what was written after the file was put back is sent under the new id, in its order`() throws {
        let (world, node, other) = try scene()
        try node.edit(key(node, "base"), [Base.address: .text("was pending when the file was copied")])
        try node.rollingBack {
            try node.edit(key(node, "base"), [Base.note: .text("lost")])
            try world.syncUntilQuiet()
            try other.edit(key(node, "base"), [Base.address: .text("later, knowing of it")])
            try world.syncUntilQuiet()
        }
        world.now += 2 * 3_600_000
        try node.edit(key(node, "base"), [Base.note: .text("a")])
        try node.edit(key(node, "base"), [Base.note: .text("b")])
        try node.create(key(node, "new"), Base.values("new"))
        try expectWhole(world)
        #expect(try note(world.hub, key(node, "base")) == .text("b"))
        #expect(try world.hub.row(key(node, "new")) != nil)
        #expect(
            try world.hub.value(key(node, "base"), Base.address) == .text("later, knowing of it"),
            "what the journal holds already is not written again")
        // The journal's edit and the one on the file did not know of each other.
        #expect(try node.conflicts().count == 1)
    }

    @Test func `a struck transaction of the lost life is in the rejected inbox once`() throws {
        let (world, node, other) = try scene()
        let bad = key(other, "theirs")
        try other.create(bad, Base.values("theirs"))
        try world.syncUntilQuiet()
        let time = try node.times(1)[0]
        try node.cutUnchecked([
            (time, [(.alliance, try node.change(bad, nil, [Base.note: .text("not mine")], at: time))])
        ])
        try node.rollingBack { try world.syncUntilQuiet() }
        try node.store.write { $0.state.isEnding = true }
        try expectWhole(world)
        #expect(try node.rejected().map(\.time) == [time])
        #expect(try note(node, bad) != .text("not mine"))
    }

    @Test func `several pending edits of one cell that the lost life had sent leave the outbox`() throws {
        let (world, node, _) = try scene()
        for text in ["1", "2", "3"] { try node.edit(key(node, "base"), [Base.note: .text(text)]) }
        try node.delete(key(node, "base"))
        try node.create(key(node, "base"), Base.values("base", note: "4"))
        try node.rollingBack { try world.syncUntilQuiet() }
        try node.store.write { $0.state.isEnding = true }
        try expectWhole(world)
        #expect(try note(world.hub, key(node, "base")) == .text("4"))
        #expect(try node.conflicts().isEmpty && node.rejected().isEmpty)
    }

    @Test func `what two lives wrote under one stamp is journaled under two`() throws {
        let (world, node, _) = try scene()
        node.frozen = world.now + 1_000
        try node.rollingBack {
            try node.edit(key(node, "base"), [Base.note: .text("first life")])
            try node.edit(key(node, "base"), [Base.address: .text("first life")])
            try world.syncUntilQuiet()
        }
        try node.edit(key(node, "base"), [Base.note: .text("second life")])
        try node.create(key(node, "second"), Base.values("second"))
        let lost = try world.hub.row(key(node, "base"))?[Base.note]
        #expect(try node.row(key(node, "base"))?[Base.note]?.stamp == lost?.stamp && lost?.value == .text("first life"))
        try node.store.write { $0.state.isEnding = true }
        try expectWhole(world)
        #expect(try note(world.hub, key(node, "base")) == .text("second life"))
        #expect(try world.hub.value(key(node, "base"), Base.address) == .text("first life"))
        #expect(try world.hub.row(key(node, "second")) != nil)
        #expect(try node.conflicts().count == 1)
    }

    @Test func `of two files put back from one backup both go on, under ids of their own`() throws {
        let (world, node, _) = try scene()
        try node.edit(key(node, "base"), [Base.note: .text("pending")])
        let copy = try node.copied()
        for party in [node, copy] { try party.store.write { $0.state.isEnding = true } }
        world.add(copy)
        try copy.edit(key(node, "base"), [Base.address: .text("copy")])
        try expectWhole(world)
        #expect(try node.state.replica != copy.state.replica)
        #expect(try note(world.hub, key(node, "base")) == .text("pending"))
        #expect(try world.hub.value(key(node, "base"), Base.address) == .text("copy"))
    }

    @Test func `both branches of a fork are journaled once the operator lets them go on`() throws {
        let (world, node, _) = try scene()
        let former = try node.state.replica
        let copy = try node.copied()
        world.add(copy)
        try copy.create(key(node, "copy"), Base.values("copy"))
        try world.sync(copy)
        try node.create(key(node, "original"), Base.values("original"))
        try node.edit(key(node, "base"), [Base.note: .text("original")])
        try world.sync(node)
        try world.sync(copy)
        let copies = try world.hub.store.read { try $0.copies() }
        #expect(copies.count == 2 && copies.allSatisfy { $0.replica == former && $0.decision == .waiting })
        #expect(try node.alarms.map(\.kind) == [.fork] && copy.alarms.map(\.kind) == [.fork])
        #expect(try world.hub.row(key(node, "original")) == nil)
        for copy in copies { try world.hub.store.write { try Copies($0).decide(copy, .goesOn) } }
        try expectWhole(world)
        #expect(try world.hub.row(key(node, "original")) != nil && world.hub.row(key(node, "copy")) != nil)
        #expect(try note(world.hub, key(node, "base")) == .text("original"))
        #expect(try Set([node.state.replica, copy.state.replica, former]).count == 3)
        #expect(try world.hub.store.read { try $0.copies() }.isEmpty)
    }

    @Test func `a copy that the operator stops stays as it is, and says so`() throws {
        let (world, node, _) = try scene()
        let copy = try node.copied()
        try copy.create(key(node, "copy"), Base.values("copy"))
        try world.sync(copy)
        try node.create(key(node, "original"), Base.values("original"))
        try world.sync(node)
        for found in try world.hub.store.read({ try $0.copies() }) {
            let isOriginal = try found.head == node.state.own
            try world.hub.store.write { try Copies($0).decide(found, isOriginal ? .goesOn : .stopped) }
        }
        #expect(try world.hub.alarms.isEmpty)
        try world.sync(copy)
        #expect(try copy.alarms.map(\.kind) == [.fork])
        try world.sync(node)
        #expect(try world.hub.row(key(node, "original")) != nil)
        try copy.store.close()
    }

    @Test func `a replica that ends sends what it had cut first`() throws {
        let (world, node, _) = try scene()
        try node.edit(key(node, "base"), [Base.note: .text("cut")])
        world.mishap = { .requestLost }
        try world.sync(node)
        world.mishap = { .none }
        let former = try #require(try node.state.own)
        try node.store.write { $0.state.isEnding = true }
        try node.edit(key(node, "base"), [Base.note: .text("not cut")])
        try expectWhole(world)
        #expect(try node.state.standsOn == former)
        #expect(try note(world.hub, key(node, "base")) == .text("not cut"))
    }

    @Test func `the end of a replica survives every lost message`() throws {
        for seed in UInt64(1)...20 {
            let (world, node, _) = try scene()
            let random = Seeded(seed)
            try node.rollingBack {
                for index in 0..<3 { try node.edit(key(node, "base"), [Base.note: .text("\(index)")]) }
                try world.syncUntilQuiet()
            }
            world.mishap = { random.pick([.answerLost, .requestLost, .requestRepeated, .none]) }
            for index in 0..<12 {
                world.now += random.pick([100, 60_000, 4_000_000])
                if random.once(in: 2) {
                    let edit = RowEdit(key: key(node, "base"), act: .edit, values: [Base.address: .text("\(index)")])
                    do { try node.commit([edit]) } catch CommandRefusal.stopped {}
                }
                try world.sync(node)
                try node.expectation.check(node)
            }
            if try !world.hub.alarms.isEmpty {
                for copy in try world.hub.store.read({ try $0.copies() }) {
                    try world.hub.store.write { try Copies($0).decide(copy, .goesOn) }
                }
            }
            try expectWhole(world)
        }
    }
}
