import Alliance
public import CRDT
public import Crypto
public import Store
import Sync
import Wire

/// Who this replica is to the others: its key, and the nodes beside it.
extension OpenReplica {
    /// The key that signs. A rotation that was cut off after its commit is brought to its end.
    static func signingKey(_ folder: String, _ store: ReplicaStore) throws -> Curve25519.Signing.PrivateKey {
        let files = KeyFile(folder: folder)
        if let next = try files.readNext(), try store.read({ try isRegistered(next, $0) }) {
            try files.promoteNext()
            return next
        }
        return try files.read()
    }

    private static func isRegistered(
        _ key: Curve25519.Signing.PrivateKey, _ transaction: SQLiteTransaction
    ) throws -> Bool {
        let node = try Register(transaction).node(transaction.state.node)
        return node?.key.rawRepresentation == key.publicKey.rawRepresentation
    }

    /// The keys that signed before, the newest first. At the hub they answer nodes that have not heard of the present
    /// one; at a node they are there until the hub has.
    public func formerKeys() throws -> [Curve25519.Signing.PrivateKey] { try KeyFile(folder: folder).readFormer() }

    /// Draws a new key and writes it into the register, signed by the old one. The replica has to be opened anew.
    ///
    /// No server and no session may have the folder open: they would go on signing with the old key.
    public func rotateKey() throws {
        let files = KeyFile(folder: folder)
        let next = try files.createNext()
        try store.write { transaction in
            let node = Register.nodeKey(transaction.state.node, transaction.state.secretariat)
            let value = Value.bytes([UInt8](next.publicKey.rawRepresentation))
            try LocalWriter(transaction, key: key, surroundings: World.surroundings)
                .commit([RowEdit(key: node, act: .edit, values: [NodeColumn.key: value])])
            if transaction.state.role == .hub {
                transaction.state.hubKey = [UInt8](next.publicKey.rawRepresentation)
            } else {
                // Everything up to here is signed by the old key; what follows will be by the new one.
                try Cutter(transaction, key: key).cut(segments: .max)
            }
        }
        try files.promoteNext()
    }

    /// Deletes the keys before, once the hub has proved that it knows the present one.
    public func forgetFormerKeys() throws { try KeyFile(folder: folder).removeFormer() }

    /// Confirms a further node of this replica's member, which waits for that.
    public func confirm(_ text: String) throws -> RowID {
        let row = try node(text)
        guard row.member(NodeColumn.member) == (try state().member) else {
            throw CommandError(
                .refused, "not-yours",
                Phrase("该节点不是本单位的；只能由它自己单位的节点确认。", "That node is another member's; one of its own must confirm it."))
        }
        guard row.integer(NodeColumn.revoked) == 0 else {
            throw CommandError(.refused, "revoked", Phrase("该节点已被吊销。", "The node is revoked."))
        }
        guard row.integer(NodeColumn.confirmed) == 0 else {
            throw CommandError(.refused, "confirmed", Phrase("该节点已确认过。", "The node is confirmed already."))
        }
        try commit([
            RowEdit(key: row.key, act: .edit, values: [NodeColumn.confirmed: .integer(Int64(clamping: World.wall))])
        ])
        return row.key.id
    }

    /// The one node that a name or an id names.
    func node(_ text: String) throws -> RowState {
        let table = try table("node")
        let named = try list(table).filter { $0.text(NodeColumn.name) == text }
        guard named.count <= 1 else {
            throw CommandError(
                .refused, "ambiguous",
                Phrase("有多个节点名为 \(text)，请用编号。", "Several nodes are called \(text); use the id."))
        }
        return try named.first ?? find(text, in: table)
    }

    /// Nodes of this replica's member that wait to be confirmed.
    func waitingNodes(_ transaction: SQLiteTransaction) throws -> JSON {
        guard let table = schema[.node] else { return [] }
        let member = transaction.state.member
        return .array(
            try transaction.rows(in: table).filter {
                $0.member(NodeColumn.member) == member && $0.integer(NodeColumn.isHub) == 0
                    && $0.integer(NodeColumn.revoked) == 0 && $0.integer(NodeColumn.confirmed) == 0
            }.map {
                [
                    "id": JSON($0.key.id), "name": .string($0.text(NodeColumn.name)),
                    "joined": .number($0.integer(NodeColumn.joined)),
                ]
            })
    }
}
