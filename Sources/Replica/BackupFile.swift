import Alliance
import Crypto
import CryptoExtras
import Foundation

/// One file that holds a whole replica: what it covers, its database, its keys under a passphrase.
///
///     magic 8 "JLIABAK1" · size u32 · manifest (JSON) · database (SQLite) · SHA-256 of all before, 32
struct BackupFile {
    static let magic = Array("JLIABAK1".utf8)
    private static let manifestMax = 1 << 20
    private static let chunk = 1 << 20

    let path: String

    // MARK: Writing

    /// Writes the file, whole or not at all.
    func write(_ manifest: BackupManifest, database: String) throws {
        let making = path + KeyFile.unfinished
        let manager = FileManager.default
        guard !manager.fileExists(atPath: path) else {
            throw CommandError(
                .refused, "exists",
                Phrase("文件 \(path) 已存在，未覆盖。", "The file \(path) is there already and was not overwritten."))
        }
        try? manager.removeItem(atPath: making)
        defer { try? manager.removeItem(atPath: making) }
        do {
            guard manager.createFile(atPath: making, contents: nil, attributes: [.posixPermissions: 0o600]),
                let target = FileHandle(forWritingAtPath: making),
                let source = FileHandle(forReadingAtPath: database)
            else { throw unwritable }
            let head = try JSONEncoder.canonical.encode(manifest)
            var hash = SHA256()
            func put(_ data: Data) throws {
                hash.update(data: data)
                try target.write(contentsOf: data)
            }
            try put(Data(Self.magic + withUnsafeBytes(of: UInt32(head.count).bigEndian) { [UInt8]($0) }))
            try put(head)
            while let data = try source.read(upToCount: Self.chunk), !data.isEmpty { try put(data) }
            try target.write(contentsOf: Data(hash.finalize()))
            try target.synchronize()
            try target.close()
            try manager.moveItem(atPath: making, toPath: path)
        } catch is CocoaError { throw unwritable }
    }

    private var unwritable: CommandError {
        CommandError(
            .refused, "unwritable",
            Phrase(
                "无法写入备份文件 \(path)；请检查路径、权限和磁盘空间。原有数据不受影响。",
                "The backup \(path) can't be written; check path, rights and disk space. Your data are untouched."))
    }

    // MARK: Reading

    /// Reads and checks the whole file.
    /// - Parameter database: where the database is written to, if it is wanted.
    func read(database: String? = nil) throws -> BackupManifest {
        guard let source = FileHandle(forReadingAtPath: path) else {
            throw CommandError(.refused, "absent", Phrase("没有文件 \(path)。", "There is no file \(path)."))
        }
        defer { try? source.close() }
        var hash = SHA256()
        func take(_ count: Int) throws -> Data {
            guard let data = try source.read(upToCount: count), data.count == count else {
                throw damaged("is cut short")
            }
            hash.update(data: data)
            return data
        }
        guard let magic = try source.read(upToCount: Self.magic.count), [UInt8](magic) == Self.magic else {
            throw CommandError(
                .refused, "foreign", Phrase("\(path) 不是技联的备份文件。", "\(path) is not a backup of this program."))
        }
        hash.update(data: magic)
        let size = try take(4).reduce(0) { $0 << 8 | Int($1) }
        guard size <= Self.manifestMax else { throw damaged("has a manifest of \(size) bytes") }
        let head = try take(size)
        guard let manifest = try? JSONDecoder().decode(BackupManifest.self, from: head) else {
            throw damaged("has a manifest that can't be read")
        }
        try copy(manifest.databaseSize, take, to: database)
        let sum = try source.read(upToCount: 33) ?? Data()
        guard sum == Data(hash.finalize()) else { throw damaged("does not have the checksum that it was written with") }
        return manifest
    }

    private func copy(_ size: Int, _ take: (Int) throws -> Data, to path: String?) throws {
        var target: FileHandle?
        if let path {
            guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
            else { throw unwritableFolder(path) }
            target = FileHandle(forWritingAtPath: path)
        }
        var left = size
        while left > 0 {
            let data = try take(min(left, Self.chunk))
            left -= data.count
            do { try target?.write(contentsOf: data) } catch { throw unwritableFolder(path ?? "") }
        }
        try target?.synchronize()
        try target?.close()
    }

    private func unwritableFolder(_ path: String) -> CommandError {
        CommandError(
            .refused, "unwritable",
            Phrase("无法写入 \(path)；请检查权限和磁盘空间。", "\(path) can't be written; check rights and disk space."))
    }

    private func damaged(_ what: String) -> CommandError {
        CommandError(
            .refused, "damaged",
            Phrase(
                "备份文件 \(path) 不完整或已损坏，未作任何改动；请换一份备份。",
                "The backup \(path) \(what); nothing was changed; use another one."))
    }
}

/// What a backup covers.
struct BackupManifest: Codable {
    var role: String
    var alliance: String
    var member: String
    var memberName: String
    var node: String
    var replica: String
    var epoch: String
    /// The journal up to here is in it.
    var rev: UInt64
    /// Own transactions that the hub had not acknowledged.
    var pending: UInt64
    /// Unix milliseconds.
    var made: UInt64
    var program: String
    var databaseSize: Int
    var keys: SealedKeys

    var json: JSON {
        [
            "role": .string(role), "alliance": .string(alliance), "member": .string(member),
            "memberName": .string(memberName), "node": .string(node), "replica": .string(replica),
            "epoch": .string(epoch), "rev": JSON(rev), "pending": JSON(pending), "made": JSON(made),
            "program": .string(program), "databaseSize": .number(Int64(databaseSize)),
        ]
    }
}

/// Private keys under a passphrase: scrypt (RFC 7914), then ChaCha20-Poly1305 (RFC 8439).
struct SealedKeys: Codable {
    private var salt: Data
    private var rounds: Int
    private var box: Data

    private static let rounds = 1 << 16
    private static let roundsMax = 1 << 20

    init(_ keys: Data, passphrase: String) throws {
        salt = Data((0..<16).map { _ in UInt8.random(in: .min ... .max) })
        rounds = Self.rounds
        let key = try Self.derive(passphrase, salt, rounds)
        box = try ChaChaPoly.seal(keys, using: key).combined
    }

    func open(passphrase: String) throws -> Data {
        guard rounds > 1, rounds <= Self.roundsMax, rounds & (rounds - 1) == 0, salt.count == 16,
            let sealed = try? ChaChaPoly.SealedBox(combined: box),
            let keys = try? ChaChaPoly.open(sealed, using: Self.derive(passphrase, salt, rounds))
        else {
            throw CommandError(
                .refused, "passphrase",
                Phrase(
                    "口令不对，备份中的密钥无法打开；未作任何改动。",
                    "The passphrase is wrong: the keys in the backup stay sealed; nothing was changed."))
        }
        return keys
    }

    private static func derive(_ passphrase: String, _ salt: Data, _ rounds: Int) throws -> SymmetricKey {
        try KDF.Scrypt.deriveKey(
            from: Data(passphrase.utf8), salt: salt, outputByteCount: 32, rounds: rounds, blockSize: 8, parallelism: 1)
    }
}

extension JSONEncoder {
    static var canonical: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return encoder
    }
}
