import CRDT
import Testing

/// The laws of merge on generated states of one row; every failure names seed and round.
struct MergeLawsTests {
    private static let rounds = 4000

    private func check(_ seed: UInt64, _ law: (inout Seeded) -> Bool) {
        var generator = Seeded(seed)
        for round in 0..<Self.rounds where !law(&generator) {
            Issue.record("seed \(seed), round \(round)")
            return
        }
    }

    @Test(arguments: [1, 0x5EED] as [UInt64])
    func `merge does what a map of columns does`(seed: UInt64) {
        check(seed) { generator in
            let (a, b) = (generator.row(), generator.row())
            return Model(a.merged(with: b)) == Model(a).merged(with: Model(b))
        }
    }

    @Test(arguments: [2, 0xFACE] as [UInt64])
    func `merge returns true exactly if the state changed`(seed: UInt64) {
        check(seed) { generator in
            let before = generator.row()
            var after = before
            let changed = after.merge(generator.row())
            return changed == (Model(after) != Model(before)) && changed == (after != before)
        }
    }

    @Test(arguments: [3, 0xBEEF] as [UInt64])
    func `three states merge to the same state in every order`(seed: UInt64) {
        check(seed) { generator in
            let rows = [generator.row(), generator.row(), generator.row()]
            let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]].map { order in
                rows[order[0]].merged(with: rows[order[1]]).merged(with: rows[order[2]])
            }
            let grouped = rows[0].merged(with: rows[1].merged(with: rows[2]))
            return Set(orders + [grouped]).count == 1
                && Set(orders.map(\.canonicalBytes) + [grouped.canonicalBytes]).count == 1
                && Set(orders.map { PackedClock(of: $0) }).count == 1
        }
    }

    @Test(arguments: [4, 0xD1CE] as [UInt64])
    func `a state is covered by what it is merged into, and merging it again changes nothing`(seed: UInt64) {
        check(seed) { generator in
            let (a, b) = (generator.row(), generator.row())
            var both = a.merged(with: b)
            guard Model(a).isCovered(by: Model(both)), Model(b).isCovered(by: Model(both)) else { return false }
            let again = [both.merge(a), both.merge(b), both.merge(both)]
            return again == [false, false, false] && both == a.merged(with: b)
        }
    }

    @Test func `a state that says nothing changes nothing`() {
        let nothing = RowState(key: .tested, presence: nil, cells: [])
        #expect(nothing.isEmpty && nothing.latestStamp == nil && !nothing.isThere)
        check(5) { generator in
            var row = generator.row()
            let before = row
            return !row.merge(nothing) && row == before && nothing.merged(with: row) == row
        }
    }

    @Test func `many states merge to the same state in whatever order and however often they come`() {
        check(6) { generator in
            guard generator.once(in: 10) else { return true }
            let rows = (0..<8).map { _ in generator.row() }
            let some = rows + rows.shuffled(using: &generator).prefix(4)
            let merged = (0..<3).map { _ in
                some.shuffled(using: &generator).reduce(RowState(key: .tested, presence: nil, cells: [])) {
                    $0.merged(with: $1)
                }
            }
            return Set(merged).count == 1
        }
    }
}
