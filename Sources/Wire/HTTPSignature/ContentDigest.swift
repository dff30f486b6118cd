import Crypto
import RawStructuredFieldValues

/// The Content-Digest field (RFC 9530) with the one algorithm that this protocol has: `sha-256=:…:`.
enum ContentDigest {
    static let name = "content-digest"
    private static let algorithm = "sha-256"

    /// The field's value for a body.
    static func field(of body: [UInt8]) throws(HTTPSignatureError) -> String {
        let digest = StructuredField.item(SHA256.hash(data: body))
        return try StructuredField.serialise([algorithm: .item(digest)], name: name)
    }

    /// Refuses a message whose body isn't the one that its Content-Digest was made of.
    static func check(_ message: HTTPMessageParts) throws(HTTPSignatureError) {
        let digests = try StructuredField.dictionary(name, of: message)
        guard digests.count == 1 else { throw .malformed(name, .notOneDigest) }
        let digest = try StructuredField.bytes(digests[algorithm], count: SHA256.byteCount, name: name)
        guard SHA256.hash(data: message.body) == digest else { throw .digestMismatch }
    }
}
