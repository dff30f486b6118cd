import Alliance
import ArgumentParser
import CRDT
import Replica
import Store

struct ConflictsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conflicts", abstract: "冲突收件箱 · the conflict inbox",
        subcommands: [List.self, Restore.self, Keep.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "列出待处理的冲突 · list open conflicts")
        @OptionGroup var common: CommonOptions
        @Flag(help: "包括已处理的 · resolved ones too")
        var all = false

        func run() throws {
            let replica = try common.open()
            let json = try replica.conflictsJSON(all: all)
            Output.result(json, asJSON: common.json) {
                guard case .array(let conflicts) = json, !conflicts.isEmpty else { return "没有冲突。" }
                var table = TextTable(["编号", "表", "行", "栏", "生效值", "落选值", "落选方", "写于"])
                for conflict in conflicts {
                    table.add([
                        conflict["id"]?.text ?? "", conflict["table"]?.text ?? "", conflict["rowName"]?.text ?? "",
                        conflict["column"]?.text ?? "（整行）", conflict["winning"]?["text"]?.text ?? "",
                        conflict["losing"]?["text"]?.text ?? "", conflict["losing"]?["memberName"]?.text ?? "",
                        Output.time(conflict["losing"]?["time"]),
                    ])
                }
                return table.text()
            }
        }
    }

    struct Restore: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "恢复落选值 · bring the losing value back")
        @OptionGroup var common: CommonOptions
        @Argument(help: "冲突编号 · the conflict's id")
        var id: String

        func run() throws {
            let replica = try common.open()
            try replica.restoreConflict(try replica.find(id, in: try replica.table("conflict")))
            Output.result(["id": .string(id), "resolution": "restored"], asJSON: common.json) { "已恢复，将随同步发往各处。" }
        }
    }

    struct Keep: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "保留生效值 · keep the winning value")
        @OptionGroup var common: CommonOptions
        @Argument(help: "冲突编号 · the conflict's id")
        var id: String

        func run() throws {
            let replica = try common.open()
            try replica.keepConflict(try replica.find(id, in: try replica.table("conflict")))
            Output.result(["id": .string(id), "resolution": "kept"], asJSON: common.json) { "已保留。" }
        }
    }
}

struct RejectedCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rejected", abstract: "退回箱 · the rejected inbox", subcommands: [List.self, Retry.self, Drop.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "列出被退回的改动 · list what the hub struck out")
        @OptionGroup var common: CommonOptions
        @Flag(help: "包括已处理的 · settled ones too")
        var all = false

        func run() throws {
            let replica = try common.open()
            let json = JSON.array(try replica.rejected(all: all).map(replica.rejectedJSON))
            Output.result(json, asJSON: common.json) {
                guard case .array(let entries) = json, !entries.isEmpty else { return "没有被退回的改动。" }
                return entries.map { entry in
                    var lines = ["第 \(entry["id"]?.serialised() ?? "") 项，写于 \(Output.time(entry["time"]))"]
                    if case .array(let reasons)? = entry["reasons"] {
                        if reasons.isEmpty { lines.append("  " + OpenReplica.reasonIsGone.zh) }
                        lines += reasons.map {
                            "  \($0["table"]?.text ?? "") \($0["column"]?.text ?? "")：\($0["zh"]?.text ?? "")"
                        }
                    }
                    if case .array(let rows)? = entry["rows"] { lines += rows.map { "  " + $0.serialised() } }
                    return lines.joined(separator: "\n")
                }.joined(separator: "\n")
            }
        }
    }

    struct Retry: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "再试一次 · write it again")
        @OptionGroup var common: CommonOptions
        @Argument var id: Int64

        func run() throws {
            try common.open().retryRejected(id)
            Output.result(["id": .number(id), "state": "retried"], asJSON: common.json) { "已重新写入，将随同步发送。" }
        }
    }

    struct Drop: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "放弃 · let it go")
        @OptionGroup var common: CommonOptions
        @Argument var id: Int64

        func run() throws {
            try common.open().dropRejected(id)
            Output.result(["id": .number(id), "state": "dropped"], asJSON: common.json) { "已放弃；--all 仍可查到。" }
        }
    }
}

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "verify", abstract: "校验数据文件 · check the file")
    @OptionGroup var common: CommonOptions
    @Flag(
        help:
            "重算每一行的校验值、摘要、日志链与权点归属 · recompute every row's hash, the digests, the journal's chain and the ledger's maps"
    )
    var deep = false

    func run() throws {
        let replica = try common.open()
        let findings = try replica.verify(deep: deep) { Output.progress("已检查 \($0) 行") }
        Output.endProgress()
        let json = replica.findingsJSON(findings)
        Output.result(json, asJSON: common.json) {
            guard !findings.isClean else { return deep ? "完好：\(findings.checked) 行逐一核对无误。" : "文件结构完好。" }
            var lines = ["发现问题，请勿继续修改，并联系秘书处："]
            lines += findings.rows.map { "  表 \(replica.schema[$0.table]?.name ?? "?") 行 \($0.id)：内容与校验值不符" }
            lines += findings.audiences.map { "  受众 \($0)：摘要与各行之和不符" }
            lines += findings.journal.map { "  日志序号 \($0)：链断开" }
            lines += findings.assets.map {
                "  \($0.name(replica.schema))：名额或时段的归属与记录不符，可用 node repair 或 hub repair 重建"
            }
            lines += findings.postponed.map { "  记录 \($0)：待恢复结束后裁定的清单与日志不符" }
            lines += findings.file.map { "  文件：\($0)" }
            return lines.joined(separator: "\n")
        }
        if !findings.isClean { throw ExitCode(CommandError.Kind.refused.rawValue) }
    }
}
