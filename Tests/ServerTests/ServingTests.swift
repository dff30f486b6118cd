import Alliance
import CRDT
import Foundation
@testable import Hub
import Logging
import Node
import Replica
@testable import Serving
import Store
import Sync
import Testing
import Transport
import Wire

/// Listening, TLS, stopping.
@Suite(.timeLimit(.minutes(3))) struct ServingTests {
    private func options(_ host: String = "127.0.0.1", _ port: Int = 0, _ tls: Certificate? = nil, key: String? = nil)
        -> ServingOptions
    {
        let files = tls.map { ServingOptions.TLSFiles(certificate: $0.file, key: key ?? $0.key) }
        return ServingOptions(host: host, port: port, tls: files, isBehindProxy: false, allowsPlainHTTP: false)
    }

    private func refusal(_ options: ServingOptions, _ folder: Folder) async throws -> CommandError? {
        let hub = try OpenReplica.foundHub(folder.path + "/" + UUID().uuidString, alliance: "测试")
        do {
            let server = try await TestAlliance.serve(hub, .silent, .seconds(15), options)
            await server.stop()
            return nil
        } catch {
            return error as? CommandError
        }
    }

    @Test func `a hub whose clock is far from its journal's last time waits for its operator's word`() throws {
        let folder = try Folder()
        let hub = try OpenReplica.foundHub(folder.path + "/hub", alliance: "测试")
        func refusal(acceptsClock: Bool) -> String? {
            do {
                _ = try HubServer(hub, options: options(), acceptsClock: acceptsClock, logger: .silent)
                return nil
            } catch {
                return (error as? CommandError)?.code ?? "\(error)"
            }
        }
        let minute: Int64 = 60_000
        let day = 24 * 60 * minute
        for (journalAhead, starts) in [
            (4 * minute, true), (6 * minute, false), (-399 * day, true), (-401 * day, false),
        ] {
            try hub.store.write { $0.state.hubTime = UInt64(Int64(World.wall) + journalAhead) }
            #expect(refusal(acceptsClock: false) == (starts ? nil : "clock"), "\(journalAhead / minute) min")
            #expect(refusal(acceptsClock: true) == nil)
        }
    }

    @Test func `silent bodies keep nobody out, and are hung up on`() async throws {
        let folder = try Folder()
        let hub = try OpenReplica.foundHub(folder.path + "/hub", alliance: "测试")
        let reader = BodyReader(
            budget: BodyBudget(), interval: .milliseconds(300), progress: 1_000, total: .seconds(60))
        let server = try HubServer(
            hub, options: options(), acceptsClock: false, logger: .silent, heartbeat: .seconds(15), bodies: reader)
        let running = try await Running { try await server.run(ready: $0) }
        // More than the budget is announced, and next to nothing comes.
        let silent = try (0..<12).map { _ in
            let connection = try Connection(running.address)
            connection.send("POST /sync/v1/exchange HTTP/1.1\r\nHost: x\r\nContent-Length: 33554432\r\n\r\nhalf")
            return connection
        }
        let client = HTTPClient()
        let answer = try await client.send(
            HTTPRequest(method: "POST", url: running.address + "/sync/v1/exchange", headers: [], body: [1, 2, 3]))
        #expect(answer.status == 401, "it was looked at: \(answer.status)")
        for connection in silent { #expect(!connection.read(until: nil).contains("200 OK")) }
        try await eventually("the room") { reader.budget.isFree }
        await running.stop()
    }

    @Test func `an inner error is a number to whoever asked, and words in the log`() async throws {
        let folder = try Folder()
        let hub = try OpenReplica.foundHub(folder.path + "/hub", alliance: "测试")
        let lines = LogLines()
        let service = try HubService(hub, logger: lines.logger())
        let told = service.inner(StoreError(.damaged, path: "replica_state", cause: "secret words")).phrase
        let logged = try #require(lines.with("secret words").first)
        for words in [told.zh, told.en] {
            #expect(!words.contains("secret") && !words.contains("replica_state"))
            let number = try #require(words.split { !$0.isHexDigit }.map { String($0) }.first { $0.count == 8 })
            #expect(logged.contains("number=\(number)"))
        }
    }

    @Test func `a taken port is named, and an address that is not this machine's`() async throws {
        let alliance = try await TestAlliance()
        let folder = try Folder()
        let port = try #require(Int(alliance.server.address.split(separator: ":").last ?? ""))
        let taken = try await refusal(options("127.0.0.1", port), folder)
        #expect(taken?.code == "port" && taken?.kind == .refused && taken?.phrase.en.contains("\(port)") == true)
        let program = try Program("hub", "serve", "--data", alliance.hub.folder, "--port", "\(port)")
        let end = await program.end()
        #expect(end.code == 1 && end.errors.contains("\(port)") && end.errors.contains("--port"), "\(end)")
        var elsewhere = options("192.0.2.1", 0)
        elsewhere.allowsPlainHTTP = true
        let refused = try await refusal(elsewhere, folder)
        #expect(refused?.code == "address", "\(String(describing: refused))")
    }

    @Test func `plain HTTP beyond this machine needs a word`() async throws {
        let folder = try Folder()
        for host in ["0.0.0.0", "::", "10.0.0.1", "127.evil.example", "localhost.example"] {
            #expect(try await refusal(options(host), folder)?.code == "plain-http", "\(host)")
        }
        var open = options("0.0.0.0")
        open.allowsPlainHTTP = true
        #expect(try await refusal(open, folder) == nil)
        open.allowsPlainHTTP = false
        open.isBehindProxy = true
        #expect(try await refusal(open, folder) == nil)
        for host in ["127.0.0.1", "127.9.9.9", "localhost", "::1"] { #expect(options(host).isLoopback) }
    }

    @Test(arguments: [
        ("127.0.0.1:80", true), ("localhost", true), ("LocalHost:9", true), ("[::1]:80", true), ("[::1]", true),
        ("127.0.0.1.evil.example", false), ("127.evil", false), ("evil.example", false), ("", false),
        ("127.0.0", false),
        ("127.0.0.256", false), ("127.0.0.1x", false), ("128.0.0.1", false), ("[::2]", false), ("localhost.", false),
    ])
    func `this machine is told from names that look like it`(authority: String, isLoopback: Bool) {
        #expect(Loopback.contains(Loopback.host(of: authority)) == isLoopback)
    }

    @Test func `a node joins and syncs over TLS with the certificate it was given, and with no other`() async throws {
        let folder = try Folder()
        let (certificate, other) = (try Certificate("hub", in: folder), try Certificate("other", in: folder))
        let hub = try OpenReplica.foundHub(folder.path + "/hub", alliance: "测试")
        let member = try hub.add(
            hub.values(["name=甲校", "kind=technician"], in: hub.table("member")), to: hub.table("member"))
        let server = try await TestAlliance.serve(hub, .silent, .seconds(15), options("127.0.0.1", 0, certificate))
        #expect(server.address.hasPrefix("https://127.0.0.1:"))
        let (invitation, _) = try hub.invite(.init(rawValue: member.id.rawValue))
        func join(_ ca: String?) async throws -> OpenReplica {
            try await Joiner.join(
                folder.path + "/a", hub: server.address, code: invitation.description, name: "a", caFile: ca,
                allowsPlainHTTP: false)
        }
        for ca in [other.file, nil] {
            let refused = await #expect(throws: CommandError.self) { _ = try await join(ca) }
            #expect(refused?.kind == .unreachable)
        }
        let node = try await join(certificate.file)
        #expect(await SyncDriver(node, caFile: certificate.file).run().name == "proved")
        let untrusted = await SyncDriver(node, caFile: other.file).run()
        #expect(untrusted.unreachable?.zh.contains("安全连接") == true)
    }

    @Test func `TLS files that are missing or don't belong together are named`() async throws {
        let folder = try Folder()
        let (first, second) = (try Certificate("first", in: folder), try Certificate("second", in: folder))
        let garbage = folder.path + "/garbage.pem"
        #expect(FileManager.default.createFile(atPath: garbage, contents: Data("nonsense".utf8)))
        for key in [folder.path + "/none.key", second.key, garbage] {
            let refused = try await refusal(options("127.0.0.1", 0, first, key: key), folder)
            #expect(
                refused?.code == "certificate" && refused?.phrase.zh.contains(key) == true,
                "\(key): \(String(describing: refused))")
        }
    }

    @Test func `one server a folder`() throws {
        let folder = try Folder()
        var first: ServeLock? = try ServeLock(folder.path)
        let refused = #expect(throws: CommandError.self) { _ = try ServeLock(folder.path) }
        #expect(refused?.code == "serving")
        withExtendedLifetime(first) {}
        first = nil
        _ = try ServeLock(folder.path)
        #expect(throws: CommandError.self) { _ = try ServeLock(folder.path + "/none") }
    }

    @Test func `the program stops within three seconds, with streams open and a request stalled`() async throws {
        let alliance = try await TestAlliance()
        let client = HTTPClient()
        let node = try await alliance.join("a")
        await alliance.server.stop()
        let program = try Program("hub", "serve", "--data", alliance.hub.folder, "--port", "0", "--json")
        let address = await program.address()
        try node.moveHub(to: address)
        #expect(await SyncDriver(node).run().name == "proved")
        let streams = try (0..<4).map { _ in
            client.stream(try SignedRequest(node, "GET", "/sync/v1/events").request(to: address))
        }
        for stream in streams {
            var iterator = stream.makeAsyncIterator()
            guard case .head(let status, _)? = try await iterator.next() else { continue }
            #expect(status == 200)
        }
        let stalled = try Connection(address)
        stalled.send("POST /sync/v1/exchange HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc")
        let idle = try Connection(address)
        idle.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(idle.read(until: "\"ok\"").contains("200 OK"))
        let clock = ContinuousClock()
        let started = clock.now
        program.terminate()
        let end = await program.end()
        let took = clock.now - started
        print("hub stopped within \(took)")
        // Three seconds by its own clock; as much again for a busy machine to start and end a process.
        #expect(took < .seconds(6))
        #expect(end.code == 0, "\(end)")
        withExtendedLifetime((stalled, streams)) {}
    }

    @Test func `a node's program stops within three seconds, and is not failing for that`() async throws {
        let alliance = try await TestAlliance()
        let node = try await alliance.join("a")
        let program = try Program("node", "serve", "--data", node.folder, "--port", "0", "--json")
        let address = await program.address()
        let client = HTTPClient()
        try await eventually("a proof") { try node.status().provedAt > 0 }
        #expect(try await client.send(HTTPRequest(url: address + "/readyz")).status == 200)
        let second = try Program("node", "serve", "--data", node.folder, "--port", "0")
        let refused = await second.end()
        #expect(refused.code == 1 && refused.errors.contains("另一个程序"), "\(refused)")
        let started = ContinuousClock.now
        program.terminate()
        let end = await program.end()
        let took = ContinuousClock.now - started
        print("node stopped within \(took)")
        #expect(took < .seconds(6) && end.code == 0, "\(end)")
        #expect(try node.status().failingSince == 0)
    }
}
