import Foundation
import Logging
@testable import Node
import Replica
import Transport

/// A node that serves its API on a free port of this process.
final class TestNode: Sendable {
    let alliance: TestAlliance
    let replica: OpenReplica
    let server: Running
    let client = HTTPClient()

    init(_ replica: OpenReplica, of alliance: TestAlliance, _ logger: Logger = .silent) async throws {
        self.alliance = alliance
        self.replica = replica
        let server = try NodeServer(replica, options: TestAlliance.anywhere, caFile: nil, logger: logger)
        self.server = try await Running { ready in
            try await server.run { address, _ in ready(address) }
        }
    }

    /// The token of its API, as a program of this user finds it.
    var token: String {
        get throws {
            try String(contentsOfFile: replica.folder + "/api-token", encoding: .utf8)
                .trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }

    struct Answer {
        let status: Int
        let json: JSON?
        var code: String? { json?["error"]?["code"]?.text }
        /// Whether an error says what it is in both languages.
        var isWorded: Bool {
            json?["error"]?["zh"]?.text?.isEmpty == false && json?["error"]?["en"]?.text?.isEmpty == false
        }
    }

    func call(
        _ method: String, _ path: String, _ body: [UInt8] = [], headers: [(name: String, value: String)] = []
    ) async throws -> Answer {
        var headers = headers
        if !headers.contains(where: { $0.name == "Authorization" }) {
            headers.append(("Authorization", "Bearer \(try token)"))
        }
        let response = try await client.send(
            HTTPRequest(method: method, url: server.address + path, headers: headers, body: body))
        return Answer(status: response.status, json: JSON(bytes: response.body))
    }

    func call(_ method: String, _ path: String, _ json: JSON) async throws -> Answer {
        try await call(method, path, Array(json.serialised().utf8), headers: [("content-type", "application/json")])
    }
}

extension JSON {
    var items: [JSON] { if case .array(let items) = self { items } else { [] } }
}
