import Alliance
import Foundation
import Replica
import SwiftASN1
import X509

/// The files of a certificate that somebody else made, looked at before they are used.
enum GivenCertificate {
    /// - Throws: what is wrong with which file.
    static func read(_ files: ServingOptions.TLSFiles) throws -> CertifiedKey {
        let chain = try certificates(files.certificate)
        let key = try key(files.key)
        guard key.publicKey == chain[0].publicKey else {
            if chain.contains(where: { $0.publicKey == key.publicKey }) {
                throw CertificateFault.wrongOrder(files.certificate)
            }
            throw CertificateFault.mismatched(files.certificate, files.key)
        }
        return CertifiedKey(chain: chain, key: key)
    }

    /// What browsers will not like about it. A server starts with it all the same: the sync does not hang on it, and a
    /// machine that comes back from a power cut must not stay out because of a date.
    /// - Parameter now: Unix milliseconds.
    static func warning(_ pair: CertifiedKey, _ files: ServingOptions.TLSFiles, now: UInt64) -> CommandError? {
        let now = Date(timeIntervalSince1970: Double(now) / 1000)
        let (begins, ends) = (pair.certificate.notValidBefore, pair.certificate.notValidAfter)
        if ends < now { return CertificateFault.expired(files.certificate, on: day(ends)) }
        return begins > now ? CertificateFault.early(files.certificate, from: day(begins)) : nil
    }

    private static func certificates(_ path: String) throws -> [Certificate] {
        let documents = try documents(path) ?? { throw CertificateFault.noCertificate(path) }()
        let chain = documents.filter { $0.discriminator == Certificate.defaultPEMDiscriminator }
        guard !chain.isEmpty, let read = try? chain.map({ try Certificate(pemDocument: $0) }) else {
            throw CertificateFault.noCertificate(path)
        }
        return read
    }

    private static func key(_ path: String) throws -> Certificate.PrivateKey {
        let text = try text(path)
        if text.contains("ENCRYPTED") { throw CertificateFault.sealedKey(path) }
        guard let document = try documents(path)?.first(where: { $0.discriminator.hasSuffix("PRIVATE KEY") }),
            let key = try? Certificate.PrivateKey(pemDocument: document)
        else { throw CertificateFault.noKey(path) }
        return key
    }

    /// `nil` for what is no PEM.
    private static func documents(_ path: String) throws -> [PEMDocument]? {
        let text = try text(path)
        return try? PEMDocument.parseMultiple(pemString: text)
    }

    /// More than any chain has.
    private static let sizeMax = 1 << 20

    private static func text(_ path: String) throws -> String {
        guard let handle = FileHandle(forReadingAtPath: path), let data = try? handle.read(upToCount: sizeMax) else {
            throw CertificateFault.unreadable(path)
        }
        return String(decoding: data, as: UTF8.self)
    }

    private static func day(_ date: Date) -> String {
        String(ChinaTime.text(milliseconds: Int64(date.timeIntervalSince1970 * 1000)).prefix(10))
    }
}
