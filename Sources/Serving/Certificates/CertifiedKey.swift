import Crypto
import Foundation
import NIOSSL
import SwiftASN1
import X509

/// A certificate with what vouches for it, and its private key.
struct CertifiedKey {
    /// The certificate's own first.
    let chain: [Certificate]
    let key: Certificate.PrivateKey

    var certificate: Certificate { chain[0] }

    init(chain: [Certificate], key: Certificate.PrivateKey) {
        precondition(!chain.isEmpty, "a key without a certificate")
        self.chain = chain
        self.key = key
    }

    /// - Parameter pem: certificates and their key in one text.
    /// - Throws: where one of them is missing or unreadable, or they don't belong together.
    init(pem: String) throws {
        let documents = try PEMDocument.parseMultiple(pemString: pem)
        let chain = try documents.filter { $0.discriminator == Certificate.defaultPEMDiscriminator }
            .map { try Certificate(pemDocument: $0) }
        guard let key = documents.first(where: { $0.discriminator.hasSuffix("PRIVATE KEY") }), let first = chain.first
        else { throw PEMFault.incomplete }
        self.init(chain: chain, key: try Certificate.PrivateKey(pemDocument: key))
        guard self.key.publicKey == first.publicKey else { throw PEMFault.mismatched }
    }

    enum PEMFault: Error { case incomplete, mismatched }

    /// Certificates and key in one text.
    func pem() throws -> String {
        let parts = try chain.map { try $0.serializeAsPEM().pemString } + [key.serializeAsPEM().pemString]
        return parts.joined(separator: "\n") + "\n"
    }

    // MARK: What it says

    /// The names and addresses that it is for.
    var names: [HostName] {
        let listed = (try? certificate.extensions.subjectAlternativeNames).flatMap { $0 }
        return listed.map { $0.compactMap(HostName.init) } ?? []
    }

    func covers(_ wanted: [HostName]) -> Bool { Set(names).isSuperset(of: wanted) }

    func isIssued(by authority: CertifiedKey) -> Bool {
        authority.certificate.publicKey.isValidSignature(certificate.signature, for: certificate)
    }

    /// Whether it is so near its end, or so far from its beginning by a clock that was set, that it is made anew.
    /// - Parameter now: Unix milliseconds.
    func isDue(now: UInt64) -> Bool {
        let now = Date(timeIntervalSince1970: Double(now) / 1000)
        return certificate.notValidAfter.timeIntervalSince(now) < CertificateMaker.renewedBefore
            || now < certificate.notValidBefore.addingTimeInterval(CertificateMaker.renewedBefore)
    }

    /// As NIO shows it to a browser.
    func forHandshake() throws -> NIOSSLContextConfigurationOverride {
        var shown = NIOSSLContextConfigurationOverride()
        shown.certificateChain = try chain.map {
            .certificate(try NIOSSLCertificate(bytes: Array($0.serializeAsPEM().pemString.utf8), format: .pem))
        }
        shown.privateKey = .privateKey(
            try NIOSSLPrivateKey(bytes: Array(key.serializeAsPEM().pemString.utf8), format: .pem))
        return shown
    }
}

extension Certificate {
    /// SHA-256 of its DER bytes, in hexadecimal pairs with colons.
    var fingerprint: String {
        get throws {
            var serializer = DER.Serializer()
            try serializer.serialize(self)
            return SHA256.hash(data: serializer.serializedBytes)
                .map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined(separator: ":")
        }
    }
}
