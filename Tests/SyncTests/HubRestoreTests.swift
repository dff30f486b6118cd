import Alliance
import CRDT
import Crypto
import Foundation
import Store
import Sync
import Testing
import Wire

/// A hub that went back to a backup gets everything back from its nodes, once.
@Suite struct HubRestoreTests {
    private func scene(members: Int = 3) throws -> TestAlliance {
        let world = try TestAlliance(members: members)
        for member in world.members { try world.join(member) }
        for node in world.nodes { try node.create(Base.key(node.member, "base"), Base.values("base", note: "0")) }
        try world.syncUntilQuiet()
        return world
    }

    private func base(_ node: Party) -> RowKey { Base.key(node.member, "base") }

    private func expectWhole(_ world: TestAlliance) throws {
        try world.syncUntilQuiet()
        try world.syncUntilQuiet()
        try world.expectEqualFiles()
        for node in world.nodes { #expect(try node.alarms.isEmpty, "\(node.name)") }
        #expect(try world.hub.alarms.allSatisfy { $0.kind == .restored })
        // The journal holds each segment once, and its own hash chain.
        let entries = try world.hub.entries()
        let places = entries.map { "\($0.segment.header.replica) \($0.segment.header.seq)" }
        #expect(Set(places).count == places.count)
    }

    /// What the program's own restoration writes into the file that it puts back.
    private func restore(_ hub: Party) throws {
        try hub.store.write {
            try HubSession($0, key: hub.key, surroundings: hub.surroundings)
                .openEpoch(after: 0, because: "restored")
        }
    }

    @Test func `what came after the backup is back, nothing twice, and the next write follows`() throws {
        let world = try scene()
        let before = try world.hub.state.cursor
        var lost: UInt64 = 0
        try world.hub.rollingBack {
            defer { lost = (try? world.hub.state.cursor.rev) ?? 0 }
            for index in 0..<4 {
                for node in world.nodes {
                    try node.edit(base(node), [Base.note: .text("\(index)")])
                    try world.sync(node)
                }
            }
            try world.syncUntilQuiet()
        }
        #expect(try world.hub.state.cursor == before)
        try expectWhole(world)
        let after = try world.hub.state.cursor
        #expect(after.rev == lost && lost >= before.rev + 9, "each lost segment once")
        #expect(after.epoch.number == 2 && after.epoch.replica != before.epoch.replica)
        for node in world.nodes { #expect(try world.hub.value(base(node), Base.note) == .text("3")) }
        try world.nodes[0].edit(base(world.nodes[0]), [Base.note: .text("next")])
        try expectWhole(world)
        #expect(try world.hub.state.cursor.rev == after.rev + 1)
        let record = try #require(try world.hub.store.read { try $0.epochs() }.first)
        #expect(record.fromRev == before.rev && record.closed == nil)
    }

    @Test func `who joins a hub that was restored learns everything`() throws {
        let world = try TestAlliance(members: 3)
        for member in world.members.prefix(2) { try world.join(member) }
        let node = world.nodes[0]
        try node.create(base(node), Base.values("base", note: "0"))
        try world.syncUntilQuiet()
        try world.hub.rollingBack {
            try node.edit(base(node), [Base.note: .text("1")])
            try world.syncUntilQuiet()
        }
        try expectWhole(world)
        let new = try world.join(world.members[2])
        try expectWhole(world)
        #expect(try new.value(base(node), Base.note) == .text("1"))
        try new.create(base(new), Base.values("base", note: "new"))
        try expectWhole(world)
    }

    @Test func `a hub that wrote on before it was noticed keeps both`() throws {
        let world = try scene()
        let member = world.hub.memberRow(world.members[2])
        try world.hub.rollingBack {
            try world.nodes[0].edit(base(world.nodes[0]), [Base.note: .text("lost")])
            try world.syncUntilQuiet()
            try world.hub.edit(member, [ColumnID(3): .text("lost place")])
            try world.syncUntilQuiet()
        }
        try world.hub.edit(member, [ColumnID(4): .text("unaware")])
        try world.hub.edit(world.hub.memberRow(world.members[1]), [ColumnID(4): .text("unaware too")])
        try world.nodes[1].edit(base(world.nodes[1]), [Base.note: .text("new")])
        try expectWhole(world)
        #expect(try world.hub.value(base(world.nodes[0]), Base.note) == .text("lost"))
        #expect(try world.hub.value(base(world.nodes[1]), Base.note) == .text("new"))
        #expect(try world.hub.value(member, ColumnID(3)) == .text("lost place"))
        #expect(try world.hub.value(member, ColumnID(4)) == .text("unaware"))
    }

    @Test func `a node that joined after the backup is known again`() throws {
        let world = try scene(members: 3)
        var late: Party?
        try world.hub.rollingBack {
            let node = try world.join(world.members[2])
            try node.create(Base.key(node.member, "late"), Base.values("late"))
            try world.syncUntilQuiet()
            late = node
        }
        let node = try #require(late)
        try node.edit(Base.key(node.member, "late"), [Base.note: .text("written meanwhile")])
        for other in world.nodes.dropLast() { try world.sync(other) }
        try expectWhole(world)
        #expect(try world.hub.value(Base.key(node.member, "late"), Base.note) == .text("written meanwhile"))
    }

    @Test func `sections that only their addressees hold come back from them`() throws {
        let world = try scene()
        let (first, other) = (world.nodes[0], world.nodes[1])
        try world.hub.rollingBack {
            try first.commit([
                RowEdit(key: Contact.key(first.member), act: .create, values: Contact.values(phone: "1")),
                RowEdit(key: base(first), act: .edit, values: [Base.note: .text("with contact")]),
            ])
            try world.syncUntilQuiet()
        }
        // The other holds half of the segment only.
        try world.sync(other)
        #expect(try world.hub.value(base(first), Base.note) == .text("0"))
        #expect(try world.hub.alarms.allSatisfy { $0.kind == .restored }, "a half is waited for, not refused")
        try expectWhole(world)
        #expect(try world.hub.value(Contact.key(first.member), Contact.phone) == .text("1"))
        #expect(try world.hub.value(base(first), Base.note) == .text("with contact"))
    }

    @Test func `an edit waits for the row that it stands on`() throws {
        let world = try scene()
        let (first, other) = (world.nodes[0], world.nodes[1])
        let shared = Base.key(first.member, "shared")
        try world.hub.rollingBack {
            try first.commit([
                RowEdit(key: shared, act: .create, values: Base.values("shared", coOwners: [other.member])),
                RowEdit(key: Contact.key(first.member), act: .create, values: Contact.values(phone: "1")),
            ])
            try world.syncUntilQuiet()
            try other.edit(shared, [Base.note: .text("accepted before")])
            try world.sync(other)
            try other.edit(shared, [Base.address: .text("not sent yet")])
        }
        guard case .refused(let refusal)? = try world.sync(other) else { return #expect(Bool(false)) }
        #expect(refusal.code == .busy)
        #expect(try world.hub.row(shared) == nil && other.rejected().isEmpty)
        try expectWhole(world)
        #expect(try world.hub.value(shared, Base.note) == .text("accepted before"))
        #expect(try world.hub.value(shared, Base.address) == .text("not sent yet"))
        #expect(try other.rejected().isEmpty)
    }

    @Test func `conflicts and their resolutions come back`() throws {
        let world = try scene()
        let (first, other) = (world.nodes[0], world.nodes[1])
        let shared = Base.key(first.member, "shared")
        try first.create(shared, Base.values("shared", note: "0", coOwners: [other.member]))
        try world.syncUntilQuiet()
        try world.hub.rollingBack {
            try first.edit(shared, [Base.note: .text("a")])
            try other.edit(shared, [Base.note: .text("b")])
            try world.syncUntilQuiet()
            let conflict = try #require(try first.conflicts().first)
            try first.edit(conflict.key, [ConflictColumn.resolution: .text("kept")])
            try world.syncUntilQuiet()
        }
        try expectWhole(world)
        let conflicts = try world.hub.conflicts()
        #expect(conflicts.count == 1 && conflicts[0][ConflictColumn.resolution]?.value == .text("kept"))
    }

    @Test func `a node that was away for the whole restoration returns what nobody else has`() throws {
        let world = try scene()
        let away = world.nodes[2]
        try world.hub.rollingBack {
            try world.nodes[0].edit(base(world.nodes[0]), [Base.note: .text("known to all")])
            try world.syncUntilQuiet()
            try away.edit(base(away), [Base.note: .text("mine")])
            try world.sync(away)
        }
        let others = Array(world.nodes.dropLast())
        for round in 0..<5 {
            for node in others { try world.sync(node) }
            try others[0].edit(base(others[0]), [Base.address: .text("\(round)")])
        }
        #expect(try world.hub.value(base(away), Base.note) == .text("0"))
        try away.edit(base(away), [Base.address: .text("offline")])
        try expectWhole(world)
        #expect(try world.hub.value(base(away), Base.note) == .text("mine"))
        #expect(try world.hub.value(base(away), Base.address) == .text("offline"))
        // Nobody's segments prove that the hub went back, but what it had signed does.
        #expect(try world.hub.alarms.allSatisfy { $0.kind == .restored })
        #expect(try world.hub.state.cursor.epoch.number == 2)
    }

    @Test func `an edit that had seen the lost part is in no conflict with it`() throws {
        let world = try scene()
        let (first, other) = (world.nodes[0], world.nodes[1])
        let shared = Base.key(first.member, "shared")
        try first.create(shared, Base.values("shared", note: "0", coOwners: [other.member]))
        try world.syncUntilQuiet()
        try world.hub.rollingBack {
            try first.edit(shared, [Base.note: .text("a")])
            try world.syncUntilQuiet()
            try other.edit(shared, [Base.note: .text("b, knowing of a")])
        }
        try expectWhole(world)
        #expect(try world.hub.value(shared, Base.note) == .text("b, knowing of a"))
        #expect(try world.hub.conflicts().isEmpty)
    }

    @Test func `an edit of who was a co-owner until the lost part is merged by who knows that part`() throws {
        let world = try scene()
        let (first, other, third) = (world.nodes[0], world.nodes[1], world.nodes[2])
        let shared = Base.key(first.member, "shared")
        try first.create(shared, Base.values("shared", note: "0", coOwners: [other.member]))
        try world.syncUntilQuiet()
        try world.hub.rollingBack {
            try first.edit(shared, [Base.coOwners: .null])
            try world.sync(first)
            try world.sync(third)
        }
        try other.edit(shared, [Base.note: .text("while it was a co-owner")])
        try world.sync(other)
        try world.sync(third)
        #expect(try third.value(shared, Base.note) == .text("while it was a co-owner"))
        try expectWhole(world)
        #expect(try world.hub.value(shared, Base.note) == .text("while it was a co-owner"))
    }

    @Test func `a row made by one node is merged by who knows that another had made and deleted it`() throws {
        let world = try scene()
        let (first, third) = (world.nodes[0], world.nodes[2])
        let second = try world.join(first.member)
        try world.syncUntilQuiet()
        let row = Base.key(first.member, "made twice")
        try world.hub.rollingBack {
            try first.create(row, Base.values("made twice", note: "first"))
            try first.delete(row)
            try world.sync(first)
            try world.sync(third)
        }
        world.now += 1_000
        try second.create(row, Base.values("made twice", note: "second"))
        try world.sync(second)
        try world.sync(third)
        #expect(try third.alarms.allSatisfy { $0.kind == .restored })
        try expectWhole(world)
    }

    @Test func `a row that a new node makes too is merged by who has it from before the hub went back`() throws {
        let world = try scene()
        let (first, third) = (world.nodes[0], world.nodes[2])
        let row = Base.key(first.member, "made twice")
        // Three lengths in: the second birth loses, and is a birth all the same.
        try first.create(row, Base.values("made twice", note: "first"))
        try first.delete(row)
        try first.create(row, Base.values("made twice", note: "again"))
        try world.syncUntilQuiet()
        let second = try world.join(first.member)
        // It is confirmed; of the rows it knows nothing.
        try world.sync(first)
        world.now += 1_000
        try second.create(row, Base.values("made twice", note: "second"))
        try world.hub.rollingBack {
            try third.edit(base(third), [Base.note: .text("lost")])
            try world.sync(third)
        }
        try world.sync(second)
        try world.sync(third)
        #expect(try third.alarms.allSatisfy { $0.kind == .restored })
        try expectWhole(world)
    }

    @Test func `a node that was put back to before its first page learns who founded the journal`() throws {
        let world = try scene()
        let node = try world.join(world.members[0])
        try node.rollingBack {
            try world.hub.rollingBack {
                try world.nodes[0].edit(base(world.nodes[0]), [Base.note: .text("lost")])
                try world.syncUntilQuiet()
            }
            for other in world.nodes.dropLast() { try world.sync(other) }
            try node.create(Base.key(node.member, "late"), Base.values("late"))
            try world.syncUntilQuiet()
        }
        #expect(try node.state.cursor.rev == 0 && node.state.cursor.epoch.number == 1)
        try expectWhole(world)
        #expect(try node.value(Base.key(node.member, "late"), Base.name) == .text("late"))
    }

    @Test func `a hub that changed its key before it noticed takes back what it had signed with the former one`() throws
    {
        let world = try scene()
        let member = world.hub.memberRow(world.members[1])
        try world.hub.rollingBack {
            try world.hub.edit(member, [ColumnID(3): .text("lost place")])
            try world.syncUntilQuiet()
        }
        world.now += 60_000
        try world.rotateHubKey(to: try Curve25519.Signing.PrivateKey(rawRepresentation: world.random.bytes(32)))
        try expectWhole(world)
        #expect(try world.hub.value(member, ColumnID(3)) == .text("lost place"))
    }

    @Test func `who goes back does not ask whether the key of then is the one of today`() throws {
        let world = try scene()
        let (first, other) = (world.nodes[0], world.nodes[1])
        for index in 0..<6 {
            try first.edit(base(first), [Base.note: .text("under the first key \(index)")])
            try world.sync(first)
        }
        let next = try Curve25519.Signing.PrivateKey(rawRepresentation: world.random.bytes(32))
        try first.edit(
            Register.nodeKey(first.state.node, world.secretariat),
            [NodeColumn.key: .bytes([UInt8](next.publicKey.rawRepresentation))])
        try first.store.write { _ = try Cutter($0, key: first.key).cut(segments: .max) }
        try world.sync(first)
        try world.hub.edit(
            Register.nodeKey(world.nodes[2].state.node, world.secretariat), [NodeColumn.revoked: .integer(1)])
        try world.sync(other)
        try world.hub.rollingBack {
            for index in 0..<10 {
                try other.edit(base(other), [Base.note: .text("lost \(index)")])
                try world.sync(other)
            }
        }
        // So that the next waypoint that both journals have lies before the change.
        for index in 0..<10 {
            try world.hub.edit(world.hub.memberRow(world.members[1]), [ColumnID(4): .text("unaware \(index)")])
        }
        for _ in 0..<3 { try world.sync(other) }
        #expect(try other.alarms.allSatisfy { $0.kind == .restored })
        #expect(try world.hub.value(base(other), Base.note) == .text("lost 9"))
    }

    @Test func `what was struck out for its clock stays so when its time has come, and what was written since stays`()
        throws
    {
        let world = try scene()
        let (node, other) = (world.nodes[0], world.nodes[1])
        try world.hub.rollingBack {
            let time = HybridTime(milliseconds: world.now + 30 * 86_400_000)
            let change = try node.change(base(node), nil, [Base.note: .text("ahead")], at: time)
            try node.cutUnchecked([(time, [(.alliance, change)])])
            try world.syncUntilQuiet()
            try node.edit(base(node), [Base.note: .text("later"), Base.address: .text("here")])
            try world.syncUntilQuiet()
        }
        world.now += 40 * 86_400_000
        try other.edit(base(other), [Base.note: .text("unaware")])
        try expectWhole(world)
        #expect(try world.hub.value(base(node), Base.note) == .text("later"))
        #expect(try world.hub.value(base(node), Base.address) == .text("here"))
        #expect(try node.rejected().isEmpty, "it was written anew, and that stands")
    }

    @Test func `a revocation that only the lost part holds does not keep its holders from the new journal`() throws {
        let world = try scene()
        let (first, other) = (world.nodes[0], world.nodes[1])
        try world.hub.rollingBack {
            try world.hub.edit(
                Register.nodeKey(first.state.node, world.secretariat), [NodeColumn.revoked: .integer(1)])
            try world.sync(other)
        }
        try first.edit(base(first), [Base.note: .text("in force as far as the hub knows")])
        try world.sync(first)
        for _ in 0..<3 { try world.sync(other) }
        #expect(try other.alarms.allSatisfy { $0.kind == .restored })
        #expect(try other.value(base(first), Base.note) == .text("in force as far as the hub knows"))
        // The revocation is back, and holds for what comes.
        let row = try world.hub.row(Register.nodeKey(first.state.node, world.secretariat))
        #expect(row?[NodeColumn.revoked]?.value == .integer(1))
    }

    @Test func `who joins in a new epoch is not given the snapshot of the one before`() throws {
        let world = try TestAlliance(members: 3)
        try world.join(world.members[0])
        for index in 0..<70 {
            try world.hub.edit(world.hub.memberRow(world.members[0]), [ColumnID(4): .text("\(index)")])
        }
        try world.join(world.members[1])
        try world.syncUntilQuiet()
        #expect(world.partsFetched > 0)
        try restore(world.hub)
        try world.join(world.members[2])
        try expectWhole(world)
    }

    @Test func `what was written in an epoch that is gone goes up, though its writer had only heard of it`() throws {
        let world = try scene()
        let node = world.nodes[0]
        try world.hub.rollingBack {
            try restore(world.hub)
            var asked = 0
            world.mishap = {
                asked += 1
                return asked == 1 ? .none : .answerLost
            }
            #expect(try world.sync(node) == nil)
            world.mishap = { .none }
            try node.edit(base(node), [Base.note: .text("in an epoch that is gone")])
        }
        // As before, and so under the same number.
        try restore(world.hub)
        try expectWhole(world)
        #expect(try world.hub.value(base(node), Base.note) == .text("in an epoch that is gone"))
        #expect(try world.hub.state.cursor.epoch.number == 3)
    }

    @Test(arguments: [true, false], 1...8)
    func `what was returned to a hub that went back again is returned again`(_ byHand: Bool, _ answers: Int) throws {
        let world = try scene()
        let node = world.nodes[0]
        let member = world.hub.memberRow(world.members[2])
        try world.hub.rollingBack {
            try world.hub.edit(member, [ColumnID(3): .text("only this node has it")])
            try world.sync(node)
        }
        try world.hub.rollingBack {
            if !byHand { try restore(world.hub) }
            var asked = 0
            world.mishap = {
                asked += 1
                return asked <= answers ? .none : .answerLost
            }
            try world.sync(node)
            world.mishap = { .none }
        }
        if !byHand { try restore(world.hub) }
        try expectWhole(world)
        #expect(try world.hub.value(member, ColumnID(3)) == .text("only this node has it"))
    }

    @Test func `a restored hub and a restored node at once`() throws {
        let world = try scene()
        let node = world.nodes[0]
        try node.rollingBack {
            try world.hub.rollingBack {
                try node.edit(base(node), [Base.note: .text("lost on both")])
                try world.syncUntilQuiet()
            }
        }
        world.now += 3 * 3_600_000
        try node.edit(base(node), [Base.address: .text("after")])
        for other in world.nodes.dropFirst() { try world.sync(other) }
        try expectWhole(world)
        #expect(try world.hub.value(base(node), Base.note) == .text("lost on both"))
        #expect(try world.hub.value(base(node), Base.address) == .text("after"))
    }

    @Test func `a hub that is restored again and again, over a bad line`() throws {
        for seed in UInt64(1)...24 {
            let world = try scene()
            let random = Seeded(seed)
            var written: [RowKey: Value] = [:]
            func work(_ steps: Int) throws {
                for step in 0..<steps {
                    world.now += random.pick([10, 1_000, 600_000])
                    let node = random.pick(world.nodes)
                    if random.once(in: 3) {
                        let value = Value.text("\(seed) \(step) \(random.number(1...9999))")
                        try node.edit(base(node), [Base.note: value])
                        written[base(node)] = value
                    } else {
                        try world.sync(node)
                    }
                }
            }
            world.mishap = { random.once(in: 6) ? random.pick(TestAlliance.Mishap.allCases) : .none }
            for _ in 0..<random.number(1...3) {
                try work(10)
                try world.hub.rollingBack { try work(random.number(3...20)) }
                if random.once(in: 3) {
                    let member = world.hub.memberRow(random.pick(world.members))
                    try world.hub.edit(member, [ColumnID(4): .text("\(random.next())")])
                }
                try work(8)
            }
            try expectWhole(world)
            for (key, value) in written {
                #expect(try world.hub.value(key, Base.note) == value, "seed \(seed)")
            }
        }
    }
}
