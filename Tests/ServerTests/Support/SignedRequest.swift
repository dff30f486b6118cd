import Alliance
import CRDT
import Crypto
import Logging
import Replica
import Store
import Sync
import Testing
import Transport
import Wire

/// A request as a node signs it, with whatever a test makes of that.
struct SignedRequest {
    var method = "POST"
    var path = "/sync/v1/exchange"
    var body: [UInt8] = []
    var fingerprint: String
    var replica: String
    var keyID: String
    var key: Curve25519.Signing.PrivateKey
    /// Seconds by which it is signed ahead of this machine's clock.
    var ahead: Int64 = 0
    var nonce = String(UInt64.random(in: .min ... .max), radix: 16)

    init(_ node: OpenReplica, _ method: String = "POST", _ path: String = "/sync/v1/exchange", body: [UInt8] = [])
        throws
    {
        let state = try node.state()
        let hubKey = try Curve25519.Signing.PublicKey(rawRepresentation: state.hubKey)
        self.method = method
        self.path = path
        self.body = body
        fingerprint = HubFingerprint(of: hubKey).description
        replica = state.replica.description
        keyID = state.node.description
        key = node.key
    }

    func parts() throws -> (parts: HTTPMessageParts, headers: [(name: String, value: String)]) {
        let headers = [
            ("content-type", method == "POST" ? "application/x-protobuf" : "application/octet-stream"),
            ("jilian-hub", fingerprint), ("jilian-replica", replica),
        ]
        let parts = HTTPMessageParts.request(method: method, path: path, query: "", headers: headers, body: body)
        let created = Int64(World.wall / 1000) + ahead
        let signature = try HTTPSignature.sign(
            request: parts, parameters: SignatureParameters(created: created, nonce: nonce, keyID: keyID), key: key)
        return (parts.adding(signature), headers.map { (name: $0.0, value: $0.1) } + signature)
    }

    func request(to address: String) throws -> HTTPRequest {
        HTTPRequest(method: method, url: address + path, headers: try parts().headers, body: body)
    }
}

/// An answer of the hub, and whether the hub signed it as the answer to this request.
struct Answer {
    let response: HTTPResponse
    let isSigned: Bool

    var status: Int { response.status }
    var refusal: Refusal? { try? Refusal(bytes: response.body) }
    var code: Refusal.Code? { refusal?.code }
}

extension TestAlliance {
    func send(_ request: SignedRequest, by client: HTTPClient) async throws -> Answer {
        let (parts, headers) = try request.parts()
        let response = try await client.send(
            HTTPRequest(
                method: request.method, url: server.address + request.path, headers: headers, body: request.body))
        let signed = HTTPMessageParts.response(status: response.status, headers: response.headers, body: response.body)
        let isSigned = (try? HTTPSignature.verify(response: signed, to: parts) { _ in hub.key.publicKey }) != nil
        return Answer(response: response, isSigned: isSigned)
    }

    /// Waits until the hub takes requests: not while its predecessor may have seen them.
    func settled(_ node: OpenReplica, _ client: HTTPClient) async throws {
        try await eventually("a request that the hub takes") {
            try await send(SignedRequest(node, "GET", "/sync/v1/snapshot"), by: client).status == 200
        }
    }
}
