import Alliance
import CRDT
import Foundation
@testable import Hub
import Logging
import Node
import Replica
import Serving
import Store
import Sync
import Synchronization
import Testing
import Transport
import Wire

/// The stream of server-sent events.
@Suite(.timeLimit(.minutes(3))) struct EventTests {
    /// Reads a stream of events into a list, comments included.
    private final class Listener: Sendable {
        private let state = Mutex((status: 0, text: "", hasEnded: false))
        private let task = Mutex<Task<Void, Never>?>(nil)

        init(_ request: HTTPRequest, _ client: HTTPClient) {
            let stream = client.stream(request)
            let task = Task { [weak self] in
                do {
                    for try await event in stream {
                        switch event {
                        case .head(let status, _): self?.state.withLock { $0.status = status }
                        case .chunk(let bytes):
                            self?.state.withLock { $0.text += String(decoding: bytes, as: UTF8.self) }
                        }
                    }
                } catch {}
                self?.state.withLock { $0.hasEnded = true }
            }
            self.task.withLock { $0 = task }
        }

        var status: Int { state.withLock { $0.status } }
        var text: String { state.withLock { $0.text } }
        var hasEnded: Bool { state.withLock { $0.hasEnded } }
        func stop() { task.withLock { $0?.cancel() } }
    }

    private func listen(_ alliance: TestAlliance, _ node: OpenReplica, _ client: HTTPClient) throws -> Listener {
        Listener(try SignedRequest(node, "GET", "/sync/v1/events").request(to: alliance.server.address), client)
    }

    @Test func `the head comes at once, and again when another process journals something`() async throws {
        let alliance = try await TestAlliance(heartbeat: .milliseconds(150))
        let client = HTTPClient()
        let node = try await alliance.join("a")
        try await alliance.settled(node, client)
        let listener = try listen(alliance, node, client)
        let rev = try alliance.hub.state().cursor.rev
        try await eventually("the head") { listener.text.contains("event: head\nid: \(rev)\ndata: \(rev)\n\n") }
        #expect(listener.status == 200)
        // As the command line does: another process's connection to the same file.
        let elsewhere = try alliance.hubElsewhere()
        try elsewhere.addBase("秘书处的基地")
        try await eventually("the new head") { listener.text.contains("data: \(rev + 1)\n") }
        try await eventually("a heartbeat") { listener.text.contains(": still here\n\n") }
        listener.stop()
    }

    @Test func `a listener that hangs up is let go before the next heartbeat`() async throws {
        let alliance = try await TestAlliance()
        let client = HTTPClient()
        let node = try await alliance.join("a")
        try await alliance.settled(node, client)
        func listeners() async throws -> JSON? {
            JSON(bytes: try await client.send(HTTPRequest(url: alliance.server.address + "/readyz")).body)?["listeners"]
        }
        let started = ContinuousClock.now
        let streams = try (0..<5).map { _ in try listen(alliance, node, client) }
        try await eventually("five listeners") { try await listeners() == 5 }
        for stream in streams { stream.stop() }
        try await eventually("no listener") { try await listeners() == 0 }
        #expect(ContinuousClock.now - started < .seconds(12))
    }

    @Test func `streams end when the server stops`() async throws {
        // With all the time in the world, so that they end by themselves or never.
        var options = TestAlliance.anywhere
        options.stopLimit = .seconds(600)
        let alliance = try await TestAlliance(options: options)
        let client = HTTPClient()
        let node = try await alliance.join("a")
        try await alliance.settled(node, client)
        let listener = try listen(alliance, node, client)
        try await eventually("the head") { listener.text.contains("event: head") }
        await alliance.server.stop()
        try await eventually("the end") { listener.hasEnded }
    }

    @Test func `listeners are bounded, skip what is old, and a closed board takes none`() async throws {
        let board = HeadBoard(rev: 3)
        let nodes = (0...UInt128(HeadBoard.listenersMax / HeadBoard.listenersOfNode)).map { RowID(rawValue: $0) }
        // One node's streams keep no other out, and end when they are let go.
        var ofOne = (0...HeadBoard.listenersOfNode).compactMap { _ in board.listen(as: nodes[0]) }
        #expect(ofOne.count == HeadBoard.listenersOfNode && board.listen(as: nodes[1]) != nil)
        ofOne = []
        var streams = nodes.dropLast().flatMap { node in
            (0..<HeadBoard.listenersOfNode).compactMap { _ in board.listen(as: node) }
        }
        #expect(streams.count == HeadBoard.listenersMax && board.listen(as: nodes[nodes.count - 1]) == nil)
        board.post(5)
        board.post(4)
        board.post(9)
        var iterator = try #require(streams.first).makeAsyncIterator()
        #expect(await iterator.next() == 9)
        streams = []
        #expect(board.rev == 9)
        let late = HeadBoard(rev: 1)
        var open = try #require(late.listen(as: RowID(rawValue: 1))).makeAsyncIterator()
        late.close()
        #expect(await open.next() == 1)
        #expect(await open.next() == nil)
        #expect(late.listen(as: RowID(rawValue: 1)) == nil)
    }

    @Test func `a stream must be asked for under a signature`() async throws {
        let alliance = try await TestAlliance()
        let response = try await HTTPClient().send(HTTPRequest(url: alliance.server.address + "/sync/v1/events"))
        #expect(response.status == 401)
        #expect(try Refusal(bytes: response.body).code == .signature)
    }
}
