import Foundation
import Testing
import Transport

/// Proxies come from the environment, which belongs to the whole process: each test has one of its own.
@Suite(.timeLimit(.minutes(3)))
struct ProxyTests {
    @Test func `plain requests go through http_proxy`() async {
        await #expect(processExitsWith: .success) {
            let proxy = try TestServer()
            setenv("http_proxy", "http://127.0.0.1:\(proxy.port)", 1)
            setenv("no_proxy", "127.0.0.1", 1)
            let client = HTTPClient()
            let response = try await client.send(HTTPRequest(url: "http://behind.invalid/secret"))
            #expect(response.text == "proxied GET behind.invalid")
            #expect(try await client.send(HTTPRequest(url: proxy.url("ping"))).text == "pong")
        }
    }

    @Test func `a proxy that refuses a tunnel leaves the server unreached`() async {
        await #expect(processExitsWith: .success) {
            let proxy = try TestServer()
            setenv("https_proxy", "http://127.0.0.1:\(proxy.port)", 1)
            let error = await transportError {
                _ = try await HTTPClient().send(HTTPRequest(url: "https://behind.invalid/"))
            }
            #expect(error?.code == .unreachable)
            #expect(error?.description.contains("403") == true)
        }
    }
}
