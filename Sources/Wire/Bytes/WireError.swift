public import Alliance

/// Why bytes from elsewhere are not taken: a bad peer, a cut file, or a version that this program does not speak.
///
/// Nothing of the message was used when it is thrown.
public struct WireError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Hashable, Sendable {
        /// The bytes do not have the form that the specification gives.
        case malformed
        /// A named limit is exceeded.
        case limit
        /// A version other than this program's.
        case version
        /// A hash does not match the bytes.
        case hash
        /// A signature does not match the bytes and the key.
        case signature
        /// A segment does not continue its replica's chain.
        case chain
    }

    public let code: Code
    /// What was being read: `section`, `segment header` …
    public let subject: String
    /// What is wrong with it.
    public let detail: String

    public init(_ code: Code, _ subject: String, _ detail: String) {
        self.code = code
        self.subject = subject
        self.detail = detail
    }

    /// For a person: what happened, what is safe.
    public var phrase: Phrase {
        switch code {
        case .malformed, .hash, .signature, .chain:
            Phrase(
                "收到的数据有误（\(subject)：\(detail)），未采用；已有数据不受影响，将重新请求。",
                "Received data is faulty (\(subject): \(detail)) and was not used; what is stored is untouched; it is asked for again."
            )
        case .limit:
            Phrase(
                "收到的数据超出限度（\(subject)：\(detail)），未采用；已有数据不受影响。",
                "Received data exceeds a limit (\(subject): \(detail)) and was not used; what is stored is untouched.")
        case .version:
            Phrase(
                "对方使用的协议版本与本程序不同（\(detail)）；请升级较旧的一方，已有数据不受影响。",
                "The other side speaks another protocol version (\(detail)); upgrade the older one; what is stored is untouched."
            )
        }
    }

    public var description: String { "\(code.rawValue): \(subject): \(detail)" }

    static func malformed(_ subject: String, _ detail: String) -> WireError { WireError(.malformed, subject, detail) }
    static func limit(_ subject: String, _ detail: String) -> WireError { WireError(.limit, subject, detail) }
}
