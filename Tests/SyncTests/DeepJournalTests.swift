import Alliance
import CRDT
import Store
import Sync
import Testing
import Wire

/// The deep check follows the chain of journal hashes from one end to the other.
@Suite struct DeepJournalTests {
    private func scene() throws -> (world: TestAlliance, node: Party) {
        let world = try TestAlliance(members: 1)
        let node = try world.join(world.members[0])
        for number in 0..<8 {
            try node.create(Base.key(node.member, "\(number)"), Base.values("\(number)"))
            try world.sync(node)
        }
        try world.syncUntilQuiet()
        return (world, node)
    }

    @Test(
        arguments: [
            ("UPDATE journal SET hash = zeroblob(32) WHERE rev = 5", [5, 6]),
            ("UPDATE journal SET hub_time = hub_time + 1 WHERE rev = 5", [5]),
            ("UPDATE journal SET verdict = x'0a00' WHERE rev = 5", [5]),
            ("DELETE FROM journal WHERE rev = 5", [6]),
            ("DELETE FROM journal WHERE rev = (SELECT max(rev) FROM journal)", [11]),
            ("DELETE FROM segment WHERE rev = 5", [5]),
        ] as [(String, [UInt64])]) func `a broken journal is named by its revs`(_ sql: String, _ revs: [UInt64]) throws
    {
        let (world, node) = try scene()
        for party in [node, world.hub!] {
            #expect(try party.store.deepCheck().isClean)
            try party.store.execute(sql)
            #expect(try party.store.deepCheck().journal == revs)
        }
    }
}
