import Alliance
import Crypto
import Foundation

/// The node's private key: 32 bytes in a file that only its owner can read.
enum KeyFile {
    static func create(at path: String) throws -> Curve25519.Signing.PrivateKey {
        let key = Curve25519.Signing.PrivateKey()
        let made = FileManager.default.createFile(
            atPath: path, contents: key.rawRepresentation, attributes: [.posixPermissions: 0o600])
        guard made else {
            throw CommandError(
                .refused, "key", Phrase("无法写入密钥文件 \(path)；请检查权限和磁盘空间。", "The key file \(path) can't be written; check rights and disk space."))
        }
        return key
    }

    static func read(_ path: String) throws -> Curve25519.Signing.PrivateKey {
        guard let bytes = FileManager.default.contents(atPath: path),
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes)
        else {
            throw CommandError(
                .refused, "key",
                Phrase(
                    "密钥文件 \(path) 缺失或损坏；数据完好，但本机不能再签名，请联系秘书处重新加入。",
                    "The key file \(path) is missing or damaged; the data are whole, but this node can't sign; ask the secretariat to join anew."))
        }
        return key
    }
}
