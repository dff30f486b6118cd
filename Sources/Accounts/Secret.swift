import Crypto

/// A random word that is shown once and kept only as its hash: of a session, a link, a program's token.
public struct Secret: Sendable {
    /// 64 hexadecimal digits.
    public let text: String

    public init() {
        text = SymmetricKey(size: .bits256).withUnsafeBytes { bytes in
            bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
    }

    /// What is kept of a secret. It has 256 random bits, so that a plain hash is enough.
    static func hash(_ text: String) -> [UInt8] { [UInt8](SHA256.hash(data: Array(text.utf8))) }
}
