import Testing

@testable import Simulation

/// A short look at every universe, and at every broken reading that shows soon. The long runs are `jilian explore`'s.
struct ExplorationTests {
    @Test(arguments: Universe.all.filter { !$0.isWalked }) func `a universe keeps every promise`(universe: Universe) {
        let found = Exploration.run(universe, states: 1_500, ends: 50)
        #expect(found.breach == nil, "\(found.story)")
        #expect(found.states >= 1_500)
    }

    @Test(arguments: Universe.all.filter(\.isWalked)) func `random walks with every fault keep every promise`(
        universe: Universe
    ) {
        let found = RandomWalks.run(universe, seed: 1, walks: 8, length: 40)
        #expect(found.breach == nil, "\(found.story)")
        #expect(found.ends == 8)
    }

    /// Those that show within so many states.
    static let soon: [BrokenReading] = [
        .usedPointsStay, .heardWhenPushed, .attestedBeforeInherited, .coalesces, .answersOnlyWithRequest,
        .oneBranchOnly,
        .sameReplicaAfterFork, .strikesRecords, .sameHoldings, .unboundGrants, .endedRefused, .attestedEarly,
        .answersForTheOwner, .keepsWhatWasHanded, .poolSpendableAfterRestore, .confirmationAsColumn, .cancelRevived,
        .rightsOutsideTheLock,
    ]

    @Test(arguments: soon) func `a broken reading is found`(reading: BrokenReading) {
        let found = Exploration.run(reading.universe, reading: reading, states: 3_000, ends: 10)
        #expect(found.breach != nil)
        #expect(!found.story.isEmpty)
        #expect(Exploration.run(reading.universe, states: 1_000, ends: 10).breach == nil)
    }

    @Test func `an exploration replays exactly`() throws {
        let universe = try #require(Universe.named("both"))
        let (one, other) = (
            Exploration.run(universe, states: 1_000, ends: 20), Exploration.run(universe, states: 1_000, ends: 20)
        )
        #expect(
            (one.states, one.transitions, one.depth, one.ends) == (
                other.states, other.transitions, other.depth, other.ends
            ))
        let walks = [1, 2].map { _ in
            RandomWalks.run(Universe.all[Universe.all.count - 1], seed: 3, walks: 3, length: 30)
        }
        #expect(walks[0].states == walks[1].states)
    }
}
