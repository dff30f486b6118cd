import Alliance
import ArgumentParser
import Foundation
import Glibc
import Replica
import Store
import Sync
import Wire

/// The passphrase under which a backup's keys are sealed.
struct PassphraseOptions: ParsableArguments {
    @Option(
        help:
            "内含口令的文件；不给则读环境变量 JILIAN_PASSPHRASE，或在终端询问 · a file that holds the passphrase; else JILIAN_PASSPHRASE, or asked for"
    )
    var passphraseFile: String?

    func passphrase() throws -> String {
        if let passphraseFile {
            guard let text = try? String(contentsOfFile: passphraseFile, encoding: .utf8) else {
                throw CommandError(
                    .usage, "passphrase",
                    Phrase("无法读取口令文件 \(passphraseFile)。", "The passphrase file \(passphraseFile) can't be read."))
            }
            return text.trimmingCharacters(in: .newlines)
        }
        if let text = ProcessInfo.processInfo.environment["JILIAN_PASSPHRASE"] { return text }
        guard isatty(STDIN_FILENO) == 1, let typed = getpass("口令 passphrase: ") else {
            throw CommandError(
                .usage, "passphrase",
                Phrase(
                    "请用 --passphrase-file 或环境变量 JILIAN_PASSPHRASE 给出口令。",
                    "Give the passphrase by --passphrase-file or JILIAN_PASSPHRASE."))
        }
        return String(cString: typed)
    }
}

/// `backup` of node and hub.
struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "把全部数据和密钥备份到一个文件 · back everything up to one file")
    @OptionGroup var common: CommonOptions
    @OptionGroup var secret: PassphraseOptions
    @Argument(help: "备份文件 · the file to write")
    var file: String

    func run() throws {
        let replica = try common.open()
        let json = try replica.backUp(to: file, passphrase: secret.passphrase())
        Output.result(json, asJSON: common.json) { "已备份到 \(file)：" + BackupText.covers(json) }
    }
}

enum BackupText {
    static func covers(_ json: JSON) -> String {
        func text(_ key: String) -> String { json[key]?.text ?? "" }
        func number(_ key: String) -> Int64 { if case .number(let value)? = json[key] { value } else { 0 } }
        let whose = text("role") == "hub" ? "\(text("alliance"))的中心" : text("memberName")
        return "\(whose)，\(Output.time(json["made"])) 的状态，含日志到第 \(number("rev")) 号，待发改动 \(number("pending")) 项。"
            + "密钥用口令封存；口令遗失则备份无法恢复。"
    }
}

extension NodeCommand {
    struct Restore: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "从备份恢复到新文件夹 · make a folder from a backup")
        @OptionGroup var common: CommonOptions
        @OptionGroup var secret: PassphraseOptions
        @Argument(help: "备份文件 · the backup")
        var file: String

        func run() throws {
            let node = try OpenReplica.restore(file, to: common.data, role: .node, passphrase: secret.passphrase())
            let state = try node.state()
            Output.result(["replica": JSON(state.replica), "rev": JSON(state.cursor.rev)], asJSON: common.json) {
                """
                已恢复到 \(common.data)，日志到第 \(state.cursor.rev) 号；可以照常查看和修改。
                下次与中心同步时：备份之后已送达中心的改动会取回，本机以新的副本编号继续。
                备份之后尚未送达中心的改动，如原硬盘已丢失，则无法找回。请勿再使用原来的文件夹。
                """
            }
        }
    }
}

extension HubCommand {
    struct Backups: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "仍保留的备份：各节点保存其后的全部改动 · the backups that are kept; nodes keep all that came after the oldest")
        @OptionGroup var common: CommonOptions
        @Option(help: "此编号的备份不再保留 · this backup is no longer kept")
        var forget: Int64?

        func run() throws {
            let hub = try common.open()
            if let forget { try hub.forgetBackup(forget) }
            let backups = try hub.backups()
            let json = JSON.array(
                backups.map {
                    ["id": .number($0.id), "made": JSON($0.made), "rev": JSON($0.rev), "file": .string($0.file)]
                })
            Output.result(json, asJSON: common.json) {
                guard !backups.isEmpty else { return "没有备份；各节点会一直保存全部改动。" }
                var table = TextTable(["编号", "时间", "日志序号", "文件"])
                for backup in backups {
                    table.add(["\(backup.id)", Output.time(JSON(backup.made)), "\(backup.rev)", backup.file])
                }
                return table.text()
            }
        }
    }

    struct Fork: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "被复制的节点：由谁继续 · a node that was copied: which copies go on",
            discussion: """
                不带选项时列出发现的各份。继续的一份会取新的副本编号，它未送达的改动随后送达；停用的一份保留数据但不再同步。
                Without options it lists the copies. One that goes on takes a new id and sends what it has; one that is stopped keeps its data and no longer syncs.
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "节点名称或编号 · the node's name or id")
        var node: String
        @Option(help: "这一份继续；all 为全部 · this copy goes on; all for every one")
        var goOn: [String] = []
        @Option(help: "这一份停用；all 为全部 · this copy is stopped; all for every one")
        var stop: [String] = []

        func run() throws {
            let hub = try common.open()
            for copy in goOn { try hub.decide(node, copy, .goesOn) }
            for copy in stop { try hub.decide(node, copy, .stopped) }
            let json = try hub.copiesJSON(node)
            Output.result(json, asJSON: common.json) {
                guard case .array(let copies) = json, !copies.isEmpty else { return "没有发现该节点的其他副本。" }
                var table = TextTable(["份", "副本编号", "自己的段", "首次发现", "最近出现", "决定"])
                for copy in copies {
                    table.add([
                        copy["copy"]?.text ?? "", copy["replica"]?.text ?? "", Output.number(copy["seq"]),
                        Output.time(copy["firstSeen"]), Output.time(copy["lastSeen"]), words(copy["decision"]?.text),
                    ])
                }
                return table.text()
            }
        }

        private func words(_ decision: String?) -> String {
            switch decision {
            case "goes_on": "继续"
            case "stopped": "停用"
            default: "待决定"
            }
        }
    }
}

extension HubCommand {
    struct Restore: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "从备份恢复中心到新文件夹 · make the hub's folder from a backup")
        @OptionGroup var common: CommonOptions
        @OptionGroup var secret: PassphraseOptions
        @Argument(help: "备份文件 · the backup")
        var file: String

        func run() throws {
            let hub = try OpenReplica.restore(file, to: common.data, role: .hub, passphrase: secret.passphrase())
            let cursor = try hub.state().cursor
            let json: JSON = ["epoch": JSON(Int(cursor.epoch.number)), "rev": JSON(cursor.rev)]
            Output.result(json, asJSON: common.json) {
                """
                中心已恢复到 \(common.data)，日志到第 \(cursor.rev) 号，进入第 \(cursor.epoch.number) 纪元。
                下一步：确认原来的中心不再运行，再 jilian hub serve；各节点同步时会交还备份之后的改动，
                用 jilian hub recovery 查看还缺什么。
                """
            }
        }
    }

    struct Recovery: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "恢复之后：什么回来了、还缺什么 · after a restoration: what is back, what is missing")
        @OptionGroup var common: CommonOptions
        @Flag(help: "结束恢复；名册已核对 · close it; the register has been looked at")
        var close = false
        @Flag(
            help: "声明中心曾退回到旧备份，开始恢复；仅在告警而没有自动开始时 · states that the hub went back to a backup, and opens the recovery")
        var open = false
        @Flag(help: "声明：其余节点及一切副本、备份中都没有未交还的数据 · states that nodes not heard, copies and backups hold nothing more")
        var stateRest = false

        func run() throws {
            let hub = try common.open()
            if open { try hub.openRecovery() }
            if close { try hub.closeRecovery(statesRest: stateRest) }
            let json = try hub.recoveryJSON()
            Output.result(json, asJSON: common.json) { json == .null ? "中心没有恢复过。" : text(json) }
        }

        private func text(_ json: JSON) -> String {
            func list(_ key: String) -> [JSON] { if case .array(let list)? = json[key] { list } else { [] } }
            let isClosed = json["closed"] != .null
            let (nodes, waiting) = (list("nodes"), list("waiting"))
            let silent = nodes.filter { $0["heard"] == .bool(false) }
            var lines = [
                "第 \(Output.number(json["epoch"])) 纪元，自日志第 \(Output.number(json["from"])) 号起，开始于 \(Output.time(json["opened"]))"
                    + (isClosed ? "，结束于 \(Output.time(json["closed"]))。" : "，恢复进行中。"),
                "原因：\(json["cause"]?.text ?? "")。日志现到第 \(Output.number(json["head"])) 号。",
                "节点：\(nodes.count - silent.count) 个已交还，\(silent.count) 个尚未。",
            ]
            lines += silent.map { "  尚未：\($0["memberName"]?.text ?? "") \($0["name"]?.text ?? "")" }
            lines += list("returned").map { "交还：\($0["memberName"]?.text ?? "") 写的 \(Output.number($0["segments"])) 段" }
            lines += waiting.map { segment in
                "等待：\(segment["memberName"]?.text ?? "") 第 \(Output.number(segment["seq"])) 段（\(Output.time(segment["written"]))），"
                    + (segment["lackingBefore"] == .bool(true)
                        ? "它之前的段还没有回来" : "缺 \(Output.number(segment["lackingSections"])) 个分区，只有作者或其收件方有")
            }
            if !isClosed { lines.append("核对名册（jilian hub nodes）后，用 jilian hub recovery --close 结束恢复。") }
            return lines.joined(separator: "\n")
        }
    }
}
