import Foundation
import Testing
import Transport

/// Whom a client trusts, and the protocol it speaks with them.
@Suite(.timeLimit(.minutes(3)), .enabled(if: Shell.has("openssl")))
struct TrustTests {
    let certificate: Certificate
    let stranger: Certificate

    init() throws {
        certificate = try Certificate()
        stranger = try Certificate()
    }

    private func client(trusting file: String?, pin: String? = nil) -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        configuration.caFile = file
        configuration.pinnedPublicKey = pin
        return HTTPClient(configuration: configuration)
    }

    @Test func `a certificate is accepted from its CA file alone`() async throws {
        let server = try TestServer(certificate: certificate)
        let request = HTTPRequest(url: server.url("ping"))
        #expect(try await client(trusting: certificate.file).send(request).text == "pong")
        for file in [stranger.file, nil, "/nowhere/ca.pem"] {
            let client = client(trusting: file)
            #expect(await transportError { _ = try await client.send(request) }?.code == .tls)
        }
    }

    @Test func `a pinned key is accepted, another is not`() async throws {
        let server = try TestServer(certificate: certificate)
        let request = HTTPRequest(url: server.url("ping"))
        #expect(try await client(trusting: certificate.file, pin: certificate.pin).send(request).text == "pong")
        let wrong = client(trusting: certificate.file, pin: stranger.pin)
        #expect(await transportError { _ = try await wrong.send(request) }?.code == .pinMismatch)
        let broken = client(trusting: certificate.file, pin: "/etc/passwd")
        #expect(await transportError { _ = try await broken.send(request) }?.code == .invalidRequest)
    }

    @Test func `a plain server is no TLS server`() async throws {
        let client = client(trusting: certificate.file)
        let request = HTTPRequest(url: "https://127.0.0.1:\(TestServer.shared.port)/ping")
        #expect(await transportError { _ = try await client.send(request) }?.code == .tls)
    }

    @Test func `many requests over TLS share one connection`() async throws {
        let server = try TestServer(certificate: certificate)
        let client = client(trusting: certificate.file)
        var connections: Set<String?> = []
        for _ in 0..<20 {
            let request = HTTPRequest(method: "POST", url: server.url("echo"), body: Array("body".utf8))
            let response = try await client.send(request)
            #expect(response.text == "body")
            connections.insert(response.header("x-connection"))
        }
        #expect(connections.count == 1)
    }

    @Test(.enabled(if: Shell.has("node")))
    func `requests share one HTTP/2 connection, streams have their own`() async throws {
        let server = try TestServer(script: "http2.mjs", tool: "node", certificate: certificate)
        let client = client(trusting: certificate.file)
        let request = HTTPRequest(method: "POST", url: server.url(""), body: [UInt8](repeating: 1, count: 100_000))
        let answers = try await withThrowingTaskGroup(of: HTTPResponse.self) { group in
            for _ in 0..<50 { group.addTask { try await client.send(request) } }
            return try await group.reduce(into: [HTTPResponse]()) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0.header("x-version") == "2.0" && $0.text == "1" })
        for try await event in client.stream(request) {
            guard case .head(_, let headers) = event else { continue }
            #expect(headers.contains { $0 == ("x-version", "1.1") })
        }
    }
}
