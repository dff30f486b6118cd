public import Alliance
import Crypto
import Foundation
import Glibc
public import Replica
import SwiftASN1
import X509

/// The certificates that a server makes for itself: an authority of its own, that people install once, and under it the
/// one that is shown to browsers, for this machine's names and addresses.
///
///     DATA/tls/authority.pem   the authority's certificate and key, 0600
///     DATA/tls/server.pem      the server's, 0600; made anew before it ends and when an address is added
///
/// What the authority may vouch for is limited (RFC 5280, name constraints) to private addresses, local names and what
/// this machine was called when it was made: who steals its key can pose as no other site.
public struct OwnCertificate: Sendable {
    /// What people install and compare.
    public struct Authority: Sendable {
        /// The certificate without its key.
        public let pem: String
        /// SHA-256 of the certificate, in hexadecimal pairs with colons, as browsers and `openssl` show it.
        public let fingerprint: String
        /// Unix milliseconds.
        public let ends: Int64
    }

    private let folder: String
    /// Names and addresses that must be in the server's certificate.
    private let wanted: [HostName]
    private let found: @Sendable () -> [HostName]

    /// - Parameters:
    ///   - data: the replica's folder.
    ///   - host: where the server listens; `0.0.0.0` and `::` name nothing.
    ///   - names: further names and addresses by which browsers reach it.
    public init(in data: String, host: String = "", names: [String] = []) throws {
        try self.init(in: data, host: host, names: names, found: { HostName.ofThisMachine })
    }

    init(in data: String, host: String, names: [String], found: @escaping @Sendable () -> [HostName]) throws {
        folder = data + "/tls"
        self.found = found
        let asked = ["", "0.0.0.0", "::"].contains(host) ? names : [host] + names
        wanted = try asked.map { name in
            guard let host = HostName(name) else { throw CertificateFault.notAName(name) }
            return host
        }
    }

    // MARK: The authority

    /// The authority, made where there is none.
    public func authority() throws -> Authority {
        let certificate = try keptAuthority().certificate
        return try Authority(
            pem: certificate.serializeAsPEM().pemString + "\n", fingerprint: certificate.fingerprint,
            ends: Int64(certificate.notValidAfter.timeIntervalSince1970 * 1000))
    }

    /// A new authority in place of the one before: every computer has to install it.
    public func replaceAuthority() throws {
        unlink(authorityPath)
        unlink(serverPath)
        _ = try keptAuthority()
    }

    private var authorityPath: String { folder + "/authority.pem" }
    private var serverPath: String { folder + "/server.pem" }

    private func keptAuthority() throws -> CertifiedKey {
        if let kept = try read(authorityPath) {
            guard let kept else { throw CertificateFault.damagedAuthority(authorityPath) }
            return kept
        }
        let made = try CertificateMaker.authority(for: wanted + found())
        try write(made, to: authorityPath)
        return made
    }

    // MARK: The server's

    /// The server's certificate and key, made or made anew where it is due.
    /// - Parameter now: Unix milliseconds.
    func server(now: UInt64) throws -> CertifiedKey {
        let authority = try keptAuthority()
        let limits = try NameLimits(of: authority.certificate)
        if let outside = wanted.first(where: { !limits.allow($0) }) {
            throw CertificateFault.beyondAuthority(outside.text)
        }
        let names = (HostName.loopback + wanted + found()).filter(limits.allow)
        let kept = try read(serverPath).flatMap { $0 }
        if let kept, kept.covers(names), kept.isIssued(by: authority), !kept.isDue(now: now) {
            return kept
        }
        let made = try CertificateMaker.server(for: names, by: authority, now: now)
        try write(made, to: serverPath)
        return made
    }

    /// Makes the server's certificate anew now, for instance after a name was added.
    /// - Returns: the names and addresses in it.
    public func renew() throws -> [String] {
        unlink(serverPath)
        return try server(now: World.wall).names.map(\.text)
    }

    /// What the server's certificate holds: its names, and when it ends in Unix milliseconds.
    public func standing() throws -> (names: [String], ends: Int64) {
        let kept = try server(now: World.wall)
        return (kept.names.map(\.text), Int64(kept.certificate.notValidAfter.timeIntervalSince1970 * 1000))
    }

    // MARK: Files

    /// `nil` where there is no file, `.some(nil)` where it can't be read as a certificate with its key.
    private func read(_ path: String) throws -> CertifiedKey?? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        return .some(try? CertifiedKey(pem: String(decoding: data, as: UTF8.self)))
    }

    private func write(_ pair: CertifiedKey, to path: String) throws {
        mkdir(folder, 0o700)
        try PrivateFile.write(Array(pair.pem().utf8), to: path, code: "certificate")
    }
}
