import Foundation
import Testing
import Transport

@Suite(.timeLimit(.minutes(3)))
struct LimitTests {
    let server = TestServer.shared
    let client = HTTPClient()

    @Test func `a refused connection is unreachable and says so without secrets`() async throws {
        let url = "http://user:hunter2@127.0.0.1:\(server.refusingPort)/path?token=hunter2"
        let error = try #require(await transportError { _ = try await client.send(HTTPRequest(url: url)) })
        #expect(error.code == .unreachable)
        #expect(error.cause?.code == 7)
        #expect(error.description.contains("127.0.0.1:\(server.refusingPort)"))
        #expect(!error.description.contains("hunter2"))
        #expect(!error.description.contains("path"))
    }

    @Test func `a name without address is told apart`() async {
        let error = await transportError { _ = try await client.send(HTTPRequest(url: "http://nobody.invalid/")) }
        #expect(error?.code == .resolve)
    }

    @Test func `a connection that hangs is given up after the connect limit`() async throws {
        var configuration = HTTPClient.Configuration()
        configuration.connectTimeout = .milliseconds(200)
        let client = HTTPClient(configuration: configuration)
        let url = "http://127.0.0.1:\(server.fullPort)/"
        let error = await transportError { _ = try await client.send(HTTPRequest(url: url)) }
        #expect(error?.code == .unreachable)
        #expect(error?.cause?.code == 28)
    }

    @Test func `a stalled server is given up after the limit`() async throws {
        var configuration = HTTPClient.Configuration()
        configuration.stall = HTTPClient.StallLimit(bytesPerSecond: 100, seconds: 1)
        let client = HTTPClient(configuration: configuration)
        for path in ["silent", "stall"] {
            let request = HTTPRequest(url: server.url("\(path)?name=\(uniqueName())"))
            let error = await transportError { _ = try await client.send(request) }
            #expect(error?.code == .stalled)
        }
    }

    @Test func `the total time ends a request`() async throws {
        var configuration = HTTPClient.Configuration()
        configuration.totalTimeout = .milliseconds(300)
        let client = HTTPClient(configuration: configuration)
        let request = HTTPRequest(url: server.url("silent?name=\(uniqueName())"))
        let error = await transportError { _ = try await client.send(request) }
        #expect(error?.code == .timeout)
    }

    @Test func `a body over the limit is refused, one at the limit is not`() async throws {
        var configuration = HTTPClient.Configuration()
        configuration.bodySizeLimit = 100_000
        let client = HTTPClient(configuration: configuration)
        let whole = try await client.send(HTTPRequest(url: server.url("plain?size=100000")))
        #expect(whole.body.count == 100_000)
        for path in ["plain?size=100001", "bomb"] {
            let error = await transportError { _ = try await client.send(HTTPRequest(url: server.url(path))) }
            #expect(error?.code == .tooLarge)
        }
    }

    @Test func `a connection that breaks off is told from a whole answer`() async {
        let error = await transportError { _ = try await client.send(HTTPRequest(url: server.url("drop"))) }
        #expect(error?.code == .interrupted)
    }

    @Test func `a cancelled request ends at once, though the server is silent`() async throws {
        let name = uniqueName()
        let clock = ContinuousClock()
        var times: [Duration] = []
        for number in 1...20 {
            let request = HTTPRequest(url: server.url("silent?name=\(name)"))
            let task = Task { await transportError { _ = try await client.send(request) } }
            try await server.waits(for: "\(name)-open", times: number, by: client)
            let start = clock.now
            task.cancel()
            let error = await task.value
            times.append(clock.now - start)
            #expect(error?.code == .cancelled)
        }
        try await server.waits(for: "\(name)-gone", times: 20, by: client)
        // How soon is told, not judged: beside busy tests it is a matter of the scheduler. A stall would take 30 seconds.
        times.sort()
        print("cancelled within \(times[times.count / 2]) (median), \(times[times.count - 1]) (longest)")
        #expect(times.allSatisfy { $0 < .seconds(10) })
    }

    @Test func `a request in a cancelled task is not sent`() async throws {
        let request = HTTPRequest(url: server.url("silent?name=\(uniqueName())"))
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await transportError { _ = try await client.send(request) }
        }
        #expect(await task.value?.code == .cancelled)
    }

    @Test func `closing fails what is open and what comes later`() async throws {
        let name = uniqueName()
        let closing = HTTPClient()
        let tasks = (0..<10).map { _ in
            Task {
                await transportError {
                    _ = try await closing.send(HTTPRequest(url: server.url("silent?name=\(name)")))
                }
            }
        }
        let stream = closing.stream(HTTPRequest(url: server.url("silent?name=\(name)")))
        try await server.waits(for: "\(name)-open", times: 11, by: client)
        closing.close()
        closing.close()
        for task in tasks { #expect(await task.value?.code == .closed) }
        #expect(await transportError { for try await _ in stream {} }?.code == .closed)
        let later = await transportError { _ = try await closing.send(HTTPRequest(url: server.url("ping"))) }
        #expect(later?.code == .closed)
    }

    @Test func `clients come and go`() async throws {
        for _ in 0..<50 {
            let response = try await HTTPClient().send(HTTPRequest(url: server.url("ping")))
            #expect(response.status == 200)
        }
    }
}
