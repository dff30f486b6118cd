public import Alliance
public import CRDT
import Foundation

/// What a node draws before each exchange, so that two copies of one replica are told apart.
public struct Token: Hashable, Sendable {
    public let count: UInt64
    public let random: UInt64

    public init(count: UInt64, random: UInt64) {
        self.count = count
        self.random = random
    }

    /// What stands before the first.
    public static let none = Token(count: 0, random: 0)
}

extension PBToken {
    init(_ token: Token) {
        self.init()
        count = token.count
        random = token.random
    }

    func value(_ subject: String) throws(WireError) -> Token {
        Token(count: try count.checked(subject, "token"), random: random)
    }
}

/// The digest of one audience.
public struct AudienceDigest: Hashable, Sendable {
    public let audience: Audience
    public let digest: Digest

    public init(audience: Audience, digest: Digest) {
        self.audience = audience
        self.digest = digest
    }
}

extension PBAudienceDigest {
    init(_ digest: AudienceDigest) {
        self.init()
        audience = Data(digest.audience.bytes)
        sum = withUnsafeBytes(of: digest.digest.sum.bigEndian) { Data($0) }
        rows = digest.digest.rows
    }

    func value(_ subject: String) throws(WireError) -> AudienceDigest {
        guard let audience = Audience(bytes: audience), sum.count == 16, rows >= 0 else {
            throw .malformed(subject, "digest")
        }
        return AudienceDigest(
            audience: audience, digest: Digest(sum: sum.reduce(0) { $0 << 8 | UInt128($1) }, rows: rows))
    }
}
