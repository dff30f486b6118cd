import Crypto
import Foundation
import SwiftASN1
import X509

/// Makes the two certificates of a server of its own: P-256 keys, which every browser reads.
enum CertificateMaker {
    /// The authority's life hangs on no clock: it ends with the last year that the short form of dates can say.
    static let authorityBegins = Date(timeIntervalSince1970: 1_704_067_200)  // 2024-01-01
    static let authorityEnds = Date(timeIntervalSince1970: 2_524_607_999)  // 2049-12-31 23:59:59

    private static let day = 86_400.0
    /// The server's begins before it is made, so that computers whose clocks are wrong take it too; with `serverAfter`
    /// it stays below the 825 days that browsers bear.
    static let serverBefore = 400 * day
    static let serverAfter = 400 * day
    /// What is left of its life when it is made anew.
    static let renewedBefore = 200 * day

    // MARK: The authority

    /// - Parameter names: what this machine is called; with private addresses and local names all that it can vouch for.
    static func authority(for names: [HostName]) throws -> CertifiedKey {
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let number = Certificate.SerialNumber()
        // The number tells an authority from the one before it in a list of a computer's.
        let tail = number.bytes.prefix(3).map { String(Int($0) + 256, radix: 16).dropFirst() }.joined()
        let subject = try DistinguishedName {
            OrganizationName("Jilian")
            CommonName("Jilian node \(tail)")
        }
        let certificate = try Certificate(
            version: .v3, serialNumber: number, publicKey: key.publicKey, notValidBefore: authorityBegins,
            notValidAfter: authorityEnds, issuer: subject, subject: subject, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true))
                SubjectKeyIdentifier(hash: key.publicKey)
                Critical(NameConstraints(permittedSubtrees: NameLimits.around(names), excludedSubtrees: []))
            }, issuerPrivateKey: key)
        return CertifiedKey(chain: [certificate], key: key)
    }

    // MARK: The server's

    /// - Parameter now: Unix milliseconds.
    static func server(for names: [HostName], by authority: CertifiedKey, now: UInt64) throws -> CertifiedKey {
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let now = Date(timeIntervalSince1970: Double(now / 1000))
        var listed: [HostName] = []
        for name in names where !listed.contains(name) { listed.append(name) }
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: key.publicKey,
            notValidBefore: now.addingTimeInterval(-serverBefore), notValidAfter: now.addingTimeInterval(serverAfter),
            issuer: authority.certificate.subject, subject: try DistinguishedName { OrganizationName("Jilian") },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames(listed.map(\.general))
                SubjectKeyIdentifier(hash: key.publicKey)
                AuthorityKeyIdentifier(
                    keyIdentifier: try authority.certificate.extensions.subjectKeyIdentifier?.keyIdentifier)
            }, issuerPrivateKey: authority.key)
        return CertifiedKey(chain: [certificate], key: key)
    }
}

/// What an authority may vouch for.
struct NameLimits {
    private let names: [String]
    /// Address and mask, together 8 or 32 bytes.
    private let ranges: [[UInt8]]

    init(of authority: Certificate) throws {
        let permitted = try authority.extensions.nameConstraints?.permittedSubtrees ?? []
        names = permitted.compactMap { if case .dnsName(let name) = $0 { name.lowercased() } else { nil } }
        ranges = permitted.compactMap { if case .ipAddress(let range) = $0 { Array(range.bytes) } else { nil } }
    }

    func allow(_ host: HostName) -> Bool {
        switch host {
        case .name(let name): names.contains { name == $0 || name.hasSuffix("." + $0) }
        case .address(let bytes):
            ranges.contains { range in
                range.count == bytes.count * 2
                    && bytes.indices.allSatisfy { bytes[$0] & range[bytes.count + $0] == range[$0] }
            }
        }
    }

    // MARK: As it is made

    /// Private addresses, local names, and what is given: a name with those below it, an address with its neighbours
    /// (/24, /64).
    static func around(_ hosts: [HostName]) -> [GeneralName] {
        let local = ["localhost", "local", "lan", "internal", "home.arpa"].map { GeneralName.dnsName($0) }
        let ranges: [([UInt8], Int)] = [
            ([127, 0, 0, 0], 8), ([10, 0, 0, 0], 8), ([172, 16, 0, 0], 12), ([192, 168, 0, 0], 16),
            ([169, 254, 0, 0], 16), ([100, 64, 0, 0], 10), ([UInt8](repeating: 0, count: 15) + [1], 128),
            ([0xFC] + [UInt8](repeating: 0, count: 15), 7),
        ]
        var limits = local + ranges.map { range($0.0, bits: $0.1) }
        for host in hosts {
            let limit =
                switch host {
                case .name(let name): GeneralName.dnsName(name)
                case .address(let bytes): range(bytes, bits: bytes.count == 4 ? 24 : 64)
                }
            if !limits.contains(limit) { limits.append(limit) }
        }
        return limits
    }

    private static func range(_ address: [UInt8], bits: Int) -> GeneralName {
        let mask = address.indices.map { index -> UInt8 in
            let left = min(max(bits - index * 8, 0), 8)
            return UInt8(truncatingIfNeeded: 0xFF00 >> left)
        }
        let network = zip(address, mask).map { $0 & $1 }
        return .ipAddress(ASN1OctetString(contentBytes: (network + mask)[...]))
    }
}
