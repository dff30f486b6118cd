import Foundation
import Glibc
import Synchronization
import Transport

/// What one exchange takes where nothing is to be said, counted on the wire.
public enum IdleExchange {
    public struct Figures: Sendable {
        public let roundTrips: Int
        /// Bytes both ways, with the header fields.
        public let bytes: Int
        /// Bytes of both bodies.
        public let bodies: Int
    }

    /// - Parameter port: where the hub listens on this machine, without TLS.
    public static func measure(_ alliance: inout SessionAlliance, port: UInt16) async throws -> Figures {
        let relay = try CountingRelay(to: port)
        defer { relay.close() }
        let client = HTTPClient()
        defer { client.close() }
        var node = alliance.take(1)[0]
        var figures: Figures?
        // The first makes the connection; the others find it open.
        for _ in 0..<2 {
            let before = relay.count
            let (body, next) = node.request()
            let response = try await client.send(
                HTTPRequest(
                    method: "POST", url: "http://127.0.0.1:\(relay.port)/sync/v1/exchange",
                    headers: try node.headers(body), body: body))
            guard response.status == 200 else { throw URLError(.badServerResponse) }
            node.token = next
            figures = Figures(
                roundTrips: 1, bytes: relay.count - before, bodies: body.count + response.body.count)
        }
        guard let figures else { throw URLError(.unknown) }
        return figures
    }
}

/// Passes bytes between a port of its own and another, and counts them. For a handful of connections.
final class CountingRelay: Sendable {
    let port: UInt16
    private let listener: Int32
    private let counted = Atomic(0)

    var count: Int { counted.load(ordering: .acquiring) }

    init(to target: UInt16) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        var address = Self.loopback(0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 8) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        guard listener >= 0, isListening else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self] in
            while case let near = accept(listener, nil, nil), near >= 0 {
                guard let far = Self.connect(target) else {
                    Glibc.close(near)
                    continue
                }
                Thread.detachNewThread { [self] in pass(from: near, to: far) }
                Thread.detachNewThread { [self] in pass(from: far, to: near) }
            }
        }
    }

    func close() { shutdown(listener, Int32(SHUT_RDWR)) }

    private static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        address.sin_port = port.bigEndian
        return address
    }

    private static func connect(_ port: UInt16) -> Int32? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = loopback(port)
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        return isConnected ? descriptor : nil
    }

    private func pass(from: Int32, to: Int32) {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let got = recv(from, &buffer, buffer.count, 0), got > 0 {
            counted.add(got, ordering: .releasing)
            var sent = 0
            while sent < got {
                let more = buffer.withUnsafeBytes {
                    send(to, $0.baseAddress?.advanced(by: sent), got - sent, Int32(MSG_NOSIGNAL))
                }
                guard more > 0 else { break }
                sent += more
            }
        }
        shutdown(to, Int32(SHUT_WR))
    }
}
