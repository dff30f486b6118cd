import Alliance
import CRDT
import Store
import Sync
import Testing

/// The deep check sees a map of the ledger that does not follow from its records, and a rebuild mends it.
@Suite struct LedgerCheckTests {
    /// A school with a room of two workstations, one of them booked, and the other given on with its booking.
    private func scene() throws -> (world: TestAlliance, asset: AssetID) {
        let world = try TestAlliance(members: 2)
        let (owner, other) = (try world.join(world.members[0]), try world.join(world.members[1]))
        let space = RowID(natural: [.text("一号车间")], table: .space, owner: owner.member)
        let asset = AssetID(table: .space, row: space)
        try owner.create(
            RowKey(table: .space, owner: owner.member, id: space),
            [
                SpaceColumn.base: Value(space), SpaceColumn.name: .text("一号车间"), ColumnID(3): .integer(40),
                SpaceColumn.mode: .text("workstation"), SpaceColumn.workstations: .integer(2),
            ])
        try world.syncUntilQuiet()
        for lane: UInt16 in 0...1 {
            try take(owner, asset)
            let span = try #require(Span(lane: lane, from: 0, to: 3_600_000))
            if lane == 1 {
                try act(owner) { try $0.release([span], of: asset, wish: other.member, note: "") }
            }
        }
        try world.syncUntilQuiet()
        return (world, asset)
    }

    private func act<Result>(_ node: Party, _ body: (LocalLedger) throws -> Result) throws -> Result {
        try node.store.write { try body(LocalLedger($0, key: node.key, surroundings: node.surroundings)) }
    }

    private func take(_ node: Party, _ asset: AssetID, from: Int64 = 0) throws {
        let wanted = try #require(Wanted(.lanes, count: 1, from: from, to: from + 3_600_000))
        let subject = RowID(rawValue: UInt128(node.world.random.next()))
        guard case .confirmed = try act(node, { try $0.take(wanted, of: asset, subject: subject) }) else {
            throw LedgerRefusal.elsewhere
        }
    }

    @Test(arguments: [
        "DELETE FROM holding WHERE lane = 1", "UPDATE holding SET first = first + 1 WHERE lane = 0",
        "UPDATE holding SET holder = x'0000000000000001'", "UPDATE holding SET holder = x'01'",
        "UPDATE holding SET counter = counter + 1", "UPDATE holding SET kind = 0, holder = NULL WHERE lane = 0",
        "DELETE FROM occupation WHERE lane = 0", "UPDATE occupation SET last = last + 1 WHERE lane = 1",
        "UPDATE occupation SET grant_id = zeroblob(16)",
        "INSERT INTO awaited SELECT asset, lane, first, zeroblob(16), grant_id, last, grant_id FROM occupation",
        "DELETE FROM holding", "UPDATE occupation SET asset = zeroblob(18)",
    ]) func `a map changed by hand is named by its asset, and made anew`(_ sql: String) throws {
        let (world, asset) = try scene()
        for party in world.nodes + [world.hub!] {
            #expect(try party.store.deepCheck().isClean)
            try party.store.execute(sql)
            let findings = try party.store.deepCheck()
            #expect(findings.assets.contains(asset) && !findings.isClean, "\(party.name)")
            try party.store.write { _ = try $0.rehash() }
            #expect(try party.store.deepCheck().isClean)
        }
    }

    @Test func `what waits for the end of a recovery is neither more nor less than came with the journal`() throws {
        let (world, asset) = try scene()
        let hub = try #require(world.hub)
        try world.hub.rollingBack {
            try take(world.nodes[0], asset, from: 7_200_000)
            try world.syncUntilQuiet()
        }
        try world.syncUntilQuiet()
        #expect(try hub.store.deepCheck().isClean)
        let waiting = try hub.store.read { try $0.ledger.postponed() }.map(\.key.id)
        #expect(waiting.count == 1)
        try hub.store.execute("DELETE FROM postponed")
        #expect(try hub.store.deepCheck().postponed == waiting)
        try hub.store.execute("UPDATE epoch SET closed = 1")
        #expect(try hub.store.deepCheck().isClean)
        try hub.store.execute("INSERT INTO postponed (record) VALUES (x'00000000000000000000000000000007')")
        #expect(try hub.store.deepCheck().postponed == [RowID(rawValue: 7)])
    }
}
