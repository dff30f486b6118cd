import Alliance
import CRDT
import Foundation
import Store
import Sync
import Testing

/// Bookings of several parts, and requests that an owner decides, through real files and sessions.
@Suite("Bookings")
struct BookingTests {
    private static let hour: Int64 = 3_600_000
    private static let day: Int64 = 86_400_000

    private struct Scene {
        let world: TestAlliance
        let nodes: [Party]
        let space: AssetID
        let teacher: AssetID
        let base: RowID

        func sync() throws { for node in nodes + nodes { try world.sync(node) } }
    }

    /// Three schools; the first has a room of workstations and a teacher, of which everybody knows.
    private func scene(workstations: Int64 = 2, approval: Bool = false) throws -> Scene {
        let world = try TestAlliance(1)
        let nodes = try world.members.map { try world.join($0) }
        let owner = nodes[0]
        let base = RowID(natural: [.text("数控基地")], table: .base, owner: owner.member)
        let space = RowID(natural: [Value(base), .text("一号车间")], table: .space, owner: owner.member)
        let teacher = RowID(natural: [.text("T1")], table: .teacher, owner: owner.member)
        try owner.create(RowKey(table: .base, owner: owner.member, id: base), [BaseColumn.name: .text("数控基地")])
        try owner.create(
            RowKey(table: .space, owner: owner.member, id: space),
            [
                SpaceColumn.base: Value(base), SpaceColumn.name: .text("一号车间"), SpaceColumn.capacity: .integer(40),
                SpaceColumn.mode: .text("workstation"), SpaceColumn.workstations: .integer(workstations),
            ])
        try owner.create(
            RowKey(table: .teacher, owner: owner.member, id: teacher),
            [ColumnID(1): .text("T1"), TeacherColumn.name: .text("示例·王敏")])
        if approval {
            let id = RowID(natural: [Value(base)], table: .policy, owner: owner.member)
            try owner.create(
                RowKey(table: .policy, owner: owner.member, id: id),
                [PolicyColumn.base: Value(base), PolicyColumn.approval: .integer(1)])
        }
        let scene = Scene(
            world: world, nodes: nodes, space: AssetID(table: .space, row: space),
            teacher: AssetID(table: .teacher, row: teacher), base: base)
        try scene.sync()
        return scene
    }

    /// From 10:00, China time, some days ahead.
    private func wanted(_ scene: Scene, _ count: Int, hour: Int64 = 0, length: Int64 = 2) throws -> Wanted {
        let from = Int64(scene.world.now) / Self.day * Self.day + (2 + hour) * Self.hour + 3 * Self.day
        return try #require(Wanted(.lanes, count: count, from: from, to: from + length * Self.hour))
    }

    @discardableResult
    private func act<Result>(_ node: Party, _ body: (LocalLedger) throws -> Result) throws -> Result {
        try node.store.write { try body(LocalLedger($0, key: node.key, surroundings: node.surroundings)) }
    }

    private func take(_ node: Party, _ demands: [LocalLedger.Demand]) throws -> (subject: RowID, LocalLedger.Outcome) {
        let subject = RowID(rawValue: UInt128(node.world.random.next()))
        return (subject, try act(node) { try $0.take(demands, subject: subject) })
    }

    private func live(_ node: Party, of asset: AssetID) throws -> [RowState] {
        let table = try #require(node.store.schema[.use])
        return try node.store.read { transaction in
            try transaction.rows(in: table).filter { row in
                guard let use = row.use, use.asset == asset else { return false }
                return try Ledger.isLive(use, in: transaction.ledger)
            }
        }
    }

    private func open(_ node: Party, _ asset: AssetID) throws -> [RowState] {
        try node.store.read { try $0.ledger.openRequests(of: asset) }
    }

    private func place(_ node: Party, _ asset: AssetID, _ wanted: Wanted, lane: UInt16 = 0) throws -> Holding.Place? {
        let span = try #require(Span(lane: lane, from: wanted.from, to: wanted.to))
        return try node.store.read { try $0.ledger.holdings(of: asset, in: span).first?.place }
    }

    @Test func `a teacher is taken with the room in one transaction, and is never in two places`() throws {
        let scene = try scene()
        let owner = scene.nodes[0]
        let wish = try wanted(scene, 1)
        let both = [LocalLedger.Demand(wish, of: scene.space), LocalLedger.Demand(wish, of: scene.teacher)]
        guard case .confirmed = try take(owner, both).1 else {
            Issue.record("not confirmed")
            return
        }
        #expect(try live(owner, of: scene.teacher).count == 1)
        #expect(throws: LedgerRefusal.busy(scene.teacher)) { try take(owner, both) }
        #expect(try live(owner, of: scene.space).count == 1, "the room is not taken without the teacher")
        let next = try wanted(scene, 1, hour: 2)
        guard case .confirmed = try take(owner, [.init(next, of: scene.space), .init(next, of: scene.teacher)]).1 else {
            Issue.record("one ends as the other begins")
            return
        }
    }

    @Test func `when one part of a booking is declined, the other parts are given back wherever they are`() throws {
        let scene = try scene()
        let (owner, asker) = (scene.nodes[0], scene.nodes[1])
        let wish = try wanted(scene, 1)
        guard case .requested = try take(asker, [.init(wish, of: scene.space), .init(wish, of: scene.teacher)]).1 else {
            Issue.record("not asked for")
            return
        }
        try scene.sync()
        let room = try #require(try open(owner, scene.space).first).key.id
        let teacher = try #require(try open(owner, scene.teacher).first).key.id
        try act(owner) { try $0.approve(room) }
        try act(owner) { try $0.decline(teacher, because: "另有任务") }
        try scene.sync()
        #expect(try act(asker) { try $0.isUntidy })
        #expect(try act(asker) { try $0.tidy() } == 2, "it takes its requests back, the declined one for others to see")
        try scene.sync()
        #expect(try act(owner) { try $0.tidy() } == 1, "and the owner ends its use")
        #expect(try live(owner, of: scene.space).isEmpty)
        #expect(try act(owner) { try $0.tidy() } == 0)
        #expect(try act(asker) { try $0.tidy() } == 0)
    }

    @Test func `an open request beside a declined one is taken back`() throws {
        let scene = try scene()
        let (owner, asker) = (scene.nodes[0], scene.nodes[1])
        let wish = try wanted(scene, 1)
        _ = try take(asker, [.init(wish, of: scene.space), .init(wish, of: scene.teacher)])
        try scene.sync()
        let teacher = try #require(try open(owner, scene.teacher).first).key.id
        try act(owner) { try $0.decline(teacher, because: "另有任务") }
        try scene.sync()
        #expect(try open(asker, scene.space).count == 1)
        #expect(try act(asker) { try $0.tidy() } == 2)
        #expect(try open(asker, scene.space).isEmpty)
        try scene.sync()
        #expect(try open(scene.nodes[2], scene.teacher).isEmpty, "who did not hear of the decline")
    }

    @Test func `the owner is handed what it is to decide on, and what it does not need goes back to the pool`() throws {
        let scene = try scene(approval: true)
        let (owner, asker) = (scene.nodes[0], scene.nodes[1])
        let wish = try wanted(scene, 2)
        let spans = (UInt16(0)..<2).compactMap { Span(lane: $0, from: wish.from, to: wish.to) }
        try act(owner) { try $0.release(spans, of: scene.space, wish: nil, note: "") }
        try scene.sync()
        #expect(try place(asker, scene.space, wish) == .pool)
        _ = try take(asker, [.init(try wanted(scene, 1), of: scene.space)])
        try scene.sync()
        let request = try #require(try open(owner, scene.space).first, "the hub does not answer").key.id
        let replica = try owner.store.read { $0.state.replica }
        #expect(try place(owner, scene.space, wish) == .held(replica))
        #expect(try place(owner, scene.space, wish, lane: 1) == .pool, "no more than was asked for")
        #expect(try act(owner) { try $0.tidy() } == 0, "while it is open")
        try act(owner) { try $0.decline(request, because: "设备检修") }
        #expect(try act(owner) { try $0.tidy() } == 1)
        try scene.sync()
        #expect(try place(asker, scene.space, wish) == .pool)
        // The owner's own request is nobody's to decide.
        guard case .requested = try take(owner, [.init(wish, of: scene.space)]).1 else {
            Issue.record("the pool is the hub's")
            return
        }
        try scene.sync()
        #expect(try live(owner, of: scene.space).count == 1)
    }

    @Test func `what was handed over and then attested to the owner's next replica goes back to the pool as well`()
        throws
    {
        let scene = try scene(workstations: 1, approval: true)
        let (owner, asker) = (scene.nodes[0], scene.nodes[1])
        let wish = try wanted(scene, 1)
        let span = try #require(Span(lane: 0, from: wish.from, to: wish.to))
        try act(owner) { try $0.release([span], of: scene.space, wish: nil, note: "") }
        try scene.sync()
        guard case .requested(let request, held: _) = try take(asker, [.init(wish, of: scene.space)]).1 else {
            Issue.record("not asked for")
            return
        }
        try scene.sync()
        let former = try owner.state.replica
        #expect(try place(owner, scene.space, wish) == .held(former))
        try owner.rollingBack {
            _ = try take(owner, [.init(try wanted(scene, 1, hour: 8), of: scene.space)])
            try scene.world.sync(owner)
        }
        try scene.sync()
        let hub = try #require(scene.world.hub)
        let next = try owner.state.replica
        try hub.store.write { transaction in
            var desk = HubDesk(transaction, key: hub.key, surroundings: hub.surroundings)
            desk.reason = "attest"
            try Ledger.attest([former], to: next, at: &desk)
            try desk.file()
        }
        try scene.sync()
        #expect(try place(owner, scene.space, wish) == .held(next))
        #expect(try act(owner) { try !$0.isUntidy }, "the request is open, and the owner can answer it")
        try act(asker) { try $0.withdraw(request, because: "") }
        try scene.sync()
        #expect(try act(owner) { try $0.tidy() } == 1)
        try scene.sync()
        #expect(try place(asker, scene.space, wish) == .pool)
        #expect(try place(asker, scene.space, wanted(scene, 1, hour: 12)) == .held(next), "its own it keeps")
    }

    @Test func `what another member says of a base counts for nothing`() throws {
        let scene = try scene()
        let other = scene.nodes[1]
        let id = RowID(natural: [Value(scene.base)], table: .policy, owner: other.member)
        try other.create(
            RowKey(table: .policy, owner: other.member, id: id),
            [
                PolicyColumn.base: Value(scene.base), PolicyColumn.approval: .integer(1),
                PolicyColumn.notice: .integer(24),
            ])
        try scene.sync()
        let hub = try #require(scene.world.hub)
        let table = try #require(hub.store.schema[.space])
        let policy = try hub.store.read { transaction in
            try transaction.rows(in: table, id: scene.space.row).first.map {
                try BookingPolicy(of: $0, in: transaction)
            }
        }
        #expect(policy == BookingPolicy())
    }

    @Test func `the hub's no names other times, those that the asker holds first`() throws {
        let scene = try scene(workstations: 1)
        let (owner, asker) = (scene.nodes[0], scene.nodes[1])
        let wish = try wanted(scene, 1)
        let far = try wanted(scene, 1, hour: 24)
        let span = try #require(Span(lane: 0, from: far.from, to: far.to))
        try act(owner) { try $0.release([span], of: scene.space, wish: asker.member, note: "") }
        try scene.sync()
        let (_, outcome) = try take(asker, [.init(wish, of: scene.space)])
        guard case .requested(let request, held: 0) = outcome else {
            Issue.record("not asked for")
            return
        }
        _ = try take(owner, [.init(wish, of: scene.space)])
        try world(scene, syncs: [owner, asker, asker])
        let decline = try asker.row(
            RowKey(
                table: .decline, owner: scene.world.secretariat,
                id: RowID(natural: [.bytes(request.bytes)], table: .decline, owner: scene.world.secretariat)))
        guard case .bytes(let bytes)? = decline?[DeclineColumn.alternatives]?.value else {
            Issue.record("no other times")
            return
        }
        let others = try #require(PointBytes.spans(bytes), "they read back")
        #expect(others.count == 3)
        #expect(others.first?.from == far.from, "its own first, far as it is")
        #expect(others.allSatisfy { $0.to - $0.from == wish.to - wish.from })
    }

    // MARK: Waiting

    private func ask(_ node: Party, _ scene: Scene, _ wish: Wanted, waits: Bool = true) throws -> RowID {
        let (_, outcome) = try take(node, [.init(wish, of: scene.space, waits: waits)])
        guard case .requested(let request, held: _) = outcome else {
            Issue.record("not asked for")
            throw LedgerRefusal.over
        }
        return request
    }

    @Test func `of those that wait the first in the journal is answered when the booking in the way ends`() throws {
        let scene = try scene(workstations: 1)
        let (owner, one, two) = (scene.nodes[0], scene.nodes[1], scene.nodes[2])
        let wish = try wanted(scene, 1)
        let span = try #require(Span(lane: 0, from: wish.from, to: wish.to))
        try act(owner) { try $0.release([span], of: scene.space, wish: nil, note: "") }
        try scene.sync()
        _ = try ask(owner, scene, wish, waits: false)
        try scene.sync()
        let standing = try #require(try live(owner, of: scene.space).first)
        #expect(throws: LedgerRefusal.self, "who does not wait is refused") {
            try take(one, [.init(wish, of: scene.space)])
        }
        let (first, second) = (try ask(two, scene, wish), try ask(one, scene, wish))
        try world(scene, syncs: [two, one, owner])
        #expect(try live(owner, of: scene.space).map(\.key.id) == [standing.key.id])
        #expect(try Set(open(owner, scene.space).map(\.key.id)) == [first, second], "nobody is declined")
        try act(owner) { try $0.cancel(standing.key.id, reason: "") }
        try scene.sync()
        let answer = try #require(try live(one, of: scene.space).first)
        #expect(answer.rowID(UseColumn.request) == first)
        #expect(try open(owner, scene.space).map(\.key.id) == [second])
        try act(two) { try $0.cancel(answer.key.id, reason: "") }
        try scene.sync()
        #expect(try live(one, of: scene.space).map { $0.rowID(UseColumn.request) } == [second])
    }

    @Test func `an own request that waits is answered by who holds all there is of that time, and by nobody else`()
        throws
    {
        let scene = try scene()
        let (owner, other) = (scene.nodes[0], scene.nodes[1])
        let wish = try wanted(scene, 2)
        guard case .confirmed(let use) = try take(owner, [.init(wish, of: scene.space)]).1 else {
            Issue.record("not confirmed")
            return
        }
        let request = try ask(owner, scene, try wanted(scene, 1))
        let foreign = try ask(other, scene, try wanted(scene, 1))
        try scene.sync()
        #expect(try act(owner) { try !$0.isUntidy }, "while it is used there is nothing to be done")
        try act(owner) { try $0.cancel(use, reason: "") }
        #expect(try act(owner) { try $0.tidy() } == 1)
        #expect(try live(owner, of: scene.space).map { $0.rowID(UseColumn.request) } == [request])
        #expect(try open(owner, scene.space).map(\.key.id) == [foreign], "others' are for people to approve")
        // Of another time a workstation is somebody else's: he may be approving at this moment.
        let shared = try wanted(scene, 2, hour: 4)
        let span = try #require(Span(lane: 1, from: shared.from, to: shared.to))
        try act(owner) { try $0.release([span], of: scene.space, wish: other.member, note: "") }
        try scene.sync()
        guard case .confirmed(let mine) = try take(owner, [.init(try wanted(scene, 1, hour: 4), of: scene.space)]).1
        else {
            Issue.record("not confirmed")
            return
        }
        _ = try ask(owner, scene, try wanted(scene, 1, hour: 4))
        try act(owner) { try $0.cancel(mine, reason: "") }
        #expect(try act(owner) { try $0.tidy() } == 0)
    }

    @Test func `a request that waits is taken back when its time has begun`() throws {
        let scene = try scene()
        let (owner, asker) = (scene.nodes[0], scene.nodes[1])
        let wish = try wanted(scene, 2)
        _ = try take(owner, [.init(wish, of: scene.space)])
        try scene.sync()
        _ = try ask(asker, scene, try wanted(scene, 1))
        try scene.sync()
        scene.world.now = UInt64(wish.from) - 60_000
        #expect(try act(asker) { try $0.tidy() } == 0)
        scene.world.now = UInt64(wish.from)
        try scene.sync()
        #expect(try act(asker) { try $0.tidy() } == 1)
        try scene.sync()
        #expect(try open(owner, scene.space).isEmpty)
        #expect(try live(owner, of: scene.space).count == 1, "the booking that stands is left alone")
    }

    private func world(_ scene: Scene, syncs nodes: [Party]) throws { for node in nodes { try scene.world.sync(node) } }
}
