import Foundation
import Glibc

/// A connection to a server of this machine, read byte for byte: nothing is decoded.
final class RawConnection {
    private let descriptor: Int32

    /// - Parameter address: `http://127.0.0.1:8420`.
    init(to address: String) throws {
        let port = URL(string: address)?.port ?? 80
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        target.sin_port = UInt16(port).bigEndian
        let isOpen = withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isOpen else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    }

    deinit { Glibc.close(descriptor) }

    func ask(_ path: String, cookie: String, closes: Bool = false) throws {
        let text = """
            GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: \(cookie)\r\nAccept: text/html\r\n\
            Accept-Encoding: gzip\r\n\(closes ? "Connection: close\r\n" : "")\r\n
            """
        let bytes = Array(text.utf8)
        guard send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
    }

    /// What has come; empty at the end.
    func readSome() -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer.prefix(count)) : []
    }

    /// The size of a whole answer, head and body, as it is on the line.
    func answerSize(of path: String, cookie: String) throws -> Int {
        try ask(path, cookie: cookie, closes: true)
        var size = 0
        while case let bytes = readSome(), !bytes.isEmpty { size += bytes.count }
        return size
    }
}
