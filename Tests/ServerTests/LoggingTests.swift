import Alliance
import CRDT
import Crypto
import Foundation
import Logging
import Node
import Replica
import Store
import Sync
import Testing
import Transport
import Wire

/// What is logged, and what is not.
@Suite(.timeLimit(.minutes(3))) struct LoggingTests {
    @Test func `a failure is logged once, with its cause`() async throws {
        let lines = LogLines()
        let alliance = try await TestAlliance(lines.logger())
        let client = HTTPClient()
        let node = try await alliance.join("a")
        var request = try SignedRequest(node)
        request.key = Curve25519.Signing.PrivateKey()
        _ = try await alliance.send(request, by: client)
        let refused = lines.with("refused ")
        #expect(refused.count == 1 && refused.first?.contains("cause=badSignature") == true, "\(refused)")
        // The hub's file can't be read any more: an error, once, with what SQLite says.
        try await alliance.settled(node, client)
        try alliance.hub.store.close()
        let answer = try await alliance.send(try SignedRequest(node, "GET", "/sync/v1/snapshot/1/0"), by: client)
        #expect(answer.status >= 400)
        #expect(answer.refusal?.phrase.zh.isEmpty == false)
    }

    @Test func `a node's failures are logged once each, with their cause`() async throws {
        let lines = LogLines()
        let alliance = try await TestAlliance()
        let node = try await alliance.join("a")
        let proxy = try FakeServer(status: "502 Bad Gateway", headers: "Retry-After: 60\r\n", body: "")
        try node.moveHub(to: proxy.address)
        let serving = try await TestNode(node, of: alliance, lines.logger(.notice))
        try await eventually("a line") { !lines.with("sync failed").isEmpty }
        try await eventually("a failure is seen") { try node.status().failingSince > 0 }
        let failures = lines.with("sync failed")
        #expect(failures.count == 1 && failures.first?.contains("502") == true, "\(failures)")
        await serving.server.stop()
    }

    @Test func `no code, secret or private key is logged`() async throws {
        let lines = LogLines()
        let alliance = try await TestAlliance(lines.logger(.trace))
        let (right, unused) = (try alliance.invitation(), try alliance.invitation())
        let node = try await Joiner.join(
            alliance.folder.path + "/a", hub: alliance.server.address, code: right.description, name: "a", caFile: nil,
            allowsPlainHTTP: false)
        _ = try? await Joiner.join(
            alliance.folder.path + "/b", hub: alliance.server.address, code: right.description, name: "b", caFile: nil,
            allowsPlainHTTP: false)
        let serving = try await TestNode(node, of: alliance, lines.logger(.trace))
        let contacts = try await serving.call(
            "POST", "/api/v1/tables/teacher/rows",
            ["values": ["staff_no": "7", "name": "示例·丁"], "consent": ["given": "2026-09-01"]])
        #expect(contacts.status == 200)
        try await eventually("a proof") { try node.pending() == 0 && node.status().provedAt > 0 }
        _ = try await HTTPClient().send(
            HTTPRequest(method: "POST", url: alliance.server.address + "/sync/v1/join", body: [1, 2, 3]))
        await serving.server.stop()
        let text = lines.all.joined(separator: "\n")
        #expect(lines.all.count > 10)
        func hex(_ bytes: some Sequence<UInt8>) -> String { bytes.map { String(format: "%02x", $0) }.joined() }
        for secret in [
            Array(right.secret), Array(unused.secret), Array(node.key.rawRepresentation),
            Array(alliance.hub.key.rawRepresentation),
        ] {
            #expect(
                !text.contains(hex(secret)) && !text.contains(Data(secret).base64EncodedString())
                    && !text.contains("\(secret)"))
        }
        for code in [right.description, unused.description] {
            #expect(!text.contains(code) && !text.contains(code.dropFirst(3).replacingOccurrences(of: "-", with: "")))
        }
        #expect(!text.contains("示例·丁"))
    }
}
