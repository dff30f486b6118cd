import Alliance
import ArgumentParser
import CRDT
import Foundation
import Node
import Replica
import Serving
import Sync

struct NodeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node", abstract: "学校的节点 · a school's node",
        subcommands: [
            Join.self, Serve.self, Synchronise.self, Status.self, Confirm.self, RotateKey.self, BackupCommand.self,
            Restore.self, Bundle.self, Repair.self, StartAnew.self,
        ])

    struct Join: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "用邀请码加入联盟 · join with a one-time code")
        @OptionGroup var common: CommonOptions
        @Option(help: "中心地址 · the hub's address")
        var hub: String
        @Option(help: "邀请码 · the code")
        var code: String
        @Option(help: "本节点的名称 · this node's name")
        var name = ProcessInfo.processInfo.hostName
        @Option(help: "信任的证书文件（PEM）· certificates to trust")
        var caFile: String?
        @Flag(help: "经明文 HTTP 加入本机以外的中心 · join over plain HTTP beyond this machine")
        var insecureHttp = false

        func run() async throws {
            let node = try await Joiner.join(
                common.data, hub: hub, code: code, name: name, caFile: caFile, allowsPlainHTTP: insecureHttp)
            let state = try node.state()
            // The first exchange brings the alliance's data; it may as well come later.
            let report = await SyncDriver(node, caFile: caFile).run()
            let memberName = try node.names().memberName(state.member) ?? ""
            let json: JSON = [
                "node": JSON(state.node), "replica": JSON(state.replica), "member": JSON(state.member),
                "memberName": .string(memberName), "alliance": .string(state.alliance), "rev": JSON(report.rev),
                "sync": .string(report.name),
            ]
            Output.result(json, asJSON: common.json) {
                "已代表 \(memberName.isEmpty ? state.member.description : memberName) 加入 \(state.alliance)；"
                    + (report.phrase.map { "首次同步未完成：\($0.zh)" } ?? "数据已与中心一致。")
            }
        }
    }

    struct Serve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "在后台同步，提供网页和接口 · sync in the background, serve the console and the API")
        @OptionGroup var common: CommonOptions
        @OptionGroup var serve: ServeOptions
        @Option(help: "信任的证书文件（PEM）· certificates to trust")
        var caFile: String?

        func run() async throws {
            let node = try common.open()
            let lock = try ServeLock(common.data)
            defer { withExtendedLifetime(lock) {} }
            let json = common.json
            let options = try serve.serving(in: common.data)
            let server = try NodeServer(node, options: options, caFile: caFile, logger: serve.logger("node"))
            let fingerprint = try options.own?.authority().fingerprint
            try await server.run { address, link in
                let first = link.map { address + $0 }
                Output.result(
                    [
                        "listening": .string(address), "firstLink": first.map { .string($0) } ?? .null,
                        "authority": fingerprint.map { .string($0) } ?? .null,
                    ], asJSON: json
                ) {
                    "节点正在服务：\(address)（Ctrl-C 停止）" + ServeOptions.told(fingerprint, at: address)
                        + (first.map { "\n还没有管理员；请在浏览器中打开（只能用一次，24 小时内有效）：\n\($0)" } ?? "")
                }
            }
        }
    }

    struct Synchronise: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "sync", abstract: "与中心交换直到一致 · exchange until at the head")
        @OptionGroup var common: CommonOptions
        @Option(help: "信任的证书文件（PEM）· certificates to trust")
        var caFile: String?

        func run() async throws {
            let node = try common.open()
            try node.require(.node)
            let report = await SyncDriver(node, caFile: caFile).run { progress in
                Output.progress("同步中：发出 \(progress.sent) 段，收到 \(progress.received) 段")
            }
            Output.endProgress()
            Output.result(report.json, asJSON: common.json) { text(report) }
            switch report.outcome {
            case .proved, .atHead: return
            case .refused, .alarmed, .failed: throw ExitCode(CommandError.Kind.refused.rawValue)
            case .unreachable: throw ExitCode(CommandError.Kind.unreachable.rawValue)
            }
        }

        private func text(_ report: SyncReport) -> String {
            let done = "发出 \(report.progress.sent) 段，收到 \(report.progress.received) 段，日志序号 \(report.rev)。"
            return switch report.outcome {
            case .proved: "与中心一致（已证明）。" + done
            case .atHead: "已到最新。" + done
            case .refused, .alarmed, .unreachable, .failed: (report.phrase?.zh ?? "") + done
            }
        }
    }

    struct Status: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "本机状态 · how this replica stands")
        @OptionGroup var common: CommonOptions

        func run() throws {
            let node = try common.open()
            let json = try node.statusJSON()
            Output.result(json, asJSON: common.json) { StatusText.text(json) }
        }
    }
}

extension NodeCommand {
    struct Confirm: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "确认本单位的新节点 · confirm a further node of this member")
        @OptionGroup var common: CommonOptions
        @Argument(help: "节点名称或编号 · the node's name or id")
        var node: String

        func run() throws {
            let id = try common.open().confirm(node)
            Output.result(["confirmed": JSON(id)], asJSON: common.json) { "已确认节点 \(id)；送达中心后它即可同步。" }
        }
    }

    struct RotateKey: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "更换本节点的密钥 · give this node a new key")
        @OptionGroup var common: CommonOptions
        @Option(help: "信任的证书文件（PEM）· certificates to trust")
        var caFile: String?

        func run() async throws {
            let node = try common.open()
            try node.require(.node)
            let lock = try ServeLock(common.data)
            defer { withExtendedLifetime(lock) {} }
            let report = try await SyncDriver(node, caFile: caFile).rotateKey()
            Output.result(report.json, asJSON: common.json) {
                report.phrase.map { "新密钥已登记在本机，尚未送达中心（\($0.zh)）；下次同步时自动完成。" } ?? "已更换密钥，中心已确认。"
            }
        }
    }
}

/// A replica's status in words.
enum StatusText {
    static func text(_ json: JSON) -> String {
        func number(_ key: String) -> Int64 { if case .number(let value)? = json[key] { value } else { 0 } }
        var lines = ["\(json["alliance"]?.text ?? "") · \(json["memberName"]?.text ?? "")"]
        let pending = number("pending")
        lines.append(
            pending == 0 ? "没有待发的改动。" : "有 \(pending) 项改动尚未送达中心，最早的写于 \(Output.time(json["pendingSince"]))；它们已存好。")
        if number("failingSince") > 0 {
            lines.append("自 \(Output.time(json["failingSince"])) 起连不上：\(json["failure"]?["zh"]?.text ?? "")")
        }
        lines.append(
            "上次同步成功：\(Output.time(json["lastSuccess"]))；上次证明与中心一致：\(Output.time(json["provedAt"]))（日志序号 \(number("provedRev"))）。"
        )
        lines.append("日志序号 \(number("rev"))，中心 \(number("hubHead"))。")
        if case .number(let segments)? = json["kept"]?["segments"], case .number(let bytes)? = json["kept"]?["bytes"] {
            let backedUp = Output.number(json["kept"]?["backedUp"])
            lines.append(
                "保存着 \(segments) 段改动（\((bytes + 524_287) >> 20) MB），中心若要恢复可交还；中心最早的备份到第 \(backedUp) 号，"
                    + "已回收到第 \(Output.number(json["kept"]?["collected"])) 号。")
            switch json["kept"]?["excess"]?.text {
            case "no-backup": lines.append("保存的改动很多，因为中心没有新的备份，或更早的备份仍保留（hub backup、hub backups --forget）。")
            case "members-behind": lines.append("保存的改动很多，因为有节点还没有收到（hub collect 可看是谁）。")
            default: break
            }
        }
        if number("conflicts") > 0 { lines.append("有 \(number("conflicts")) 项冲突待处理：jilian conflicts list。") }
        if number("rejected") > 0 { lines.append("有 \(number("rejected")) 项改动被退回：jilian rejected list。") }
        if let repair = json["lastRepair"], repair["began"] != nil { lines.append(RepairText.text(repair)) }
        if case .array(let nodes)? = json["waitingNodes"] {
            for node in nodes {
                let name = node["name"]?.text ?? ""
                lines.append("本单位的新节点 \(name) 等待确认，核对编号后运行：jilian node confirm \(node["id"]?.text ?? "")")
            }
        }
        if case .array(let alarms)? = json["alarms"] {
            for alarm in alarms {
                lines.append(
                    "告警（自 \(Output.time(alarm["since"]))）：\(alarm["zh"]?.text ?? "")（\(alarm["subject"]?.text ?? "")）")
            }
        }
        return lines.joined(separator: "\n")
    }
}
