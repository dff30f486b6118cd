import CRDT
import Testing

@testable import Alliance

@Suite struct RoundTripTests {
    private let world: World = {
        var world = World()
        for (number, name) in ["甲校", "乙（北京）公司", "同名", "同名"].enumerated() {
            world.add(member: name, MemberID(number + 1))
        }
        for table in Schema.current.tables {
            world.add(
                World.Entry(owner: MemberID(1), id: RowID(rawValue: 7), first: "00123", whole: "00123/=x"), to: table.id
            )
        }
        return world
    }()

    @Test(arguments: 1...200 as ClosedRange<UInt64>)
    func `text of a value reads back as the value, in every column`(seed: UInt64) throws {
        let names = world.names(for: MemberID(1))
        var generated = Generated(seed: seed)
        for column in Schema.current.tables.flatMap(\.columns) {
            let value = generated.value(of: column.type)
            #expect(column.type.accepts(value))
            let text = column.text(of: value, names: names)
            #expect(try column.value(from: text, names: names) == value, "\(column.name): \(text)")
        }
    }

    @Test func `what a column does not take is still written`() {
        let values: [Value] = [.null, .integer(.max), .integer(.min), .text("x"), .text(""), .bytes([1]), .bytes([])]
        for column in Schema.current.tables.flatMap(\.columns) {
            for value in values { _ = column.text(of: value, names: .none) }
        }
        #expect(column("node.joined").text(of: .integer(.max), names: .none) == "9223372036854775807 ms")
        #expect(column("base.grade").text(of: .text("9"), names: .none) == "9")
    }
}
