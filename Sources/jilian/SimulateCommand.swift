import Alliance
import ArgumentParser
import Foundation
import Replica
import Simulation

/// School years of a whole alliance in one deterministic process each.
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "模拟一个联盟的学年，网络、磁盘、时钟随时出错 · school years of an alliance in which everything fails",
        discussion: """
            每个种子是一个学年：中心和若干节点，几千次修改，各种故障；最后修复并由独立的裁判核对。同一种子结果完全相同；失败的种子会缩小成短故事。
            A seed is a school year; the same seed gives the same. One that fails is shrunk and told. Use a release build.
            """)
    @Option(help: "一个种子 · one seed")
    var seed: UInt64?
    @Option(help: "种子范围，如 1..200 · a range of seeds")
    var seeds: SeedRange?
    @Option(help: "并行进程数 · processes at once")
    var jobs = 2
    @Flag(help: "第一个失败即停 · stop at the first that fails")
    var stop = false
    @Flag(help: "不缩小失败的种子 · do not shrink those that fail")
    var noShrink = false
    @Flag(help: "中心也从备份恢复（已知有未修复的失败） · the hub goes back to backups, too (with failures that are known)")
    var restoreHub = false
    @Flag(help: "以 JSON 输出 · print JSON")
    var json = false

    func validate() throws {
        guard (seed == nil) != (seeds == nil) else { throw ValidationError("--seed N | --seeds A..B") }
        guard (1...64).contains(jobs) else { throw ValidationError("--jobs 1…64") }
    }

    func run() throws {
        let range = seeds?.range ?? (seed ?? 1)...(seed ?? 1)
        let started = ContinuousClock.now
        let sweep = try SeedSweep.run(range, jobs: jobs, stops: stop, options: options) { done in
            Output.progress("\(done)/\(range.count)")
        }
        Output.endProgress()
        let missing = stop ? [] : sweep.missingFaults()
        Output.result(report(sweep, missing), asJSON: json) {
            text(sweep, missing, seconds: (ContinuousClock.now - started) / .seconds(1))
        }
        if !json, !noShrink { for failed in sweep.failures.prefix(2) { try tell(failed.seed) } }
        if !sweep.failures.isEmpty || !missing.isEmpty { throw ExitCode(1) }
    }

    private var options: [String] { restoreHub ? ["--restore-hub"] : [] }

    private func report(_ sweep: SeedSweep, _ missing: [String]) -> JSON {
        [
            "seeds": JSON(UInt64(sweep.done)),
            "failures": .array(
                sweep.failures.map {
                    ["seed": JSON($0.seed), "invariant": .string($0.invariant), "detail": .string($0.detail)]
                }),
            "missing": .array(missing.map { .string($0) }),
            "trace": .string(String(sweep.trace, radix: 16)),
            "counts": .object(sweep.counts.mapValues { .number(Int64($0)) }),
        ]
    }

    private func text(_ sweep: SeedSweep, _ missing: [String], seconds: Double) -> String {
        var lines = sweep.failures.map { "种子 \($0.seed) 失败 seed \($0.seed) failed: \($0.invariant): \($0.detail)" }
        lines += missing.map { "二十个种子中没有发生 did not happen in twenty seeds: \($0)" }
        var table = TextTable(["发生了什么 what happened", "次数 times"])
        for (name, count) in sweep.counts.sorted(by: { $0.key < $1.key }) { table.add([name, "\(count)"]) }
        lines.append(table.text())
        lines.append(
            "\(sweep.done) 个种子，\(sweep.failures.count) 个失败 seeds, failed；trace \(String(sweep.trace, radix: 16))；"
                + String(format: "%.0f s, %.1f seeds/min", seconds, Double(sweep.done) / seconds * 60))
        return lines.joined(separator: "\n")
    }

    /// Shrinks a failing seed in a process of its own, which may crash.
    private func tell(_ seed: UInt64) throws {
        Output.line("\n种子 \(seed) 的故事 the story of seed \(seed):")
        let process = SeedSweep.process(["simulate-seeds", "--shrink"] + options + ["\(seed)", "\(seed)", "1"])
        try process.run()
        process.waitUntilExit()
    }
}

/// `A..B`, both included.
struct SeedRange: ExpressibleByArgument {
    let range: ClosedRange<UInt64>

    init?(argument: String) {
        let parts = argument.components(separatedBy: "..")
        guard parts.count == 2, let first = UInt64(parts[0]), let last = UInt64(parts[1]), first <= last else {
            return nil
        }
        range = first...last
    }
}

/// One process's share of a sweep: a line before each seed and one behind it.
struct SimulateSeedsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "simulate-seeds", shouldDisplay: false)
    @Argument var first: UInt64
    @Argument var last: UInt64
    @Argument var step: UInt64
    @Flag var shrink = false
    @Flag var restoreHub = false

    func run() throws {
        for seed in stride(from: first, through: last, by: UInt64.Stride(step)) {
            if shrink { return try tell(try Run(seed: seed, restoresHub: restoreHub)) }
            Output.line("begin \(seed)")
            let run = try Run(seed: seed, restoresHub: restoreHub)
            let line = SeedLine(
                seed: seed, trace: run.trace, invariant: run.breach?.invariant, detail: run.breach?.detail,
                counts: run.counts)
            Output.line(String(decoding: try JSONEncoder().encode(line), as: UTF8.self))
        }
    }

    private func tell(_ run: Run) throws {
        guard run.breach != nil else { return Output.line("没有失败 it does not fail") }
        let shrinking = try Shrinking(run, restoresHub: restoreHub)
        for line in shrinking.run.story.suffix(80) { Output.line("  " + line) }
        Output.line("  => " + (shrinking.run.breach.map { "\($0)" } ?? "?"))
        Output.line(
            "  \(shrinking.all) 件事缩小到 \(shrinking.left) 件 actions shrunk to \(shrinking.left), \(shrinking.tried) runs")
    }
}

/// What a process says of a seed.
struct SeedLine: Codable {
    let seed: UInt64
    let trace: UInt64
    let invariant: String?
    let detail: String?
    let counts: [String: Int]
}
