import Alliance
import ArgumentParser
import Foundation
import Replica
import Simulation

/// All that can happen to the points of a small alliance, step by step.
struct ExploreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explore",
        abstract: "走遍小联盟中额度与时段的一切可能 · goes through all that can happen to the points of a small alliance",
        discussion: """
            每个小世界列出状态、转移、步深和是否走完；找到违反时给出最短故事。结果只取决于 --states 与 --seed；--seconds 只是上限。
            Prints states, transitions, depth and whether all was seen; a breach with its shortest story. Use a release build.
            """)
    @Option(help: "只走一个小世界 · one universe only")
    var universe: String?
    @Option(help: "每个小世界最多多少状态，默认 200000，--broken 时 1000000 · states of a universe at most")
    var states: Int?
    @Option(help: "每个小世界最多多少秒 · seconds for a universe at most")
    var seconds = 300.0
    @Option(help: "随机游走的种子 · of the random walks")
    var seed: UInt64 = 1
    @Flag(help: "逐一放入错误的读法，每个都必须被发现 · each broken reading instead, which must be found")
    var broken = false
    @Option(help: "只放入一个错误的读法 · one broken reading only")
    var reading: String?
    @Flag(help: "以 JSON 输出 · print JSON")
    var json = false

    func validate() throws {
        guard statesMax > 0, seconds > 0 else { throw ValidationError("--states N, --seconds N > 0") }
        guard reading.map({ broken && BrokenReading(rawValue: $0) != nil }) ?? true else {
            throw ValidationError("--broken --reading " + BrokenReading.allCases.map(\.rawValue).joined(separator: "|"))
        }
        guard universe.map({ Universe.named($0) != nil }) ?? true else {
            throw ValidationError("--universe " + Universe.all.map(\.name).joined(separator: "|"))
        }
    }

    /// Some broken readings show only after many steps.
    private var statesMax: Int { states ?? (broken ? 1_000_000 : 200_000) }

    fileprivate struct Line {
        let name: String
        let found: ExploredCounts
        let mustBreak: Bool
        let seconds: Double

        var isRight: Bool { (found.breach != nil) == mustBreak }
    }

    func run() throws {
        var lines: [Line] = []
        if broken {
            for reading in BrokenReading.allCases where self.reading.map({ $0 == reading.rawValue }) ?? true {
                lines.append(line(reading.rawValue, mustBreak: true) { explore(reading.universe, reading) })
            }
        } else {
            for universe in Universe.all where self.universe.map({ $0 == universe.name }) ?? true {
                lines.append(
                    line(universe.name, mustBreak: false) {
                        universe.isWalked ? walk(universe) : explore(universe, nil)
                    })
            }
        }
        Output.endProgress()
        Output.result(.array(lines.map(report)), asJSON: json) { text(lines) }
        if lines.contains(where: { !$0.isRight }) { throw ExitCode(1) }
    }

    private func line(_ name: String, mustBreak: Bool, _ body: () -> ExploredCounts) -> Line {
        let started = ContinuousClock.now
        let found = body()
        Output.progress("\(name): \(found.states)")
        return Line(
            name: name, found: found, mustBreak: mustBreak,
            seconds: (ContinuousClock.now - started) / .seconds(1))
    }

    private func explore(_ universe: Universe, _ reading: BrokenReading?) -> ExploredCounts {
        let (started, limit) = (ContinuousClock.now, Duration.seconds(seconds))
        let found = Exploration.run(universe, reading: reading, states: statesMax, ends: broken ? 10 : 50) {
            ContinuousClock.now - started < limit
        }
        return ExploredCounts(found)
    }

    private func walk(_ universe: Universe) -> ExploredCounts {
        let (started, limit) = (ContinuousClock.now, Duration.seconds(seconds))
        let found = RandomWalks.run(universe, seed: seed, walks: max(1, statesMax / 60), length: 60) {
            ContinuousClock.now - started < limit
        }
        return ExploredCounts(found)
    }

    private func report(_ line: Line) -> JSON {
        [
            "name": .string(line.name), "states": .number(Int64(line.found.states)),
            "transitions": .number(Int64(line.found.transitions)), "depth": .number(Int64(line.found.depth)),
            "milliseconds": .number(Int64(line.seconds * 1000)),
            "closed": .bool(line.found.isClosed), "ends": .number(Int64(line.found.ends)),
            "breach": line.found.breach.map { .string($0) } ?? .null,
            "story": .array(line.found.story.map { .string($0) }),
        ]
    }

    private func text(_ lines: [Line]) -> String {
        var table = TextTable([
            "小世界 universe", "状态 states", "转移 transitions", "步深 depth", "善终 ends", "秒 s", "结果 result",
        ])
        for line in lines {
            let found = line.found
            table.add([
                line.name, "\(found.states)", "\(found.transitions)",
                "\(found.depth)" + (found.isClosed ? " 走完 closed" : ""), "\(found.ends)",
                String(format: "%.1f", line.seconds), found.breach.map { "违反 " + $0.prefix(2) } ?? "无违反 none",
            ])
        }
        var texts = [table.text()]
        for line in lines {
            guard let breach = line.found.breach else { continue }
            texts.append("\n\(line.name): \(breach)")
            texts += line.found.story.enumerated().map { "  \($0 + 1). \($1)" }
        }
        let wrong = lines.filter { !$0.isRight }.map(\.name)
        texts.append(
            "\n\(lines.count) 项，\(wrong.count) 项不符 checked, not as they must be"
                + (wrong.isEmpty ? "" : ": " + wrong.joined(separator: ", ")))
        return texts.joined(separator: "\n")
    }
}

/// What a universe gave, gone through or walked.
private struct ExploredCounts {
    let states: Int
    let transitions: Int
    let depth: Int
    let isClosed: Bool
    let ends: Int
    let breach: String?
    let story: [String]

    init(_ found: Exploration) {
        (states, transitions, depth, isClosed) = (found.states, found.transitions, found.depth, found.isClosed)
        (ends, breach, story) = (found.ends, found.breach, found.story)
    }

    init(_ found: RandomWalks) {
        (states, transitions, depth, isClosed) = (found.states, found.steps, 60, false)
        (ends, breach, story) = (found.ends, found.breach, found.story)
    }
}
