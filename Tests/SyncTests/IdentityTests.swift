import Alliance
import CRDT
import Crypto
import Store
import Sync
import Testing
import Wire

/// Who may sign for whom: P7 over the register itself.
@Suite struct IdentityTests {
    private func refusal(_ outcome: NodeSession.Outcome?) -> Refusal.Code? {
        if case .refused(let refusal)? = outcome { refusal.code } else { nil }
    }

    private func nodeKey(_ world: TestAlliance, _ node: Party) throws -> RowKey {
        Register.nodeKey(try node.state.node, world.secretariat)
    }

    // MARK: Further nodes of a member

    @Test func `a member's second node waits until the first has confirmed it`() throws {
        let world = try TestAlliance(members: 2)
        let (first, other) = (try world.join(world.members[0]), try world.join(world.members[1]))
        let second = try world.join(world.members[0], confirmed: false)
        let key = Base.key(second.member, "base")
        try second.create(key, Base.values("base"))
        #expect(refusal(try world.sync(second)) == .unconfirmed)
        #expect(try second.pending == 1 && second.alarms.isEmpty, "it waits, and nothing is lost")
        #expect(try world.hub.row(key) == nil)

        try world.sync(first)
        try first.edit(try nodeKey(world, second), [NodeColumn.confirmed: .integer(Int64(world.now))])
        #expect(refusal(try world.sync(second)) == .unconfirmed, "what the hub has not heard does not count")
        try world.syncUntilQuiet()
        try world.syncUntilQuiet()
        try world.expectEqualFiles()
        #expect(try other.value(key, Base.name) == .text("base"))
    }

    @Test func `nobody but the member confirms its nodes`() throws {
        let world = try TestAlliance(members: 2)
        try world.join(world.members[0])
        let other = try world.join(world.members[1])
        let second = try world.join(world.members[0], confirmed: false)
        try world.sync(other)
        let confirmation = [NodeColumn.confirmed: Value.integer(1)]
        for party in [other, try #require(world.hub)] {
            let key = try nodeKey(world, second)
            #expect(throws: CommandRefusal.violations([Violation(.notYours, key, NodeColumn.confirmed)])) {
                try party.edit(key, confirmation)
            }
        }
        #expect(refusal(try world.sync(second)) == .unconfirmed)
    }

    @Test(arguments: [false, true])
    func `a node that the hub makes in the name of a member with one is merged by nobody`(_ isFirst: Bool) throws {
        let world = try TestAlliance(members: 2)
        let victim = try world.join(world.members[1])
        if !isFirst { try world.join(world.members[0]) }
        try world.syncUntilQuiet()
        let before = try victim.state.cursor
        let key = [UInt8](Curve25519.Signing.PrivateKey().publicKey.rawRepresentation)
        let row = Register.nodeKey(Register.nodeID(key: key, world.secretariat), world.secretariat)
        try world.hub.create(
            row,
            [
                NodeColumn.member: .bytes(world.members[0].bytes), NodeColumn.key: .bytes(key),
                NodeColumn.isHub: .integer(0), NodeColumn.joined: .integer(1), NodeColumn.confirmed: .integer(1),
            ])
        let outcome = try world.sync(victim)
        if isFirst {
            #expect(outcome == .proved(rev: try world.hub.state.cursor.rev))
        } else {
            guard case .alarmed(let alarm)? = outcome else {
                return #expect(Bool(false), "\(String(describing: outcome))")
            }
            #expect(alarm.kind == .journal && alarm.detail.contains("in the name of"))
            #expect(try victim.state.cursor == before)
        }
    }

    @Test func `a member whose nodes are all revoked may join anew`() throws {
        let world = try TestAlliance(members: 2)
        let lost = try world.join(world.members[0])
        let other = try world.join(world.members[1])
        try world.syncUntilQuiet()
        try world.hub.edit(try nodeKey(world, lost), [NodeColumn.revoked: .integer(1)])
        let fresh = try world.join(world.members[0], confirmed: false)
        try fresh.create(Base.key(fresh.member, "base"), Base.values("base"))
        #expect(try world.sync(fresh) == .proved(rev: world.hub.state.cursor.rev))
        #expect(try world.sync(other) == .proved(rev: world.hub.state.cursor.rev))
        #expect(refusal(try world.sync(lost)) == .revoked)
    }

    // MARK: Revocation

    @Test func `a revocation holds as of its rev, and its node is told`() throws {
        let world = try TestAlliance(members: 2)
        let (node, other) = (try world.join(world.members[0]), try world.join(world.members[1]))
        let key = Base.key(node.member, "base")
        try node.create(key, Base.values("base", note: "before"))
        try world.sync(node)
        try node.edit(key, [Base.note: .text("too late")])
        try world.hub.edit(try nodeKey(world, node), [NodeColumn.revoked: .integer(Int64(world.now))])
        let head = try world.hub.state.cursor

        #expect(refusal(try world.sync(node)) == .revoked)
        #expect(try node.alarms.map(\.kind) == [.revoked])
        #expect(try world.hub.state.cursor == head && world.hub.value(key, Base.note) == .text("before"))
        #expect(throws: CommandRefusal.stopped(.revoked)) { try node.edit(key, [Base.note: .text("more")]) }
        #expect(try node.value(key, Base.note) == .text("too late"), "what was written stays readable")
        // What it signed before the revocation is merged by who hears of both at once.
        #expect(try world.sync(other) == .proved(rev: head.rev))
        #expect(try other.value(key, Base.note) == .text("before"))

        // Taken back in force, it goes on with what waited.
        try world.hub.edit(try nodeKey(world, node), [NodeColumn.revoked: .null])
        try world.syncUntilQuiet()
        try world.syncUntilQuiet()
        #expect(try node.alarms.isEmpty && other.value(key, Base.note) == .text("too late"))
    }

    @Test(arguments: [(NodeColumn.revoked, Value.integer(1)), (NodeColumn.confirmed, .null)])
    func `a segment of a revoked or unconfirmed node that the hub lets pass is merged by nobody`(
        _ column: ColumnID, _ value: Value
    ) throws {
        let world = try TestAlliance(members: 2)
        let (node, other) = (try world.join(world.members[0]), try world.join(world.members[1]))
        try world.syncUntilQuiet()
        try node.create(Base.key(node.member, "base"), Base.values("base"))
        try world.sync(node)
        let turned = RowState(
            key: try nodeKey(world, node), presence: nil,
            cells: [
                Cell(
                    column: column, value: value,
                    stamp: Stamp(time: HybridTime(milliseconds: world.now), replica: try world.hub.state.replica))
            ])
        // As if it had stood so in the journal before.
        try other.store.write { transaction in
            let row = try #require(try transaction.row(turned.key))
            try transaction.put(row.merged(with: turned), audience: .alliance)
        }
        guard case .alarmed(let alarm)? = try world.sync(other) else { return #expect(Bool(false)) }
        #expect(alarm.kind == .journal && alarm.detail.contains("revoked"))
    }

    // MARK: Keys

    @Test func `segments are held against the key that the journal has at their rev`() throws {
        let world = try TestAlliance(members: 2)
        let (node, other) = (try world.join(world.members[0]), try world.join(world.members[1]))
        try world.syncUntilQuiet()
        let key = Base.key(node.member, "base")
        try node.create(key, Base.values("base", note: "old key"))
        let next = Curve25519.Signing.PrivateKey()
        try node.edit(try nodeKey(world, node), [NodeColumn.key: .bytes([UInt8](next.publicKey.rawRepresentation))])
        try node.store.write { try Cutter($0, key: node.key).cut(segments: .max) }
        try world.sync(node)
        #expect(try node.pending == 0 && world.hub.state.cursor == node.state.cursor)

        // The old key signs nothing more.
        try node.edit(key, [Base.note: .text("stolen")])
        #expect(refusal(try world.sync(node)) == .malformed)
        #expect(try world.hub.value(key, Base.note) == .text("old key"))
        #expect(try world.hub.alarms.map(\.kind) == [.segment])
        // Who was away merges the segments on both sides of the change.
        #expect(try world.sync(other) != nil)
        #expect(try other.state.cursor == world.hub.state.cursor && other.alarms.isEmpty)
    }

    @Test func `a change of the hub's key is merged from the journal, and a forged one is not`() throws {
        let world = try TestAlliance(members: 2)
        let (node, late) = (try world.join(world.members[0]), try world.join(world.members[1]))
        try world.syncUntilQuiet()
        let next = Curve25519.Signing.PrivateKey()
        let hubRow = Register.nodeKey(try world.hub.state.node, world.secretariat)
        let publicKey = [UInt8](next.publicKey.rawRepresentation)
        #expect(throws: CommandRefusal.violations([Violation(.notYours, hubRow, NodeColumn.key)])) {
            try node.edit(hubRow, [NodeColumn.key: .bytes(publicKey)])
        }
        try world.hub.edit(hubRow, [NodeColumn.key: .bytes(publicKey)])
        try world.hub.store.write { $0.state.hubKey = publicKey }
        world.hubKey = next
        // Entries under the new key, for those who come later.
        let table = try #require(world.hub.store.schema[.member])
        try world.hub.store.write { transaction in
            let row = try #require(
                try transaction.rows(in: table).first { $0.key.id.rawValue == world.members[0].rawValue })
            try LocalWriter(transaction, key: next, surroundings: world.hub.surroundings)
                .commit([RowEdit(key: row.key, act: .edit, values: [ColumnID(3): .text("新址")])])
        }
        for party in [node, late] {
            #expect(try world.sync(party) == .proved(rev: world.hub.state.cursor.rev))
            #expect(try party.state.hubKey == publicKey && party.alarms.isEmpty)
        }
        try world.expectEqualFiles()
        // Who joins now starts under the new key.
        let fresh = try world.join(world.members[1])
        #expect(try fresh.state.hubKey == publicKey)
        try world.syncUntilQuiet()
    }
}
