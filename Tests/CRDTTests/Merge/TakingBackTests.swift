import CRDT
import Testing

/// Taking cells and presence back, which is not a merge.
struct TakingBackTests {
    @Test(arguments: [7, 0xCAFE] as [UInt64])
    func `replacing a cell sets, removes or adds that cell and leaves all others`(seed: UInt64) {
        var generator = Seeded(seed)
        for round in 0..<4000 {
            let before = generator.row()
            let column = ColumnID(UInt16(generator.number(1...8)))
            let cell =
                generator.once(in: 3) ? nil : Cell(column: column, value: generator.value(), stamp: generator.stamp())
            var expected = Dictionary(uniqueKeysWithValues: before.cells.map { ($0.column, $0) })
            expected[column] = cell
            var after = before
            after.replace(column, with: cell)
            let isRight =
                after.cells == expected.values.sorted { $0.column < $1.column }
                && after.presence == before.presence && after.key == before.key && after[column] == cell
            guard isRight else {
                Issue.record(
                    "seed \(seed), round \(round): \(before), column \(column.rawValue) to \(String(describing: cell))")
                return
            }
        }
    }

    @Test func `what was replaced by an older cell does merge again`() {
        let stamp = Stamp(9, 1)
        let column = ColumnID(2)
        let change = RowState(
            key: .tested, presence: nil, cells: [Cell(column: column, value: .text("new"), stamp: stamp)])
        let before = RowState(
            key: .tested, presence: nil, cells: [Cell(column: column, value: .text("old"), stamp: Stamp(1, 1))])
        var row = before.merged(with: change)
        row.replace(column, with: before[column])
        #expect(row == before)
        #expect(row.merge(change) && row[column]?.value == .text("new"))
    }

    @Test func `a presence is put back, or taken away`() {
        let born = Presence(length: 1, stamp: Stamp(1, 1))
        let gone = Presence(length: 2, stamp: Stamp(2, 1))
        var row = RowState(key: .tested, presence: gone, cells: [])
        row.replacePresence(with: born)
        #expect(row.presence == born && row.isThere && row.latestStamp == born.stamp)
        row.replacePresence(with: nil)
        #expect(row.isEmpty)
    }

    @Test func `the latest stamp is the largest of cells and presence`() {
        var generator = Seeded(8)
        for _ in 0..<2000 {
            let row = generator.row()
            #expect(row.latestStamp == (row.cells.map(\.stamp) + (row.presence.map { [$0.stamp] } ?? [])).max())
        }
    }
}
