import Alliance
import CRDT
import Store
import Sync
import Testing
import Wire

/// Everything that is bounded is refused beyond its bound, and passes at it.
@Suite struct LimitTests {
    private func scene() throws -> (world: TestAlliance, node: Party, other: Party) {
        let world = try TestAlliance(members: 2)
        let node = try world.join(world.members[0])
        let other = try world.join(world.members[0])
        try world.syncUntilQuiet()
        return (world, node, other)
    }

    private func births(_ owner: MemberID, _ count: Int, note: String = "") -> [RowEdit] {
        (0..<count).map { number in
            RowEdit(
                key: RowKey(table: .base, owner: owner, id: RowID(rawValue: UInt128(number) + 1)), act: .create,
                values: Base.values("b", note: note))
        }
    }

    @Test func `ten thousand rows are one transaction, and one more is refused`() throws {
        let (world, node, other) = try scene()
        #expect(throws: CommandRefusal.tooLarge(rows: 10_001)) { try node.commit(births(node.member, 10_001)) }
        try node.commit(births(node.member, 10_000))
        try world.syncUntilQuiet()
        let base = try #require(Schema.current[.base])
        #expect(try other.store.read { try $0.count(in: base) } == 10_000)
        #expect(try world.hub.entries().allSatisfy { $0.verdict.strikes.isEmpty })
    }

    @Test func `a transaction of too many bytes is refused before it can stop the outbox`() throws {
        let (world, node, _) = try scene()
        let edits = births(node.member, 4_000, note: String(repeating: "长", count: 400))
        #expect(throws: CommandRefusal.tooLarge(rows: 4_000)) { try node.commit(edits) }
        for start in stride(from: 0, to: 4_000, by: 1_500) {
            try node.commit(Array(edits[start..<min(start + 1_500, 4_000)]))
        }
        try world.syncUntilQuiet()
        #expect(try node.pending == 0)
        let sizes = try world.hub.entries().flatMap { $0.segment.header.sections.map(\.rawSize) }
        #expect(sizes.allSatisfy { $0 <= Limits.sectionRawSize })
    }

    @Test func `conflicts of many bytes are filed in transactions that fit`() throws {
        let (world, node, other) = try scene()
        let edits = births(node.member, 4_400, note: "0")
        try node.commit(edits)
        try world.syncUntilQuiet()
        func note(_ key: RowKey, _ letter: String) -> [ColumnID: Value] {
            [Base.note: .text("\(key.id)" + String(repeating: letter, count: 360))]
        }
        for start in stride(from: 0, to: edits.count, by: 1_100) {
            try other.commit(
                edits[start..<start + 1_100].map { RowEdit(key: $0.key, act: .edit, values: note($0.key, "短")) })
        }
        try world.sync(other)
        // One segment as large as the protocol lets it be, larger than our own cutter makes them.
        try node.cutUnchecked(
            zip(try node.times(2), [edits[..<2_200], edits[2_200...]]).map { time, edits in
                (time, try edits.map { (.alliance, try node.change($0.key, nil, note($0.key, "长"), at: time)) })
            })
        try world.syncUntilQuiet()
        #expect(try world.hub.conflicts().count == 4_400)
        #expect(try other.conflicts().count == 4_400)
    }

    @Test func `conflicts of more audiences than a segment has sections are filed`() throws {
        let world = try TestAlliance(members: 70)
        let nodes = try world.members.map { try world.join($0) }
        let keys = nodes.map { Base.key($0.member, "base") }
        for (node, key) in zip(nodes, keys) {
            try node.create(key, Base.values("base", coOwners: [world.members[0]].filter { $0 != node.member }))
            try world.sync(node)
        }
        try world.sync(nodes[0])
        for (node, key) in zip(nodes, keys).dropFirst() {
            world.now += 10
            try node.edit(key, [Base.note: .text("owner")])
            try world.sync(node)
        }
        try nodes[0].commit(keys.map { RowEdit(key: $0, act: .edit, values: [Base.note: .text("co-owner")]) })
        for node in [nodes[0], nodes[69], nodes[1]] { try world.sync(node) }
        #expect(try world.hub.conflicts().count == 69)
        #expect(try nodes[69].conflicts().count == 1 && nodes[0].pending == 0)
    }

    @Test func `a segment a seen, in order, however many`() throws {
        let (world, node, other) = try scene()
        let key = Base.key(node.member, "base")
        try node.create(key, Base.values("base"))
        try world.syncUntilQuiet()
        for number in 0..<90 {
            // The other node's edit moves the journal, so that each own transaction has seen more.
            try other.edit(key, [Base.address: .text("\(number)")])
            try world.sync(other)
            try node.pullOnly()
            try node.edit(key, [Base.note: .text("\(number)")])
        }
        try world.syncUntilQuiet()
        try world.expectEqualFiles()
        try Oracle(world).check(world)
        #expect(try world.hub.conflicts().isEmpty)
        #expect(try other.value(key, Base.note) == .text("89"))
    }

    @Test func `a page is never larger than asked, beyond its first entry, and never empty`() throws {
        let (world, node, _) = try scene()
        for number in 0..<20 {
            try node.create(
                Base.key(node.member, "\(number)"),
                Base.values("\(number)", note: String(repeating: "x", count: number * 10)))
            try world.sync(node)
        }
        let head = try world.hub.state.cursor.rev
        for size in [0, 1, 500, 2_000, 10_000] {
            for rev in 0..<head {
                let page = try world.hub.store.read {
                    try $0.entries(after: rev, for: node.member, except: ReplicaID(rawValue: 0), size: size)
                }
                #expect(page.first?.rev == rev + 1)
                #expect(page.count == 1 || page.reduce(0) { $0 + $1.segment.size } <= size)
                #expect(zip(page, page.dropFirst()).allSatisfy { $0.rev + 1 == $1.rev })
            }
        }
        world.pageSize = 1
        try world.join(world.members[1])
        try world.syncUntilQuiet()
        try world.expectEqualFiles()
    }
}

extension Party {
    /// Takes in what the hub has without sending anything: as where the line breaks before the second request.
    func pullOnly() throws {
        // A node that does not know the hub's time asks before it cuts.
        try store.write { $0.state.hubTime = 0 }
        var session = NodeSession(program: "test", key: key)
        let effect = try store.write { try session.begin(in: $0, surroundings) }
        _ = try world.step(self, &session, effect)
    }
}
