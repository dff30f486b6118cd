import Alliance
import CRDT
import Store
import Sync
import Testing

/// Where nobody is: one statement over all lanes, which must say what the uses say one by one.
@Suite struct UnusedLaneTests {
    private static let asset = AssetID(table: .space, row: RowID(rawValue: 9))
    private static let lanes: Range<UInt16> = 0..<6
    private static let hour: Int64 = 3_600_000

    private func use(_ number: Int, _ span: Span, of asset: AssetID, at node: Party) throws -> RowState {
        let replica = try node.state.replica
        let stamp = Stamp(time: HybridTime(milliseconds: 1), replica: replica)
        let values: [Value] = [
            .integer(Int64(asset.table.rawValue)), Value(asset.row), Value(replica),
            .bytes(PointBytes.bytes([Piece(span, under: RowID(rawValue: 1))])), .text("booking"), Value(node.member),
            .null, .null,
        ]
        return RowState(
            key: RowKey(table: .use, owner: node.member, id: RowID(rawValue: UInt128(number) + 1)),
            presence: Presence(length: 1, stamp: stamp),
            cells: values.enumerated().map { Cell(column: ColumnID(UInt16($0 + 1)), value: $1, stamp: stamp) })
    }

    /// Uses overlap, as those of a faulty node do until they are disputed; some are as long as one piece can be.
    private func spans(_ random: Seeded) -> [Span] {
        (0..<60).compactMap { _ in
            let from = Int64(random.number(-72...72)) * Self.hour / 4
            let length = random.number(0...1) == 0 ? Self.hour : Int64(random.number(1...Int(PointBytes.lengthMax)))
            return Span(lane: UInt16(random.number(0...5)), from: from, to: from + length)
        }
    }

    @Test(arguments: [UInt64](1...6)) func `the first unused lane is that which no use touches`(seed: UInt64) throws {
        let world = try TestAlliance(seed)
        let node = try world.join(world.members[0])
        let spans = spans(world.random)
        // Uses of other assets are in nobody's way.
        let others = Self.lanes.compactMap { Span(lane: $0, from: -100 * Self.hour, to: -90 * Self.hour) }
        let rows =
            try spans.enumerated().map { try use($0, $1, of: Self.asset, at: node) }
            + others.enumerated().map { index, span in
                let other = AssetID(table: .space, row: RowID(rawValue: index % 2 == 0 ? 8 : 10))
                return try use(1000 + index, span, of: other, at: node)
            }
        try node.store.write { transaction in
            for row in rows { _ = try transaction.insert(row, audience: .alliance) }
        }
        try node.store.read { transaction in
            for _ in 0..<300 {
                let from = Int64(world.random.number(-100...100)) * Self.hour / 4
                let to = from + Int64(world.random.number(1...2 * Int(PointBytes.lengthMax)))
                let asked = UInt16(world.random.number(0...5))..<6
                let expected = asked.first { lane in
                    !spans.contains { $0.lane == lane && $0.from < to && from < $0.to }
                }
                let found = try transaction.ledger.firstUnused(asked, of: Self.asset, from: from, to: to)
                #expect(found == expected, "lanes \(asked), \(from)..<\(to)")
            }
            #expect(try transaction.ledger.firstUnused(3..<3, of: Self.asset, from: 0, to: 1) == nil)
        }
    }
}
