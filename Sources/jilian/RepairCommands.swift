import Alliance
import ArgumentParser
import Node
import Replica
import Sync

extension NodeCommand {
    struct Repair: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "与中心逐段比对并修复本机的行 · compare every row with the hub's and mend what differs")
        @OptionGroup var common: CommonOptions
        @Option(help: "信任的证书文件（PEM）· certificates to trust")
        var caFile: String?

        func run() async throws {
            let node = try common.open()
            try node.require(.node)
            let report = await SyncDriver(node, caFile: caFile).run(repairs: true)
            let repair = try node.lastRepairJSON()
            Output.result(["sync": report.json, "repair": repair], asJSON: common.json) {
                [report.phrase?.zh, RepairText.text(repair)].compactMap { $0 }.joined(separator: "\n")
            }
            switch report.outcome {
            case .proved, .atHead: return
            case .refused, .alarmed, .failed: throw ExitCode(CommandError.Kind.refused.rawValue)
            case .unreachable: throw ExitCode(CommandError.Kind.unreachable.rawValue)
            }
        }
    }
}

extension HubCommand {
    struct Repair: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "按日志修复中心自己的行 · mend the hub's own rows from its journal")
        @OptionGroup var common: CommonOptions

        func run() throws {
            let hub = try common.open()
            _ = try hub.repairHub()
            let repair = try hub.lastRepairJSON()
            Output.result(repair, asJSON: common.json) {
                RepairText.text(repair) + "\n请运行 verify --deep 确认。"
            }
        }
    }
}

/// A repair in words.
enum RepairText {
    static func text(_ repair: JSON) -> String {
        guard repair["began"] != nil else { return "尚未修复过。" }
        func number(_ key: String) -> String { Output.number(repair["outcomes"]?[key]) }
        return """
            修复（\(Output.time(repair["ended"]))）：比对 \(Output.number(repair["ranges"])) 段、\(Output.number(repair["compared"])) 行，\
            发出 \(Output.number(repair["sent"])) 字节，收到 \(Output.number(repair["received"])) 字节；\
            按数据段修复 \(number("segments")) 行，按中心的数据修复 \(number("hub")) 行，删除 \(number("removed")) 行，\
            本机无误 \(number("right")) 行，待下次处理 \(number("left")) 行；中心修复 \(Output.number(repair["hubMended"])) 行。
            """
    }
}
