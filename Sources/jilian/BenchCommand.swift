import Alliance
import ArgumentParser
import Bench
import Foundation
import Replica

/// W1: what tracking, merging and shipping cost beside raw SQLite, each step in a process of its own between two raw runs.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "性能基准 W1（与裸 SQLite 之比）· workload W1 as ratios to raw SQLite",
        discussion: "CPU 时间（用户态与内核态），各轮的中位数；每一步都夹在两次裸运行之间。请用发布版运行。")
    @Option(help: "行数 · rows")
    var rows = 100_000
    @Option(help: "轮数 · rounds")
    var rounds = 5
    @Option(help: "保留最后一轮的文件 · keep the last round's files in this folder")
    var keep: String?
    @Flag(help: "以 JSON 输出 · print JSON")
    var json = false

    func validate() throws {
        guard (1_000...2_000_000).contains(rows), (1...50).contains(rounds) else {
            throw ValidationError("--rows 1000…2000000, --rounds 1…50")
        }
    }

    func run() throws {
        var ratios: [String: [Double]] = [:]
        func note(_ name: String, _ value: Double) { ratios[name, default: []].append(value) }
        for round in 1...rounds {
            Output.progress("第 \(round)/\(rounds) 轮…")
            let folder = keep ?? NSTemporaryDirectory() + "jilian-bench-\(UUID().uuidString)"
            try? FileManager.default.removeItem(atPath: folder)
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { if keep == nil { try? FileManager.default.removeItem(atPath: folder) } }
            try measure(folder, note)
        }
        Output.endProgress()
        let medians = ratios.mapValues { values in values.sorted()[values.count / 2] }
        let result = JSON.object(medians.mapValues { .string(String(format: "%.3f", $0)) })
        Output.result(["rows": JSON(rows), "rounds": JSON(rounds), "median": result], asJSON: json) { text(ratios) }
    }

    /// One round: each step with its baseline before and after.
    private func measure(_ folder: String, _ note: (String, Double) -> Void) throws {
        func bracketed(_ phase: Phase, _ raw: Phase, _ value: String = "cpu") throws -> (Phase.Figures, Double) {
            let before = try step(raw, folder)
            let figures = try step(phase, folder)
            let after = try step(raw, folder)
            let base = ((before["cpu"] ?? 0) + (after["cpu"] ?? 0)) / 2
            return (figures, (figures[value] ?? 0) / base)
        }
        let rawFile = try step(.rawInsert, folder)["file"] ?? 1
        let (_, insert) = try bracketed(.insert, .rawInsert)
        note("insert / raw", insert)
        let push = try step(.push, folder)
        note("cut ms", push["cut"] ?? 0)
        note("segments, bytes a row", push["bytes"] ?? 0)
        let (merge, merged) = try bracketed(.merge, .rawInsert)
        note("merge / raw insert", merged)
        note("merge RSS MB", merge["rss"] ?? 0)
        note("replica file / raw", (merge["file"] ?? 0) / rawFile)
        let (snapshot, snapped) = try bracketed(.snapshot, .rawInsert)
        note("snapshot merge / raw insert", snapped)
        note("snapshot, bytes a row", snapshot["bytes"] ?? 0)
        note("snapshot RSS MB", snapshot["rss"] ?? 0)
        let (cells, applied) = try bracketed(.cells, .rawCells, "apply")
        note("1,000 cells: cut ms", cells["cut"] ?? 0)
        note("1,000 cells: apply / raw", applied)
        note("1,000 cells: bytes", cells["bytes"] ?? 0)
        let (_, update) = try bracketed(.update, .rawUpdate)
        note("update / raw", update)
    }

    private func step(_ phase: Phase, _ folder: String) throws -> Phase.Figures {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["bench-step", phase.rawValue, folder, "\(rows)"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0, let figures = try? JSONDecoder().decode(Phase.Figures.self, from: data) else {
            throw CommandError(.refused, "bench", Phrase("基准步骤 \(phase.rawValue) 失败。", "The step \(phase.rawValue) failed."))
        }
        return figures
    }

    private func text(_ ratios: [String: [Double]]) -> String {
        var table = TextTable(["W1，\(rows) 行，\(rounds) 轮", "中位数", "最小", "最大"])
        func number(_ value: Double?) -> String { value.map { String(format: $0 < 100 ? "%.2f" : "%.0f", $0) } ?? "—" }
        for (name, values) in ratios.sorted(by: { $0.key < $1.key }) {
            let sorted = values.sorted()
            table.add([name, number(sorted[sorted.count / 2]), number(sorted.first), number(sorted.last)])
        }
        return table.text()
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
