import Alliance
import Foundation
import Glibc

/// The word by which a node's API knows programs of the user whose data it serves: in a file of the data folder that
/// nobody else can read, new each time the node begins to serve.
public struct APIToken: Sendable {
    /// 64 hexadecimal digits.
    public let text: String

    /// The file's name in the data folder.
    public static let file = "api-token"

    /// Draws a new one, and puts it in the place of the one before.
    public init(newIn folder: String) throws {
        let text = (0..<4).map { _ in
            let digits = String(UInt64.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
        self.text = text
        let path = folder + "/" + Self.file
        let new = path + ".new"
        unlink(new)
        let descriptor = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.unwritable(path) }
        let bytes = Array((text + "\n").utf8)
        let isWritten = write(descriptor, bytes, bytes.count) == bytes.count
        close(descriptor)
        guard isWritten, rename(new, path) == 0 else { throw Self.unwritable(path) }
    }

    /// Whether what a request brings is the token; takes as long for any.
    public func matches(_ given: String) -> Bool {
        let (mine, theirs) = (Array(text.utf8), Array(given.utf8))
        guard mine.count == theirs.count else { return false }
        return zip(mine, theirs).reduce(UInt8(0)) { $0 | $1.0 ^ $1.1 } == 0
    }

    private static func unwritable(_ path: String) -> CommandError {
        CommandError(
            .refused, "token",
            Phrase(
                "无法写入 \(path)，节点未开始服务；请检查磁盘和权限。",
                "\(path) can't be written, and the node does not serve; check the disk and the rights."))
    }
}
