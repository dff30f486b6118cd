import Alliance
import Crypto
import Foundation
import Glibc

/// The node's private key: 32 bytes in a file that only its owner can read.
enum KeyFile {
    static func create(at path: String) throws -> Curve25519.Signing.PrivateKey {
        let key = Curve25519.Signing.PrivateKey()
        guard write([UInt8](key.rawRepresentation), to: path) else {
            throw CommandError(
                .refused, "key",
                Phrase(
                    "无法写入密钥文件 \(path)；请检查权限和磁盘空间。",
                    "The key file \(path) can't be written; check rights and disk space."))
        }
        return key
    }

    /// Writes a new file and waits until it is on the disk: the hub will know the key from the next request on.
    private static func write(_ bytes: [UInt8], to path: String) -> Bool {
        let descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return Glibc.write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
    }

    static func read(_ path: String) throws -> Curve25519.Signing.PrivateKey {
        guard let bytes = FileManager.default.contents(atPath: path),
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes)
        else {
            throw CommandError(
                .refused, "key",
                Phrase(
                    "密钥文件 \(path) 缺失或损坏；数据完好，但本机不能再签名，请联系秘书处重新加入。",
                    "The key file \(path) is missing or damaged; the data are whole, but this node can't sign; ask the secretariat to join anew."
                ))
        }
        return key
    }
}
