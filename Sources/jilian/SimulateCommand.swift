import ArgumentParser
import Foundation
import Simulation

struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "simulate", abstract: "模拟 · simulate")
    @Option var seed: UInt64 = 1
    @Option var count: UInt64 = 1
    @Flag var tell = false

    func run() throws {
        for seed in seed..<seed + count {
            let start = ContinuousClock.now
            let run = try Run(seed: seed, tells: tell)
            if tell { for line in run.story.suffix(60) { print(line) } }
            print("seed \(seed): \(run.breach.map { "\($0)" } ?? "ok"), trace \(String(run.trace, radix: 16)), \(ContinuousClock.now - start)")
            if count == 1 { for (name, n) in run.counts.sorted(by: { $0.key < $1.key }) { print("  \(name): \(n)") } }
        }
    }
}
