import Alliance
import ArgumentParser
import Bench
import Foundation
import Replica

/// What the program costs, measured.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "性能基准 · what it costs",
        subcommands: [BenchRowsCommand.self, BenchPagesCommand.self], defaultSubcommand: BenchRowsCommand.self)
}

/// W1: what tracking, merging and shipping cost beside raw SQLite, each step in a process of its own between two raw runs.
struct BenchRowsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rows", abstract: "性能基准 W1（与裸 SQLite 之比）· workload W1 as ratios to raw SQLite",
        discussion: "CPU 时间（用户态与内核态），各轮的中位数；每一步都夹在两次裸运行之间。请用发布版运行。")
    @Option(help: "行数 · rows")
    var rows = 100_000
    @Option(help: "轮数 · rounds")
    var rounds = 5
    @Flag(help: "另测 1 万、10 万、100 万行中改 1,000 格 · 1,000 cells among 10 k, 100 k and 1 M rows")
    var scaling = false
    @Flag(help: "只测修复：100 行与中心不同 · repair alone: 100 rows differ from the hub's")
    var repair = false
    @Option(help: "保留最后一轮的文件，并作深度校验 · keep the last round's files in this folder, and verify them")
    var keep: String?
    @Flag(help: "以 JSON 输出 · print JSON")
    var json = false

    func validate() throws {
        guard (1_000...2_000_000).contains(rows), (1...50).contains(rounds) else {
            throw ValidationError("--rows 1000…2000000, --rounds 1…50")
        }
    }

    func run() throws {
        var figures = BenchFigures()
        for round in 1...rounds {
            try BenchRound(rows: rows, folder: keep, label: "第 \(round)/\(rounds) 轮").run { folder in
                if repair { try folder.repairAlone(&figures) } else { try folder.everything(&figures) }
                if keep != nil, round == rounds { try folder.verify() }
            }
            for size in scaling ? [10_000, 100_000, 1_000_000] : [] {
                try BenchRound(rows: size, folder: nil, label: "第 \(round)/\(rounds) 轮，\(size) 行").run {
                    try $0.cellsAlone(&figures)
                }
            }
        }
        Output.endProgress()
        let result = JSON.object(figures.medians.mapValues { .string(String(format: "%.3f", $0)) })
        Output.result(["rows": JSON(rows), "rounds": JSON(rounds), "median": result], asJSON: json) {
            figures.text("W1，\(rows) 行，\(rounds) 轮")
        }
    }
}

/// Figures by name, one a round, in the order in which they first came.
struct BenchFigures {
    private var names: [String] = []
    private var values: [String: [Double]] = [:]

    mutating func note(_ name: String, _ value: Double) {
        if values[name] == nil { names.append(name) }
        values[name, default: []].append(value)
    }

    var medians: [String: Double] { values.mapValues { $0.sorted()[$0.count / 2] } }

    func text(_ title: String) -> String {
        var table = TextTable([title, "中位数", "最小", "最大"])
        func number(_ value: Double) -> String { String(format: value < 100 ? "%.2f" : "%.0f", value) }
        for name in names {
            let sorted = (values[name] ?? []).sorted()
            guard let first = sorted.first, let last = sorted.last else { continue }
            table.add([name, number(sorted[sorted.count / 2]), number(first), number(last)])
        }
        return table.text()
    }
}

/// One round in a folder of its own: each step with its baseline before and after.
private struct BenchRound {
    let rows: Int
    private let folder: String
    private let keeps: Bool
    private let label: String

    init(rows: Int, folder: String?, label: String) {
        self.rows = rows
        self.folder = folder ?? NSTemporaryDirectory() + "jilian-bench-\(UUID().uuidString)"
        keeps = folder != nil
        self.label = label
    }

    func run(_ body: (BenchRound) throws -> Void) throws {
        try? FileManager.default.removeItem(atPath: folder)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { if !keeps { try? FileManager.default.removeItem(atPath: folder) } }
        try body(self)
    }

    func everything(_ figures: inout BenchFigures) throws {
        let rawFile = try step(.rawInsert)["file"] ?? 1
        figures.note("insert / raw", try bracketed(.insert, .rawInsert).ratio)
        let push = try step(.push)
        figures.note("cut of all rows, ms", push["cut"] ?? 0)
        figures.note("segments, bytes a row", push["bytes"] ?? 0)
        figures.note("author's file, uncut / raw", (push["file"] ?? 0) / rawFile)
        let merge = try bracketed(.merge, .rawInsert)
        figures.note("merge / raw insert", merge.ratio)
        figures.note("merge, peak RSS MB", merge.figures["rss"] ?? 0)
        figures.note("replica's file, no segments / raw", (merge.figures["bare"] ?? 0) / rawFile)
        figures.note("replica's file, with segments / raw", (merge.figures["file"] ?? 0) / rawFile)
        let offer = try bracketed(.offer, .rawInsert)
        figures.note("snapshot made by the hub / raw insert", offer.ratio)
        figures.note("snapshot made by the hub, peak RSS MB", offer.figures["rss"] ?? 0)
        figures.note("snapshot, bytes a row", offer.figures["bytes"] ?? 0)
        let snapshot = try bracketed(.snapshot, .rawInsert)
        figures.note("snapshot / raw insert", snapshot.ratio)
        figures.note("snapshot, peak RSS MB", snapshot.figures["rss"] ?? 0)
        try cells(&figures, "1,000 cells")
        figures.note("update 1 column / raw", try bracketed(.update, .rawUpdate).ratio)
        figures.note("one row a transaction / raw", try bracketed(.singles, .rawSingles).ratio)
    }

    func cellsAlone(_ figures: inout BenchFigures) throws {
        for phase in [Phase.insert, .push, .merge] { _ = try step(phase) }
        try cells(&figures, "1,000 of \(rows)")
    }

    func repairAlone(_ figures: inout BenchFigures) throws {
        for phase in [Phase.insert, .push, .merge] { _ = try step(phase) }
        for (name, value) in try step(.repair).sorted(by: { $0.key < $1.key }) {
            figures.note("repair, \(name)", value)
        }
    }

    private func cells(_ figures: inout BenchFigures, _ name: String) throws {
        let cells = try bracketed(.cells, .rawCells)
        figures.note("\(name): cut ms", cells.figures["cut"] ?? 0)
        figures.note("\(name): apply ms", cells.figures["cpu"] ?? 0)
        figures.note("\(name): apply / raw", cells.ratio)
        figures.note("\(name): bytes", cells.figures["bytes"] ?? 0)
    }

    func verify() throws {
        let checked = try step(.verify)
        let list = checked.sorted { $0.key < $1.key }.map { "\($0.key).sqlite \(Int($0.value))" }.joined(
            separator: ", ")
        Output.note("深度校验通过 · verified deeply: \(list)")
    }

    private func bracketed(_ phase: Phase, _ raw: Phase) throws -> (figures: Phase.Figures, ratio: Double) {
        let before = try step(raw)["cpu"] ?? 0
        let figures = try step(phase)
        let after = try step(raw)["cpu"] ?? 0
        return (figures, (figures["cpu"] ?? 0) * 2 / (before + after))
    }

    private func step(_ phase: Phase) throws -> Phase.Figures {
        Output.progress("\(label)：\(phase.rawValue)…")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["bench-step", phase.rawValue, folder, "\(rows)"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0, let figures = try? JSONDecoder().decode(Phase.Figures.self, from: data)
        else {
            throw CommandError(
                .refused, "bench", Phrase("基准步骤 \(phase.rawValue) 失败。", "The step \(phase.rawValue) failed."))
        }
        return figures
    }
}

/// One step of the benchmark, in a process of its own.
struct BenchStepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "bench-step", shouldDisplay: false)
    @Argument var phase: String
    @Argument var folder: String
    @Argument var rows: Int

    func run() throws {
        guard let phase = Phase(rawValue: phase) else { throw ValidationError("no step \(self.phase)") }
        let figures = try phase.run(folder: folder, rows: rows)
        FileHandle.standardOutput.write(try JSONEncoder().encode(figures))
    }
}
