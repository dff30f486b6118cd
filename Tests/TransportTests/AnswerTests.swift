import Testing
import Transport

/// What a server may answer, in good faith or bad.
@Suite(.timeLimit(.minutes(3)))
struct AnswerTests {
    let server = TestServer.shared
    let client = HTTPClient()

    /// What the client makes of `bytes` as an answer.
    private func answer(_ bytes: [UInt8]) async throws -> HTTPResponse {
        try await client.send(HTTPRequest(method: "POST", url: server.url("raw"), body: bytes))
    }

    @Test func `header values with odd bytes are kept`() async throws {
        let head =
            "HTTP/1.1 200 OK\r\nX-Utf: ж\r\nX-Tight:a\r\nX-Wide: \t b\tc \r\nX-Empty:\r\nX-Same: 1\r\nx-same: 2\r\n"
        let latin = Array("X-Latin: ".utf8) + [0xE9, 0xFF, 0x01] + Array("\r\nContent-Length: 2\r\n\r\nok".utf8)
        let response = try await answer(Array(head.utf8) + latin)
        #expect(response.header("x-utf") == "ж")
        #expect(response.header("X-Tight") == "a")
        #expect(response.header("x-wide") == "b\tc")
        #expect(response.header("x-empty") == "")
        #expect(response.header("x-latin") == "\u{E9}\u{FF}\u{1}")
        #expect(response.headers.filter { $0.name == "x-same" }.map(\.value) == ["1", "2"])
        #expect(response.text == "ok")
    }

    @Test func `an early hint is not the answer, and a trailer is no header`() async throws {
        let response = try await answer(
            Array(
                """
                HTTP/1.1 103 Early Hints\r\nLink: early\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r
                2\r\nok\r\n0\r\nX-Trailer: late\r\n\r\n
                """.utf8))
        #expect(response.status == 200)
        #expect(response.headers.map(\.name) == ["transfer-encoding"])
        #expect(response.text == "ok")
    }

    @Test(arguments: [
        "no HTTP at all",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Encoding: gzip\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Encoding: unheard-of\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
        "HTTP/1.1 20\r\n\r\n",
        "HTTP/9.9 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        "HTTP/1.1 200 OK\r\n: nameless\r\nno colon\r\n\r\n",
        "HTTP/1.1 999 \u{1F}\r\n\r\n",
        "",
    ])
    func `a broken answer is an error or an answer, never a trap`(text: String) async {
        let sending = await transportError { _ = try await answer(Array(text.utf8)) }
        if let sending { #expect([.malformed, .interrupted, .tooLarge].contains(sending.code), "\(sending)") }
    }

    @Test func `random answers never trap`() async {
        var seed: UInt64 = 0x5EED
        func random() -> UInt64 {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return seed >> 33
        }
        let whole = Array("HTTP/1.1 200 OK\r\nX-A: b\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n".utf8)
        for _ in 0..<200 {
            var bytes = whole
            for _ in 0...(random() % 4) { bytes[Int(random()) % bytes.count] = UInt8(truncatingIfNeeded: random()) }
            let error = await transportError { _ = try await answer(bytes) }
            #expect(error?.code != .failed, "\(error?.description ?? "") for \(bytes)")
        }
    }

    @Test func `too many headers are refused`() async {
        let error = await transportError {
            let field = "X-Filler: \(String(repeating: "a", count: 40_000))\r\n"
            let fields = String(repeating: field, count: 7)
            _ = try await answer(Array("HTTP/1.1 200 OK\r\n\(fields)\r\n".utf8))
        }
        #expect(error?.code == .tooLarge)
    }
}
