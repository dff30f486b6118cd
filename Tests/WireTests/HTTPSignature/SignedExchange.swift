import Crypto
import Wire

/// A generator that replays from its seed (SplitMix64).
struct SignatureFuzzGenerator: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// A message that can be changed part by part, and the parts that ``HTTPSignature`` takes.
struct TestMessage {
    var method = "POST"
    var path = "/sync/v1/exchange"
    var query = "page=2"
    var status = 200
    var headers: [(name: String, value: String)]
    var body: [UInt8]

    var request: HTTPMessageParts {
        .request(method: method, path: path, query: query, headers: headers, body: body)
    }
    var response: HTTPMessageParts { .response(status: status, headers: headers, body: body) }

    subscript(name: String) -> String {
        get { headers.first { $0.name.lowercased() == name }?.value ?? "" }
        set { headers = headers.map { $0.name.lowercased() == name ? ($0.name, newValue) : $0 } }
    }

    mutating func drop(_ name: String) { headers.removeAll { $0.name.lowercased() == name } }
}

/// One request and its response, rightly signed.
struct SignedExchange {
    static let nodeKey = key(filledWith: 7)
    static let hubKey = key(filledWith: 9)
    static let parameters = SignatureParameters(created: 1_700_000_000, nonce: "n-1", keyID: "node")
    static let hubParameters = SignatureParameters(created: 1_700_000_001, nonce: "n-2", keyID: "hub")

    var request = TestMessage(
        headers: [
            ("Host", "hub.example"), ("Content-Type", "application/octet-stream"), ("Jilian-Hub", "hub-fingerprint"),
            ("Jilian-Replica", "replica-1"),
        ], body: Array("segments".utf8))
    var response = TestMessage(headers: [("Content-Type", "application/octet-stream")], body: Array("pages".utf8))

    init() throws {
        request.headers += try HTTPSignature.sign(
            request: request.request, parameters: Self.parameters, key: Self.nodeKey)
        response.headers += try HTTPSignature.sign(
            response: response.response, to: request.request, parameters: Self.hubParameters, key: Self.hubKey)
    }

    static func key(filledWith byte: UInt8) -> Curve25519.Signing.PrivateKey {
        do { return try Curve25519.Signing.PrivateKey(rawRepresentation: [UInt8](repeating: byte, count: 32)) } catch {
            preconditionFailure("32 bytes are a key: \(error)")
        }
    }

    static func publicKey(of id: String) -> Curve25519.Signing.PublicKey? {
        ["node": nodeKey, "hub": hubKey][id]?.publicKey
    }

    /// The code of the refusal, `nil` where it is accepted.
    static func refusal(ofRequest message: TestMessage) -> HTTPSignatureError.Code? {
        refusal { try HTTPSignature.verify(request: message.request, key: publicKey) }
    }

    static func refusal(ofResponse message: TestMessage, to request: TestMessage) -> HTTPSignatureError.Code? {
        refusal { try HTTPSignature.verify(response: message.response, to: request.request, key: publicKey) }
    }

    private static func refusal(_ verify: () throws -> SignatureParameters) -> HTTPSignatureError.Code? {
        do { _ = try verify() } catch { return (error as? HTTPSignatureError)?.code }
        return nil
    }
}
