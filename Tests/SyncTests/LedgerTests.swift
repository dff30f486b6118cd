import Alliance
import CRDT
import Foundation
import Store
import Sync
import Testing
import Wire

/// Points through real files and sessions: what is confirmed without a network stays, and nothing is given twice.
@Suite("Ledger of points")
struct LedgerTests {
    private static let hour: Int64 = 3_600_000
    private static let day: Int64 = 86_400_000

    /// Three schools; the first has a room of so many workstations that everybody knows of.
    private func alliance(_ seed: UInt64 = 1, workstations: Int = 2) throws -> (TestAlliance, [Party], AssetID) {
        let world = try TestAlliance(seed)
        let nodes = try world.members.map { try world.join($0) }
        let owner = nodes[0]
        let base = RowID(natural: [.text("数控基地")], table: .base, owner: owner.member)
        try owner.create(
            RowKey(table: .base, owner: owner.member, id: base), [ColumnID(1): .text("数控基地")])
        let space = RowID(natural: [Value(base), .text("一号车间")], table: .space, owner: owner.member)
        try owner.create(
            RowKey(table: .space, owner: owner.member, id: space),
            [
                SpaceColumn.base: Value(base), SpaceColumn.name: .text("一号车间"), ColumnID(3): .integer(40),
                SpaceColumn.mode: .text("workstation"), SpaceColumn.workstations: .integer(Int64(workstations)),
            ])
        for node in nodes + nodes { try world.sync(node) }
        return (world, nodes, AssetID(table: .space, row: space))
    }

    private func wanted(_ world: TestAlliance, _ count: Int, hour: Int64 = 0) throws -> Wanted {
        let from = Int64(world.now) / Self.day * Self.day + 2 * Self.day + hour * Self.hour
        return try #require(Wanted(.lanes, count: count, from: from, to: from + 2 * Self.hour))
    }

    @discardableResult
    private func act<Result>(_ node: Party, _ body: (LocalLedger) throws -> Result) throws -> Result {
        try node.store.write { try body(LocalLedger($0, key: node.key, surroundings: node.surroundings)) }
    }

    private func take(_ node: Party, _ wanted: Wanted, _ asset: AssetID) throws -> LocalLedger.Outcome {
        let subject = RowID(rawValue: UInt128(node.world.random.next()))
        return try act(node) { try $0.take(wanted, of: asset, subject: subject) }
    }

    private func isLive(_ use: RowID, at node: Party) throws -> Bool {
        try node.store.read { transaction in
            guard let use = try transaction.ledger.use(use) else { return false }
            return try Ledger.isLive(use, in: transaction.ledger)
        }
    }

    private func uses(_ node: Party, of asset: AssetID) throws -> [RowState] {
        let table = try #require(node.store.schema[.use])
        return try node.store.read { try $0.rows(in: table) }.filter { $0.asset == asset }
    }

    private func maps(_ node: Party) throws -> [String] {
        try ["holding", "occupation", "awaited"].flatMap { try node.store.dump($0) }
    }

    // MARK: Time

    @Test func `a school confirms in its own room without a network, and nobody takes it back`() throws {
        let (world, nodes, asset) = try alliance()
        let wish = try wanted(world, 2)
        guard case .confirmed(let use) = try take(nodes[0], wish, asset) else {
            Issue.record("not confirmed")
            return
        }
        // Another school asks for the same time before it has heard of it.
        guard case .requested(let request, held: 0) = try take(nodes[1], wanted(world, 1), asset) else {
            Issue.record("not asked for")
            return
        }
        try world.sync(nodes[1])
        for node in nodes + nodes { try world.sync(node) }
        for party in nodes + [world.hub!] { #expect(try isLive(use, at: party)) }
        let declined = try nodes[1].row(
            RowKey(
                table: .decline, owner: world.secretariat,
                id: RowID(natural: [.bytes(request.bytes)], table: .decline, owner: world.secretariat)))
        #expect(declined?.isThere == true, "the hub says no by itself where everything is taken")
        #expect(throws: LedgerRefusal.self) { try take(nodes[2], wanted(world, 1), asset) }
    }

    @Test func `of two that ask for the last workstation in the pool one has it, and the other hears no`() throws {
        let (world, nodes, asset) = try alliance(workstations: 1)
        let wish = try wanted(world, 1)
        let span = try #require(Span(lane: 0, from: wish.from, to: wish.to))
        try act(nodes[0]) { try $0.release([span], of: asset, wish: nil, note: "") }
        for node in nodes { try world.sync(node) }
        for node in nodes[1...] {
            guard case .requested = try take(node, wish, asset) else {
                Issue.record("not asked for")
                return
            }
        }
        for node in nodes + nodes { try world.sync(node) }
        let uses = try uses(world.hub, of: asset)
        #expect(uses.count == 1)
        #expect(uses.first?.memberID(UseColumn.member) == nodes[1].member, "the first in the journal")
        for node in nodes { #expect(try self.uses(node, of: asset) == uses) }
        // Who has it may end it: the point goes back to the pool, and the next may have it.
        let use = try #require(uses.first?.key.id)
        try act(nodes[1]) { try $0.cancel(use, reason: "改期") }
        for node in nodes + nodes { try world.sync(node) }
        guard case .requested = try take(nodes[2], wish, asset) else {
            Issue.record("not asked for")
            return
        }
        for node in nodes + nodes { try world.sync(node) }
        let live = try self.uses(world.hub, of: asset).filter { try isLive($0.key.id, at: world.hub) }
        #expect(live.map { $0.memberID(UseColumn.member) } == [nodes[2].member])
    }

    @Test func `a holder answers anothers request, what was taken beside a request that is declined is given back`()
        throws
    {
        let (world, nodes, asset) = try alliance(workstations: 3)
        let wish = try wanted(world, 1)
        // The second school is given one workstation, with a wish; it asks for two.
        let span = try #require(Span(lane: 0, from: wish.from, to: wish.to))
        try act(nodes[0]) { try $0.release([span], of: asset, wish: nodes[1].member, note: "") }
        for node in nodes + nodes { try world.sync(node) }
        let two = try #require(Wanted(.lanes, count: 2, from: wish.from, to: wish.to))
        guard case .requested(let request, held: 1) = try take(nodes[1], two, asset) else {
            Issue.record("one is its own, one is not")
            return
        }
        for node in nodes + nodes { try world.sync(node) }
        try act(nodes[0]) { try $0.decline(request, because: "设备检修") }
        for node in nodes + nodes { try world.sync(node) }
        #expect(try act(nodes[1]) { try $0.tidy() } == 2, "its own part, and the request, for others to see")
        let live = try uses(nodes[1], of: asset).filter { try isLive($0.key.id, at: nodes[1]) }
        #expect(live.isEmpty)
        // Asked again, and this time granted; then taken back.
        guard case .requested(let again, held: 1) = try take(nodes[1], two, asset) else {
            Issue.record("the point is its own again")
            return
        }
        for node in nodes + nodes { try world.sync(node) }
        let use = try act(nodes[0]) { try $0.approve(again) }
        for node in nodes + nodes { try world.sync(node) }
        #expect(try isLive(use, at: nodes[1]))
        try act(nodes[1]) { try $0.withdraw(again, because: "") }
        for node in nodes + nodes { try world.sync(node) }
        #expect(try act(nodes[0]) { try $0.tidy() } == 1)
        #expect(try !isLive(use, at: nodes[0]))
    }

    // MARK: Places

    @Test func `places are admitted to without a network, given back and on, and never used twice`() throws {
        let world = try TestAlliance(3)
        let nodes = try world.members.map { try world.join($0) }
        let plan = RowID(natural: [.integer(2027)], table: .plan, owner: world.secretariat)
        let asset = AssetID(table: .plan, row: plan)
        try world.hub.create(
            RowKey(table: .plan, owner: world.secretariat, id: plan),
            [
                PlanColumn.year: .integer(2027), PlanColumn.major: .bytes(plan.bytes),
                PlanColumn.level: .text("senior"),
                PlanColumn.pathway: .text("2+2"),
            ])
        func decide<Result>(_ body: (inout HubDesk) throws -> Result) throws -> Result {
            try world.hub.store.write { transaction in
                var desk = HubDesk(transaction, key: world.hub.key, surroundings: world.hub.surroundings)
                let result = try body(&desk)
                try desk.file()
                return result
            }
        }
        try decide { try $0.setTotal(10, of: asset) }
        for node in nodes { _ = try decide { try $0.allot(3, of: asset, to: node.member) } }
        #expect(throws: LedgerRefusal.tooFew(1)) { try decide { try $0.allot(2, of: asset, to: nodes[0].member) } }
        #expect(throws: LedgerRefusal.tooFew(1)) { try decide { try $0.setTotal(8, of: asset) } }
        for node in nodes { try world.sync(node) }
        let one = try #require(Wanted(.places, count: 1, from: 1, to: 1 << 20))
        for node in nodes {
            for _ in 0..<2 {
                guard case .confirmed = try take(node, one, asset) else {
                    Issue.record("not admitted")
                    return
                }
            }
        }
        // The last free one goes from the first school to the second, which had none left but one.
        _ = try act(nodes[0]) { try $0.release(places: 1, of: asset, wish: nodes[1].member, note: "") }
        #expect(throws: LedgerRefusal.tooFew(0)) {
            try act(nodes[0]) { try $0.release(places: 1, of: asset, wish: nil, note: "") }
        }
        for node in nodes + nodes { try world.sync(node) }
        for _ in 0..<2 {
            guard case .confirmed = try take(nodes[1], one, asset) else {
                Issue.record("not admitted")
                return
            }
        }
        for node in nodes + nodes { try world.sync(node) }
        let pieces = try uses(world.hub, of: asset).compactMap(\.use).flatMap(\.pieces)
        #expect(pieces.count == 8)
        #expect(Set(pieces.map(\.span)).count == 8, "no place twice")
        try decide { try $0.setTotal(9, of: asset) }
        #expect(throws: LedgerRefusal.tooFew(0)) { try decide { try $0.setTotal(8, of: asset) } }
    }

    // MARK: Restorations

    @Test func `a replica that ended leaves its points in quarantine until the operator attests`() throws {
        let (world, nodes, asset) = try alliance(workstations: 1)
        let owner = nodes[0]
        let wish = try wanted(world, 1)
        var lost: RowID?
        try owner.rollingBack {
            guard case .confirmed(let use) = try take(owner, wish, asset) else { return }
            lost = use
            try world.sync(owner)
        }
        for node in nodes + nodes { try world.sync(node) }
        // The booking came back; under its new id the node holds nothing.
        let use = try #require(lost)
        #expect(try isLive(use, at: owner))
        let later = try wanted(world, 1, hour: 4)
        guard case .requested = try take(owner, later, asset) else {
            Issue.record("a former replica's points were used")
            return
        }
        #expect(throws: LedgerRefusal.elsewhere) { try act(owner) { try $0.cancel(use, reason: "") } }
        try world.sync(owner)
        let former = try #require(try world.hub.store.read { try $0.ledger.use(use)?.author })
        try world.hub.store.write { transaction in
            var desk = HubDesk(transaction, key: world.hub.key, surroundings: world.hub.surroundings)
            desk.reason = "attest"
            try Ledger.attest([former], to: try owner.state.replica, at: &desk)
            try desk.file()
        }
        for node in nodes + nodes { try world.sync(node) }
        guard case .confirmed = try take(owner, try wanted(world, 1, hour: 8), asset) else {
            Issue.record("what was attested can't be used")
            return
        }
        try act(owner) { try $0.cancel(use, reason: "") }
        for node in nodes + nodes { try world.sync(node) }
        #expect(try !isLive(use, at: world.hub))
        #expect(try world.hub.store.dump("dispute").isEmpty)
    }

    @Test func `a node that was restored confirms and gives away nothing before it has gone on under a new id`() throws
    {
        let (world, nodes, asset) = try alliance(workstations: 1)
        let owner = nodes[0]
        let wish = try wanted(world, 1)
        try owner.rollingBack {
            guard case .confirmed = try take(owner, wish, asset) else { return }
            try world.sync(owner)
        }
        // As by `OpenReplica.restore`; of the booking after the backup the file knows nothing.
        try owner.store.write { $0.state.isEnding = true }
        guard case .requested = try take(owner, wish, asset) else {
            Issue.record("what it held before was used again")
            return
        }
        let span = try #require(Span(lane: 0, from: wish.from, to: wish.to))
        #expect(throws: LedgerRefusal.elsewhere) {
            try act(owner) { try $0.release([span], of: asset, wish: nil, note: "") }
        }
        for node in nodes + nodes { try world.sync(node) }
        #expect(try uses(world.hub, of: asset).count == 1)
        #expect(try world.hub.store.dump("dispute").isEmpty)
    }

    // MARK: Faults

    @Test
    func `a use of points that a replica does not hold is disputed by the hub, and the rightful one stands everywhere`()
        throws
    {
        let (world, nodes, asset) = try alliance(workstations: 1)
        let wish = try wanted(world, 1)
        guard case .confirmed(let use) = try take(nodes[0], wish, asset) else {
            Issue.record("not confirmed")
            return
        }
        // A faulty node writes down what it does not have, under the owner's grant.
        let rows = try uses(nodes[0], of: asset)
        let mine = try #require(rows.first?.use)
        let false1 = RowID(rawValue: 1 << 100 | 9)
        try nodes[1].create(
            RowKey(table: .use, owner: nodes[1].member, id: false1),
            [
                AssetColumn.table: .integer(18), AssetColumn.row: Value(asset.row),
                UseColumn.replica: Value(try nodes[1].state.replica),
                UseColumn.pieces: .bytes(PointBytes.bytes(mine.pieces)), UseColumn.kind: .text("booking"),
                UseColumn.member: Value(nodes[1].member),
            ])
        // Another in the name of the owner's replica.
        let false2 = RowID(rawValue: 1 << 100 | 10)
        try nodes[2].create(
            RowKey(table: .use, owner: nodes[2].member, id: false2),
            [
                AssetColumn.table: .integer(18), AssetColumn.row: Value(asset.row),
                UseColumn.replica: Value(mine.author),
                UseColumn.pieces: .bytes(PointBytes.bytes(mine.pieces)), UseColumn.kind: .text("booking"),
                UseColumn.member: Value(nodes[2].member),
            ])
        for node in [nodes[1], nodes[2], nodes[0]] + nodes { try world.sync(node) }
        for party in nodes + [world.hub!] {
            #expect(try isLive(use, at: party))
            #expect(try !isLive(false1, at: party))
            #expect(try !isLive(false2, at: party))
        }
        let kept = try maps(world.hub)
        for node in nodes { #expect(try maps(node) == kept) }
    }

    @Test func `a booking stamped a year ahead is kept, and moves nobodys clock`() throws {
        let (world, nodes, asset) = try alliance()
        nodes[0].skew = 365 * Self.day
        guard case .confirmed(let use) = try take(nodes[0], wanted(world, 1), asset) else {
            Issue.record("not confirmed")
            return
        }
        // Cut before the hub is asked for the time, as for a stick.
        try nodes[0].store.write { try Cutter($0, key: nodes[0].key).cut(segments: 1) }
        for node in nodes + nodes { try world.sync(node) }
        for party in nodes + [world.hub!] { #expect(try isLive(use, at: party)) }
        let year = UInt64(300 * Self.day)
        for party in [nodes[1], nodes[2], world.hub!] {
            #expect(try party.state.clock.last.milliseconds < world.now + year)
            #expect(try party.state.journalTime.milliseconds < world.now + year)
        }
        #expect(try nodes.allSatisfy { try $0.rejected().isEmpty })
    }

    @Test func `who has a booking stamped ahead of time goes on at the right time`() throws {
        let (world, nodes, asset) = try alliance()
        let node = nodes[0]
        let base = Base.key(node.member, "数控基地")
        node.skew = 30 * Self.day
        try node.edit(base, [Base.note: .text("struck out")])
        _ = try take(node, wanted(world, 1), asset)
        // Cut before the hub is asked for the time: the edit is struck out, the booking is not.
        try node.store.write { try Cutter($0, key: node.key).cut(segments: 9) }
        node.skew = 0
        for other in nodes + nodes { try world.sync(other) }
        #expect(try world.hub.value(base, Base.note) == .text("struck out"), "written anew, and accepted")
        #expect(try node.state.clock.last.milliseconds < world.now + UInt64(Self.day))
        try node.edit(base, [Base.note: .text("later")])
        for other in nodes + nodes { try world.sync(other) }
        #expect(try world.hub.value(base, Base.note) == .text("later"))
        let own = try node.state.replica
        let firsts = try world.hub.entries().map(\.segment.header).filter { $0.replica == own }.map(\.times.lowerBound)
        #expect(Set(firsts).count == firsts.count, "no time is given out twice")
        #expect(try node.rejected().isEmpty)
    }

    @Test(arguments: [UInt64](1...6)) func `the maps are what follows from the records, at everybody`(seed: UInt64)
        throws
    {
        let (world, nodes, asset) = try alliance(seed, workstations: 3)
        var live: [(Party, RowID)] = []
        for _ in 0..<40 {
            let node = world.random.pick(nodes)
            let wish = try wanted(world, world.random.number(1...3), hour: Int64(world.random.number(0...4)))
            switch world.random.number(0...5) {
            case 0, 1:
                if case .confirmed(let use)? = try? take(node, wish, asset) { live.append((node, use)) }
            case 2:
                if let (node, use) = live.popLast() { try? act(node) { try $0.cancel(use, reason: "") } }
            case 3:
                let span = try #require(Span(lane: UInt16(world.random.number(0...2)), from: wish.from, to: wish.to))
                let other = world.random.pick(nodes)
                let wish = other === node ? nil : other.member
                try? act(node) { try $0.release([span], of: asset, wish: wish, note: "") }
            default: try world.sync(node)
            }
        }
        for node in nodes + nodes { try world.sync(node) }
        let kept = try maps(world.hub)
        #expect(kept.count > 3)
        for party in nodes + [world.hub!] {
            #expect(try maps(party) == kept)
            try party.store.write { _ = try $0.rehash() }
            #expect(try maps(party) == kept)
        }
    }
}
