import Alliance
import ArgumentParser
import Node
import Replica
import Sync
import Wire

extension NodeCommand {
    /// The exchange on a stick, at a school without a line.
    struct Bundle: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "bundle", abstract: "离线包：用 U 盘与中心交换 · bundles: exchange by a stick",
            subcommands: [Export.self, Import.self])

        struct Export: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "写出给中心的离线包 · write a bundle for the hub")
            @OptionGroup var common: CommonOptions
            @Argument(help: "文件，或已有的文件夹 · a file, or a folder that is there")
            var target: String

            func run() async throws {
                let node = try common.open()
                let turn = try await SyncTurn.wait(in: common.data)
                defer { withExtendedLifetime(turn) {} }
                let done = try node.exportBundles(to: target)
                let json: JSON = [
                    "files": .array(done.files.map { .string($0) }), "segments": JSON(done.segments),
                    "waiting": JSON(done.waiting),
                ]
                Output.result(json, asJSON: common.json) {
                    BundleText.files(done.files) + "\n请交给秘书处，在中心导入；它只能由中心打开。"
                        + (done.waiting == 0 ? "" : "\n另有 \(done.waiting) 项改动因本机时钟超前，等中心答复后随下一个离线包发出；它们已存好。")
                }
            }
        }

        struct Import: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "导入中心给的离线包，次序、次数不限 · take bundles of the hub's, in any order, any number of times")
            @OptionGroup var common: CommonOptions
            @Argument(help: "文件 · files")
            var files: [String]

            func run() async throws {
                let node = try common.open()
                try node.require(.node)
                let turn = try await SyncTurn.wait(in: common.data)
                defer { withExtendedLifetime(turn) {} }
                try BundleText.show(try node.importBundles(files), asJSON: common.json) { new, rev, proved in
                    "收到 \(new) 段，日志序号 \(rev)。" + (proved ? "与中心一致（已证明）。" : "")
                }
            }
        }
    }
}

extension HubCommand {
    /// The exchange on a stick, with a school without a line.
    struct Bundle: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "bundle", abstract: "离线包：用 U 盘与学校交换 · bundles: exchange by a stick",
            subcommands: [Export.self, Import.self])

        struct Export: ParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "写出给某个节点的离线包 · write a bundle for a node")
            @OptionGroup var common: CommonOptions
            @Argument(help: "节点名称或编号 · the node's name or id")
            var node: String
            @Argument(help: "文件，或已有的文件夹 · a file, or a folder that is there")
            var target: String
            @Option(help: "从这个日志序号之后开始，默认为该节点上次报告的 · begin after this rev; what the node last said")
            var from: UInt64?

            func run() throws {
                let done = try common.open().exportBundles(for: node, to: target, after: from)
                let json: JSON = [
                    "files": .array(done.files.map { .string($0) }), "from": JSON(done.after), "rev": JSON(done.rev),
                ]
                Output.result(json, asJSON: common.json) {
                    BundleText.files(done.files) + "\n内容为日志序号 \(done.after) 之后至 \(done.rev)；请交给该学校导入，只有它能打开。"
                }
            }
        }

        struct Import: ParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "导入学校给的离线包，次序、次数不限 · take schools' bundles, in any order, any number of times")
            @OptionGroup var common: CommonOptions
            @Argument(help: "文件 · files")
            var files: [String]

            func run() throws {
                let hub = try common.open()
                try hub.require(.hub)
                try BundleText.show(try hub.importBundles(files), asJSON: common.json) { new, rev, _ in
                    new == 0 ? "没有新的改动，日志序号 \(rev)。" : "收到 \(new) 段，日志序号 \(rev)。请为该学校导出一个离线包作为回执。"
                }
            }
        }
    }
}

/// What became of bundles, in words and in JSON.
enum BundleText {
    static func files(_ paths: [String]) -> String {
        (["已写出 \(paths.count) 个离线包："] + paths.map { "  " + $0 }).joined(separator: "\n")
    }

    /// Prints an outcome for each file, and ends as refused if one was not taken.
    static func show(
        _ outcomes: [(path: String, outcome: OpenReplica.BundleOutcome)], asJSON: Bool,
        _ taken: (_ new: Int, _ rev: UInt64, _ proved: Bool) -> String
    ) throws {
        let results = JSON.array(outcomes.map { json($0.path, $0.outcome) })
        Output.result(results, asJSON: asJSON) {
            outcomes.map { "\($0.path)：\(text($0.outcome, taken))" }.joined(separator: "\n")
        }
        if outcomes.contains(where: { !isTaken($0.outcome) }) { throw ExitCode(CommandError.Kind.refused.rawValue) }
    }

    private static func isTaken(_ outcome: OpenReplica.BundleOutcome) -> Bool {
        switch outcome {
        case .taken, .incomplete: true
        case .left, .alarmed, .refused: false
        }
    }

    private static func text(
        _ outcome: OpenReplica.BundleOutcome, _ taken: (_ new: Int, _ rev: UInt64, _ proved: Bool) -> String
    ) -> String {
        switch outcome {
        case .taken(let new, let rev, let proved): taken(new, rev, proved)
        case .left(let refusal, let new, let rev): taken(new, rev, false) + "其余未采用：" + refusal.phrase.zh
        case .incomplete(let missing): "已保存；快照还缺 \(missing) 部分，请导入同一批的其他文件。"
        case .alarmed(let alarm): alarm.kind.phrase.zh + "\n" + alarm.kind.phrase.en
        case .refused(let error): error.phrase.zh + "\n" + error.phrase.en
        }
    }

    private static func json(_ path: String, _ outcome: OpenReplica.BundleOutcome) -> JSON {
        var members: [String: JSON] = ["file": .string(path), "failure": .null]
        func failure(_ code: String, _ phrase: Phrase) -> JSON {
            ["code": .string(code), "zh": .string(phrase.zh), "en": .string(phrase.en)]
        }
        func taken(_ name: String, _ new: Int, _ rev: UInt64) {
            members["outcome"] = .string(name)
            members["new"] = JSON(new)
            members["rev"] = JSON(rev)
        }
        switch outcome {
        case .taken(let new, let rev, let proved):
            taken("taken", new, rev)
            members["proved"] = .bool(proved)
        case .left(let refusal, let new, let rev):
            taken("left", new, rev)
            members["failure"] = failure(refusal.code.rawValue, refusal.phrase)
        case .incomplete(let missing):
            members["outcome"] = "incomplete"
            members["missing"] = JSON(missing)
        case .alarmed(let alarm):
            members["outcome"] = "alarmed"
            members["failure"] = failure("\(alarm.kind)", alarm.kind.phrase)
        case .refused(let error):
            members["outcome"] = "refused"
            members["failure"] = failure(error.code, error.phrase)
        }
        return .object(members)
    }
}
