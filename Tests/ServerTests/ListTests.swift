import Alliance
import CRDT
import Replica
import Store
import Testing

/// Lists of rows, a page at a time.
@Suite struct ListTests {
    private let folder: Folder
    private let hub: OpenReplica
    private let members: Table

    init() throws {
        folder = try Folder()
        hub = try OpenReplica.foundHub(folder.path + "/hub", alliance: "测试联盟")
        members = try hub.table("member")
        try add("member", "name=甲 100%校", "kind=technician", "place=城东")
        try add("member", "name=乙校", "kind=firm", "place=城西 A_1")
        try add("member", "name=丙校", "kind=firm", "place=城东", "contact=Zhang")
        try add("committee", "alliance=测试联盟", "name=汽修委员会")
        try add("seat", "committee=测试联盟/汽修委员会", "member=乙校", "role=牵头单位")
    }

    private func add(_ table: String, _ values: String...) throws {
        let table = try hub.table(table)
        _ = try hub.add(hub.values(values, in: table), to: table)
    }

    private func names(_ words: String..., order: RowFilter.Order? = nil) throws -> [String] {
        try hub.page(of: members, words: words, order: order, count: 10).rows.map {
            if case .text(let name)? = $0[MemberColumn.name]?.value { name } else { "" }
        }
    }

    private let byName = RowFilter.Order(MemberColumn.name, isDescending: false)

    @Test func `pages are parts of one list, and say how long it is`() throws {
        let all = try hub.page(of: members, count: 10)
        #expect(all.total == 4 && all.rows.count == 4, "three, and the secretariat")
        let parts = try (0..<3).map { try hub.page(of: members, from: $0 * 2, count: 2) }
        #expect(parts.flatMap(\.rows).map(\.key) == all.rows.map(\.key))
        #expect(parts.map(\.total) == [4, 4, 4])
        #expect(try hub.page(of: members, words: ["校"], from: 2, count: 2).rows.count == 1)
        #expect(try hub.page(of: members, words: ["校"], from: 2, count: 2).total == 3)
    }

    @Test func `rows are sorted either way`() throws {
        let up = try names("校", order: byName)
        #expect(up == up.sorted() && up.count == 3)
        #expect(
            try names("校", order: RowFilter.Order(MemberColumn.name, isDescending: true)) == up.reversed())
    }

    @Test func `a word is found in texts, choices and names, in either case`() throws {
        #expect(try names("企业", order: byName) == ["丙校", "乙校"].sorted())
        #expect(try names("城东", "企业") == ["丙校"], "each word somewhere")
        #expect(try names("zhang") == ["丙校"])
        let seats = try hub.table("seat")
        #expect(try hub.page(of: seats, words: ["汽修"], count: 5).total == 0, "the key's first text is the alliance")
        #expect(try hub.page(of: seats, words: ["测试联盟"], count: 5).total == 1)
        #expect(try hub.page(of: seats, words: ["乙校"], count: 5).total == 1)
        #expect(try hub.page(of: seats, words: ["丙校"], count: 5).total == 0)
    }

    @Test func `what means something to SQL stands for itself`() throws {
        #expect(try names("%") == ["甲 100%校"])
        #expect(try names("_") == ["乙校"])
        #expect(try names("'; DROP TABLE member; --") == [])
        #expect(try names("\\") == [])
    }

    @Test func `own rows alone, and how many there are`() throws {
        #expect(try hub.page(of: members, isOwn: true, count: 1).total == 4)
        #expect(try hub.counts(of: members) == (all: 4, own: 4))
        let bases = try hub.table("base")
        #expect(try hub.page(of: bases, isOwn: true, count: 1).total == 0)
        #expect(try hub.openConflictCount() == 0)
    }

    @Test func `names are the same, one by one or all at once`() throws {
        for number in 0..<400 { try add("major", "code=\(number)", "name=专业 \(number)") }
        let majors = try hub.table("major")
        let rows = try hub.list(majors)
        let names = try hub.names()
        for row in rows {
            guard case .text(let code)? = row[ColumnID(1)]?.value else { continue }
            #expect(names.rowName(.major, row.key.id) == code)
        }
        let others = try hub.names()
        for number in stride(from: 0, to: 400, by: 10) {
            #expect(others.rows(.major, "\(number)").count == 1)
        }
        #expect(others.rows(.major, "没有").isEmpty && others.rowName(.major, RowID(rawValue: 7)) == nil)
    }
}
