import Alliance
import CRDT
import Store
import Sync
import Testing
import Wire

/// Points of a hub that went back: what it gives twice is named, and what stands is decided once.
@Suite struct HubRestoreLedgerTests {
    private static let hour: Int64 = 3_600_000

    /// Three schools, and a room of one workstation whose time the first has given to the pool.
    private func scene() throws -> (world: TestAlliance, nodes: [Party], asset: AssetID) {
        let world = try TestAlliance(members: 3)
        let nodes = try world.members.map { try world.join($0) }
        let owner = nodes[0]
        let space = RowID(natural: [.text("一号车间")], table: .space, owner: owner.member)
        let asset = AssetID(table: .space, row: space)
        try owner.create(
            RowKey(table: .space, owner: owner.member, id: space),
            [
                SpaceColumn.base: Value(space), SpaceColumn.name: .text("一号车间"), ColumnID(3): .integer(40),
                SpaceColumn.mode: .text("workstation"), SpaceColumn.workstations: .integer(1),
            ])
        try world.syncUntilQuiet()
        let span = try #require(Span(lane: 0, from: 0, to: 10 * Self.hour))
        try act(owner) { try $0.release([span], of: asset, wish: nil, note: "") }
        try world.syncUntilQuiet()
        return (world, nodes, asset)
    }

    private func act<Result>(_ node: Party, _ body: (LocalLedger) throws -> Result) throws -> Result {
        try node.store.write { try body(LocalLedger($0, key: node.key, surroundings: node.surroundings)) }
    }

    /// Asks the pool for the room's first hour, and has the answer.
    private func ask(_ node: Party, _ asset: AssetID) throws {
        let wanted = try #require(Wanted(.lanes, count: 1, from: 0, to: Self.hour))
        let subject = RowID(rawValue: UInt128(node.world.random.next()))
        guard case .requested = try act(node, { try $0.take(wanted, of: asset, subject: subject) }) else {
            throw LedgerRefusal.elsewhere
        }
        try node.world.sync(node)
        try node.world.sync(node)
    }

    private func close(_ world: TestAlliance) throws {
        try world.hub.store.write { transaction in
            for alarm in try transaction.alarms() where alarm.kind == .restored {
                try transaction.clear(.restored, subject: alarm.subject)
            }
            var desk = HubDesk(transaction, key: world.hub.key, surroundings: world.hub.surroundings)
            try desk.closeRecovery(at: world.hub.wall)
            try desk.file()
        }
        try world.syncUntilQuiet()
    }

    private func live(_ party: Party) throws -> [RowState] {
        let table = try #require(party.store.schema[.use])
        return try party.store.read { transaction in
            try transaction.rows(in: table).filter { row in
                try row.use.map { try Ledger.isLive($0, in: transaction.ledger) } ?? false
            }
        }
    }

    @Test func `points that a hub gave again before it noticed that it went back stand once, and the other is told`()
        throws
    {
        let (world, nodes, asset) = try scene()
        try world.hub.rollingBack {
            try ask(nodes[1], asset)
            #expect(try live(world.hub).first?.memberID(UseColumn.member) == nodes[1].member)
        }
        world.now += 60_000
        try ask(nodes[2], asset)
        #expect(try live(world.hub).first?.memberID(UseColumn.member) == nodes[2].member)
        try world.syncUntilQuiet()
        try world.syncUntilQuiet()
        try close(world)
        for party in nodes + [world.hub!] {
            let live = try live(party)
            #expect(live.map { $0.memberID(UseColumn.member) } == [nodes[2].member], "\(party.name)")
            #expect(try party.store.dump("dispute").count == 1, "\(party.name)")
        }
        #expect(try world.hub.store.deepCheck().isClean)
        try world.expectEqualFiles()
    }

    @Test func `an answer that comes back after the recovery was closed is judged when it comes`() throws {
        let (world, nodes, asset) = try scene()
        try world.hub.rollingBack { try ask(nodes[1], asset) }
        world.now += 60_000
        try ask(nodes[2], asset)
        // The first school stays away; the hub is told that it went back by its operator.
        try world.hub.store.write {
            try HubSession($0, key: world.hub.key, surroundings: world.hub.surroundings)
                .openEpoch(after: 1, because: "the operator")
        }
        for node in [nodes[0], nodes[2], nodes[0], nodes[2]] { try world.sync(node) }
        try close(world)
        try world.syncUntilQuiet()
        #expect(try live(world.hub).map { $0.memberID(UseColumn.member) } == [nodes[2].member])
        #expect(try world.hub.store.dump("dispute").count == 1)
        try world.expectEqualFiles()
    }

    @Test func `what a restored hub had answered stands where nobody else was given the points`() throws {
        let (world, nodes, asset) = try scene()
        try world.hub.rollingBack { try ask(nodes[1], asset) }
        try world.syncUntilQuiet()
        try world.syncUntilQuiet()
        try close(world)
        for party in nodes + [world.hub!] {
            #expect(try live(party).map { $0.memberID(UseColumn.member) } == [nodes[1].member], "\(party.name)")
            #expect(try party.store.dump("dispute").isEmpty, "\(party.name)")
        }
        try world.expectEqualFiles()
    }

    @Test func `one word closes the recovery of a hub that went back again meanwhile`() throws {
        let (world, nodes, asset) = try scene()
        for _ in 0..<2 {
            try world.hub.store.write {
                try HubSession($0, key: world.hub.key, surroundings: world.hub.surroundings)
                    .openEpoch(after: 0, because: "restored")
            }
            try world.syncUntilQuiet()
        }
        try ask(nodes[1], asset)
        #expect(try live(world.hub).isEmpty, "nothing is given while it recovers")
        try close(world)
        #expect(try live(world.hub).map { $0.memberID(UseColumn.member) } == [nodes[1].member])
        #expect(try world.hub.store.deepCheck().isClean)
    }
}
