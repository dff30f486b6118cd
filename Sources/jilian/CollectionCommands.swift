import Alliance
import ArgumentParser
import Node
import Replica
import Sync

extension HubCommand {
    struct Collect: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "回收：各方都已收到、且备份已包含的内容 · drop what everybody has and a kept backup covers",
            discussion: "中心运行时每小时自动回收一次。 The hub does this every hour by itself while it serves.")
        @OptionGroup var common: CommonOptions
        @Flag(help: "只统计，不删除 · only count")
        var dryRun = false

        func run() throws {
            let hub = try common.open()
            let json = try hub.json(hub.collect(dryRun: dryRun))
            Output.result(json, asJSON: common.json) { text(json) }
        }

        private func text(_ json: JSON) -> String {
            func number(_ key: String) -> String { Output.number(json[key]) }
            var lines = [
                "\(dryRun ? "可回收" : "已回收") \(number("sections")) 个分区（\(number("bytes")) 字节），"
                    + "忘记 \(number("forgotten")) 条删除记录，清空 \(number("emptied")) 条；"
                    + "下限为第 \(number("floor")) 号，日志到第 \(number("head")) 号。"
            ]
            if json["recovering"] == .bool(true) { lines.append("恢复尚未结束（hub recovery），其间不回收。") }
            if json["oldestBackup"] == .null {
                lines.append("没有备份，什么都不能回收：请运行 jilian hub backup。")
            } else {
                lines.append("最早的备份到第 \(number("backedUp")) 号（hub backups）；其后的内容各方都会保留。")
            }
            if case .array(let holding)? = json["holding"] {
                lines += holding.prefix(20).map {
                    "等待：\($0["memberName"]?.text ?? "") 的节点 \($0["node"]?.text ?? "")，已确认到第 \(Output.number($0["acknowledged"])) 号"
                }
            }
            return lines.joined(separator: "\n")
        }
    }

    struct LeaveBehind: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "不再等待 400 天没有消息的节点 · wait no longer for a node that was silent for 400 days")
        @OptionGroup var common: CommonOptions
        @Argument(help: "节点名称或编号 · the node's name or id")
        var node: String

        func run() throws {
            let id = try common.open().leaveBehind(node)
            Output.result(["leftBehind": JSON(id)], asJSON: common.json) {
                "不再等待节点 \(id)；它回来时，待发的改动照收，其余从快照重新开始。"
            }
        }
    }
}

extension NodeCommand {
    struct StartAnew: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "从中心的快照重新开始；待发的改动保留 · go on from the hub's snapshot; pending edits stay",
            discussion: """
                仅当中心已不再保存本机所缺的改动时才需要。快照中的行由中心担保，没有各作者的签名。
                Needed only where the hub no longer keeps what this node lacks. A snapshot's rows are the hub's word, without their authors' signatures.
                """)
        @OptionGroup var common: CommonOptions
        @Option(help: "信任的证书文件（PEM）· certificates to trust")
        var caFile: String?

        func run() async throws {
            let node = try common.open()
            try node.allowStartAnew()
            let report = await SyncDriver(node, caFile: caFile).run()
            Output.result(report.json, asJSON: common.json) {
                report.phrase?.zh ?? "已与中心一致，日志到第 \(report.rev) 号；被退回的改动见 jilian rejected list。"
            }
            switch report.outcome {
            case .proved, .atHead: return
            case .refused, .alarmed, .failed: throw ExitCode(CommandError.Kind.refused.rawValue)
            case .unreachable: throw ExitCode(CommandError.Kind.unreachable.rawValue)
            }
        }
    }
}

/// A person's data are erased.
struct EraseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase", abstract: "删除个人数据，并说明何时处处都已删除 · erase personal data; says when it is done everywhere",
        discussion: "不带参数时列出各项删除的进展。 Without arguments it lists what was asked for and how it stands.")
    @OptionGroup var common: CommonOptions
    @Argument(help: "表名 · table")
    var table: String?
    @Argument(help: "编号或名称 · id or natural key")
    var id: String?

    func run() throws {
        let replica = try common.open()
        if let table, let id {
            let table = try replica.table(table)
            try replica.erase(replica.find(id, in: table), of: table)
        }
        let json = try replica.erasuresJSON()
        Output.result(json, asJSON: common.json) {
            guard case .array(let erasures) = json, !erasures.isEmpty else { return "没有要求删除的数据。" }
            return erasures.map(text).joined(separator: "\n")
        }
    }

    private func text(_ erasure: JSON) -> String {
        func list(_ key: String) -> [String] {
            if case .array(let list)? = erasure[key] { list.compactMap(\.text) } else { [] }
        }
        let row = "\(erasure["row"]?["table"]?.text ?? "") \(erasure["row"]?["id"]?.text ?? "")"
        let isDone = erasure["done"] != .null
        var text =
            isDone
            ? "\(row)：各方都已删除（日志第 \(Output.number(erasure["rev"])) 号，\(Output.time(erasure["done"]))）。"
            : "\(row)：等待 \(list("waiting").joined(separator: "、"))。"
        if !list("backups").isEmpty { text += "\n  仍在备份中：\(list("backups").joined(separator: "、"))" }
        if case .number(let count)? = erasure["conflicts"], count > 0 { text += "\n  另有 \(count) 条冲突记录仍含旧值。" }
        return text
    }
}
