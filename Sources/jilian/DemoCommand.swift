import Alliance
import ArgumentParser
import CRDT
import Foundation
import Node
import Replica
import Store
import Sync
import Wire

/// A whole alliance on one machine: a hub and three nodes, each a process of its own, with the sample alliance.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "在本机运行一个示例联盟 · run a sample alliance on this machine")
    @Option(help: "数据文件夹；已有的演示会继续 · folder; a demo that is there goes on")
    var data: String
    @Flag(help: "以 JSON 输出地址后持续运行 · print the addresses as JSON, then run")
    var json = false
    @Option(help: "示例的随机种子 · seed of the sample")
    var seed: UInt64 = 1

    /// Two nodes of the first school, one of the second.
    private static let nodes = [(name: "a1", school: 0), (name: "a2", school: 0), (name: "b1", school: 1)]

    func run() async throws {
        let sample = SampleAlliance(seed: seed)
        let isNew = !FileManager.default.fileExists(atPath: data + "/hub")
        if isNew { try foundHub(sample) }
        let stop = StopSignal()
        let children = Children()
        defer { children.stop() }
        let hub = try children.start("hub", ["hub", "serve", "--data", data + "/hub", "--port", "0", "--json"])
        if isNew { try await joinNodes(sample, hub: hub) } else { try moveHub(to: hub) }
        var addresses: [String: JSON] = ["hub": .string(hub)]
        for node in Self.nodes {
            addresses[node.name] = .string(
                try children.start(
                    node.name, ["node", "serve", "--data", "\(data)/\(node.name)", "--port", "0", "--json"]))
        }
        Output.result(.object(addresses), asJSON: json) { text(addresses, sample) }
        await watch(children, stop)
    }

    // MARK: Setting up

    private func foundHub(_ sample: SampleAlliance) throws {
        try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
        Output.progress("建立中心…")
        let hub = try OpenReplica.foundHub(data + "/hub", alliance: "示例联盟")
        for (name, bytes) in sample.files() where !name.contains("-") { try load(bytes, name, into: hub) }
        Output.endProgress()
    }

    private func joinNodes(_ sample: SampleAlliance, hub address: String) async throws {
        let hub = try OpenReplica.open(data + "/hub")
        for (index, node) in Self.nodes.enumerated() {
            Output.progress("\(sample.schools[node.school]) 加入（\(index + 1)/\(Self.nodes.count)）…")
            let (invitation, _) = try hub.invite(try hub.member(sample.schools[node.school]))
            let replica = try await Joiner.join(
                "\(data)/\(node.name)", hub: address, code: invitation.description, name: node.name, caFile: nil,
                allowsPlainHTTP: false)
            _ = await SyncDriver(replica).run()
            if let first = Self.nodes[..<index].first(where: { $0.school == node.school }) {
                let earlier = try OpenReplica.open("\(data)/\(first.name)")
                _ = await SyncDriver(earlier).run()
                _ = try earlier.confirm(replica.state().node.description)
                _ = await SyncDriver(earlier).run()
            } else {
                for (name, bytes) in sample.files() where name.hasSuffix("-\(node.school + 1).csv") {
                    try load(bytes, name, into: replica)
                }
            }
            _ = await SyncDriver(replica).run()
        }
        Output.endProgress()
    }

    private func load(_ bytes: [UInt8], _ name: String, into replica: OpenReplica) throws {
        guard let table = SampleCommand.entry(name, SampleAlliance(seed: seed).schools)["table"]?.text else { return }
        let consent = try replica.consentStatement(given: "2026-09-01", recordedBy: "demo")
        let result = try replica.importRows(
            bytes, into: try replica.table(table), encoding: nil, consent: consent, dryRun: false)
        if let problem = result.problems.first {
            throw CommandError(
                .refused, "sample",
                Phrase(
                    "\(name) 第 \(problem.line) 行：\(problem.what.zh)", "\(name) line \(problem.line): \(problem.what.en)"
                ))
        }
    }

    /// A demo that goes on has its hub on another port.
    private func moveHub(to address: String) throws {
        for node in Self.nodes {
            try OpenReplica.open("\(data)/\(node.name)").store.write { $0.state.hubURL = address }
        }
    }

    // MARK: Watching

    private func text(_ addresses: [String: JSON], _ sample: SampleAlliance) -> String {
        var lines = ["示例联盟正在运行（Ctrl-C 停止）。数据在 \(data)。", "  中心 \(addresses["hub"]?.text ?? "")"]
        for node in Self.nodes {
            lines.append(
                "  \(node.name)（\(sample.schools[node.school])） \(addresses[node.name]?.text ?? "")/api/v1/status")
        }
        lines.append("试一试：jilian list base --data \(data)/a1；jilian set base 基地名 note=… --data \(data)/a1")
        return lines.joined(separator: "\n")
    }

    /// Shows how the nodes stand until the process is told to stop or a child ends.
    private func watch(_ children: Children, _ stop: StopSignal) async {
        var last = ""
        while !stop.isRaised, children.areRunning {
            if !json, let table = try? view(), table != last {
                Output.line("\n" + table)
                last = table
            }
            await stop.wait(.seconds(1))
        }
    }

    private func view() throws -> String {
        var table = TextTable(["节点", "日志序号", "中心", "待发", "冲突", "退回", "已证明一致", "告警"])
        for node in Self.nodes {
            let status = try OpenReplica.open("\(data)/\(node.name)").statusJSON()
            func number(_ key: String) -> String { status[key]?.serialised() ?? "—" }
            let alarms = if case .array(let list)? = status["alarms"] { list.count } else { 0 }
            let proved = status["provedRev"] == status["rev"] && status["pending"] == 0 && status["provedAt"] != .null
            table.add([
                node.name, number("rev"), number("hubHead"), number("pending"), number("conflicts"), number("rejected"),
                proved ? "是" : "尚未", alarms == 0 ? "" : "\(alarms)",
            ])
        }
        return table.text()
    }
}
