import Alliance
import CRDT
import Store
import Sync
import Testing
import Wire

/// Which pairs of edits become conflicts, and whom their rows reach.
@Suite struct ConflictTests {
    let world: TestAlliance
    /// Two nodes of one member, a co-owner's, and two others'.
    let a: Party, b: Party, partner: Party, others: [Party]
    let key: RowKey

    init() throws {
        world = try TestAlliance(members: 4)
        a = try world.join(world.members[0])
        b = try world.join(world.members[0])
        partner = try world.join(world.members[1])
        others = [try world.join(world.members[2]), try world.join(world.members[3])]
        key = Base.key(a.member, "base")
        try a.create(key, Base.values("base", note: "0", coOwners: [partner.member]))
        try world.syncUntilQuiet()
    }

    /// Kind, column, winning and losing value of every conflict row.
    private func inbox() throws -> [String] {
        func text(_ value: Value?) -> String {
            guard case .bytes(let bytes)? = value else { return "?" }
            switch Value(canonicalBytes: bytes) {
            case .text(let text)?: return text
            case .integer(let number)?: return "\(number)"
            case .null?: return "-"
            default: return "?"
            }
        }
        return try world.hub.conflicts().map { row in
            guard case .text(let kind)? = row[ConflictColumn.kind]?.value,
                case .integer(let column)? = row[ConflictColumn.column]?.value
            else { return "?" }
            return
                "\(kind) \(column) \(text(row[ConflictColumn.winningValue]?.value))>\(text(row[ConflictColumn.losingValue]?.value))"
        }.sorted()
    }

    /// Writes at one node after the other without an exchange between, then brings all together in an order.
    private func race(_ edits: [(Party, (Party) throws -> Void)], order: [Party]? = nil) throws {
        for (node, edit) in edits {
            world.now += 1_000
            try edit(node)
        }
        for node in order ?? edits.map(\.0) { try world.sync(node) }
        try world.syncUntilQuiet()
        try world.expectEqualFiles()
        try Oracle(world).check(world)
    }

    private func note(_ text: String) -> (Party) throws -> Void {
        { [key] in try $0.edit(key, [Base.note: .text(text)]) }
    }

    private var delete: (Party) throws -> Void { { [key] in try $0.delete(key) } }

    private func create(_ text: String) -> (Party) throws -> Void {
        { [key, partner] in try $0.create(key, Base.values("base", note: text, coOwners: [partner.member])) }
    }

    @Test func `of two concurrent edits the earlier is filed`() throws {
        try race([(a, note("1")), (b, note("2"))])
        #expect(try inbox() == ["edit 7 2>1"])
        #expect(try others[0].value(key, Base.note) == .text("2"))
    }

    @Test func `the earlier is filed also where it comes to the hub last`() throws {
        try race([(a, note("1")), (b, note("2"))], order: [b, a])
        #expect(try inbox() == ["edit 7 2>1"])
    }

    @Test func `edits of different columns are no conflict`() throws {
        try race([(a, note("1")), (b, { [key] in try $0.edit(key, [Base.address: .text("2")]) })])
        #expect(try inbox() == [])
    }

    @Test func `equal values are no conflict`() throws {
        try race([(a, note("1")), (b, note("1"))])
        #expect(try inbox() == [])
    }

    @Test func `an own later edit is no conflict`() throws {
        try race([(a, note("1")), (a, note("2")), (a, note("3"))])
        #expect(try inbox() == [])
    }

    @Test func `an own later edit is no conflict where the answer to the first was lost`() throws {
        try a.edit(key, [Base.note: .text("1")])
        world.mishap = { .answerLost }
        try world.sync(a)
        world.mishap = { .none }
        try race([(a, note("2"))])
        #expect(try inbox() == [])
    }

    @Test func `an edit of what was seen is no conflict`() throws {
        try a.edit(key, [Base.note: .text("1")])
        try world.syncUntilQuiet()
        try race([(b, note("2"))])
        #expect(try inbox() == [])
    }

    @Test func `of three concurrent edits both losers are filed`() throws {
        try race([(a, note("1")), (b, note("2")), (partner, note("3"))], order: [b, partner, a])
        #expect(try inbox() == ["edit 7 3>1", "edit 7 3>2"])
    }

    @Test func `what the hub's own edit overwrites knowingly is not filed again`() throws {
        let (row, contact) = (a.memberRow(a.member), ColumnID(5))
        for (party, text) in [(world.hub!, "1"), (b, "2"), (a, "1")] {
            world.now += 1_000
            try party.edit(row, [contact: .text(text)])
        }
        try world.sync(a)
        world.now += 1_000
        try world.hub.edit(row, [contact: .text("3")])
        try world.sync(b)
        try world.syncUntilQuiet()
        #expect(try inbox() == ["edit 5 3>2"])
        try Oracle(world).check(world)
    }

    @Test func `an edit that a deletion hides is filed, whichever comes first`() throws {
        try race([(a, note("1")), (b, delete)])
        #expect(try inbox() == ["deleted 7 ->1"])
    }

    @Test func `an edit that comes after a deletion is filed`() throws {
        try race([(b, delete), (a, note("1"))])
        #expect(try inbox() == ["deleted 7 ->1"])
        #expect(try a.row(key)?.isThere == false)
    }

    @Test func `two deletions are no conflict`() throws {
        try race([(a, delete), (b, delete)])
        #expect(try inbox() == [])
    }

    @Test func `a deletion that loses against a return is filed`() throws {
        try race([(a, delete), (a, create("again")), (b, delete)], order: [a, b])
        #expect(try inbox().contains("delete_lost 0 3>2"))
        #expect(try others[0].row(key)?.isThere == true)
    }

    @Test func `a birth that a concurrent deletion outlives is filed`() throws {
        let fresh = Base.key(a.member, "fresh")
        try race([
            (b, { try $0.create(fresh, Base.values("fresh", note: "b")) }), (b, { try $0.delete(fresh) }),
            (a, { try $0.create(fresh, Base.values("fresh", note: "a")) }),
        ])
        #expect(try a.row(fresh)?.isThere == false)
        #expect(try inbox().contains("deleted 7 ->a"))
    }

    @Test func `one row made on two nodes is one row, and its unequal cells are filed`() throws {
        let fresh = Base.key(a.member, "fresh")
        try race([
            (a, { try $0.create(fresh, Base.values("fresh", note: "a")) }),
            (b, { try $0.create(fresh, Base.values("fresh", note: "b")) }),
        ])
        #expect(try inbox() == ["edit 7 b>a"])
        #expect(try others[0].value(fresh, Base.note) == .text("b"))
    }

    @Test func `a conflict reaches owner, loser and winner, and is on nobody else's disk`() throws {
        try race([(partner, note("partner")), (a, note("owner"))])
        let rows = try world.hub.conflicts()
        #expect(rows.count == 1)
        for node in [a, b, partner] { #expect(try node.conflicts().map(\.key) == rows.map(\.key)) }
        for node in others {
            #expect(try node.conflicts().isEmpty)
            #expect(try node.allRows().keys.allSatisfy { $0.table != .conflict })
        }
    }

    @Test func `private rows and their conflicts stand in no other member's file`() throws {
        let contact = Contact.key(a.member)
        try a.create(contact, Contact.values(phone: "138-secret"))
        try world.syncUntilQuiet()
        try race([
            (a, { try $0.edit(contact, [Contact.phone: .text("139-secret")]) }),
            (b, { try $0.edit(contact, [Contact.phone: .text("137-secret")]) }),
        ])
        #expect(try world.hub.conflicts().count == 1 && b.conflicts().count == 1)
        for node in others + [partner] {
            #expect(try node.row(contact) == nil && node.conflicts().isEmpty)
            #expect(try !node.fileContains("-secret"))
        }
        #expect(try a.fileContains("139-secret"))
    }

    @Test func `a resolution by the loser is synced to every party`() throws {
        try race([(partner, note("partner")), (a, note("owner"))])
        let row = try #require(try partner.conflicts().first)
        try partner.edit(row.key, [ConflictColumn.resolution: .text("kept"), ConflictColumn.resolved: .integer(1)])
        try world.syncUntilQuiet()
        for node in [a, b, partner] {
            #expect(try node.conflicts().first?[ConflictColumn.resolution]?.value == .text("kept"))
        }
    }
}
