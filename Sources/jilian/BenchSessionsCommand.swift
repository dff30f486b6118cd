import Alliance
import ArgumentParser
import Bench
import Foundation
import Node
import Replica
import Wire

/// What the hub takes: exchanges a second, its CPU, the bytes of an idle exchange, the time from commit to merge.
struct BenchSessionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench-sessions", abstract: "中心的承载与时延 · the hub under many sessions, and latency",
        discussion: "中心是单独的进程；CPU 时间取自中心进程。请用发布版运行。")
    @Option(help: "同时重连的节点数 · nodes that reconnect at once")
    var emergency = 1_000
    @Flag(help: "以 JSON 输出 · print JSON")
    var json = false

    func validate() throws {
        guard (150...5_000).contains(emergency) else { throw ValidationError("--emergency 150…5000") }
    }

    func run() async throws {
        let folder = NSTemporaryDirectory() + "jilian-bench-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var figures: [(name: String, value: Double)] = []
        try await sessions(folder + "/many", &figures)
        try await latency(folder + "/few", &figures)
        Output.endProgress()
        let object = JSON.object(
            Dictionary(uniqueKeysWithValues: figures.map { ($0.name, .string(String(format: "%.3f", $0.value))) }))
        Output.result(object, asJSON: json) {
            var table = TextTable(["项目", "数值"])
            for (name, value) in figures { table.add([name, String(format: value < 100 ? "%.2f" : "%.0f", value)]) }
            return table.text()
        }
    }

    private func sessions(_ folder: String, _ figures: inout [(name: String, value: Double)]) async throws {
        Output.progress("登记 \(emergency) 个节点…")
        var alliance = try SessionAlliance.make(in: folder, sessions: emergency + 151)
        let children = Children()
        defer { children.stop() }
        let address = try children.start("hub", ["hub", "serve", "--data", folder, "--port", "0", "--json"])
        // Requests signed in the second in which the hub started are refused.
        try await Task.sleep(for: .seconds(4))
        Output.progress("空闲交换…")
        let idle = try await IdleExchange.measure(&alliance, port: UInt16(URL(string: address)?.port ?? 0))
        figures += [
            ("idle exchange: round trips", Double(idle.roundTrips)), ("idle exchange: bytes", Double(idle.bytes)),
            ("idle exchange: bytes of bodies", Double(idle.bodies)),
        ]
        let load = SessionLoad(address: address, hubProcess: children.processIdentifiers.last ?? 0)
        for (sessions, exchanges) in [(150, 20), (emergency, 1)] {
            Output.progress("\(sessions) 个会话…")
            let measured = try await load.run(&alliance, sessions: sessions, exchanges: exchanges)
            let name = "\(sessions) sessions × \(exchanges)"
            figures += [
                ("\(name): exchanges a second", Double(measured.exchanges) / measured.seconds),
                ("\(name): hub CPU ms an exchange", measured.hubMilliseconds),
                ("\(name): median ms", measured.medianMilliseconds),
                ("\(name): longest s", measured.longestSeconds), ("\(name): busy answers", Double(measured.busy)),
            ]
        }
    }

    private func latency(_ folder: String, _ figures: inout [(name: String, value: Double)]) async throws {
        Output.progress("时延…")
        let hub = try OpenReplica.foundHub(folder + "/hub", alliance: "基准联盟")
        let members = try hub.table("member")
        let children = Children()
        defer { children.stop() }
        let address = try children.start("hub", ["hub", "serve", "--data", folder + "/hub", "--port", "0", "--json"])
        var nodes: [OpenReplica] = []
        for name in ["甲校", "乙校"] {
            _ = try hub.add(hub.values(["name=\(name)", "kind=technician"], in: members), to: members)
            let code = try hub.invite(try hub.member(name)).invitation.description
            let path = "\(folder)/\(name)"
            let node = try await Joiner.join(
                path, hub: address, code: code, name: name, caFile: nil, allowsPlainHTTP: false)
            _ = await SyncDriver(node).run()
            nodes.append(node)
            _ = try children.start(name, ["node", "serve", "--data", path, "--port", "0", "--json"])
        }
        let times = try await Latency.measure(from: nodes[0], to: nodes[1], rounds: 41)
        figures += [
            ("commit to merge: median ms", times[times.count / 2]),
            ("commit to merge: 95 % ms", times[times.count * 95 / 100]),
            ("commit to merge: longest ms", times.last ?? 0),
        ]
    }
}
