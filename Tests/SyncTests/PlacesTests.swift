import Alliance
import CRDT
import Store
import Sync
import Testing

/// Places of plans: what is admitted without a network stands, and the later stage is reserved with it.
@Suite("Places of plans")
struct PlacesTests {
    /// A hub and two schools; a plan of two stages, of which the first school holds six places.
    private func alliance(stages: Int = 2) throws -> (TestAlliance, [Party], AssetID) {
        let world = try TestAlliance(7)
        let nodes = try world.members.prefix(2).map { try world.join($0) }
        let plan = AssetID(table: .plan, row: RowID(rawValue: 77))
        try desk(world) { desk in
            try desk.setTotal(10, of: plan, stages: stages)
            _ = try desk.allot(6, of: plan, to: nodes[0].member)
        }
        for node in nodes + nodes { try world.sync(node) }
        return (world, nodes, plan)
    }

    private func desk<Result>(_ world: TestAlliance, _ act: (inout HubDesk) throws -> Result) throws -> Result {
        let hub = try #require(world.hub)
        return try hub.store.write { transaction in
            var desk = HubDesk(transaction, key: hub.key, surroundings: hub.surroundings)
            let result = try act(&desk)
            try desk.file()
            return result
        }
    }

    private func act<Result>(_ node: Party, _ body: (LocalLedger) throws -> Result) throws -> Result {
        try node.store.write { try body(LocalLedger($0, key: node.key, surroundings: node.surroundings)) }
    }

    @discardableResult
    private func admit(_ node: Party, to plan: AssetID, _ id: UInt128, mark: UInt8? = nil, key: UInt8 = 1) throws
        -> Int64
    {
        var values: [ColumnID: Value] = [
            AssetColumn.table: .integer(Int64(plan.table.rawValue)), AssetColumn.row: Value(plan.row),
        ]
        if let mark {
            values[AdmissionColumn.mark] = .bytes([UInt8](repeating: mark, count: 16))
            values[AdmissionColumn.markKey] = .bytes([UInt8](repeating: key, count: 4))
        }
        let row = RowKey(table: .admission, owner: node.member, id: RowID(rawValue: id))
        return try act(node) {
            try $0.admit(to: plan, admission: row.id, beside: [RowEdit(key: row, act: .create, values: values)])
        }
    }

    /// How many points of a lane are held by a member's replica, and how many of these are used.
    private func count(_ plan: AssetID, lane: UInt16, by node: Party, at other: Party) throws -> [Int64] {
        let replica = try node.store.read { $0.state.replica }
        return try other.store.read { transaction in
            var (held, used): (Int64, Int64) = (0, 0)
            for holding in try transaction.ledger.holdings(of: plan)
            where holding.place == .held(replica) && holding.span.lane == lane {
                held += holding.span.to - holding.span.from
                used += Int64(try transaction.ledger.occupations(of: plan, in: holding.span).count)
            }
            return [held, used]
        }
    }

    @Test func `who is admitted has the later stage reserved, and takes it along to the lead school`() throws {
        let (world, nodes, plan) = try alliance()
        let (branch, lead) = (nodes[0], nodes[1])
        let places = try (1...4).map { try admit(branch, to: plan, $0) }
        #expect(places == [1, 2, 3, 4])
        for lane in 0...1 { #expect(try count(plan, lane: UInt16(lane), by: branch, at: branch) == [6, 4]) }
        try act(branch) { try $0.handOver(place: 2, of: plan, to: lead.member) }
        for node in nodes + nodes { try world.sync(node) }
        for party in [world.hub!, branch, lead] {
            #expect(try count(plan, lane: 0, by: branch, at: party) == [6, 4])
            #expect(try count(plan, lane: 1, by: branch, at: party) == [5, 3])
            #expect(try count(plan, lane: 1, by: lead, at: party) == [1, 1])
        }
        #expect(throws: LedgerRefusal.elsewhere) {
            try act(branch) { try $0.handOver(place: 2, of: plan, to: lead.member) }
        }
        #expect(throws: LedgerRefusal.noSuchUse) {
            try act(branch) { try $0.handOver(place: 6, of: plan, to: lead.member) }
        }
        // The student leaves: the first stage is the branch's again, the later one is not its to give.
        try act(branch) { try $0.cancel(place: 2, of: plan, reason: "") }
        #expect(try admit(branch, to: plan, 9) == 5)
    }

    @Test func `places are given back in both stages, and no more than are free`() throws {
        let (world, nodes, plan) = try alliance()
        try (1...4).forEach { try admit(nodes[0], to: plan, $0) }
        #expect(throws: LedgerRefusal.tooFew(2)) {
            try act(nodes[0]) { try $0.release(places: 3, of: plan, wish: nil, note: "") }
        }
        _ = try act(nodes[0]) { try $0.release(places: 2, of: plan, wish: nodes[1].member, note: "") }
        #expect(throws: LedgerRefusal.tooFew(0)) { try admit(nodes[0], to: plan, 5) }
        for node in nodes + nodes { try world.sync(node) }
        for lane in 0...1 {
            #expect(try count(plan, lane: UInt16(lane), by: nodes[0], at: world.hub!) == [4, 4])
            #expect(try count(plan, lane: UInt16(lane), by: nodes[1], at: world.hub!) == [2, 0])
        }
        // Four are in the pool: more can't be cut, and cut they are in both stages.
        #expect(throws: LedgerRefusal.tooFew(4)) { try desk(world) { try $0.setTotal(5, of: plan) } }
        try desk(world) { try $0.setTotal(7, of: plan) }
        let burnt = try world.hub!.store.read { try $0.ledger.holdings(of: plan) }.filter { $0.place == .burnt }
        #expect(Set(burnt.map(\.span.lane)) == [0, 1] && burnt.allSatisfy { $0.span.to - $0.span.from == 3 })
    }

    @Test func `a withdrawal frees both stages`() throws {
        let (world, nodes, plan) = try alliance()
        defer { withExtendedLifetime(world) {} }
        try (1...6).forEach { try admit(nodes[0], to: plan, $0) }
        try act(nodes[0]) { try $0.cancel(place: 3, of: plan, reason: "放弃") }
        for lane in 0...1 { #expect(try count(plan, lane: UInt16(lane), by: nodes[0], at: nodes[0]) == [6, 5]) }
        #expect(try admit(nodes[0], to: plan, 7) == 3)
    }

    @Test func `an applicant who is admitted twice is a case for both schools, and loses nothing`() throws {
        let (world, nodes, plan) = try alliance(stages: 1)
        _ = try desk(world) { try $0.allot(2, of: plan, to: nodes[1].member) }
        for node in nodes + nodes { try world.sync(node) }
        try admit(nodes[0], to: plan, 1, mark: 5)
        try admit(nodes[0], to: plan, 2, mark: 6)
        try admit(nodes[1], to: plan, 3, mark: 5)
        // The same mark by another key is somebody else, or nobody knows.
        try admit(nodes[1], to: plan, 4, mark: 6, key: 2)
        for node in nodes + nodes { try world.sync(node) }
        for party in [world.hub!] + nodes {
            let table = try #require(party.store.schema[.duplicate])
            let rows = try party.store.read { try $0.rows(in: table) }
            #expect(rows.count == 1)
            #expect(rows.first?.rowID(DuplicateColumn.first) == RowID(rawValue: 1))
            #expect(rows.first?.rowID(DuplicateColumn.second) == RowID(rawValue: 3))
            #expect(rows.first?.memberID(DuplicateColumn.secondMember) == nodes[1].member)
        }
        for node in nodes { #expect(try count(plan, lane: 0, by: node, at: world.hub!)[1] == 2) }
        let admissions = try #require(nodes[1].store.schema[.admission])
        #expect(try nodes[1].store.read { try $0.rows(in: admissions) }.count == 2, "others' admissions are not seen")
    }
}
