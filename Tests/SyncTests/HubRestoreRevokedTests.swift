import Alliance
import CRDT
import Store
import Sync
import Testing
import Wire

/// A hub that went back to before it revoked a node: what that had sent until then is back, and nobody waits for the rest.
@Suite struct HubRestoreRevokedTests {
    private func scene() throws -> TestAlliance {
        let world = try TestAlliance(members: 3)
        for member in world.members { try world.join(member) }
        for node in world.nodes { try node.create(Base.key(node.member, "base"), Base.values("base", note: "0")) }
        try world.syncUntilQuiet()
        return world
    }

    private func base(_ node: Party) -> RowKey { Base.key(node.member, "base") }

    private func revoke(_ node: Party, _ world: TestAlliance) throws {
        try world.hub.edit(Register.nodeKey(node.state.node, world.secretariat), [NodeColumn.revoked: .integer(1)])
    }

    private func isRevoked(_ node: Party, _ world: TestAlliance) throws -> Bool {
        try world.hub.row(Register.nodeKey(node.state.node, world.secretariat))?[NodeColumn.revoked]?.value
            == .integer(1)
    }

    @Test func `what a node had sent before it was revoked is back before its revocation`() throws {
        let world = try scene()
        let (first, other) = (world.nodes[0], world.nodes[1])
        try world.hub.rollingBack {
            try first.edit(base(first), [Base.note: .text("before")])
            try world.syncUntilQuiet()
            try revoke(first, world)
            try world.sync(other)
        }
        for _ in 0..<3 { try world.sync(other) }
        #expect(try world.hub.value(base(first), Base.note) == .text("before"))
        #expect(try isRevoked(first, world))
        #expect(try other.alarms.isEmpty)
        for _ in 0..<2 { try world.sync(world.nodes[2]) }
        #expect(try world.nodes[2].value(base(first), Base.note) == .text("before"))
        #expect(try world.nodes[2].alarms.isEmpty)
    }

    @Test func `nobody waits for what a node alone has that is revoked`() throws {
        let world = try scene()
        let (first, other) = (world.nodes[0], world.nodes[1])
        try world.hub.rollingBack {
            try first.commit([
                RowEdit(key: Contact.key(first.member), act: .create, values: Contact.values(phone: "1")),
                RowEdit(key: base(first), act: .edit, values: [Base.note: .text("half of it is with its author")]),
            ])
            try world.syncUntilQuiet()
            try revoke(first, world)
            try world.sync(other)
            try other.edit(base(other), [Base.note: .text("knowing of that")])
        }
        for _ in 0..<3 { try world.sync(other) }
        #expect(try isRevoked(first, world))
        #expect(try world.hub.value(base(other), Base.note) == .text("knowing of that"))
        #expect(try other.rejected().isEmpty)
    }
}
