import Alliance
import CRDT
import Crypto
import Foundation
public import Store
public import Sync
import Wire

extension OpenReplica {
    /// Writes the whole replica to one file, while it is in use.
    ///
    /// - Returns: what the file covers.
    public func backUp(to path: String, passphrase: String) throws -> JSON {
        try Self.check(passphrase)
        let copy = path + ".database" + KeyFile.unfinished
        defer { Self.removeDatabase(copy) }
        try store.copy(to: copy)
        let copied = try ReplicaStore.open(at: copy, schema: schema)
        let findings = try copied.deepCheck()
        let (state, pending) = try copied.read { ($0.state, try $0.pending().count) }
        try copied.close()
        guard findings.isClean else {
            throw CommandError(
                .refused, "damaged",
                Phrase(
                    "本机数据未通过深度校验，没有写出备份；请运行 verify --deep 查看详情，并联系秘书处。",
                    "The data did not pass the deep check and no backup was written; run verify --deep and tell the secretariat."
                ))
        }
        let size = try FileManager.default.attributesOfItem(atPath: copy)[.size] as? Int ?? 0
        let manifest = BackupManifest(
            role: state.role.rawValue, alliance: state.alliance, member: state.member.description,
            memberName: try names().memberName(state.member) ?? "", node: state.node.description,
            replica: state.replica.description, epoch: state.cursor.epoch.description, rev: state.cursor.rev,
            pending: pending, made: World.wall, program: Self.program, databaseSize: size,
            keys: try SealedKeys(KeyFile(folder: folder).archive(), passphrase: passphrase))
        try BackupFile(path: path).write(manifest, database: copy)
        if state.role == .hub { try note(manifest, path) }
        return manifest.json
    }

    /// What a backup covers, once all of it was read and its checksum is right.
    public static func describeBackup(_ path: String) throws -> JSON { try BackupFile(path: path).read().json }

    /// Makes a folder from a backup. The replica in it has ended: what it still has is sent, what it lost comes back,
    /// and then it goes on under a new id.
    public static func restore(
        _ path: String, to folder: String, role: ReplicaState.Role, passphrase: String
    ) throws -> OpenReplica {
        try prepare(folder)
        let making = databasePath(folder) + KeyFile.unfinished
        defer { removeDatabase(making) }
        let manifest = try BackupFile(path: path).read(database: making)
        guard manifest.role == role.rawValue else {
            throw CommandError(
                .refused, "role",
                role == .hub
                    ? Phrase("这是节点的备份；请用 node restore。", "This is a node's backup; use node restore.")
                    : Phrase("这是中心的备份；请用 hub restore。", "This is the hub's backup; use hub restore."))
        }
        let keys = try manifest.keys.open(passphrase: passphrase)
        let store = try ReplicaStore.open(at: making, schema: .current)
        guard try store.deepCheck().isClean else {
            try store.close()
            throw CommandError(
                .refused, "damaged",
                Phrase("备份中的数据未通过校验，未恢复。", "The data in the backup did not pass the check; not restored."))
        }
        try KeyFile(folder: folder).unpack(keys)
        let key = try KeyFile(folder: folder).read()
        try store.write { try end($0, key, manifest) }
        try store.closeWhole()
        try FileManager.default.moveItem(atPath: making, toPath: databasePath(folder))
        return try open(folder)
    }

    private static func end(
        _ transaction: SQLiteTransaction, _ key: Curve25519.Signing.PrivateKey, _ manifest: BackupManifest
    ) throws {
        switch transaction.state.role {
        case .node:
            transaction.state.isEnding = true
            // Whoever restores it wants what it lacks, be it from a snapshot.
            transaction.state.mayStartAnew = true
        case .hub:
            try HubSession(transaction, key: key, surroundings: World.surroundings)
                .openEpoch(
                    after: 0,
                    because: "restored from a backup of \(ChinaTime.text(milliseconds: Int64(clamping: manifest.made)))"
                )
        }
    }

    private static func removeDatabase(_ path: String) {
        for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) }
    }

    private static let passphraseMin = 8

    private static func check(_ passphrase: String) throws {
        guard passphrase.count >= passphraseMin else {
            throw CommandError(
                .usage, "passphrase",
                Phrase("口令至少 \(passphraseMin) 个字符。", "The passphrase needs at least \(passphraseMin) characters."))
        }
    }

    // MARK: The hub's backups

    private func note(_ manifest: BackupManifest, _ path: String) throws {
        let file = URL(fileURLWithPath: path).standardizedFileURL.path
        try store.write { try $0.append(BackupRecord(id: 0, made: manifest.made, rev: manifest.rev, file: file)) }
    }

    /// The hub's backups that are kept, the oldest first.
    public func backups() throws -> [BackupRecord] {
        try require(.hub)
        return try store.read { try $0.backups() }
    }

    /// The operator says that a backup is no longer kept.
    public func forgetBackup(_ id: Int64) throws {
        try require(.hub)
        guard try backups().contains(where: { $0.id == id }) else {
            throw CommandError(.refused, "absent", Phrase("没有编号为 \(id) 的备份。", "There is no backup \(id)."))
        }
        try store.write { try $0.forgetBackup(id) }
    }
}
