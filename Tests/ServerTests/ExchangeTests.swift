import Alliance
import CRDT
import Crypto
import Foundation
@testable import Hub
import Logging
import Node
import Replica
import Store
import Sync
import Synchronization
import Testing
import Transport
import Wire

/// What the hub answers to requests that no node of ours would send.
@Suite(.timeLimit(.minutes(3))) struct ExchangeTests {
    private func unharmed(_ alliance: TestAlliance, _ node: OpenReplica) async throws {
        #expect(try alliance.hub.store.deepCheck().isClean)
        #expect(try alliance.hub.alarms() == [])
        let report = await SyncDriver(node).run()
        #expect(report.name == "proved", "\(report.phrase?.en ?? "")")
    }

    @Test func `a body that can't be read is refused under the hub's signature`() async throws {
        let alliance = try await TestAlliance()
        let client = HTTPClient()
        let node = try await alliance.join("a")
        try await alliance.settled(node, client)
        let valid = try node.exchangeBody()
        var version = valid
        try #require(version[0] == 8 && version[1] == 1)
        version[1] = 2
        let random = (0..<4000).map { _ in UInt8.random(in: .min ... .max) }
        let bodies: [([UInt8], Refusal.Code)] = [
            ([], .version), ([0xFF], .malformed), (random, .malformed), (Array(valid.dropLast(1)), .malformed),
            (Array(valid.prefix(valid.count / 2)), .malformed), (version, .version),
        ]
        for (body, code) in bodies {
            let answer = try await alliance.send(try SignedRequest(node, body: body), by: client)
            #expect(answer.status == 400 && answer.isSigned, "\(body.count) bytes: \(answer.status)")
            #expect(answer.code == code || answer.code == .malformed)
        }
        try await unharmed(alliance, node)
    }

    @Test func `any flipped bit of a signed body leaves the hub as it was or is refused`() async throws {
        let alliance = try await TestAlliance()
        let client = HTTPClient()
        let (node, faulty) = (try await alliance.join("a"), try await alliance.join("b", "乙校"))
        try await alliance.settled(node, client)
        try faulty.addBase("基地")
        let valid = try faulty.exchangeBody()
        var statuses: [Int: Int] = [:]
        for position in stride(from: 0, to: valid.count, by: max(1, valid.count / 150)) {
            var body = valid
            body[position] ^= 1 << UInt8(position % 8)
            let answer = try await alliance.send(try SignedRequest(faulty, body: body), by: client)
            #expect(
                [200, 400, 401, 409].contains(answer.status) && answer.isSigned, "byte \(position): \(answer.status)")
            statuses[answer.status, default: 0] += 1
        }
        #expect(statuses[400, default: 0] > 0)
        #expect(try alliance.hub.store.deepCheck().isClean)
        let report = await SyncDriver(node).run()
        #expect(report.name == "proved")
    }

    @Test func `an oversized body is cut off with a signed refusal`() async throws {
        let alliance = try await TestAlliance()
        let client = HTTPClient()
        let node = try await alliance.join("a")
        let request = try SignedRequest(node, body: [UInt8](repeating: 0, count: Limits.messageSize + 1))
        let answer = try await alliance.send(request, by: client)
        #expect(answer.status == 413 && answer.isSigned && answer.code == .malformed)
        let join = try await client.send(
            HTTPRequest(
                method: "POST", url: alliance.server.address + "/sync/v1/join", body: [UInt8](repeating: 0, count: 5000)
            ))
        #expect(join.status == 413)
        try await unharmed(alliance, node)
    }

    @Test func `a section that unpacks to more than it says is not used`() async throws {
        let alliance = try await TestAlliance()
        let client = HTTPClient()
        let node = try await alliance.join("a")
        try await alliance.settled(node, client)
        // 8 MiB of nothing, said to be a hundredth of that.
        let bomb = Section.compress([UInt8](repeating: 0, count: Limits.sectionRawSize))
        let state = try node.state()
        let time = HybridTime(milliseconds: World.wall)
        let header = SegmentHeader(
            replica: state.replica, seq: 1, previous: nil, standsOn: nil, times: time...time, seen: state.cursor,
            schema: 1,
            transactions: 1,
            sections: [
                .init(
                    audience: .alliance, rawSize: Limits.sectionRawSize / 100, size: bomb.count, hash: Hash256(of: bomb)
                )
            ])
        let segment = try Segment(
            headerBytes: header.bytes, signature: [UInt8](node.key.signature(for: header.bytes)), bodies: [0: bomb])
        var exchange = try ExchangeRequest(bytes: node.exchangeBody())
        exchange.segments = [segment]
        exchange.own = segment.head
        let before = try alliance.hub.state().cursor.rev
        let answer = try await alliance.send(try SignedRequest(node, body: exchange.bytes), by: client)
        #expect(answer.isSigned)
        if answer.status == 200 {
            let notYet = try ExchangeResponse(bytes: answer.response.body).notYet
            #expect(notYet?.code == .malformed)
        } else {
            #expect(answer.status == 400)
        }
        #expect(try alliance.hub.state().cursor.rev == before)
        #expect(try alliance.hub.store.deepCheck().isClean)
    }

    @Test func `who can't prove who he is gets 401`() async throws {
        let alliance = try await TestAlliance()
        let client = HTTPClient()
        let (node, other) = (try await alliance.join("a"), try await alliance.join("b", "乙校"))
        try await alliance.settled(node, client)
        let body = try node.exchangeBody()
        let unsigned = try await client.send(
            HTTPRequest(
                method: "POST", url: alliance.server.address + "/sync/v1/exchange",
                headers: [("content-type", "application/x-protobuf")], body: body))
        #expect(unsigned.status == 401)
        #expect(try Refusal(bytes: unsigned.body).code == .signature)
        let right = try SignedRequest(node, body: body)
        var requests: [SignedRequest] = []
        func with(_ change: (inout SignedRequest) throws -> Void) throws {
            var request = try SignedRequest(node, body: body)
            try change(&request)
            requests.append(request)
        }
        try with { $0.key = Curve25519.Signing.PrivateKey() }
        try with { $0.keyID = RowIDText.unknown }
        try with { $0.keyID = "hub" }
        try with { $0.keyID = try other.state().node.description }
        try with { $0.fingerprint = HubFingerprint(of: Curve25519.Signing.PrivateKey().publicKey).description }
        try with { $0.replica = try other.state().replica.description }
        // A body that names another member's replica, and the header too.
        try with {
            var exchange = try ExchangeRequest(bytes: body)
            exchange.own = Head(replica: try other.state().replica, seq: 0, hash: .zero)
            $0.body = exchange.bytes
            $0.replica = try other.state().replica.description
        }
        for (index, request) in requests.enumerated() {
            let answer = try await alliance.send(request, by: client)
            #expect(
                answer.status == 401 && answer.code == .signature && answer.isSigned,
                "request \(index): \(answer.status)")
        }
        // A body changed on the way: the signature still holds, the digest does not.
        var signed = try right.request(to: alliance.server.address)
        signed.body[signed.body.count - 1] ^= 1
        let changed = try await client.send(signed)
        #expect(changed.status == 401)
        try await unharmed(alliance, node)
        try await unharmed(alliance, other)
    }

    @Test func `the same bytes again are refused, and no fork is suspected`() async throws {
        let alliance = try await TestAlliance()
        let client = HTTPClient()
        let node = try await alliance.join("a")
        try await alliance.settled(node, client)
        try node.addBase("基地")
        let request = try SignedRequest(node, body: node.exchangeBody())
        let first = try await alliance.send(request, by: client)
        #expect(first.status == 200)
        let rev = try alliance.hub.state().cursor.rev
        for _ in 0..<3 {
            let again = try await alliance.send(request, by: client)
            #expect(again.status == 401 && again.code == .replayed && again.isSigned)
        }
        #expect(try alliance.hub.state().cursor.rev == rev)
        try await unharmed(alliance, node)
    }

    @Test func `a request from another time is told the hub's, and is taken when signed anew`() async throws {
        let alliance = try await TestAlliance()
        let client = HTTPClient()
        let node = try await alliance.join("a")
        try await alliance.settled(node, client)
        for ahead: Int64 in [-100_000, -400, 30, 100_000_000] {
            var request = try SignedRequest(node, "GET", "/sync/v1/snapshot")
            request.ahead = ahead
            let answer = try await alliance.send(request, by: client)
            #expect(answer.status == 401 && answer.code == .clock && answer.isSigned, "\(ahead): \(answer.status)")
            let hubTime = try #require(answer.refusal?.hubTime)
            #expect(hubTime.distance(to: World.wall).magnitude < 5_000)
        }
        // A node whose own notion of the hub's time is wrong corrects it within the run.
        for offset: Int64 in [-86_400_000, 86_400_000] {
            try node.store.write { $0.state.hubOffset = offset }
            let report = await SyncDriver(node).run()
            #expect(report.name == "proved", "\(report.phrase?.en ?? "")")
            #expect(abs(try node.state().hubOffset) < 5_000)
        }
    }

    @Test func `a revoked node is turned away everywhere, says so, and keeps its data`() async throws {
        let alliance = try await TestAlliance()
        let client = HTTPClient()
        let node = try await alliance.join("a")
        let base = try node.addBase("基地")
        #expect(await SyncDriver(node).run().name == "proved")
        _ = try alliance.hub.revoke(node.state().node.description)
        let driver = SyncDriver(node)
        try node.set(base, "note=吊销后")
        let report = await driver.run()
        #expect(report.refusal?.code == .revoked)
        #expect(try node.status().failureZh.contains("吊销"))
        #expect(try node.status().failingSince > 0)
        for path in ["/sync/v1/snapshot", "/sync/v1/snapshot/1/0", "/sync/v1/events"] {
            let answer = try await alliance.send(try SignedRequest(node, "GET", path), by: client)
            #expect(answer.status == 403 && answer.code == .revoked && answer.isSigned, "\(path): \(answer.status)")
        }
        #expect(try node.bases() == ["基地"])
        #expect(throws: CommandRefusal.stopped(.revoked)) { try node.set(base, "note=不再可编辑") }
        #expect(try node.alarms().map(\.kind) == [.revoked] && node.pending() == 1)
        #expect(try alliance.hub.bases() == ["基地"])
    }

    @Test func `more requests than can wait are asked to come back`() async throws {
        let alliance = try await TestAlliance()
        let total = WaitingRequests.most + 12
        var configuration = HTTPClient.Configuration()
        configuration.connectionCountLimit = total
        let client = HTTPClient(configuration: configuration)
        let node = try await alliance.join("a")
        try await alliance.settled(node, client)
        let lock = try await HeldLock(alliance.hubElsewhere())
        let statuses = try await withThrowingTaskGroup(of: Answer.self) { group in
            for _ in 0..<total {
                let request = try SignedRequest(node, "GET", "/sync/v1/snapshot")
                group.addTask { try await alliance.send(request, by: client) }
            }
            var statuses: [Int: Int] = [:]
            for try await answer in group {
                statuses[answer.status, default: 0] += 1
                guard answer.status == 503 else { continue }
                #expect(answer.code == .busy && answer.isSigned)
                #expect((1...4).contains(Int(answer.response.header("retry-after") ?? "") ?? 0))
                if statuses[503] == 12 { lock.release() }
            }
            return statuses
        }
        try await lock.end()
        #expect(statuses == [200: WaitingRequests.most, 503: 12])
    }

    @Test func `what is no route is answered in words`() async throws {
        let alliance = try await TestAlliance()
        let client = HTTPClient()
        for (method, path) in [
            ("GET", "/nothing"), ("GET", "/sync/v1/exchange"), ("DELETE", "/healthz"), ("POST", "/sync/v2/join"),
        ] {
            let response = try await client.send(HTTPRequest(method: method, url: alliance.server.address + path))
            let error = JSON(bytes: response.body)?["error"]
            #expect(
                response.status == 404 && error?["code"]?.text == "no-route", "\(method) \(path): \(response.status)")
            #expect(error?["zh"]?.text?.isEmpty == false && error?["en"]?.text?.isEmpty == false)
        }
    }

    @Test func `the hub says that it lives and that it is ready`() async throws {
        let alliance = try await TestAlliance()
        let client = HTTPClient()
        let health = try await client.send(HTTPRequest(url: alliance.server.address + "/healthz"))
        #expect(health.status == 200 && JSON(bytes: health.body)?["status"] == "ok")
        let ready = try await client.send(HTTPRequest(url: alliance.server.address + "/readyz"))
        #expect(ready.status == 200)
        #expect(try JSON(bytes: ready.body)?["rev"] == JSON(alliance.hub.state().cursor.rev))
        let root = try await client.send(HTTPRequest(url: alliance.server.address + "/"))
        #expect(JSON(bytes: root.body)?["role"] == "hub")
    }
}

enum RowIDText {
    /// The id of no row.
    static let unknown = "01930000-0000-7000-8000-000000000001"
}
