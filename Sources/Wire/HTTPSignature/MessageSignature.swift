import RawStructuredFieldValues

/// The signature labelled `sig` of a message: its member of Signature-Input and its 64 bytes of Signature.
struct MessageSignature {
    static let size = 64

    let input: InnerList
    let bytes: [UInt8]

    /// Reads both fields. Signatures of others under other labels are left alone, but one that bears this protocol's
    /// tag under another label is refused: there is exactly one.
    init(of message: HTTPMessageParts) throws(HTTPSignatureError) {
        input = try Self.input(of: message)
        bytes = try Self.bytes(of: message)
    }

    /// The bytes of Signature's member `sig`.
    static func bytes(of message: HTTPMessageParts) throws(HTTPSignatureError) -> [UInt8] {
        let signatures = try StructuredField.dictionary("signature", of: message)
        return try StructuredField.bytes(signatures[HTTPSignature.label], count: size, name: "signature")
    }

    private static func input(of message: HTTPMessageParts) throws(HTTPSignatureError) -> InnerList {
        let name = "signature-input"
        var found: InnerList?
        for (label, member) in try StructuredField.dictionary(name, of: message) {
            guard case .innerList(let input) = member else { throw .malformed(name, .notStructured) }
            if label == HTTPSignature.label {
                found = input
            } else if SignatureParameters.isOurs(input) {
                throw .malformed(name, .duplicate)
            }
        }
        guard let found else { throw .missingComponent(name) }
        return found
    }
}
