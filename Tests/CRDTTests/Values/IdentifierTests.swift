import CRDT
import Testing

struct IdentifierTests {
    private static let edges: [UInt128] = [0, 1, 0xFF, 1 << 64, 1 << 127, .max, 0x018f3c2a7d417c3e9a550b6f2d1e4c88]

    @Test func `identifiers print and parse, with hyphens or without, in either case`() throws {
        var generator = Seeded(14)
        let random = (0..<200).map { _ in UInt128(generator.next()) << 64 | UInt128(generator.next()) }
        for id in (Self.edges + random).map({ MemberID(rawValue: $0) }) {
            let text = id.description
            #expect(text.utf8.count == 36 && text == text.lowercased())
            #expect(MemberID(text) == id && MemberID(text.uppercased()) == id)
            #expect(MemberID(text.filter { $0 != "-" }) == id)
            #expect(MemberID(bytes: id.bytes) == id && id.bytes.count == 16)
        }
        #expect(
            RowID(rawValue: 0x018f3c2a7d417c3e9a550b6f2d1e4c88).description == "018f3c2a-7d41-7c3e-9a55-0b6f2d1e4c88")
    }

    @Test func `malformed identifiers are refused`() {
        let good = "018f3c2a-7d41-7c3e-9a55-0b6f2d1e4c88"
        let bad = [
            "", "-", String(good.dropLast()), good + "0", good.replacing("8", with: "g"), " " + good, good + "\n",
            good.replacing("0", with: "０"), "+18f3c2a-7d41-7c3e-9a55-0b6f2d1e4c88", good.replacing("-", with: "–"),
            "{\(good)}", String(repeating: "0", count: 33),
        ]
        for text in bad { #expect(MemberID(text) == nil, "\(text)") }
        for count in [0, 15, 17, 32] { #expect(RowID(bytes: [UInt8](repeating: 1, count: count)) == nil) }
    }

    @Test func `the order is that of the bytes, most significant first`() {
        let ids = Self.edges.map { RowID(rawValue: $0) }
        for left in ids {
            for right in ids { #expect((left < right) == left.bytes.lexicographicallyPrecedes(right.bytes)) }
        }
    }

    @Test func `replicas print and parse as 16 digits`() {
        for number in [0, 1, 0xAB, 1 << 63, .max] as [UInt64] {
            let replica = ReplicaID(rawValue: number)
            #expect(replica.description.utf8.count == 16 && ReplicaID(replica.description) == replica)
        }
        #expect(ReplicaID("00000000000000AB") == ReplicaID(rawValue: 0xAB))
    }

    @Test(arguments: [
        "", "ab", "00000000000000abc", "+00000000000000f", "-000000000000000", "0x0000000000000f", " 00000000000000f",
        "000000000000000g", "０000000000000",
    ])
    func `malformed replicas are refused`(text: String) { #expect(ReplicaID(text) == nil) }

    @Test func `keys are in the order of table, owner and id`() {
        let keys = [1, 2].flatMap { table in
            [1, 2].flatMap { owner in
                [1, 2].map { id in
                    RowKey(
                        table: TableID(rawValue: table), owner: MemberID(rawValue: owner), id: RowID(rawValue: id))
                }
            }
        }
        for (i, left) in keys.enumerated() {
            for (j, right) in keys.enumerated() { #expect((left < right) == (i < j)) }
        }
        #expect(Set(keys).count == 8)
    }
}
