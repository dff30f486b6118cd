import Alliance
import CRDT
import Crypto
import Replica
import Sync
import Transport
import Wire

/// Why the hub's word could not be had, for a person.
struct Unreachable: Error {
    let phrase: Phrase
    /// Milliseconds that whoever answered asked to wait.
    var retryAfter: UInt64 = 0
}

/// Speaks to the hub: signs what it sends, and believes no answer that the hub's key has not signed.
struct HubClient: Sendable {
    let replica: OpenReplica
    let http: HTTPClient

    /// An answer that the hub signed.
    struct Answer: Sendable {
        let status: Int
        let body: [UInt8]
    }

    /// - Throws: `Unreachable`.
    func call(_ method: String, _ path: String, body: [UInt8] = []) async throws -> Answer {
        let answer = try await call(method, path, body: body, key: replica.key)
        // A hub that has not heard of a change of keys knows the one before.
        guard answer.status == 401, (try? Refusal(bytes: answer.body))?.code == .signature,
            let former = try replica.formerKeys().first
        else { return answer }
        return try await call(method, path, body: body, key: former)
    }

    private func call(
        _ method: String, _ path: String, body: [UInt8], key: Curve25519.Signing.PrivateKey
    ) async throws -> Answer {
        let state = try replica.state()
        let type = method == "POST" ? "application/x-protobuf" : "application/octet-stream"
        let request = try signed(method, path, body: body, type: type, state, key)
        let response: HTTPResponse
        do {
            response = try await http.send(
                HTTPRequest(method: method, url: state.hubURL + path, headers: request.headers, body: body))
        } catch {
            throw Unreachable(
                phrase: Phrase(
                    "连不上中心（\(error.zh)）；本机照常工作，改动已存好，会自动重发。",
                    "The hub can't be reached: \(error.message) Work goes on here; your edits are safe and are sent by themselves."
                ))
        }
        try verify(response, to: request.parts, state)
        return Answer(status: response.status, body: response.body)
    }

    /// The signed request for the stream of events.
    func eventsRequest() throws -> HTTPRequest {
        let state = try replica.state()
        let path = "/sync/v1/events"
        let request = try signed("GET", path, body: [], type: "application/octet-stream", state, replica.key)
        return HTTPRequest(method: "GET", url: state.hubURL + path, headers: request.headers)
    }

    private func signed(
        _ method: String, _ path: String, body: [UInt8], type: String, _ state: ReplicaState,
        _ key: Curve25519.Signing.PrivateKey
    ) throws -> (headers: [(name: String, value: String)], parts: HTTPMessageParts) {
        let hubKey = try Curve25519.Signing.PublicKey(rawRepresentation: state.hubKey)
        var headers: [(name: String, value: String)] = [
            ("content-type", type), ("jilian-hub", HubFingerprint(of: hubKey).description),
            ("jilian-replica", state.replica.description),
        ]
        // The hub takes requests that are a little old, but none from its future.
        let now = Int64(clamping: World.wall) + state.hubOffset
        let parameters = SignatureParameters(
            created: max(0, now / 1000),
            nonce: "\(UInt64.random(in: .min ... .max))-\(UInt64.random(in: .min ... .max))",
            keyID: state.node.description)
        let parts = HTTPMessageParts.request(method: method, path: path, query: "", headers: headers, body: body)
        let signature = try HTTPSignature.sign(request: parts, parameters: parameters, key: key)
        headers += signature
        return (headers, parts.adding(signature))
    }

    private func verify(_ response: HTTPResponse, to request: HTTPMessageParts, _ state: ReplicaState) throws {
        let hubKey = try Curve25519.Signing.PublicKey(rawRepresentation: state.hubKey)
        do {
            _ = try HTTPSignature.verify(
                response: .response(status: response.status, headers: response.headers, body: response.body),
                to: request
            ) { keyID in keyID == "hub" ? hubKey : nil }
        } catch {
            let wait = response.header("retry-after").flatMap { UInt64($0) } ?? 0
            throw Unreachable(
                phrase: Phrase(
                    "应答的不是本联盟的中心（HTTP \(response.status)，无有效签名），未采用；请检查地址或代理。",
                    "What answered is not this alliance's hub (HTTP \(response.status), no valid signature) and was not believed; check the address or the proxy."
                ),
                retryAfter: min(wait, 300) * 1000)
        }
    }
}
