import Dispatch
import Foundation
import Simulation
import Synchronization

/// Many seeds, in several processes: one that crashes takes only its seed along.
struct SeedSweep {
    struct Failure {
        let seed: UInt64
        let invariant: String
        let detail: String
    }

    private(set) var failures: [Failure] = []
    private(set) var counts: [String: Int] = [:]
    private(set) var done = 0
    /// Of all seeds together; it does not depend on which process had which.
    private(set) var trace: UInt64 = 0
    /// By seed: which faults happened in it.
    private var faults: [UInt64: Set<String>] = [:]

    /// - Parameters:
    ///   - stops: whether to end with the first seed that fails.
    ///   - options: of the processes.
    ///   - progress: is told how many seeds are done.
    static func run(
        _ range: ClosedRange<UInt64>, jobs: Int, stops: Bool, options: [String],
        progress: @escaping @Sendable (Int) -> Void
    ) throws -> SeedSweep {
        let sweep = Mutex(SeedSweep())
        DispatchQueue.concurrentPerform(iterations: min(jobs, range.count)) { job in
            var next = range.lowerBound + UInt64(job)
            while next <= range.upperBound {
                let broken = share(from: next, through: range.upperBound, step: UInt64(jobs), options) { line in
                    sweep.withLock { sweep in
                        sweep.take(line)
                        progress(sweep.done)
                        return !(stops && !sweep.failures.isEmpty)
                    }
                }
                guard let broken else { return }
                // The process ended in the middle of a seed: that seed has failed, and the next are still to come.
                let goesOn = sweep.withLock { sweep in
                    sweep.take(
                        SeedLine(seed: broken, trace: 0, invariant: "crash", detail: "the process ended", counts: [:]))
                    return !stops
                }
                guard goesOn else { return }
                next = broken + UInt64(jobs)
            }
        }
        return sweep.withLock { sweep in
            sweep.failures.sort { $0.seed < $1.seed }
            return sweep
        }
    }

    /// This program, with the same hashing in every process: a seed replays exactly.
    static func process(_ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_DETERMINISTIC_HASHING": "1"]) { $1 }
        process.standardInput = FileHandle.nullDevice
        return process
    }

    /// Runs one process's share.
    /// - Returns: the seed in whose middle the process ended; `nil` if it came to its end, or was told to stop.
    private static func share(
        from first: UInt64, through last: UInt64, step: UInt64, _ options: [String], _ take: (SeedLine) -> Bool
    ) -> UInt64? {
        let process = process(["simulate-seeds"] + options + ["\(first)", "\(last)", "\(step)"])
        let output = Pipe()
        process.standardOutput = output
        guard (try? process.run()) != nil else { return first }
        var begun: UInt64?
        var rest = Data()
        while true {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { break }
            rest.append(data)
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                let line = rest[rest.startIndex..<end]
                rest = Data(rest[rest.index(after: end)...])
                if let words = String(data: line, encoding: .utf8), words.hasPrefix("begin ") {
                    begun = UInt64(words.dropFirst(6))
                } else if let seed = try? JSONDecoder().decode(SeedLine.self, from: line) {
                    begun = nil
                    guard take(seed) else {
                        process.terminate()
                        process.waitUntilExit()
                        return nil
                    }
                }
            }
        }
        process.waitUntilExit()
        return begun
    }

    private mutating func take(_ line: SeedLine) {
        done += 1
        trace ^= line.trace
        faults[line.seed] = Set(line.counts.keys)
        for (name, count) in line.counts { counts[name, default: 0] += count }
        if let invariant = line.invariant {
            failures.append(Failure(seed: line.seed, invariant: invariant, detail: line.detail ?? ""))
        }
    }

    /// Faults that twenty seeds in a row lack: silence about what did not happen says nothing.
    func missingFaults() -> [String] {
        let seeds = faults.keys.sorted()
        let blocks = stride(from: 0, to: seeds.count / 20 * 20, by: 20).map { seeds[$0..<$0 + 20] }
        return blocks.flatMap { block -> [String] in
            let happened = block.reduce(into: Set<String>()) { $0.formUnion(faults[$1] ?? []) }
            return Run.faults.filter { !happened.contains($0) }.map {
                "\($0) (\(block.first ?? 0)..\(block.last ?? 0))"
            }
        }
    }
}
