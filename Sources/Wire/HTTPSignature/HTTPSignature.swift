public import Crypto
import RawStructuredFieldValues

/// Signs HTTP messages with Ed25519 and verifies them (RFC 9421), bodies included (RFC 9530).
///
///     let added = try HTTPSignature.sign(request: request, parameters: parameters, key: replicaKey)
///     let signed = request.adding(added)                        // the node sends this …
///     let who = try HTTPSignature.verify(request: signed) { keys[$0] }      // … the hub verifies it
///
/// What is covered is fixed, and a verifier takes no less, no more and no other order. For a request:
///
///     "@method": POST
///     "@path": /sync/v1/exchange
///     "@query": ?
///     "content-digest": sha-256=:…:
///     "content-type": application/octet-stream
///     "jilian-hub": …
///     "jilian-replica": …
///     "@signature-params": ("@method" … "jilian-replica");created=…;nonce="…";keyid="…";alg="ed25519";tag="…"
///
/// For a response, the last component but `@signature-params` being the request's signature, so that an answer to one
/// request is no answer to another:
///
///     "@status": 200
///     "content-digest": sha-256=:…:
///     "content-type": application/octet-stream
///     "signature";req;key="sig": :…:
///     "@signature-params": ("@status" "content-digest" "content-type" "signature";req;key="sig");created=…;…
///
/// The lines are joined by one line feed; the last has none. `@query` is `?` alone where there is no query.
///
/// Whether a rightly signed message is fresh is for ``ReplayWindow`` to say, which key belongs to whom for the caller.
public enum HTTPSignature {
    /// Names the signature in Signature-Input and Signature.
    public static let label = "sig"
    /// The `tag` of the signature, which says that it was made for this protocol.
    public static let tag = "jilian-sync-1"
    /// The most bytes that a covered field, the path, the query, Signature-Input or Signature may have.
    public static let componentSizeLimit = 4096

    /// Signs a request.
    ///
    /// The request must have Content-Type, Jilian-Hub and Jilian-Replica and none of the fields that are returned. One
    /// without a body has the Content-Type `application/octet-stream`, and the digest of no bytes.
    ///
    /// - Returns: the fields to add: Content-Digest, Signature-Input and Signature.
    /// - Throws: `missingComponent`, `malformed`, `wrongParameters`, `signingFailed`.
    public static func sign(
        request: HTTPMessageParts, parameters: SignatureParameters, key: Curve25519.Signing.PrivateKey
    ) throws(HTTPSignatureError) -> [(name: String, value: String)] {
        try sign(request, answering: nil, covering: CoveredComponent.ofRequest, parameters, key)
    }

    /// Signs the response to a request that was verified; the response must have a Content-Type.
    ///
    /// - Parameter request: as it came, with its signature.
    /// - Returns: the fields to add: Content-Digest, Signature-Input and Signature.
    /// - Throws: as for a request; `missingComponent` also where the request bears no signature.
    public static func sign(
        response: HTTPMessageParts, to request: HTTPMessageParts, parameters: SignatureParameters,
        key: Curve25519.Signing.PrivateKey
    ) throws(HTTPSignatureError) -> [(name: String, value: String)] {
        try sign(response, answering: request, covering: CoveredComponent.ofResponse, parameters, key)
    }

    /// Verifies a request: first its signature, then that the body is the one signed.
    ///
    /// - Parameter key: the public key for a key id, `nil` where there is none that may be used.
    /// - Returns: what the signature says of itself; all of it is covered by the signature.
    /// - Throws: ``HTTPSignatureError`` with any code but `signingFailed`. No input traps.
    /// - Complexity: O(*headers* + *body*), and what a structured field of ``componentSizeLimit`` bytes costs to parse.
    public static func verify(
        request: HTTPMessageParts, key: (String) -> Curve25519.Signing.PublicKey?
    ) throws(HTTPSignatureError) -> SignatureParameters {
        try verify(request, answering: nil, covering: CoveredComponent.ofRequest, key)
    }

    /// Verifies a response and that it answers `request`; otherwise like the verification of a request.
    ///
    /// - Parameter request: the request as it was sent, with its signature, which isn't verified anew.
    public static func verify(
        response: HTTPMessageParts, to request: HTTPMessageParts, key: (String) -> Curve25519.Signing.PublicKey?
    ) throws(HTTPSignatureError) -> SignatureParameters {
        try verify(response, answering: request, covering: CoveredComponent.ofResponse, key)
    }

    private static func sign(
        _ message: HTTPMessageParts, answering request: HTTPMessageParts?, covering components: [CoveredComponent],
        _ parameters: SignatureParameters, _ key: Curve25519.Signing.PrivateKey
    ) throws(HTTPSignatureError) -> [(name: String, value: String)] {
        for name in [ContentDigest.name, "signature-input", "signature"] where message.hasField(name) {
            throw .malformed(name, .duplicate)
        }
        let digest = [(name: "Content-Digest", value: try ContentDigest.field(of: message.body))]
        let input = try parameters.input(covering: components)
        let base = try SignatureBase(
            of: message.adding(digest), answering: request, covering: components, input: input)
        let signature = StructuredField.item(try sign(base, key))
        return digest + [
            ("Signature-Input", try StructuredField.serialise([label: .innerList(input)], name: "signature-input")),
            ("Signature", try StructuredField.serialise([label: .item(signature)], name: "signature")),
        ]
    }

    private static func sign(
        _ base: SignatureBase, _ key: Curve25519.Signing.PrivateKey
    ) throws(HTTPSignatureError) -> [UInt8] {
        do { return Array(try key.signature(for: base.bytes)) } catch { throw .signingFailed(cause: error) }
    }

    private static func verify(
        _ message: HTTPMessageParts, answering request: HTTPMessageParts?, covering components: [CoveredComponent],
        _ key: (String) -> Curve25519.Signing.PublicKey?
    ) throws(HTTPSignatureError) -> SignatureParameters {
        let signature = try MessageSignature(of: message)
        let parameters = try SignatureParameters(signature.input, covering: components)
        let base = try SignatureBase(
            of: message, answering: request, covering: components, input: signature.input)
        guard let publicKey = key(parameters.keyID) else { throw .unknownKey }
        guard publicKey.isValidSignature(signature.bytes, for: base.bytes) else { throw .badSignature }
        try ContentDigest.check(message)
        return parameters
    }
}
