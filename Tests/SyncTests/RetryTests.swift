import CRDT
import Store
import Sync
import Testing

/// What a person asks for from the rejected inbox: the same again, as of now.
@Suite struct RetryTests {
    /// A node whose edit of somebody else's base was struck out, as it was a co-owner no longer.
    private func scene() throws -> (world: TestAlliance, owner: Party, other: Party, base: RowKey) {
        let world = try TestAlliance(members: 2)
        let (owner, other) = (try world.join(world.members[0]), try world.join(world.members[1]))
        let base = Base.key(owner.member, "shared")
        try owner.create(base, Base.values("shared", coOwners: [other.member]))
        try world.syncUntilQuiet()
        try owner.edit(base, [Base.coOwners: .null])
        try world.sync(owner)
        try other.edit(base, [Base.note: .text("mine")])
        try world.syncUntilQuiet()
        return (world, owner, other, base)
    }

    private func retry(at node: Party) throws {
        let rejected = try #require(try node.rejected().first)
        try node.commit(try node.store.read { try rejected.edits($0) })
    }

    @Test func `an edit is written again once it may be`() throws {
        let (world, owner, other, base) = try scene()
        #expect(try other.value(base, Base.note) != .text("mine"))
        try owner.edit(base, [Base.coOwners: .bytes(other.member.bytes)])
        try world.syncUntilQuiet()
        try retry(at: other)
        try world.syncUntilQuiet()
        #expect(try owner.value(base, Base.note) == .text("mine"))
    }

    @Test func `an edit of a row that was deleted since makes no half of it anew`() throws {
        let (world, owner, other, base) = try scene()
        try owner.delete(base)
        try world.syncUntilQuiet()
        #expect(throws: CommandRefusal.absent(base)) { try retry(at: other) }
        #expect(try other.row(base)?.isThere == false)
    }
}
