public import CRDT
import Crypto
import Foundation

/// A SHA-256 hash.
public struct Hash256: Hashable, Sendable, CustomStringConvertible {
    /// 32 bytes.
    public let bytes: [UInt8]

    /// `nil` unless there are 32 bytes.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        self.bytes = [UInt8](bytes)
    }

    /// The hash of some bytes.
    public init(of bytes: some Sequence<UInt8>) {
        self.bytes = [UInt8](SHA256.hash(data: [UInt8](bytes)))
    }

    /// 32 zero bytes: what stands before the first of a chain.
    public static let zero = Hash256(zeros: ())
    private init(zeros: Void) { bytes = [UInt8](repeating: 0, count: 32) }

    /// 64 hexadecimal digits.
    public var description: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

extension CanonicalRow {
    /// What the row adds to the digest of its audience: the first 16 bytes of the SHA-256 of its canonical bytes.
    public var hash: UInt128 { bytes.withUnsafeBytes(Self.hash(of:)) }

    /// The hash of canonical bytes.
    public static func hash(of bytes: UnsafeRawBufferPointer) -> UInt128 {
        SHA256.hash(data: bytes).withUnsafeBytes { UInt128(bigEndian: $0.loadUnaligned(as: UInt128.self)) }
    }
}

extension RowState {
    /// The hash of its canonical bytes.
    public var digestHash: UInt128 { CanonicalRow(self).hash }
}
