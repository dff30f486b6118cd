import Foundation
import Transport

/// A server in a process of its own, which ends with this object or with the tests.
final class TestServer: Sendable {
    let scheme: String
    let port: Int
    /// A port where connecting hangs.
    let fullPort: Int
    /// A port where nobody listens.
    let refusingPort: Int
    private let process = Process()
    private let input: FileHandle

    /// One plain server for all tests that need none of their own.
    static let shared = try! TestServer()

    /// Starts `script` and waits for the line with its ports.
    init(script: String = "server.py", tool: String = "python3", certificate: Certificate? = nil) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        let (inputPipe, outputPipe) = (Pipe(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [tool, folder.appending(path: script).path]
        if let certificate { process.arguments? += [certificate.file, certificate.keyFile] }
        process.standardInput = inputPipe
        process.standardOutput = outputPipe
        try process.run()
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            guard let byte = try outputPipe.fileHandleForReading.read(upToCount: 1), !byte.isEmpty else { break }
            line += byte
        }
        let ports = try JSONDecoder().decode([String: Int].self, from: line)
        (port, fullPort, refusingPort) = (ports["open"] ?? 0, ports["full"] ?? 0, ports["refusing"] ?? 0)
        input = inputPipe.fileHandleForWriting
        scheme = certificate == nil ? "http" : "https"
    }

    deinit {
        try? input.close()
        process.waitUntilExit()
    }

    func url(_ path: String) -> String { "\(scheme)://127.0.0.1:\(port)/\(path)" }

    /// What the server counted under `name`.
    func count(_ name: String, by client: HTTPClient) async throws -> Int {
        let response = try await client.send(HTTPRequest(url: url("state?name=\(name)")))
        return Int(response.text) ?? -1
    }

    /// Asks until the server has counted `name` `times` times; the test's time limit bounds it.
    func waits(for name: String, times: Int = 1, by client: HTTPClient) async throws {
        while try await count(name, by: client) < times { try Task.checkCancellation() }
    }
}

extension HTTPResponse {
    var text: String { String(decoding: body, as: UTF8.self) }
}

/// A name for what a test does on the server, different in every call.
func uniqueName() -> String { UUID().uuidString }

/// The `TransportError` that `body` throws, nil when it throws none or another.
func transportError(_ body: () async throws -> Void) async -> TransportError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? TransportError
    }
}
