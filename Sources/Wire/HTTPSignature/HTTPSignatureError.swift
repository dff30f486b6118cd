/// Why a message was not signed, or its signature not accepted.
///
/// Names fields and components, never their values, so that it may be logged.
public struct HTTPSignatureError: Error, Sendable, CustomStringConvertible {
    /// What to do about it, for programs.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// A component or field that must be there is not.
        case missingComponent
        /// A component or field is there twice, too long, or not in the form that it must have.
        case malformed
        /// The signature covers other components than it must, or in another order.
        case wrongCoverage
        /// The signature's parameters are not the five that must be there, or one is out of bounds.
        case wrongParameters
        /// The body is not the one that Content-Digest was made of.
        case digestMismatch
        /// No key is known for the key id.
        case unknownKey
        /// The signature was not made of this message with this key.
        case badSignature
        /// The library could not sign.
        case signingFailed
    }

    /// What to do about it, for programs.
    public let code: Code
    /// The component or field that it is about, in lower case.
    public let subject: String
    /// What failed, for a person.
    public let sentence: String
    /// The error of a library behind it, if any.
    public let cause: (any Error)?

    public var description: String { "\(code.rawValue): \(sentence)" }
}

extension HTTPSignatureError {
    /// What can be wrong with the form of a component.
    enum Flaw: String {
        case duplicate = "is there more than once"
        case empty = "is empty"
        case tooLong = "is longer than the limit"
        case forbiddenByte = "holds a byte that it must not hold"
        case notAbsolute = "does not begin with a slash"
        case notAStatus = "is not a number of three digits"
        case notStructured = "is not the structured field that it must be"
        case notCanonical = "is not in canonical form"
        case notBytes = "is not one byte sequence of the right length"
        case notOneDigest = "does not hold exactly one digest"
    }

    static func missingComponent(_ subject: String) -> Self {
        Self(.missingComponent, subject, "The message lacks \(subject), which its signature must cover or consist of.")
    }

    static func malformed(_ subject: String, _ flaw: Flaw, cause: (any Error)? = nil) -> Self {
        Self(.malformed, subject, "The message's \(subject) \(flaw.rawValue).", cause: cause)
    }

    static let wrongCoverage = Self(
        .wrongCoverage, "signature-input", "The signature does not cover exactly what this protocol's signatures cover."
    )

    static let wrongParameters = Self(
        .wrongParameters, "signature-input",
        "The signature's parameters are not exactly created, nonce, keyid, alg and tag, each within its bounds.")

    static let digestMismatch = Self(
        .digestMismatch, "content-digest", "The message's body is not the one that was signed; do not use it.")

    static let unknownKey = Self(
        .unknownKey, "signature-input", "The signature names a key that is not known here; its owner has to join first."
    )

    static let badSignature = Self(
        .badSignature, "signature", "The signature does not belong to this message and key; do not use the message.")

    static func signingFailed(cause: any Error) -> Self {
        Self(.signingFailed, "signature", "The message could not be signed; nothing was sent.", cause: cause)
    }

    private init(_ code: Code, _ subject: String, _ sentence: String, cause: (any Error)? = nil) {
        self.init(code: code, subject: subject, sentence: sentence, cause: cause)
    }
}
