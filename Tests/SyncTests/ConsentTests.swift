import Alliance
import CRDT
import Store
import Testing
import Wire

@testable import Sync

/// No consent, no row (9.7): nothing of a person leaves the school before, and nothing is left of it after.
@Suite struct ConsentTests {
    private static let name = "示例·王某某"
    private static let later = "示例·王改名"

    /// Two schools, the first with two nodes.
    private struct Scene {
        let world: TestAlliance
        let first: Party
        let second: Party
        let other: Party
        let person: RowID
        let entry: RowKey

        init() throws {
            world = try TestAlliance(members: 2)
            first = try world.join(world.members[0])
            second = try world.join(world.members[0])
            other = try world.join(world.members[1])
            let owner = world.members[0]
            person = RowID(natural: [.text("T1")], table: .teacher, owner: owner)
            entry = RowKey(table: .teacher, owner: owner, id: person)
            try world.syncUntilQuiet()
        }

        var all: [Party] { world.nodes + [world.hub!] }

        func birth(_ values: [ColumnID: Value] = [:]) -> RowEdit {
            let own: [ColumnID: Value] = [TeacherColumn.number: .text("T1"), TeacherColumn.name: .text(name)]
            return RowEdit(key: entry, act: .create, values: own.merging(values) { _, new in new })
        }

        func share() throws {
            try first.commitAlone([Consents.give(person, first.member), birth()])
            try world.syncUntilQuiet()
        }

        /// As the program withdraws: emptied, then deleted with the consent's end.
        func withdraw(at node: Party) throws {
            try node.commitAlone([RowEdit(key: entry, act: .edit, values: [TeacherColumn.name: Consent.blank])])
            try node.commitAlone([
                Consents.withdraw(person, node.member, at: node.wall), RowEdit(key: entry, act: .delete),
            ])
        }

        func refuses(_ edits: [RowEdit], _ gap: ConsentGap.Gap) throws {
            #expect(throws: CommandRefusal.consent(ConsentGap(key: edits[0].key, person: person, gap: gap))) {
                try first.commitAlone(edits)
            }
        }
    }

    @Test func `without a consent nothing of a person is stored, filed or sent`() throws {
        let scene = try Scene()
        try scene.refuses([scene.birth()], .missing)
        let contact = RowKey(
            table: .teacherContact, owner: scene.first.member,
            id: RowID(natural: [.bytes(scene.person.bytes)], table: .teacherContact, owner: scene.first.member))
        let phone: [ColumnID: Value] = [
            Contact.teacher: .bytes(scene.person.bytes), Contact.phone: .text("13900000000"),
        ]
        try scene.refuses([RowEdit(key: contact, act: .create, values: phone)], .missing)
        #expect(try scene.first.pending == 0)
        let rev = try scene.world.hub.state.cursor.rev
        try scene.world.syncUntilQuiet()
        #expect(try scene.world.hub.state.cursor.rev == rev)
        for party in scene.all {
            #expect(try party.row(scene.entry) == nil, "\(party.name)")
            #expect(try !party.fileContains(Self.name), "\(party.name)")
        }
    }

    @Test func `a consent in the same transaction lets the entry go, and only the fields that it covers`() throws {
        let scene = try Scene()
        let title = ColumnID(3)
        let give = Consents.give(scene.person, scene.first.member, fields: ["title"])
        try scene.first.commitAlone([scene.birth([title: .text("senior")]), give])
        try scene.world.syncUntilQuiet()
        #expect(try scene.other.value(scene.entry, title) == .text("senior"))
        let consent = Consent.key(of: scene.person, owner: scene.first.member)
        #expect(try scene.other.row(consent) == nil, "the consent stays with its school and the secretariat")
        #expect(try scene.second.row(consent) != nil && scene.world.hub.row(consent) != nil)
        func edit(_ column: UInt16, _ value: Value) -> RowEdit {
            RowEdit(key: scene.entry, act: .edit, values: [ColumnID(column): value])
        }
        try scene.refuses([edit(6, .text("数控"))], .field("specialty"))
        #expect(try scene.first.commitAlone([edit(3, .null)]) == 1, "what is not said needs no consent")
        let contact = RowKey(table: .teacherContact, owner: scene.first.member, id: RowID(rawValue: 7))
        let phone: [ColumnID: Value] = [Contact.teacher: .bytes(scene.person.bytes), Contact.phone: .text("1")]
        try scene.refuses([RowEdit(key: contact, act: .create, values: phone)], .field("contact"))
    }

    @Test func `after a withdrawal it is gone at every node, and can't come back without a new consent`() throws {
        let scene = try Scene()
        try scene.share()
        #expect(try scene.other.value(scene.entry, TeacherColumn.name) == .text(Self.name))
        try scene.withdraw(at: scene.first)
        try scene.refuses([scene.birth()], .withdrawn)
        try scene.world.syncUntilQuiet()
        for party in scene.all {
            let row = try #require(try party.row(scene.entry))
            #expect(!row.isThere && row[TeacherColumn.name]?.value == Consent.blank, "\(party.name)")
        }
        try scene.world.hub.backUp()
        try scene.world.hub.collect()
        try scene.world.syncUntilQuiet()
        for party in scene.all { #expect(try !party.fileContains(Self.name), "\(party.name)") }
        try scene.first.commitAlone([
            RowEdit(
                key: Consent.key(of: scene.person, owner: scene.first.member), act: .edit,
                values: [ConsentColumn.withdrawn: .null]), scene.birth(),
        ])
        try scene.world.syncUntilQuiet()
        #expect(try scene.other.value(scene.entry, TeacherColumn.name) == .text(Self.name))
    }

    @Test func `conflicts about who has withdrawn have no values, those that were filed before neither`() throws {
        let scene = try Scene()
        try scene.share()
        func rename(_ party: Party, _ text: String) throws {
            try party.commitAlone([RowEdit(key: scene.entry, act: .edit, values: [TeacherColumn.name: .text(text)])])
        }
        try rename(scene.first, Self.later + "一")
        try rename(scene.second, Self.later + "二")
        try scene.world.syncUntilQuiet()
        let before = try scene.world.hub.conflicts()
        #expect(before.count == 1 && before.allSatisfy { $0[ConflictColumn.losingValue]?.value != .null })
        try scene.withdraw(at: scene.first)
        try rename(scene.second, Self.later + "三")
        try scene.world.sync(scene.first)
        try scene.world.syncUntilQuiet()
        let kinds = try scene.world.hub.conflicts().compactMap { $0[ConflictColumn.kind]?.value }
        #expect(kinds.contains(.text("deleted")), "the edit that was lost is filed all the same")
        for party in [scene.first, scene.second, scene.world.hub!] {
            for row in try party.conflicts() {
                #expect(row[ConflictColumn.losingValue]?.value ?? .null == .null, "\(party.name)")
                #expect(row[ConflictColumn.winningValue]?.value ?? .null == .null, "\(party.name)")
            }
        }
        try scene.world.expectEqualFiles()
    }

    @Test func `a node hears how many members have what it has erased`() throws {
        let scene = try Scene()
        try scene.share()
        try scene.withdraw(at: scene.first)
        try scene.first.store.write { transaction in
            let stamp = try #require(try transaction.row(scene.entry)?.presence?.stamp)
            try transaction.setErasure(Erasure(key: scene.entry, stamp: stamp, wall: 1, person: scene.person))
            #expect(try transaction.openErasures().isEmpty, "nobody knows a rev before the hub has it")
        }
        func reached() throws -> (count: UInt32, of: UInt32)? {
            try scene.first.store.read { try $0.erasures().first?.reached }
        }
        try scene.world.sync(scene.first)
        try scene.world.sync(scene.first)
        // Its own member has another node, which has not heard of it.
        #expect(try reached().map { [$0.count, $0.of] } == [0, 2])
        try scene.world.sync(scene.second)
        try scene.world.sync(scene.second)
        try scene.world.sync(scene.first)
        #expect(try reached().map { [$0.count, $0.of] } == [1, 2])
        try scene.world.syncUntilQuiet()
        try scene.world.sync(scene.first)
        #expect(try reached().map { [$0.count, $0.of] } == [2, 2])
    }
}
