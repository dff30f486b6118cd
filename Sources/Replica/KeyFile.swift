import Alliance
import Crypto
import Foundation
import Glibc

/// The private keys of a replica's folder: 32 bytes each, in files that only their owner can read.
///
///     key             the one that signs
///     key.next        drawn by a rotation that is under way
///     former-keys/1…  those that signed before, the oldest first
///
/// In a backup the authority of the server's certificates stands beside them, if there is one.
struct KeyFile {
    let folder: String

    private var current: String { folder + "/key" }
    private var next: String { folder + "/key.next" }
    private var former: String { folder + "/former-keys" }

    func create() throws -> Curve25519.Signing.PrivateKey { try create(at: current) }

    func read() throws -> Curve25519.Signing.PrivateKey { try read(current) }

    // MARK: Rotation

    /// Draws the next key, in place of one that a rotation left behind which never happened.
    func createNext() throws -> Curve25519.Signing.PrivateKey {
        unlink(next)
        return try create(at: next)
    }

    /// The next key, if there is one.
    func readNext() throws -> Curve25519.Signing.PrivateKey? {
        FileManager.default.fileExists(atPath: next) ? try read(next) : nil
    }

    /// Makes the next key the one that signs, and keeps the one before. Done again after a crash it does what is left.
    func promoteNext() throws {
        mkdir(former, 0o700)
        let names = (try? formerNames()) ?? []
        let kept = "\(former)/\((names.last ?? 0) + 1)"
        let isKept =
            try names.last.map { try read("\(former)/\($0)").rawRepresentation == read().rawRepresentation } ?? false
        guard isKept || link(current, kept) == 0, rename(next, current) == 0 else { throw unwritable(current) }
        for directory in [former, folder] { sync(directory) }
    }

    /// The keys before, the newest first.
    func readFormer() throws -> [Curve25519.Signing.PrivateKey] {
        try formerNames().reversed().map { try read("\(former)/\($0)") }
    }

    func removeFormer() throws {
        for name in try formerNames() { unlink("\(former)/\(name)") }
    }

    private func formerNames() throws -> [Int] {
        guard FileManager.default.fileExists(atPath: former) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: former).compactMap { Int($0) }.sorted()
    }

    // MARK: Backups

    /// The file of the authority that people's computers trust (`OwnCertificate`).
    private static let authority = "tls/authority.pem"

    /// All keys in one: the name of each file and its bytes.
    func archive() throws -> Data {
        var keys = ["key": try read().rawRepresentation]
        keys["key.next"] = try readNext()?.rawRepresentation
        for name in try formerNames() { keys["former-keys/\(name)"] = try read("\(former)/\(name)").rawRepresentation }
        keys[Self.authority] = FileManager.default.contents(atPath: "\(folder)/\(Self.authority)")
        return try JSONEncoder.canonical.encode(keys)
    }

    /// Writes the files of an archive into a folder that has none.
    func unpack(_ archive: Data) throws {
        let keys = try JSONDecoder().decode([String: Data].self, from: archive)
        if keys.keys.contains(where: { $0.hasPrefix("former-keys/") }) { mkdir(former, 0o700) }
        if keys[Self.authority] != nil { mkdir("\(folder)/tls", 0o700) }
        for (name, key) in keys.sorted(by: { $0.key < $1.key }) {
            let path = folder + "/" + name
            guard isOurs(name), write([UInt8](key), to: path) else { throw unwritable(path) }
        }
    }

    private func isOurs(_ name: String) -> Bool {
        ["key", "key.next", Self.authority].contains(name)
            || name.hasPrefix("former-keys/") && Int(name.dropFirst(12)) != nil
    }

    // MARK: Files

    private func create(at path: String) throws -> Curve25519.Signing.PrivateKey {
        let key = Curve25519.Signing.PrivateKey()
        guard write([UInt8](key.rawRepresentation), to: path) else { throw unwritable(path) }
        return key
    }

    /// Ends the names of files that are being made; what a crash or a full disk leaves of them counts as nothing.
    static let unfinished = ".new"

    /// Writes a new file, whole or not at all, and waits until it is on the disk: the hub will know the key from the next
    /// request on.
    private func write(_ bytes: [UInt8], to path: String) -> Bool {
        let making = path + Self.unfinished
        unlink(making)
        defer { unlink(making) }
        let descriptor = open(making, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        let isWritten = Glibc.write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
        close(descriptor)
        // A link, unlike a rename, takes no other key's place.
        guard isWritten, link(making, path) == 0 else { return false }
        sync(folder)
        return true
    }

    private func sync(_ directory: String) {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    private func unwritable(_ path: String) -> CommandError {
        CommandError(
            .refused, "key",
            Phrase(
                "无法写入密钥文件 \(path)；请检查权限和磁盘空间。",
                "The key file \(path) can't be written; check rights and disk space."))
    }

    private func read(_ path: String) throws -> Curve25519.Signing.PrivateKey {
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
