public import Crypto
import Foundation

/// The X25519 keys under which bundles are sealed are the Ed25519 keys of the register, taken to the Montgomery form of
/// the same curve (RFC 7748, section 4.1): who can be verified can be sealed to, and a rotation changes both at once.
///
/// That one key serves both is proved safe for just this pair of schemes (Thormarker, 2021, eprint 2021/509).
extension Curve25519.Signing.PublicKey {
    /// The public key to seal to: `u = (1 + y) / (1 − y)`; `nil` for points that nobody should seal to: the one that
    /// has none, and those of small order.
    public var sealingKey: Curve25519.KeyAgreement.PublicKey? {
        let one = FieldElement(1)
        let y = FieldElement(littleEndian: [UInt8](rawRepresentation))
        guard let inverse = (one - y).inverse else { return nil }
        let key = try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: ((one + y) * inverse).littleEndian)
        return key.flatMap { $0.hasSmallOrder ? nil : $0 }
    }
}

extension Curve25519.KeyAgreement.PublicKey {
    /// Whether every secret that is agreed with it is known to everybody: RFC 9180, section 7.1.4, has that refused.
    var hasSmallOrder: Bool {
        guard let secret = try? Curve25519.KeyAgreement.PrivateKey().sharedSecretFromKeyAgreement(with: self) else {
            return true
        }
        return secret.withUnsafeBytes { bytes in bytes.allSatisfy { $0 == 0 } }
    }
}

extension Curve25519.Signing.PrivateKey {
    /// The private key that opens what was sealed to the public one: the scalar of RFC 8032, section 5.1.5.
    var sealingKey: Curve25519.KeyAgreement.PrivateKey {
        get throws {
            let scalar = SHA512.hash(data: rawRepresentation).prefix(32)
            return try Curve25519.KeyAgreement.PrivateKey(rawRepresentation: Data(scalar))
        }
    }
}

/// A number modulo 2^255 − 19. Only public keys are computed with it, so it need not run in constant time.
struct FieldElement: Equatable {
    /// Least significant first; any number below 2^256 stands for its remainder.
    private let limbs: [UInt64]

    private init(limbs: [UInt64]) { self.limbs = limbs }

    init(_ small: UInt64) { limbs = [small, 0, 0, 0] }

    /// Reads 32 bytes; the top bit, a sign, is left out.
    init(littleEndian bytes: [UInt8]) {
        precondition(bytes.count == 32, "a field element has 32 bytes")
        var limbs = (0..<4).map { limb in
            (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[limb * 8 + $1]) << (8 * UInt64($1)) }
        }
        limbs[3] &= .max >> 1
        self.limbs = limbs
    }

    /// The remainder, 32 bytes.
    var littleEndian: [UInt8] {
        reduced.flatMap { limb in (0..<8).map { UInt8(truncatingIfNeeded: limb >> (8 * $0)) } }
    }

    static func == (left: Self, right: Self) -> Bool { left.reduced == right.reduced }

    static func + (left: Self, right: Self) -> Self {
        folded(zip(left.limbs, right.limbs).map { UInt128($0) + UInt128($1) })
    }

    static func - (left: Self, right: Self) -> Self { left + right * Self(limbs: minusOne) }

    static func * (left: Self, right: Self) -> Self {
        var wide = [UInt64](repeating: 0, count: 8)
        for i in 0..<4 {
            var carry: UInt64 = 0
            for j in 0..<4 {
                let sum = UInt128(left.limbs[i]) * UInt128(right.limbs[j]) + UInt128(wide[i + j]) + UInt128(carry)
                wide[i + j] = UInt64(truncatingIfNeeded: sum)
                carry = UInt64(sum >> 64)
            }
            wide[i + 4] = carry
        }
        // 2^256 leaves 38.
        return folded((0..<4).map { UInt128(wide[$0]) + UInt128(wide[$0 + 4]) * 38 })
    }

    /// One divided by this, by Fermat: the power of p − 2; `nil` for zero.
    var inverse: Self? {
        guard self != Self(0) else { return nil }
        var (result, power) = (Self(1), self)
        // p − 2 = 2^255 − 21: ones but for bits 2 and 4.
        for bit in 0..<255 {
            if bit != 2, bit != 4 { result = result * power }
            power = power * power
        }
        return result
    }

    private static let prime: [UInt64] = [.max - 18, .max, .max, .max >> 1]
    private static let minusOne: [UInt64] = [.max - 19, .max, .max, .max >> 1]

    /// Carries sums of limbs on, and what goes beyond 2^256 back to the beginning.
    private static func folded(_ sums: [UInt128]) -> Self {
        var limbs = sums
        repeat {
            var carry: UInt128 = 0
            for index in limbs.indices {
                let sum = limbs[index] + carry
                limbs[index] = sum & UInt128(UInt64.max)
                carry = sum >> 64
            }
            limbs[0] += carry * 38
        } while limbs[0] >> 64 > 0
        return Self(limbs: limbs.map { UInt64($0) })
    }

    /// The limbs of the remainder.
    private var reduced: [UInt64] {
        var limbs = limbs
        while let less = Self.subtractingPrime(limbs) { limbs = less }
        return limbs
    }

    /// `nil` if the number is less than the prime.
    private static func subtractingPrime(_ limbs: [UInt64]) -> [UInt64]? {
        var borrows = false
        let less = zip(limbs, prime).map { limb, prime in
            let (first, under) = limb.subtractingReportingOverflow(prime)
            let (second, again) = first.subtractingReportingOverflow(borrows ? 1 : 0)
            borrows = under || again
            return second
        }
        return borrows ? nil : less
    }
}
