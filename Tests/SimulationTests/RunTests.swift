import Testing

@testable import Simulation

/// A year of the simulation as a whole. Sweeps over many seeds are `jilian simulate`'s.
@Suite(.serialized) struct RunTests {
    @Test func `a seed replays exactly, and keeps every promise`() throws {
        let (first, second) = (try Run(seed: 20), try Run(seed: 20))
        #expect(first.breach == nil)
        #expect(first.trace == second.trace)
        #expect(first.counts == second.counts)
    }

    @Test func `a part of a plan runs as well`() throws {
        let plan = Plan(seed: 7)
        let run = try Run(seed: 7, leavingOut: Set(plan.actions.map(\.number).filter { $0 % 8 != 0 }), tells: true)
        #expect(run.breach == nil)
        #expect(!run.story.isEmpty)
    }

    @Test func `twenty plans in a row have every kind of fault`() {
        for start: UInt64 in [1, 14, 1_000] {
            let kinds = (start..<start + 20).flatMap { Plan(seed: $0).actions.map(\.kind) }
            for kind in DiskFault.allCases {
                #expect(kinds.contains { if case .disk(_, kind) = $0 { true } else { false } })
            }
            for kind in LineFault.allCases {
                #expect(kinds.contains { if case .line(_, kind) = $0 { true } else { false } })
            }
            for kind in ClockFault.allCases {
                #expect(kinds.contains { if case .clock(_, kind) = $0 { true } else { false } })
            }
            for kind in Tamper.allCases {
                #expect(kinds.contains { if case .tamper(_, kind) = $0 { true } else { false } })
            }
        }
    }
}
