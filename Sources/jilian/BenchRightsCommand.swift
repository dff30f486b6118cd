import ArgumentParser
import Bench
import Foundation
import Replica

/// Bookings and decisions: CPU time on real files.
struct BenchRightsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench-rights", abstract: "预约与批复的耗时 · what bookings and decisions cost",
        discussion: "CPU 时间（用户态与内核态）。请用发布版运行。")
    @Option(help: "文件中已有的预约数，逗号分隔 · bookings in the file before")
    var before = "10000,1000000"
    @Option(help: "测量的预约数 · bookings that are measured")
    var count = 5_000
    @Flag(help: "以 JSON 输出 · print JSON")
    var json = false

    func validate() throws {
        let sizes = before.split(separator: ",").map { Int($0) }
        guard !sizes.isEmpty, sizes.allSatisfy({ (0...2_000_000).contains($0 ?? -1) }), (100...100_000).contains(count)
        else { throw ValidationError("--before 0…2000000[,…], --count 100…100000") }
    }

    func run() throws {
        var figures: [RightsBench.Figure] = []
        func inFolder(_ body: (RightsBench) throws -> [RightsBench.Figure]) throws {
            let folder = NSTemporaryDirectory() + "jilian-bench-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            figures += try body(RightsBench(folder: folder))
        }
        for size in before.split(separator: ",").compactMap({ Int($0) }) {
            try inFolder { try $0.confirmations(before: size, count: count) }
        }
        try inFolder { try $0.decisions(requests: 10_000, spaces: 200) }
        let object = JSON.object(
            Dictionary(uniqueKeysWithValues: figures.map { ($0.name, .string(String(format: "%.3f", $0.value))) }))
        Output.result(object, asJSON: json) {
            figures.map { String(format: "%12.2f  ", $0.value) + $0.name }.joined(separator: "\n")
        }
    }
}
