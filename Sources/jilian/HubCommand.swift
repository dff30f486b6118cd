import Alliance
import ArgumentParser
import CRDT
import Crypto
import Hub
import Replica
import Serving
import Store
import Sync
import Wire

struct HubCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hub", abstract: "秘书处的中心 · the secretariat's hub",
        subcommands: [
            Init.self, Serve.self, Invite.self, Members.self, Nodes.self, Revoke.self, Leave.self, RotateKey.self,
            Fork.self, BackupCommand.self, Backups.self, Restore.self, Recovery.self, Bundle.self, Repair.self,
            Collect.self, LeaveBehind.self, AttestCommand.self, QuarantineCommand.self, DecideCommand.self,
            BoardCommand.self, NodeStoryCommand.self, Alerts.self,
            Journal.self, Audit.self,
        ])

    struct Init: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "建立新中心 · make a new hub")
        @OptionGroup var common: CommonOptions
        @Option(help: "联盟名称 · the alliance's name")
        var name: String

        func run() throws {
            let hub = try OpenReplica.foundHub(common.data, alliance: name)
            let state = try hub.state()
            let fingerprint = HubFingerprint(of: hub.key.publicKey).description
            let json: JSON = [
                "secretariat": JSON(state.secretariat), "fingerprint": .string(fingerprint), "alliance": .string(name),
                "epoch": .string(state.cursor.epoch.description),
            ]
            Output.result(json, asJSON: common.json) {
                "已建立中心：\(name)\n公钥指纹：\(fingerprint)\n下一步：jilian import member members.csv --data \(common.data)，再 jilian hub serve --data \(common.data)"
            }
        }
    }

    struct Serve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "提供服务 · serve")
        @OptionGroup var common: CommonOptions
        @OptionGroup var serve: ServeOptions
        @Flag(help: "本机时钟与日志相差很大，但已确认无误 · the clock is far from the journal's, and is right")
        var acceptClock = false

        func run() async throws {
            let hub = try common.open()
            let lock = try ServeLock(common.data)
            defer { withExtendedLifetime(lock) {} }
            let json = common.json
            let options = try serve.serving(in: common.data)
            let fingerprint = try options.own?.authority().fingerprint
            let server = try HubServer(
                hub, options: options, acceptsClock: acceptClock, logger: serve.logger("hub"))
            try await server.run { address in
                let link = server.firstLink.map { address + $0 }
                let result: JSON = [
                    "listening": .string(address), "firstLink": link.map { .string($0) } ?? .null,
                    "authority": fingerprint.map { .string($0) } ?? .null,
                ]
                Output.result(result, asJSON: json) {
                    "中心正在服务：\(address)（Ctrl-C 停止）" + ServeOptions.told(fingerprint, at: address)
                        + (link.map { "\n控制台还没有账号，请在 24 小时内打开：\($0)" } ?? "\n控制台：\(address)/board")
                }
            }
        }
    }

    struct Invite: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "发出一次性邀请码 · give out a one-time code")
        @OptionGroup var common: CommonOptions
        @Option(help: "成员名称或编号 · the member's name or id")
        var member: String

        func run() throws {
            let hub = try common.open()
            try hub.require(.hub)
            let id = try hub.member(member)
            let (invitation, expires) = try hub.invite(id)
            let json: JSON = [
                "code": .string(invitation.description), "expires": JSON(expires), "member": JSON(id),
            ]
            Output.result(json, asJSON: common.json) {
                "邀请码（只能用一次，\(Output.time(json["expires"])) 前有效）：\n\(invitation)"
            }
        }
    }

    struct Members: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "成员名册 · the register of members")
        @OptionGroup var common: CommonOptions

        func run() throws {
            let hub = try common.open()
            try hub.require(.hub)
            let table = try hub.table("member")
            try RowOutput.list(hub, table, asJSON: common.json)
        }
    }

    struct Nodes: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "节点及其状态 · the nodes and how they stand")
        @OptionGroup var common: CommonOptions

        func run() throws {
            let hub = try common.open()
            try hub.require(.hub)
            let json = try hub.nodesJSON()
            Output.result(json, asJSON: common.json) {
                guard case .array(let nodes) = json else { return "" }
                var table = TextTable(["节点", "成员", "上次交换", "上次离线包", "序号", "落后", "待发", "上次证明一致", "告警"])
                for node in nodes {
                    let alarms = if case .array(let list)? = node["alarms"] { list.count } else { 0 }
                    table.add([
                        node["name"]?.text ?? "", node["memberName"]?.text ?? "", Output.time(node["lastExchange"]),
                        Output.time(node["lastBundle"]),
                        Output.number(node["rev"]), Output.number(node["behind"]), Output.number(node["pending"]),
                        Output.time(node["provedAt"]),
                        standing(node, alarms),
                    ])
                }
                return table.text()
            }
        }

        private func standing(_ node: JSON, _ alarms: Int) -> String {
            if node["revoked"] != .null { return "已吊销" }
            if node["confirmed"] == .null { return "待本单位确认" }
            if case .array(let copies)? = node["copies"], !copies.isEmpty { return "有 \(copies.count) 份（hub fork）" }
            if node["leftBehind"] != .null { return "不再等待" }
            if node["silent"] == .bool(true) { return "超过 400 天没有消息（hub leave-behind）" }
            return alarms == 0 ? "" : "\(alarms)"
        }

    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "吊销节点 · revoke a node")
        @OptionGroup var common: CommonOptions
        @Argument(help: "节点编号 · the node's id")
        var node: String

        func run() throws {
            let hub = try common.open()
            let id = try hub.revoke(node)
            Output.result(["revoked": JSON(id)], asJSON: common.json) { "已吊销节点 \(id)；它此后签名的改动不再被接受。" }
        }
    }

    struct Leave: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "成员退出联盟，并吊销其节点 · a member leaves; its nodes are revoked")
        @OptionGroup var common: CommonOptions
        @Argument(help: "成员名称或编号 · the member's name or id")
        var member: String

        func run() throws {
            let hub = try common.open()
            try hub.require(.hub)
            let id = try hub.member(member)
            let nodes = try hub.leave(id)
            Output.result(["left": JSON(id), "revoked": .array(nodes.map { JSON($0) })], asJSON: common.json) {
                "\(member) 已退出联盟，吊销了 \(nodes.count) 个节点；它的数据作为历史保留。"
            }
        }
    }

    struct RotateKey: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "更换中心的密钥 · give the hub a new key")
        @OptionGroup var common: CommonOptions

        func run() throws {
            let hub = try common.open()
            try hub.require(.hub)
            let lock = try ServeLock(common.data)
            defer { withExtendedLifetime(lock) {} }
            try hub.rotateKey()
            let fingerprint = HubFingerprint(of: try common.open().key.publicKey).description
            Output.result(["fingerprint": .string(fingerprint)], asJSON: common.json) {
                "中心已更换密钥，新指纹：\(fingerprint)\n各节点下次同步时自动认得新密钥；尚未使用的邀请码作废，请重新发出。"
            }
        }
    }
}
