import Alliance
import CRDT
import Store
import Testing
import Wire

@testable import Sync

/// Rows that were damaged on purpose are found by ranges and mended from segments.
@Suite struct RepairTests {
    /// A hub and nodes of two members, all quiet, with a few rows of each and one that the other may not read.
    private func scene(rows: Int = 30) throws -> (world: TestAlliance, mine: Party, other: Party) {
        let world = try TestAlliance(members: 2)
        let nodes = try world.members.map { try world.join($0) }
        for node in nodes {
            for number in 0..<rows { try node.create(Base.key(node.member, "b\(number)"), Base.values("b\(number)")) }
            try node.create(Contact.key(node.member), Contact.values(phone: "secret of \(node.name)"))
        }
        try world.syncUntilQuiet()
        for node in nodes { try node.edit(Base.key(node.member, "b7"), [Base.note: .text("edited")]) }
        try world.syncUntilQuiet()
        return (world, nodes[0], nodes[1])
    }

    /// A bug's work at a party: a row's state put over the true one, hashes and digest and all.
    private func put(_ row: RowState, at party: Party) throws {
        try party.store.write { transaction in
            try transaction.replace(transaction.stored(row.key), with: row, audience: nil)
        }
    }

    private func change(_ key: RowKey, _ cell: Cell, at party: Party) throws {
        var row = try #require(try party.row(key))
        row.replace(cell.column, with: cell)
        try put(row, at: party)
    }

    private func forged(_ node: Party, _ value: String, column: ColumnID = Base.note) throws -> Cell {
        let time = HybridTime(rawValue: try node.state.clock.last.rawValue + 5)
        return Cell(column: column, value: .text(value), stamp: Stamp(time: time, replica: ReplicaID(rawValue: 77)))
    }

    private func report(_ party: Party) throws -> RepairReport {
        try #require(try party.store.read { try $0.repairs(last: 1).first })
    }

    /// One session finds out, mends, and proves.
    private func expectMended(
        _ world: TestAlliance, _ node: Party, repairs: Bool = false, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let outcome = try world.sync(node, repairs: repairs)
        let head = try world.hub.state.cursor.rev
        #expect(outcome == .proved(rev: head), sourceLocation: sourceLocation)
        #expect(try node.alarms.isEmpty, sourceLocation: sourceLocation)
        // A node that was proved before another had the hub mended has to look again.
        for _ in 0..<2 { try world.syncUntilQuiet() }
        #expect(try world.hub.alarms.isEmpty, sourceLocation: sourceLocation)
        try world.expectEqualFiles(sourceLocation: sourceLocation)
    }

    // MARK: Damage at the node

    @Test func `a changed, a stale, a removed and an added row are mended from segments`() throws {
        let (world, mine, other) = try scene()
        let keys = (0..<8).map { Base.key(other.member, "b\($0)") }
        try change(keys[1], try forged(mine, "by nobody"), at: mine)
        let stale = try #require(try mine.row(keys[7]))
        let birth = try #require(stale.presence).stamp
        try change(keys[7], Cell(column: Base.note, value: .null, stamp: birth), at: mine)
        try mine.store.write { try $0.replace($0.stored(keys[3]), with: nil, audience: nil) }
        let stamp = try forged(mine, "").stamp
        let added = Base.key(other.member, "nobody's")
        try put(
            RowState(
                key: added, presence: Presence(length: 1, stamp: stamp),
                cells: [Cell(column: Base.name, value: .text("x"), stamp: stamp)]), at: mine)
        try expectMended(world, mine)
        let report = try report(mine)
        #expect(
            report.rows == [keys[1]: .segments, keys[7]: .segments, keys[3]: .segments, added: .removed]
                && report.hubMended == 0)
        #expect(try mine.value(keys[7], Base.note) == .text("edited") && mine.row(added) == nil)
    }

    @Test func `a deleted row that came back, and one that went, are mended`() throws {
        let (world, mine, other) = try scene()
        let gone = Base.key(other.member, "b2")
        let there = try #require(try mine.row(gone))
        try other.delete(gone)
        try world.syncUntilQuiet()
        try put(there, at: mine)
        let kept = Base.key(other.member, "b4")
        var dead = try #require(try mine.row(kept))
        dead.replacePresence(with: Presence(length: 2, stamp: try forged(mine, "").stamp))
        try put(dead, at: mine)
        try expectMended(world, mine)
        #expect(try report(mine).rows == [gone: .segments, kept: .segments])
    }

    @Test(arguments: [
        "UPDATE base SET note = 'by hand' WHERE name = 'b7'", "UPDATE base SET _t = _t + 1 WHERE name = 'b7'",
        "UPDATE base SET _w = 3 WHERE name = 'b7'", "UPDATE base SET _h = zeroblob(16) WHERE name = 'b7'",
        "DELETE FROM base WHERE name = 'b7'", "UPDATE digest SET rows = rows + 1",
        "UPDATE base SET co_owners = NULL, _h = randomblob(16)", "DELETE FROM base", "DELETE FROM teacher_contact",
        "UPDATE inert_row SET hash = zeroblob(16)", "UPDATE inert_row SET state = x'01'",
    ]) func `a file that was changed by hand is mended when somebody asks for it`(_ sql: String) throws {
        let (world, mine, other) = try scene()
        try other.delete(Base.key(other.member, "b9"))
        try world.syncUntilQuiet()
        try mine.store.execute(sql)
        try expectMended(world, mine, repairs: true)
    }

    @Test func `an alarm about rows begins a repair and ends with it`() throws {
        let (world, mine, _) = try scene()
        try mine.store.execute("UPDATE base SET note = 'by hand' WHERE name = 'b3'")
        try mine.store.write { try $0.raise(Alarm(.row, subject: "base b3", detail: "row hash", since: 1)) }
        try expectMended(world, mine)
        #expect(try report(mine).rows.count == 2 && report(mine).count(.segments) == 2)
    }

    @Test func `damage beyond rows keeps its alarm`() throws {
        let (world, mine, _) = try scene(rows: 8)
        try mine.store.write { try $0.raise(Alarm(.row, subject: "journal", detail: "broken at rev 2", since: 1)) }
        guard case .alarmed(let alarm)? = try world.sync(mine) else { return #expect(Bool(false), "no alarm") }
        #expect(alarm.subject == "journal")
    }

    @Test func `what is older than the kept segments is taken as a snapshot's row is, and said so`() throws {
        let world = try TestAlliance(members: 2)
        let first = try world.join(world.members[0])
        for number in 0..<70 {
            try first.create(Base.key(first.member, "b\(number)"), Base.values("b\(number)"))
            try world.sync(first)
        }
        let second = try world.join(world.members[1])
        try world.syncUntilQuiet()
        let (old, new) = (Base.key(first.member, "b5"), Base.key(first.member, "new"))
        try first.create(new, Base.values("new"))
        try world.syncUntilQuiet()
        #expect(try second.store.read { try $0.firstRev() } ?? 0 > 1)
        for key in [old, new] { try change(key, try forged(second, "x"), at: second) }
        try expectMended(world, second)
        #expect(try report(second).rows == [old: .hub, new: .segments])
    }

    @Test func `a row under a pending edit is mended once the edit is journaled`() throws {
        let (world, mine, _) = try scene()
        let (key, beside) = (Base.key(mine.member, "b1"), Base.key(mine.member, "b2"))
        for key in [key, beside] { try change(key, try forged(mine, "by nobody"), at: mine) }
        // The edit is written while the repair is under way.
        var hasEdited = false
        world.tamperRepair = { _ in
            if !hasEdited { try mine.edit(key, [Base.address: .text("new")]) }
            hasEdited = true
        }
        try expectMended(world, mine)
        let reports = try mine.store.read { try $0.repairs(last: 2) }
        #expect(reports.map(\.rows) == [[key: .segments], [key: .left, beside: .segments]])
        #expect(try mine.value(key, Base.address) == .text("new") && mine.value(key, Base.note) == .null)
    }

    // MARK: Damage at the hub

    @Test func `a hub's row that lacks a journaled cell, holds a stranger's, or is gone is mended from its journal`()
        throws
    {
        let (world, mine, other) = try scene()
        let keys = (0..<8).map { Base.key(other.member, "b\($0)") }
        let lacking = try #require(try world.hub.row(keys[7]))
        try change(
            keys[7], Cell(column: Base.note, value: .null, stamp: try #require(lacking.presence).stamp), at: world.hub)
        try change(keys[1], try forged(mine, "by nobody"), at: world.hub)
        try world.hub.store.write { try $0.replace($0.stored(keys[3]), with: nil, audience: nil) }
        try expectMended(world, mine)
        #expect(try report(world.hub).rows == [keys[7]: .segments, keys[1]: .segments, keys[3]: .segments])
        #expect(try report(mine).hubMended == 3 && report(mine).count(.right) == 3)
    }

    @Test(arguments: [
        "UPDATE digest SET rows = rows + 1", "UPDATE base SET _h = zeroblob(16), note = 'x' WHERE name = 'b3'",
    ]) func `a hub whose digests or hashes are wrong mends them`(_ sql: String) throws {
        let (world, mine, _) = try scene()
        try world.hub.store.execute(sql)
        try expectMended(world, mine, repairs: true)
    }

    @Test func `a hub mends rows that only it can read from the whole journal`() throws {
        let (world, _, _) = try scene()
        try world.hub.store.execute("UPDATE base SET note = 'by hand' WHERE name = 'b7'")
        let report = try world.hub.store.write { try HubMender($0).settle(at: 9) }
        #expect(report.count(.segments) == 2 && report.hubMended == 2)
        try world.expectEqualFiles()
    }

    @Test func `a hub's right row stays as it is, whatever a node names`() throws {
        let (world, mine, other) = try scene()
        let key = Base.key(other.member, "b7")
        let before = try world.hub.allRows().mapValues(\.row)
        let state = try mine.state
        let stamps = [try forged(mine, "").stamp, Stamp(time: .zero, replica: try world.hub.state.replica)]
        let request = RepairRequest(
            position: state.cursor, journal: state.journal,
            rows: [.init(key: key, stamps: stamps), .init(key: Base.key(mine.member, "none"), stamps: stamps)])
        let answer = try world.repairAnswer(request.bytes, to: mine)
        #expect(answer.status == 200)
        #expect(try RepairResponse(bytes: answer.body, level: 0).mended == 0)
        #expect(try world.hub.allRows().mapValues(\.row) == before)
    }

    @Test func `what a struck transaction wrote is not brought back`() throws {
        let (world, mine, other) = try scene(rows: 8)
        let key = Base.key(other.member, "b1")
        let time = HybridTime(rawValue: try mine.state.clock.last.rawValue + 5)
        let change = try mine.change(key, nil, [Base.note: .text("not mine")], at: time)
        try mine.cutUnchecked([(time, [(.alliance, change)])])
        try world.syncUntilQuiet()
        #expect(try other.row(key)?[Base.note]?.value == .null)
        for party in [other, world.hub!] { try put(try #require(try party.row(key)).merged(with: change), at: party) }
        try mine.store.write { try $0.replace($0.stored(key), with: nil, audience: nil) }
        try expectMended(world, other, repairs: true)
        #expect(try world.hub.row(key)?[Base.note]?.value == .null)
    }

    // MARK: Cost

    @Test func `bytes and rows are in proportion to the difference`() throws {
        let world = try TestAlliance(members: 2)
        let nodes = try world.members.map { try world.join($0) }
        let keys = (0..<3000).map { Base.key(nodes[1].member, "b\($0)") }
        try nodes[1].commit(
            keys.enumerated().map { RowEdit(key: $1, act: .create, values: Base.values("b\($0)")) })
        try world.syncUntilQuiet()
        var bytes: [Int] = []
        for count in [1, 10] {
            for key in keys.prefix(count) { try change(key, try forged(nodes[0], "x"), at: nodes[0]) }
            try expectMended(world, nodes[0])
            let report = try report(nodes[0])
            #expect(report.count(.segments) == count && report.compared <= count * HubSession.namedMax)
            bytes.append(report.sent + report.received)
        }
        #expect(bytes[0] < 4_000 && bytes[1] < 12 * bytes[0])
    }

    // MARK: Who reads what

    @Test func `nothing outside the audience crosses`() throws {
        let (world, mine, other) = try scene(rows: 8)
        let state = try mine.state
        func ask(_ request: RepairRequest) throws -> RepairResponse {
            let (status, body) = try world.repairAnswer(request.bytes, to: mine)
            #expect(status == 200)
            return try RepairResponse(bytes: body, level: 0)
        }
        let request = RepairRequest(position: state.cursor, journal: state.journal)
        let table = TableID.teacherContact
        let listed = try ask(request).ranges.first { $0.range.table == table }
        guard case .rows(let marks)? = listed?.content else { return #expect(Bool(false), "no list") }
        #expect(marks.map(\.owner) == [mine.member])
        var asked = request
        asked.rows = [other, mine].map { .init(key: Contact.key($0.member), stamps: []) }
        let rows = try ask(asked)
        #expect(rows.answered == 2 && rows.sections.count == 1)
        #expect(try rows.sections.flatMap { try $0.states().map(\.key) } == [Contact.key(mine.member)])
    }

    @Test func `a node takes no row that it did not ask for, or may not read`() throws {
        for readable in [true, false] {
            let (world, mine, other) = try scene(rows: 8)
            let key = Base.key(other.member, "b1")
            try change(key, try forged(mine, "x"), at: mine)
            let foreign = try #require(try world.hub.row(readable ? Base.key(other.member, "b2") : key))
            let audience = readable ? .alliance : Audience.parties([other.member], secretariat: world.secretariat)
            world.tamperRepair = {
                if !$0.sections.isEmpty { $0.sections = [.init(audience: audience, states: [foreign])] }
            }
            guard case .alarmed(let alarm)? = try world.sync(mine) else { return #expect(Bool(false), "taken") }
            #expect(alarm.kind == .journal)
            world.tamperRepair = nil
            try expectMended(world, mine)
        }
    }

    @Test func `a row that others edit while it is repaired is mended in the same session`() throws {
        let (world, mine, other) = try scene()
        let key = Base.key(other.member, "b1")
        try change(key, try forged(mine, "by nobody"), at: mine)
        var isEdited = false
        world.tamperRepair = { _ in
            guard !isEdited else { return }
            isEdited = true
            try other.edit(key, [Base.address: .text("meanwhile")])
            try world.sync(other)
        }
        try expectMended(world, mine)
        #expect(isEdited)
        #expect(try mine.value(key, Base.address) == .text("meanwhile"))
    }

    @Test func `a hub's word does not stand against the segments`() throws {
        let (world, mine, other) = try scene(rows: 8)
        let key = Base.key(other.member, "b1")
        try change(key, try forged(mine, "x"), at: mine)
        var lie = try #require(try world.hub.row(key))
        lie.replace(Base.note, with: try forged(mine, "the hub's word"))
        world.tamperRepair = { if !$0.sections.isEmpty { $0.sections = [.init(audience: .alliance, states: [lie])] } }
        try world.sync(mine)
        #expect(try report(mine).rows == [key: .left])
        #expect(try mine.value(key, Base.note) == .text("x") && !mine.alarms.isEmpty)
    }

    @Test func `a repair that stands on another journal is refused`() throws {
        let (world, mine, _) = try scene(rows: 8)
        var request = RepairRequest(position: try mine.state.cursor, journal: Hash256(of: [1]))
        #expect(try world.repairAnswer(request.bytes, to: mine).status == 409)
        request.journal = try mine.state.journal
        request.position = JournalPosition(epoch: Epoch(number: 9, replica: try mine.state.replica), rev: 1)
        #expect(try world.repairAnswer(request.bytes, to: mine).status == 409)
    }

    // MARK: Random damage

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func `whatever rows are damaged, on either side and over any line, both end the same`(_ seed: UInt64) throws {
        let (world, mine, other) = try scene(rows: 60)
        let random = Seeded(seed)
        for party in [mine, world.hub!] {
            for number in 0..<60 where random.next() % 4 == 0 {
                let key = Base.key(random.next() % 2 == 0 ? mine.member : other.member, "b\(number)")
                switch random.next() % 3 {
                case 0: try change(key, try forged(mine, "x\(number)"), at: party)
                case 1: try party.store.write { try $0.replace($0.stored(key), with: nil, audience: nil) }
                default: try party.store.execute("UPDATE base SET note = 'z' WHERE name = 'b\(number)'")
                }
            }
        }
        try mine.store.write { try $0.raise(Alarm(.row, subject: "rows", detail: "some", since: 1)) }
        _ = try world.hub.store.write { try HubMender($0).settle(at: 1) }
        world.mishap = { random.next() % 3 == 0 ? .answerLost : .none }
        for _ in 0..<12 where try world.sync(mine) != .proved(rev: world.hub.state.cursor.rev) {}
        world.mishap = { .none }
        try expectMended(world, mine)
    }
}
