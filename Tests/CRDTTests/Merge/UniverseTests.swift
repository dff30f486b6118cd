import CRDT
import Testing

/// The laws of merge on every state, pair and triple of small universes.
struct UniverseTests {
    /// The index of what each pair merges to; a row a left state.
    private func table(_ universe: Universe) throws -> [Int] {
        try universe.states.flatMap { left in
            try universe.states.map { right in
                try #require(universe.index[left.merged(with: right)], "not of the universe: \(left) and \(right)")
            }
        }
    }

    @Test(arguments: Universe.all)
    func `merge is idempotent, commutative and associative`(universe: Universe) throws {
        let count = universe.states.count
        let pairs = try table(universe)
        var faults = 0
        pairs.withUnsafeBufferPointer { merged in
            for a in 0..<count {
                if merged[a * count + a] != a { faults += 1 }
                for b in 0..<count {
                    let ab = merged[a * count + b]
                    if merged[b * count + a] != ab { faults += 1 }
                    for c in 0..<count where merged[ab * count + c] != merged[a * count + merged[b * count + c]] {
                        faults += 1
                    }
                }
            }
        }
        #expect(faults == 0)
    }

    @Test(arguments: Universe.all)
    func `merge agrees with the map, covers both sides, and tells whether it changed anything`(universe: Universe) {
        let models = universe.states.map { Model($0) }
        for (left, mine) in zip(universe.states, models) {
            for (right, their) in zip(universe.states, models) {
                var both = left
                let changed = both.merge(right)
                let model = Model(both)
                guard model == mine.merged(with: their), mine.isCovered(by: model), their.isCovered(by: model),
                    changed == (model != mine)
                else {
                    Issue.record("\(left) and \(right) give \(both), changed: \(changed)")
                    return
                }
            }
        }
    }

    @Test(arguments: Universe.all)
    func `different states have different canonical bytes, and equal clocks the same packed clock`(universe: Universe) {
        #expect(Set(universe.states.map(\.canonicalBytes)).count == universe.states.count)
        let clocks = Set(
            universe.states.map { row in
                Dictionary(uniqueKeysWithValues: row.cells.map { ($0.column.rawValue, $0.stamp) })
                    .merging(row.presence.map { [0: $0.stamp] } ?? [:]) { $1 }
            })
        #expect(Set(universe.states.map { PackedClock(of: $0) }).count == clocks.count)
    }
}
