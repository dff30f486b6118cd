public import Alliance
public import CRDT
public import Crypto
import Foundation
public import Store
public import Sync
public import Wire

/// A replica's folder, opened: its file, its key, and the commands on it.
///
/// The command line, the node's API and the servers all work through it; several processes can have one folder open.
public final class OpenReplica: Sendable {
    /// Name and version of this program.
    public static let program = "jilian 0.1.0"

    public let folder: String
    public let store: ReplicaStore
    public let key: Curve25519.Signing.PrivateKey
    public let schema: Schema

    private init(folder: String, store: ReplicaStore, key: Curve25519.Signing.PrivateKey) {
        self.folder = folder
        self.store = store
        self.key = key
        schema = store.schema
    }

    static func databasePath(_ folder: String) -> String { folder + "/replica.sqlite" }

    /// Opens the replica in a folder.
    public static func open(_ folder: String, schema: Schema = .current) throws -> OpenReplica {
        let store = try ReplicaStore.open(at: databasePath(folder), schema: schema)
        return OpenReplica(folder: folder, store: store, key: try signingKey(folder, store))
    }

    /// The state as it stands now.
    public func state() throws -> ReplicaState { try store.read { $0.state } }

    /// Throws unless the folder is a hub's or a node's, as the command needs it.
    public func require(_ role: ReplicaState.Role) throws {
        guard try state().role == role else {
            let phrase =
                role == .hub
                ? Phrase("这是学校节点的数据文件夹；此命令只用于中心。", "This is a node's folder; the command is the hub's.")
                : Phrase("这是中心的数据文件夹；此命令只用于学校节点。", "This is the hub's folder; the command is a node's.")
            throw CommandError(.refused, "role", phrase)
        }
    }

    /// Carries out edits as one transaction.
    @discardableResult
    public func commit(_ edits: [RowEdit]) throws -> Int {
        try store.write { transaction in
            try LocalWriter(transaction, key: key, surroundings: World.surroundings).commit(edits)
        }
    }

    // MARK: Making one

    /// A folder that may be used for a new replica: absent or empty.
    static func prepare(_ folder: String) throws {
        let manager = FileManager.default
        if manager.fileExists(atPath: databasePath(folder)) {
            throw StoreError(.exists, path: databasePath(folder))
        }
        guard contents(of: folder).isEmpty else {
            throw CommandError(
                .refused, "foreign",
                Phrase(
                    "文件夹 \(folder) 不是空的，也不是技联的数据文件夹；未作改动，请换一个。",
                    "The folder \(folder) is not empty and not this program's; left untouched; choose another."))
        }
        do {
            // SQLite makes its files readable to all that may enter the folder.
            try manager.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw CommandError(
                .refused, "folder",
                Phrase("无法建立文件夹 \(folder)；请检查路径和权限。", "The folder \(folder) can't be made; check path and rights."))
        }
    }

    /// The files of a folder, without those that were being made when a program ended.
    private static func contents(of folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { !$0.contains(KeyFile.unfinished) }
    }

    /// Makes a new hub.
    public static func foundHub(_ folder: String, alliance: String, schema: Schema = .current) throws -> OpenReplica {
        try prepare(folder)
        let key = try KeyFile(folder: folder).create()
        let secretariat = MemberID(rawValue: UUIDv7.make(wall: World.wall))
        let replica = ReplicaID(rawValue: .random(in: 1 ... .max))
        let publicKey = [UInt8](key.publicKey.rawRepresentation)
        let state = ReplicaState(
            role: .hub, alliance: alliance, replica: replica, member: secretariat,
            node: Register.nodeID(key: publicKey, secretariat), secretariat: secretariat, hubKey: publicKey,
            epoch: Epoch(number: 1, replica: replica), hubURL: "")
        let store = try ReplicaStore.create(at: databasePath(folder), schema: schema, state: state) {
            try HubSession($0, key: key, surroundings: World.surroundings).found()
        }
        return OpenReplica(folder: folder, store: store, key: key)
    }

    /// What a node needs to join, before it has a file.
    public struct Joining: Sendable {
        public let folder: String
        public let key: Curve25519.Signing.PrivateKey
        public let replica: ReplicaID
    }

    /// Prepares a folder for a node. A join that was cut off before its answer is taken up with the same key.
    public static func beginJoin(_ folder: String) throws -> Joining {
        let only = contents(of: folder) == ["key"]
        if !only { try prepare(folder) }
        let key = try only ? KeyFile(folder: folder).read() : KeyFile(folder: folder).create()
        return Joining(folder: folder, key: key, replica: ReplicaID(rawValue: .random(in: 1 ... .max)))
    }

    /// Makes the node's file from the hub's answer.
    public static func finishJoin(
        _ joining: Joining, _ answer: JoinResponse, hubURL: String, schema: Schema = .current
    ) throws -> OpenReplica {
        var state = ReplicaState(
            role: .node, alliance: answer.alliance, replica: joining.replica, member: answer.member, node: answer.node,
            secretariat: answer.secretariat, hubKey: [UInt8](answer.hubKey.rawRepresentation), epoch: answer.epoch,
            hubURL: hubURL)
        state.hubOffset = Int64(clamping: answer.hubTime) - Int64(clamping: World.wall)
        state.hubTime = answer.hubTime
        let store = try ReplicaStore.create(at: databasePath(joining.folder), schema: schema, state: state)
        return OpenReplica(folder: joining.folder, store: store, key: joining.key)
    }
}
