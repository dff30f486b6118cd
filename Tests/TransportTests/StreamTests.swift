import Foundation
import Testing
import Transport

@Suite(.timeLimit(.minutes(3)))
struct StreamTests {
    let server = TestServer.shared
    let client = HTTPClient()

    @Test func `events arrive while the server ticks, and leaving ends the transfer`() async throws {
        let name = uniqueName()
        var parser = ServerSentEvents()
        var events: [ServerSentEvent] = []
        do {
            for try await event in client.stream(HTTPRequest(url: server.url("events?name=\(name)"))) {
                switch event {
                case .head(let status, let headers):
                    #expect(status == 200)
                    #expect(headers.contains { $0 == ("content-type", "text/event-stream") })
                case .chunk(let bytes): events += try parser.take(bytes)
                }
                if events.count >= 20 { break }
            }
        }
        #expect(events.map(\.data) == events.indices.map { "tick \($0)" })
        #expect(parser.lastEventID == "\(events.count - 1)")
        try await server.waits(for: "\(name)-gone", by: client)
    }

    @Test func `cancelling the reader ends the transfer`() async throws {
        let name = uniqueName()
        let request = HTTPRequest(url: server.url("stall?name=\(name)"))
        let task = Task { await transportError { for try await _ in client.stream(request) {} } }
        try await server.waits(for: "\(name)-open", by: client)
        task.cancel()
        #expect(await task.value?.code == .cancelled)
        try await server.waits(for: "\(name)-gone", by: client)
    }

    @Test func `a stream nobody reads is ended with its last reference`() async throws {
        let name = uniqueName()
        var stream: AsyncThrowingStream<StreamEvent, any Error>? = client.stream(
            HTTPRequest(url: server.url("stall?name=\(name)")))
        try await server.waits(for: "\(name)-open", by: client)
        #expect(stream != nil)
        stream = nil
        try await server.waits(for: "\(name)-gone", by: client)
    }

    @Test func `a slow reader stops the server, and loses nothing`() async throws {
        let (name, size) = (uniqueName(), 64 << 20)
        var iterator = client.stream(HTTPRequest(url: server.url("flood?name=\(name)&size=\(size)")))
            .makeAsyncIterator()
        guard case .head = try await iterator.next() else { throw Unexpected() }
        try await server.waits(for: "\(name)-blocked", by: client)
        let sent = try await server.count("\(name)-sent", by: client)
        #expect(sent < size / 2)
        var count = 0
        let pattern = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0) }
        while case .chunk(let bytes) = try await iterator.next() {
            try #require(bytes.count <= pattern.count - 256)
            // By memcmp: element by element takes half a minute in a debug build.
            #expect(memcmp(bytes, Array(pattern[(count % 256)...]), bytes.count) == 0)
            count += bytes.count
        }
        #expect(count == size)
    }

    struct Unexpected: Error {}

    @Test func `an encoded stream survives a small buffer`() async throws {
        var configuration = HTTPClient.Configuration()
        configuration.streamBufferSizeLimit = 1000
        let client = HTTPClient(configuration: configuration)
        var count = 0
        for try await event in client.stream(HTTPRequest(url: server.url("bomb"))) {
            if case .chunk(let bytes) = event { count += bytes.count }
        }
        #expect(count == 64 << 20)
    }

    @Test func `a stream that breaks off gives what came, then the error`() async {
        var bytes: [UInt8] = []
        let error = await transportError {
            for try await event in client.stream(HTTPRequest(url: server.url("drop"))) {
                if case .chunk(let chunk) = event { bytes += chunk }
            }
        }
        #expect(bytes == Array("half".utf8))
        #expect(error?.code == .interrupted)
    }

    @Test func `a stream stalls only where a limit is set`() async throws {
        var configuration = HTTPClient.Configuration()
        configuration.streamStall = HTTPClient.StallLimit(bytesPerSecond: 1, seconds: 1)
        let client = HTTPClient(configuration: configuration)
        let request = HTTPRequest(url: server.url("stall?name=\(uniqueName())"))
        let error = await transportError { for try await _ in client.stream(request) {} }
        #expect(error?.code == .stalled)
    }
}
