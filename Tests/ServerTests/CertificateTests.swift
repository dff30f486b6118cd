import Alliance
import Crypto
import Foundation
import Replica
@testable import Serving
import SwiftASN1
import Testing
import X509

/// Certificates that a server makes for itself, and files that somebody else made.
@Suite(.timeLimit(.minutes(3))) struct CertificateTests {
    private static let day: UInt64 = 86_400_000
    private static let now: UInt64 = 1_790_000_000_000

    private func own(_ folder: Folder, names: [String] = [], found: [String] = []) throws -> OwnCertificate {
        try OwnCertificate(in: folder.path, host: "0.0.0.0", names: names, found: { found.compactMap { HostName($0) } })
    }

    private func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return (attributes[.posixPermissions] as? Int ?? 0) & 0o777
    }

    // MARK: The machine's own

    @Test func `the authority stays, and its key is its owner's alone`() throws {
        let folder = try Folder()
        let first = try own(folder).authority()
        #expect(try own(folder).authority().pem == first.pem)
        #expect(try mode(folder.path + "/tls/authority.pem") == 0o600)
        #expect(try mode(folder.path + "/tls") == 0o700)
        #expect(!first.pem.contains("PRIVATE") && first.pem.contains("BEGIN CERTIFICATE"))
        let der = try X509.Certificate(pemEncoded: first.pem).serializeAsPEM().derBytes
        let digest = SHA256.hash(data: der).map { String(format: "%02X", $0) }.joined(separator: ":")
        #expect(first.fingerprint == digest)
        try own(folder).replaceAuthority()
        #expect(try own(folder).authority().fingerprint != first.fingerprint)
    }

    @Test func `the server's certificate is made anew before it ends, for a clock that was set, and for a new address`()
        throws
    {
        let folder = try Folder()
        func shown(_ now: UInt64, found: [String] = ["10.1.2.3"]) throws -> X509.Certificate {
            try own(folder, found: found).server(now: now).certificate
        }
        let first = try shown(Self.now)
        #expect(try shown(Self.now + 199 * Self.day) == first)
        #expect(try shown(Self.now, found: []) == first, "an address that went does not matter")
        #expect(try mode(folder.path + "/tls/server.pem") == 0o600)
        let second = try shown(Self.now + 201 * Self.day)
        #expect(second != first && second.notValidAfter > first.notValidAfter)
        let third = try shown(Self.now, found: ["10.1.2.3", "10.1.2.4"])
        #expect(third != second)
        // A clock that stood two years ahead, and was set right.
        let ahead = try shown(Self.now + 700 * Self.day, found: ["10.1.2.4"])
        #expect(try shown(Self.now, found: ["10.1.2.4"]) != ahead)
        // Browsers bear 825 days, and clocks that are wrong by a year both ways.
        let life = first.notValidAfter.timeIntervalSince(first.notValidBefore) / 86_400
        #expect(life <= 825 && life >= 730)
    }

    @Test func `an authority vouches for private addresses, local names and what the machine was called`() throws {
        let folder = try Folder()
        let mine = try own(folder, names: ["node.school.example"], found: ["203.0.113.9", "fd00::9"])
        let limits = try NameLimits(of: X509.Certificate(pemEncoded: mine.authority().pem))
        for name in [
            "localhost", "node.school.example", "a.node.school.example", "printer.local", "192.168.200.7", "10.255.0.1",
            "172.31.0.1", "203.0.113.77", "::1", "fd12::1",
        ] {
            #expect(try limits.allow(#require(HostName(name))), "\(name)")
        }
        for name in [
            "school.example", "evil.example", "localhost.evil.example", "anode.school.example", "8.8.8.8", "172.32.0.1",
            "203.0.114.1", "2001:db8::1", "example",
        ] {
            #expect(try !limits.allow(#require(HostName(name))), "\(name)")
        }
        #expect(throws: CommandError.self) { try own(folder, names: ["other.example"]).server(now: Self.now) }
        // What the machine is called since, and may not be vouched for, is left out without a word.
        let names = try own(folder, found: ["198.51.100.1", "192.168.1.9"]).server(now: Self.now).names.map(\.text)
        #expect(names.contains("192.168.1.9") && !names.contains("198.51.100.1"))
    }

    @Test func `what is no name is refused by name`() {
        for name in [
            "", "a b", "-a", "a..b", "学校.example", "1.2.3", "256.1.1.1", "a/b", String(repeating: "a", count: 64),
        ] {
            #expect(HostName(name) == nil, "\(name)")
        }
        #expect(HostName("Node.School.example")?.text == "node.school.example")
        #expect(HostName("FD00::0005")?.text == "fd00::5")
        let error = #expect(throws: CommandError.self) {
            try OwnCertificate(in: "x", host: "0.0.0.0", names: ["a b"])
        }
        #expect(error?.phrase.en.contains("a b") == true)
    }

    @Test func `a damaged authority is named, and nothing is put in its place unasked`() throws {
        let folder = try Folder()
        let mine = try own(folder)
        _ = try mine.authority()
        let path = folder.path + "/tls/authority.pem"
        try Data("-----BEGIN CERTIFICATE-----\nAAAA\n".utf8).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: CommandError.self) { try mine.server(now: Self.now) }
        #expect(error?.phrase.en.contains(path) == true && error?.phrase.en.contains("certificate new") == true)
        try mine.replaceAuthority()
        _ = try mine.server(now: Self.now)
    }

    // MARK: Given files

    @Test func `wrong files are told apart`() throws {
        let folder = try Folder()
        let (one, two) = (try Certificate("one", in: folder), try Certificate("two", in: folder))
        func words(_ certificate: String, _ key: String) -> String {
            do {
                _ = try GivenCertificate.read(.init(certificate: certificate, key: key))
                return ""
            } catch { return (error as? CommandError)?.phrase.en ?? "\(error)" }
        }
        func file(_ name: String, _ text: String) throws -> String {
            let path = "\(folder.path)/\(name)"
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            return path
        }
        #expect(words(one.file, one.key) == "")
        #expect(words(one.file, two.key).contains("don't belong together"))
        #expect(words(folder.path + "/none", one.key).contains("/none can't be read"))
        #expect(words(one.file, folder.path).contains("can't be read"))
        #expect(words(one.key, one.key).contains("holds no certificate"))
        #expect(words(one.file, one.file).contains("holds no usable private key"))
        #expect(try words(file("letter", "Dear all"), one.key).contains("holds no certificate"))
        let (first, second) = try (
            String(contentsOfFile: one.file, encoding: .utf8), String(contentsOfFile: two.file, encoding: .utf8)
        )
        let chain = try file("chain", second + first)
        #expect(words(chain, one.key).contains("wrong order"))
        #expect(words(chain, two.key) == "")
        let sealed = try file(
            "sealed", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n")
        #expect(words(one.file, sealed).contains("passphrase"))
        #expect(try words(file("cut", String(first.prefix(200))), one.key).contains("holds no certificate"))
    }

    @Test func `what has ended or not begun is warned of by its day`() throws {
        let folder = try Folder()
        let given = try Certificate("one", in: folder)
        let files = ServingOptions.TLSFiles(certificate: given.file, key: given.key)
        let pair = try GivenCertificate.read(files)
        let now = UInt64(Date().timeIntervalSince1970 * 1000)
        #expect(GivenCertificate.warning(pair, files, now: now) == nil)
        #expect(
            GivenCertificate.warning(pair, files, now: now + 3 * Self.day)?.phrase.en.contains("ended on 20") == true)
        #expect(GivenCertificate.warning(pair, files, now: now - Self.day)?.phrase.en.contains("valid from 20") == true)
    }

    @Test func `a server takes a changed file without a stop, and keeps what it has where the new one is broken`()
        async throws
    {
        let folder = try Folder()
        let (one, two) = (try Certificate("one", in: folder), try Certificate("two", in: folder))
        let lines = LogLines()
        let held = try HeldCertificate(
            .files(.init(certificate: one.file, key: one.key)), logger: lines.logger(), interval: .milliseconds(20))
        let job = Task { try await held.run() }
        defer { job.cancel() }
        let first = held.pem
        func put(_ from: String, _ to: String) throws {
            try Data(contentsOf: URL(fileURLWithPath: from)).write(to: URL(fileURLWithPath: to), options: .atomic)
        }
        try put(two.key, one.key)
        try await eventually("a look at half of a change") { !lines.with("stays as it was").isEmpty }
        #expect(held.pem == first)
        try put(two.file, one.file)
        try await eventually("the new certificate") { held.pem != first }
    }
}
