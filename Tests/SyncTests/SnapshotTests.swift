import Alliance
import CRDT
import Store
import Sync
import Testing
import Wire

/// A node that comes late starts from a snapshot, in parts, and goes on where it was interrupted.
@Suite struct SnapshotTests {
    private func world(rows: Int = 1) throws -> (world: TestAlliance, node: Party) {
        let world = try TestAlliance(members: 3)
        let node = try world.join(world.members[0])
        try node.create(Contact.key(node.member), Contact.values(phone: "1"))
        for number in 0..<70 {
            try node.commit(
                (0..<rows).map {
                    RowEdit(
                        key: Base.key(node.member, "\(number).\($0)"), act: .create,
                        values: Base.values(
                            "\(number).\($0)", note: "\(number).\($0)" + String(repeating: "长", count: 380)))
                })
            try world.sync(node)
        }
        try node.delete(Base.key(node.member, "3.0"))
        try world.syncUntilQuiet()
        return (world, node)
    }

    @Test func `a late node has everything it may read, the deleted too, and nothing else`() throws {
        let (world, node) = try world()
        let late = try world.join(world.members[1])
        try world.syncUntilQuiet()
        try world.expectEqualFiles()
        #expect(world.partsFetched > 0)
        #expect(try late.entries().count < 10, "it came by the snapshot")
        #expect(try late.row(Contact.key(node.member)) == nil)
        #expect(try late.row(Base.key(node.member, "3.0"))?.isThere == false)
        try late.create(Base.key(late.member, "late"), Base.values("late"))
        try world.syncUntilQuiet()
        try world.expectEqualFiles()
    }

    @Test func `a kept snapshot from below the floor is made anew`() throws {
        let (world, node) = try world()
        try world.join(world.members[1])
        try world.syncUntilQuiet()
        try node.edit(Base.key(node.member, "5.0"), [Base.note: .text("after the snapshot")])
        try world.syncUntilQuiet()
        try world.hub.store.write { $0.state.floor = $0.state.cursor.rev }
        let late = try world.join(world.members[2])
        #expect(try world.sync(late) == .proved(rev: world.hub.state.cursor.rev))
        #expect(try late.value(Base.key(node.member, "5.0"), Base.note) == .text("after the snapshot"))
    }

    @Test func `an interrupted snapshot goes on with the parts that are missing`() throws {
        // 80 rows of 1.2 kB a step: more than one part by size.
        let (world, node) = try world(rows: 80)
        let late = try world.join(node.member)
        var calls = 0
        world.mishap = {
            calls += 1
            return calls % 2 == 0 ? .answerLost : .none
        }
        let manifest = try world.hub.store.write { try HubSnapshot($0).manifest(for: node.member) }
        #expect(manifest.parts.count > 1)
        #expect(manifest.parts.allSatisfy { $0.rawSize <= Limits.sectionRawSize / 2 + 1 << 20 })
        for _ in 0..<40 where try late.state.cursor.rev == 0 { try world.sync(late) }
        #expect(world.partsFetched == manifest.parts.count, "no part is fetched twice")
        try world.syncUntilQuiet()
        try world.expectEqualFiles()
    }

    @Test func `what was written before the first sync is sent, and conflicts are found`() throws {
        let (world, node) = try world()
        let late = try world.join(node.member)
        let key = Base.key(node.member, "5.0")
        try late.create(key, Base.values("5.0", note: "late"))
        try late.create(Base.key(late.member, "own"), Base.values("own"))
        try late.expectation.check(late)
        world.mishap = { world.random.once(in: 3) ? .answerLost : .none }
        for _ in 0..<6 { try world.sync(late) }
        try world.syncUntilQuiet()
        try late.expectation.check(late)
        try world.expectEqualFiles()
        try Oracle(world).check(world)
        #expect(try node.value(Base.key(late.member, "own"), Base.name) == .text("own"))
        #expect(try !world.hub.conflicts().isEmpty)
    }

    @Test func `a node that sent before it was far behind takes the journal, so that its verdicts are not lost`() throws
    {
        let world = try TestAlliance(members: 2)
        let node = try world.join(world.members[0])
        let late = try world.join(world.members[1])
        try late.store.write { transaction in
            // As a node does that has just joined: it knows the hub's time.
            transaction.state.hubTime = world.now
        }
        try late.create(Base.key(late.member, "own"), Base.values("own"))
        world.mishap = { .answerLost }
        try world.sync(late)
        world.mishap = { .none }
        #expect(try world.hub.value(Base.key(late.member, "own"), Base.name) == .text("own"))
        for number in 0..<80 {
            try node.create(Base.key(node.member, "\(number)"), Base.values("\(number)"))
            try world.sync(node)
        }
        try world.syncUntilQuiet()
        try late.expectation.check(late)
        try world.expectEqualFiles()
    }

    @Test func `a part that the manifest does not name is not kept`() throws {
        let (world, node) = try world()
        let late = try world.join(node.member)
        var session = NodeSession(program: "test", key: late.key)
        let manifest = try HubSnapshotCopy.manifest(of: world, for: late.member)
        #expect(manifest.parts.count > 1)
        _ = try late.store.write {
            try session.manifest(status: 200, body: manifest.bytes, in: $0, late.surroundings)
        }
        #expect(throws: WireError.self) {
            _ = try late.store.write { try session.part(0, status: 200, body: [1, 2, 3], in: $0, late.surroundings) }
        }
        #expect(try late.store.read { try $0.snapshotParts() }.isEmpty)
        try world.syncUntilQuiet()
        try world.expectEqualFiles()
    }

    @Test func `a newer snapshot's parts do not mix with an older one's`() throws {
        let (world, node) = try world()
        let late = try world.join(node.member)
        try late.store.write { transaction in
            let manifest = try HubSnapshotCopy.manifest(of: world, for: late.member)
            try transaction.setSnapshot(manifest)
            try transaction.setSnapshotPart(0, [1, 2, 3])
        }
        var session = NodeSession(program: "test", key: late.key)
        let manifest = try HubSnapshotCopy.manifest(of: world, for: late.member)
        let effect = try late.store.write {
            try session.manifest(status: 200, body: manifest.bytes, in: $0, late.surroundings)
        }
        guard case .part(0) = effect else { return #expect(Bool(false), "an old part is taken for a new one's") }
        try world.syncUntilQuiet()
        try world.expectEqualFiles()
    }
}

enum HubSnapshotCopy {
    static func manifest(of world: TestAlliance, for member: MemberID) throws -> SnapshotManifest {
        try world.hub.store.write { try HubSnapshot($0).manifest(for: member) }
    }
}
