import CRDT
import Testing

@testable import Alliance

@Suite struct NamesTests {
    private let world: World = {
        var world = World()
        world.add(member: "甲校", MemberID(1))
        world.add(member: "中航空港（北京）教育科技有限公司", MemberID(2))
        world.add(member: "同名校", MemberID(3))
        world.add(member: "同名校", MemberID(4))
        world.add(member: "甲、乙联合校", MemberID(5))
        for (owner, id) in [(1, 11), (2, 12)] {
            world.add(
                World.Entry(owner: MemberID(owner), id: RowID(rawValue: UInt128(id)), first: "00123", whole: "00123"),
                to: .teacher)
        }
        return world
    }()

    private var names: Names { world.names(for: MemberID(1)) }
    private var strangersNames: Names { world.names(for: MemberID(9)) }

    @Test(arguments: [
        ("甲校", 1), (" 甲校 ", 1), ("中航空港（北京）教育科技有限公司", 2), ("中航空港(北京)教育科技有限公司", 2),
        ("00000000-0000-0000-0000-000000000004", 4), ("同名校〔00000000-0000-0000-0000-000000000003〕", 3),
    ])
    func `members are found by name and by UUID`(text: String, id: Int) throws {
        #expect(try column("seat.member").value(from: text, names: names) == .bytes(MemberID(id).bytes))
    }

    @Test func `unknown and ambiguous members say what to do`() {
        #expect(throws: ValueProblem.unknownMember("丙校")) { try column("seat.member").value(from: "丙校", names: names) }
        let ids = [MemberID(3), MemberID(4)].map(\.description)
        #expect(throws: ValueProblem.ambiguous("同名校", ids)) {
            try column("seat.member").value(from: "同名校", names: names)
        }
    }

    @Test(arguments: [
        "甲校；中航空港(北京)教育科技有限公司", "中航空港（北京）教育科技有限公司、甲校", "甲校, 中航空港（北京）教育科技有限公司,", "甲校；甲校;中航空港（北京）教育科技有限公司",
        "甲校\n中航空港（北京）教育科技有限公司",
    ])
    func `lists of members are separated in many ways`(text: String) throws {
        let expected = Value.bytes(MemberID(1).bytes + MemberID(2).bytes)
        #expect(try column("base.co_owners").value(from: text, names: names) == expected)
    }

    @Test func `a name that holds a separator is found when it stands alone, and written as its UUID in lists`() throws
    {
        let column = column("base.co_owners")
        #expect(try column.value(from: "甲、乙联合校", names: names) == .bytes(MemberID(5).bytes))
        let both = Value.bytes(MemberID(1).bytes + MemberID(5).bytes)
        let text = column.text(of: both, names: names)
        #expect(text == "甲校；\(MemberID(5))")
        #expect(try column.value(from: text, names: names) == both)
    }

    @Test func `no members at all is not null`() throws {
        let column = column("base.co_owners")
        #expect(column.text(of: .bytes([]), names: names) == "无")
        #expect(try column.value(from: "无", names: names) == .bytes([]))
        #expect(throws: ValueProblem.unknownMember("丙校")) { try column.value(from: "甲校；丙校", names: names) }
    }

    @Test func `a staff number means one's own teacher, and is ambiguous for a stranger`() throws {
        let column = column("teacher_contact.teacher")
        let mine = Value.bytes(RowID(rawValue: 11).bytes)
        #expect(try column.value(from: "00123", names: names) == mine)
        #expect(try column.value(from: "００１２３", names: names) == mine)
        #expect(throws: ValueProblem.self) { try column.value(from: "00123", names: strangersNames) }
        #expect(throws: ValueProblem.unknownRow("00999", column.title)) {
            try column.value(from: "00999", names: names)
        }
    }

    @Test func `a name that leads elsewhere is written with its UUID and read back`() throws {
        let column = column("teacher_contact.teacher")
        for (id, names) in [(11, strangersNames), (12, strangersNames), (12, names)] {
            let value = Value.bytes(RowID(rawValue: UInt128(id)).bytes)
            let text = column.text(of: value, names: names)
            #expect(text == "00123〔\(RowID(rawValue: UInt128(id)))〕")
            #expect(try column.value(from: text, names: names) == value)
        }
    }

    @Test func `rows without a name are written and read as UUIDs`() throws {
        let column = column("space.base")
        let value = Value.bytes(RowID(rawValue: 99).bytes)
        #expect(column.text(of: value, names: names) == "00000000-0000-0000-0000-000000000063")
        #expect(try column.value(from: column.text(of: value, names: names), names: names) == value)
    }
}
