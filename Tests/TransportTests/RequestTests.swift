import Foundation
import Testing
import Transport

@Suite(.timeLimit(.minutes(3)))
struct RequestTests {
    let server = TestServer.shared
    let client = HTTPClient()

    @Test func `many requests share one connection`() async throws {
        var connections: Set<String> = []
        for _ in 0..<50 {
            let response = try await client.send(HTTPRequest(url: server.url("ping")))
            #expect(response.status == 200)
            #expect(response.text == "pong")
            connections.insert(try #require(response.header("X-Connection")))
        }
        #expect(connections.count == 1)
    }

    @Test func `a hundred requests run at once`() async throws {
        let texts = try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<100 {
                group.addTask {
                    let body = Array("number \(number)".utf8)
                    let request = HTTPRequest(method: "POST", url: server.url("echo"), body: body)
                    return try await client.send(request).text
                }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(texts == Set((0..<100).map { "number \($0)" }))
    }

    @Test func `requests beyond the connection limit wait for a free one`() async throws {
        var configuration = HTTPClient.Configuration()
        configuration.connectionCountLimit = 2
        let client = HTTPClient(configuration: configuration)
        let connections = try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<20 {
                group.addTask { try await client.send(HTTPRequest(url: server.url("ping"))).header("x-connection") }
            }
            return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
        }
        #expect(connections.count <= 2)
    }

    @Test(arguments: ["gzip", "deflate"] + (Shell.has("zstd") ? ["zstd"] : []))
    func `an encoded answer is decoded`(kind: String) async throws {
        let response = try await client.send(HTTPRequest(url: server.url("encoded?kind=\(kind)")))
        #expect(response.header("content-encoding") == kind)
        #expect(response.text == String(repeating: "the quick brown fox ", count: 1000))
    }

    @Test(arguments: [0, 1, 16_383, 1 << 20, 20 << 20])
    func `a body comes back as it was sent`(size: Int) async throws {
        let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        let response = try await client.send(HTTPRequest(method: "POST", url: server.url("echo"), body: body))
        #expect(response.body == body)
    }

    struct Seen: Decodable {
        let method: String
        let headers: [[String]]
        let size: Int

        func values(_ name: String) -> [String] {
            headers.filter { $0.first?.lowercased() == name }.compactMap(\.last)
        }
    }

    @Test(arguments: ["GET", "POST", "PUT", "PATCH", "DELETE"], [0, 3000])
    func `the server sees the method and the body's size`(method: String, size: Int) async throws {
        let body = [UInt8](repeating: 7, count: size)
        let response = try await client.send(HTTPRequest(method: method, url: server.url("request"), body: body))
        let seen = try JSONDecoder().decode(Seen.self, from: Data(response.body))
        #expect(seen.method == method)
        #expect(seen.size == size)
        #expect(seen.values("expect").isEmpty)
        #expect(seen.values("content-type").isEmpty)
    }

    @Test func `a HEAD has no body`() async throws {
        let response = try await client.send(HTTPRequest(method: "HEAD", url: server.url("plain?size=5000")))
        #expect(response.header("content-length") == "5000")
        #expect(response.body.isEmpty)
    }

    @Test func `headers arrive in order and whole`() async throws {
        var configuration = HTTPClient.Configuration()
        configuration.userAgent = "probe/1"
        let request = HTTPRequest(
            url: server.url("request"),
            headers: [("X-One", "a"), ("X-Two", ""), ("x-one", "b: c;d"), ("Content-Type", "text/plain")])
        let response = try await HTTPClient(configuration: configuration).send(request)
        let seen = try JSONDecoder().decode(Seen.self, from: Data(response.body))
        #expect(seen.values("x-one") == ["a", "b: c;d"])
        #expect(seen.values("x-two") == [""])
        #expect(seen.values("content-type") == ["text/plain"])
        #expect(seen.values("user-agent") == ["probe/1"])
    }

    @Test func `a redirect is an answer, not followed`() async throws {
        let response = try await client.send(HTTPRequest(url: server.url("redirect")))
        #expect(response.status == 302)
        #expect(response.header("location") == "/ping")
    }

    @Test(arguments: [
        HTTPRequest(method: "GET /", url: "http://127.0.0.1/"),
        HTTPRequest(url: "http://127.0.0.1/", headers: [("a b", "c")]),
        HTTPRequest(url: "http://127.0.0.1/", headers: [("a", "b\r\nHost: other")]),
        HTTPRequest(url: "http://127.0.0.1/", headers: [("a", "b\nc")]),
        HTTPRequest(url: "http://127.0.0.1/", headers: [("a", "b\0c")]),
        HTTPRequest(url: "http://127.0.0.1/", headers: [("Content-Length", "1")]),
        HTTPRequest(url: "http://127.0.0.1\0.example/"),
        HTTPRequest(url: "ftp://127.0.0.1/"),
        HTTPRequest(url: "file:///etc/passwd"),
        HTTPRequest(url: "/relative"),
        HTTPRequest(url: "http://127.0.0.1:99999/"),
        HTTPRequest(url: ""),
    ])
    func `a request that breaks the rules is refused unsent`(request: HTTPRequest) async {
        let sending = await transportError { _ = try await client.send(request) }
        #expect(sending?.code == .invalidRequest)
        let streaming = await transportError { for try await _ in client.stream(request) {} }
        #expect(streaming?.code == .invalidRequest)
    }
}
