public import Alliance
public import CRDT
public import Crypto
import Wire

/// Who may sign for whom, read from the register's rows as they stand in the transaction.
public struct Register {
    private let transaction: any ReplicaTransaction

    public init(_ transaction: any ReplicaTransaction) { self.transaction = transaction }

    /// A node of the register.
    public struct Node: Sendable {
        public let id: RowID
        public let author: Author
        public let key: Curve25519.Signing.PublicKey
        /// Unix milliseconds; `nil` while it is in force.
        public let revoked: UInt64?
        public let name: String
    }

    public func node(_ id: RowID) throws -> Node? {
        guard let row = try transaction.row(Self.nodeKey(id, transaction.state.secretariat)), row.isThere,
            case .bytes(let member)? = row[NodeColumn.member]?.value, let member = MemberID(bytes: member),
            case .bytes(let key)? = row[NodeColumn.key]?.value,
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: key)
        else { return nil }
        var revoked: UInt64?
        if case .integer(let time)? = row[NodeColumn.revoked]?.value { revoked = UInt64(clamping: time) }
        var name = ""
        if case .text(let text)? = row[NodeColumn.name]?.value { name = text }
        let isHub = row[NodeColumn.isHub]?.value == .integer(1)
        return Node(id: id, author: Author(member: member, isHub: isHub), key: key, revoked: revoked, name: name)
    }

    /// The node that writes as a replica. The hub's own replica is known before any row is.
    public func node(of replica: ReplicaID) throws -> Node? {
        let state = transaction.state
        if replica == state.cursor.epoch.replica {
            guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: state.hubKey) else { return nil }
            return Node(
                id: Self.nodeID(key: state.hubKey, state.secretariat),
                author: Author(member: state.secretariat, isHub: true), key: key, revoked: nil, name: "")
        }
        guard let row = try transaction.row(Self.replicaKey(replica, state.secretariat)), row.isThere,
            case .bytes(let bytes)? = row[ReplicaColumn.node]?.value, let id = RowID(bytes: bytes)
        else { return nil }
        return try node(id)
    }

    /// The member that a replica writes for; the secretariat for one that the register does not know.
    public func member(of replica: ReplicaID) throws -> MemberID {
        try node(of: replica)?.author.member ?? transaction.state.secretariat
    }

    /// The id of the node with a public key.
    public static func nodeID(key: [UInt8], _ secretariat: MemberID) -> RowID {
        RowID(natural: [.bytes(key)], table: .node, owner: secretariat)
    }

    public static func nodeKey(_ id: RowID, _ secretariat: MemberID) -> RowKey {
        RowKey(table: .node, owner: secretariat, id: id)
    }

    public static func replicaKey(_ replica: ReplicaID, _ secretariat: MemberID) -> RowKey {
        let id = RowID(natural: [.bytes(bytes(of: replica))], table: .replica, owner: secretariat)
        return RowKey(table: .replica, owner: secretariat, id: id)
    }

    /// The 8 bytes of a replica id, most significant first.
    public static func bytes(of replica: ReplicaID) -> [UInt8] {
        withUnsafeBytes(of: replica.rawValue.bigEndian) { [UInt8]($0) }
    }

    public static func replica(bytes: [UInt8]) -> ReplicaID? {
        bytes.count == 8 ? ReplicaID(rawValue: bytes.reduce(0) { $0 << 8 | UInt64($1) }) : nil
    }
}
