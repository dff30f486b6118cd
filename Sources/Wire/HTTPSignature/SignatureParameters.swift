import RawStructuredFieldValues

/// What a signature says of itself beside what it covers (RFC 9421 section 2.3).
///
/// Two more parameters are always there and never differ: `alg` is "ed25519", `tag` is "jilian-sync-1". All five are
/// covered by the signature, through the last line of the signature base.
public struct SignatureParameters: Hashable, Sendable {
    /// When the signature was made, in Unix seconds: 0 ... ``createdMax``.
    public var created: Int64
    /// Told by the signer, never twice within the window: 1 ... ``textSizeLimit`` bytes of printable ASCII.
    public var nonce: String
    /// Names the key that verifies: 1 ... ``textSizeLimit`` bytes of printable ASCII.
    public var keyID: String

    /// The largest integer that a structured field can hold.
    public static let createdMax: Int64 = 999_999_999_999_999
    /// The most bytes that a nonce or a key id may have.
    public static let textSizeLimit = 128

    public init(created: Int64, nonce: String, keyID: String) {
        self.created = created
        self.nonce = nonce
        self.keyID = keyID
    }
}

extension SignatureParameters {
    private static let tag = RFC9651BareItem.string(HTTPSignature.tag)
    private static let algorithm = RFC9651BareItem.string("ed25519")

    /// The member of Signature-Input that says "these components, these parameters".
    func input(covering components: [CoveredComponent]) throws(HTTPSignatureError) -> InnerList {
        try check()
        var list = BareInnerList()
        for component in components { list.append(component.item) }
        return InnerList(
            bareInnerList: list,
            parameters: [
                "created": .integer(created), "nonce": .string(nonce), "keyid": .string(keyID),
                "alg": Self.algorithm, "tag": Self.tag,
            ])
    }

    /// Reads a member of Signature-Input that must cover exactly `components`, in their order, and have exactly the
    /// five parameters, in any order.
    init(_ input: InnerList, covering components: [CoveredComponent]) throws(HTTPSignatureError) {
        guard input.bareInnerList.elementsEqual(components.lazy.map(\.item)) else { throw .wrongCoverage }
        let parameters = input.rfc9651Parameters
        guard parameters.count == 5, Self.isOurs(input), parameters["alg"] == Self.algorithm,
            case .integer(let created)? = parameters["created"],
            case .string(let nonce)? = parameters["nonce"],
            case .string(let keyID)? = parameters["keyid"]
        else { throw .wrongParameters }
        self.init(created: created, nonce: nonce, keyID: keyID)
        try check()
    }

    /// Whether a member of Signature-Input claims to be made for this protocol.
    static func isOurs(_ input: InnerList) -> Bool { input.rfc9651Parameters["tag"] == tag }

    private func check() throws(HTTPSignatureError) {
        guard (0...Self.createdMax).contains(created), Self.isPlain(nonce), Self.isPlain(keyID) else {
            throw .wrongParameters
        }
    }

    private static func isPlain(_ text: String) -> Bool {
        (1...textSizeLimit).contains(text.utf8.count) && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }
}
