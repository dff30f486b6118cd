import Alliance
import ArgumentParser
import Foundation
import Replica

struct SampleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample", abstract: "写出示例联盟的 CSV · write the sample alliance's CSV files",
        discussion: "成员、基地、委员会取自公开文件（来源栏注明）；教师、实训室为生成的示例。")
    @Argument(help: "目标文件夹 · folder")
    var folder: String
    @Option(help: "随机种子 · seed")
    var seed: UInt64 = 1
    @Flag(help: "以 JSON 输出 · print JSON")
    var json = false

    func run() throws {
        let sample = SampleAlliance(seed: seed)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var files: [JSON] = []
        for (name, bytes) in sample.files() {
            guard FileManager.default.createFile(atPath: folder + "/" + name, contents: Data(bytes)) else {
                throw CommandError(
                    .refused, "file", Phrase("无法写入 \(folder)/\(name)。", "\(folder)/\(name) can't be written."))
            }
            files.append(Self.entry(name, sample.schools))
        }
        let result: JSON = ["schools": .array(sample.schools.map { .string($0) }), "files": .array(files)]
        Output.result(result, asJSON: json) { "已写出 \(files.count) 个文件到 \(folder)。" }
    }

    /// `teachers-2.csv` is the table `teacher` of the second school; a name without a number is the secretariat's.
    static func entry(_ name: String, _ schools: [String]) -> JSON {
        let stem = name.split(separator: ".").first.map(String.init) ?? name
        let parts = stem.split(separator: "-")
        let plural = String(parts.first ?? "")
        let table = plural.hasSuffix("ies") ? plural.dropLast(3) + "y" : plural.dropLast()
        let index = parts.count > 1 ? Int(parts[1]) : nil
        return [
            "name": .string(name), "table": .string(String(table)),
            "member": index.map { .string(schools[$0 - 1]) } ?? .null,
        ]
    }
}
