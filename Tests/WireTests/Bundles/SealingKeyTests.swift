import Crypto
import Foundation
import Testing

@testable import Wire

/// The key to seal to follows from the key that signs, on both sides of it.
@Suite struct SealingKeyTests {
    @Test func `whoever holds the signing key opens what was sealed to its public half`() throws {
        var random = Seeded(1)
        for _ in 0..<200 {
            let key = try Curve25519.Signing.PrivateKey(rawRepresentation: random.bytes(32))
            let sealing = try #require(key.publicKey.sealingKey)
            #expect(try sealing.rawRepresentation == key.sealingKey.publicKey.rawRepresentation)
        }
    }

    @Test func `points of small order have no sealing key`() throws {
        // y = 1, which has no Montgomery form: with either sign, and as p + 1. Of order two, y = −1; of order four, y = 0.
        let one: [UInt8] = [1] + [UInt8](repeating: 0, count: 31)
        let signed: [UInt8] = one.dropLast() + [0x80]
        let beyond: [UInt8] = [0xEE] + [UInt8](repeating: 0xFF, count: 30) + [0x7F]
        let order2: [UInt8] = [0xEC] + [UInt8](repeating: 0xFF, count: 30) + [0x7F]
        let zero = try Curve25519.KeyAgreement.PublicKey(rawRepresentation: [UInt8](repeating: 0, count: 32))
        #expect(zero.hasSmallOrder && !Curve25519.KeyAgreement.PrivateKey().publicKey.hasSmallOrder)
        for bytes in [one, signed, beyond, order2, [UInt8](repeating: 0, count: 32)] {
            let key = try Curve25519.Signing.PublicKey(rawRepresentation: bytes)
            #expect(key.sealingKey == nil, "\(bytes)")
        }
    }

    // MARK: The field

    private func element(_ bytes: [UInt8]) -> FieldElement { FieldElement(littleEndian: bytes) }

    private var edges: [[UInt8]] {
        let zero = [UInt8](repeating: 0, count: 32)
        let primeLess: [UInt8] = [0xEC] + [UInt8](repeating: 0xFF, count: 30) + [0x7F]
        let prime: [UInt8] = [0xED] + [UInt8](repeating: 0xFF, count: 30) + [0x7F]
        return [zero, [1] + zero.dropLast(), primeLess, prime, [UInt8](repeating: 0xFF, count: 32)]
    }

    @Test func `the laws of a field hold, at its edges too`() {
        var random = Seeded(2)
        var bytes = edges
        for _ in 0..<6 { bytes.append(random.bytes(32)) }
        let samples: [FieldElement] = bytes.map(element)
        for a in samples {
            #expect(a + FieldElement(0) == a && a * FieldElement(1) == a && a - a == FieldElement(0))
            #expect(element(a.littleEndian) == a)
            if let inverse = a.inverse {
                #expect(a * inverse == FieldElement(1))
            } else {
                #expect(a == FieldElement(0))
            }
            for b in samples {
                #expect(a + b == b + a && a * b == b * a && a - b + b == a)
                for c in samples { #expect(a * (b + c) == a * b + a * c && a * (b * c) == (a * b) * c) }
            }
        }
    }

    @Test func `remainders are below the prime`() {
        #expect(element(edges[3]).littleEndian == edges[0] && element(edges[2]).littleEndian == edges[2])
        // The top bit is a sign, and 2^255 − 1 is 18.
        #expect(element(edges[4]) == FieldElement(18))
        #expect((FieldElement(0) - FieldElement(1)).littleEndian == edges[2])
    }
}
