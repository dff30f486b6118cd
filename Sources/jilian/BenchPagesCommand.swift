import Accounts
import Alliance
import ArgumentParser
import Bench
import Board
import CRDT
import Foundation
import Node
import Replica
import Store
import Transport
import Wire

/// What pages cost the servers of a large alliance: CPU, bytes, memory.
struct BenchPagesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pages", abstract: "页面的耗时、字节和内存 · what pages cost the servers of a large alliance",
        discussion: "中心和节点是单独的进程；CPU 时间取自它们各自的进程。请用发布版运行。")
    @Option(help: "教师数 · teachers")
    var teachers = 100_000
    @Option(help: "实训室数 · spaces")
    var spaces = 1_000
    @Option(help: "节点数 · nodes")
    var nodes = 150
    @Option(help: "一所学校一学期的预约数 · bookings of one school in a term")
    var bookings = 4_000
    @Option(help: "每页取多少次 · how often each page is fetched")
    var rounds = 40
    @Option(help: "同时打开的实时流 · live streams at once")
    var streams = 500
    @Flag(help: "以 JSON 输出 · print JSON")
    var json = false

    func validate() throws {
        guard (10...1_000_000).contains(teachers), (1...100_000).contains(spaces), (1...1_000).contains(nodes),
            (0...50_000).contains(bookings), (20...1_000).contains(rounds), (1...500).contains(streams)
        else {
            throw ValidationError(
                "--teachers 10…1000000, --spaces 1…100000, --nodes 1…1000, --bookings 0…50000, --rounds 20…1000, --streams 1…500"
            )
        }
    }

    /// Figures in the order in which they were measured.
    private struct Figures {
        var list: [(name: String, value: Double)] = []

        mutating func note(_ name: String, _ value: Double) { list.append((name, value)) }

        mutating func note(_ console: String, _ costs: [PageLoad.Cost]) {
            for cost in costs {
                note("\(console) \(cost.path): CPU ms, p50", cost.middle)
                note("\(console) \(cost.path): CPU ms, p95", cost.high)
            }
            note("\(console), worst page: CPU ms, p95", costs.map(\.high).max() ?? 0)
        }
    }

    func run() async throws {
        let folder = NSTemporaryDirectory() + "jilian-bench-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let children = Children()
        defer { children.stop() }
        var figures = Figures()
        let alliance = PageAlliance(teachers: teachers, spaces: spaces, bookings: bookings)
        let hub = try await hub(alliance, folder + "/hub", children)
        let node = try await node(alliance, of: hub.address, hub.replica, folder + "/node", children)
        Output.progress("节点的页面…")
        figures.note("node", try await node.load.costs(of: nodePages(node.replica), rounds: rounds))
        Output.progress("中心的页面…")
        figures.note("hub", try await hub.load.costs(of: hubPages(hub.replica), rounds: rounds))
        figures.note("node, first page with all assets: bytes", Double(try await node.load.weight(of: "/")))
        figures.note("hub, first page with all assets: bytes", Double(try await hub.load.weight(of: "/board")))
        Output.progress("\(streams) 个实时流…")
        let memory = try hub.load.memory(streams: streams)
        figures.note("hub: memory MB", memory.before)
        figures.note("hub, \(streams) live streams: memory MB", memory.after)
        Output.endProgress()
        let object = JSON.object(
            Dictionary(
                uniqueKeysWithValues: figures.list.map { ($0.name, .string(String(format: "%.2f", $0.value))) }))
        Output.result(object, asJSON: json) {
            var table = TextTable(["项目", "数值"])
            for (name, value) in figures.list { table.add([name, String(format: "%.1f", value)]) }
            return table.text()
        }
    }

    // MARK: The hub

    private func hub(
        _ alliance: PageAlliance, _ folder: String, _ children: Children
    ) async throws -> (replica: OpenReplica, address: String, load: PageLoad) {
        Output.progress("登记 \(nodes) 个节点…")
        var sessions = try SessionAlliance.make(in: folder, sessions: nodes)
        Output.progress("写入 \(teachers) 名教师、\(spaces) 间实训室…")
        try alliance.fill(sessions)
        let observer = try Observer(sessions.hub)
        let (now, minute) = (World.wall, UInt64(60_000))
        // A week by the hour, a day by ten minutes, an hour by the minute: every ring is full.
        let ages =
            (24..<168).reversed().map { $0 * 60 * minute } + (6..<144).reversed().map { $0 * 10 * minute }
            + (1..<60).reversed().map { $0 * minute }
        for age in ages { _ = try observer.look(at: now - age, serving: true, sampling: true) }
        let secret = try account(folder, Role.secretariat, .operator)
        let address = try children.start("hub", ["hub", "serve", "--data", folder, "--port", "0", "--json"])
        let process = children.processIdentifiers.last ?? 0
        // Requests signed in the second in which the hub started are refused.
        try await Task.sleep(for: .seconds(4))
        _ = try await SessionLoad(address: address, hubProcess: process)
            .run(&sessions, sessions: nodes, exchanges: 1)
        let load = PageLoad(address: address, process: process, cookie: try await cookie(address, secret))
        return (sessions.hub, address, load)
    }

    private func hubPages(_ hub: OpenReplica) throws -> [String] {
        let node = try Observer(hub).look().nodes.first?.facts.id.description ?? ""
        return [
            "/board", "/board?tier=7d", "/board?show=offline", "/board?all=1", "/board/alerts", "/board/nodes/\(node)",
            "/journal", "/audit", "/users", "/account",
        ]
    }

    // MARK: The school

    private func node(
        _ alliance: PageAlliance, of address: String, _ hub: OpenReplica, _ folder: String, _ children: Children
    ) async throws -> (replica: OpenReplica, load: PageLoad) {
        Output.progress("学校加入并取快照…")
        let members = try hub.table("member")
        _ = try hub.add(hub.values(["name=样本学校", "kind=technician"], in: members), to: members)
        let code = try hub.invite(try hub.member("样本学校")).invitation.description
        let node = try await Joiner.join(
            folder, hub: address, code: code, name: "一号机", caFile: nil, allowsPlainHTTP: false)
        _ = await SyncDriver(node).run()
        Output.progress("预约 \(bookings) 次…")
        try alliance.makeRooms(at: node)
        for _ in 0..<3 { _ = await SyncDriver(node).run() }
        try alliance.book(at: node)
        let secret = try account(folder, Role.school, .administrator)
        let served = try children.start("node", ["node", "serve", "--data", folder, "--port", "0", "--json"])
        let process = children.processIdentifiers.last ?? 0
        let load = PageLoad(address: served, process: process, cookie: try await cookie(served, secret))
        try await settled(node)
        return (node, load)
    }

    /// Waits until the node has sent what it wrote: sending is no page's work.
    private func settled(_ node: OpenReplica) async throws {
        for _ in 0..<600 {
            if try node.store.read({ try $0.pending().count }) == 0 { return }
            try await Task.sleep(for: .milliseconds(200))
        }
        throw CommandError(
            .refused, "bench", Phrase("节点两分钟内没有发完。", "The node did not send everything within two minutes."))
    }

    private func nodePages(_ node: OpenReplica) throws -> [String] {
        func first(_ table: String) throws -> String {
            try node.page(of: node.table(table), from: 5, count: 1).rows.first?.key.id.description ?? ""
        }
        let room = try node.page(of: node.table("space"), words: ["实训室"], count: 1).rows.first?.key.id
        return [
            "/", "/tables", "/tables/teacher", "/tables/teacher?page=\(teachers / 100)", "/tables/teacher?sort=-name",
            "/tables/teacher?q=%E7%8E%8B%E4%BC%9F", "/tables/teacher?q=%E7%8E%8B%E4%BC%9F&sort=specialty",
            "/tables/teacher/rows/\(try first("teacher"))", "/tables/teacher/new", "/tables/space", "/tables/base",
            "/conflicts", "/rejected", "/sync", "/quotas", "/requests", "/bookings", "/bookings?past=1",
            "/find", "/bookings/new?space=\(room?.description ?? "")", "/calendar/\(room?.description ?? "")",
            "/users", "/audit", "/account",
        ]
    }

    // MARK: Signing in

    /// An account of the console, and the word of its session.
    private func account(_ folder: String, _ roles: [Role], _ role: Role) throws -> String {
        let accounts = try AccountFile(folder, roles: roles)
        let (name, password) = ("bench", UUID().uuidString)
        _ = try accounts.use(
            try accounts.invite(role, by: "bench").text, name: name, display: "基准", password: password)
        return try accounts.signIn(name: name, password: password, program: "bench").0.text
    }

    /// The console's cookie: its name stands in the one that it gives to everybody who has not signed in.
    private func cookie(_ address: String, _ secret: String) async throws -> String {
        let answer = try await HTTPClient().send(HTTPRequest(method: "GET", url: address + "/sign-in"))
        let names = answer.headers.filter { $0.name.lowercased() == "set-cookie" }.compactMap {
            $0.value.split(separator: "=").first.map(String.init)
        }
        guard let visit = names.first(where: { $0.hasSuffix("_visit") }) else {
            throw PageFault(path: "/sign-in", status: answer.status)
        }
        return "\(visit.dropLast("_visit".count))=\(secret)"
    }
}
