import Foundation
import Glibc
import SwiftASN1
import X509

/// A name or an address by which a browser reaches a server.
enum HostName: Hashable, Sendable {
    /// In lower case, ASCII.
    case name(String)
    /// 4 or 16 bytes.
    case address([UInt8])

    /// - Parameter text: `school.example`, `192.168.1.5`, `fd00::5`; `nil` for what is neither a name nor an address.
    init?(_ text: String) {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 {
            self = .address(Array(bytes.prefix(4)))
        } else if inet_pton(AF_INET6, text, &bytes) == 1 {
            self = .address(bytes)
        } else {
            let name = text.lowercased()
            let labels = name.split(separator: ".", omittingEmptySubsequences: false)
            let isName = labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                    && label.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
            }
            // What looks like an address and is none is no name either.
            guard isName, name.utf8.count <= 253, labels.last.map({ UInt64($0) == nil }) == true else { return nil }
            self = .name(name)
        }
    }

    init?(_ general: GeneralName) {
        switch general {
        case .dnsName(let name): self = .name(name.lowercased())
        case .ipAddress(let bytes) where [4, 16].contains(bytes.bytes.count): self = .address(Array(bytes.bytes))
        default: return nil
        }
    }

    /// As it stands in a certificate.
    var general: GeneralName {
        switch self {
        case .name(let name): .dnsName(name)
        case .address(let bytes): .ipAddress(ASN1OctetString(contentBytes: bytes[...]))
        }
    }

    var text: String {
        switch self {
        case .name(let name): return name
        case .address(let bytes):
            var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
            inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &buffer, socklen_t(buffer.count))
            return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    // MARK: This machine's

    static let loopback: [HostName] = [
        .name("localhost"), .address([127, 0, 0, 1]), .address([UInt8](repeating: 0, count: 15) + [1]),
    ]

    /// What this machine is called now, and its addresses but those of loopback and of one line only.
    static var ofThisMachine: [HostName] {
        var names: [HostName] = []
        if let own = HostName(ProcessInfo.processInfo.hostName) {
            names.append(own)
            if case .name(let name) = own, !name.contains("."), let local = HostName(name + ".local") {
                names.append(local)
            }
        }
        return names + addresses
    }

    /// IPv4 before IPv6.
    static var addresses: [HostName] {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { return [] }
        defer { freeifaddrs(first) }
        var all: [HostName] = []
        var next = first
        while let entry = next?.pointee {
            next = entry.ifa_next
            let isUp = entry.ifa_flags & UInt32(IFF_UP) != 0
            let isLoopback = entry.ifa_flags & UInt32(IFF_LOOPBACK) != 0
            guard isUp, !isLoopback, let address = entry.ifa_addr, let name = HostName(socket: address) else {
                continue
            }
            all.append(name)
        }
        return all.filter { $0.byteCount == 4 } + all.filter { $0.byteCount == 16 }
    }

    private var byteCount: Int { if case .address(let bytes) = self { bytes.count } else { 0 } }

    private init?(socket address: UnsafeMutablePointer<sockaddr>) {
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            self = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { inner in
                withUnsafeBytes(of: inner.pointee.sin_addr) { .address(Array($0)) }
            }
        case AF_INET6:
            let bytes = address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { inner in
                withUnsafeBytes(of: inner.pointee.sin6_addr) { Array($0) }
            }
            // fe80::/10 needs the line's name with it, which no certificate has.
            guard !(bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80) else { return nil }
            self = .address(bytes)
        default: return nil
        }
    }
}
