public import Alliance
public import CRDT
public import Crypto
import Wire

/// Who may sign for whom, read from the register's rows as they stand in the transaction.
public struct Register {
    private let transaction: any ReplicaTransaction
    private let row: (RowKey) throws -> RowState?

    public init(_ transaction: any ReplicaTransaction) { self.init(transaction) { try transaction.row($0) } }

    /// - Parameter row: gives the rows of the register, where that is not simply as they stand.
    init(_ transaction: any ReplicaTransaction, row: @escaping (RowKey) throws -> RowState?) {
        self.transaction = transaction
        self.row = row
    }

    /// A node of the register.
    public struct Node: Sendable {
        public let id: RowID
        public let author: Author
        public let key: Curve25519.Signing.PublicKey
        /// Unix milliseconds; `nil` while it is in force.
        public let revoked: UInt64?
        /// Whether it is its member's first, or an earlier one of its member has confirmed it.
        public let isConfirmed: Bool
        public let name: String

        /// Throws the hub's refusal of a node that may not exchange.
        public func mayExchange(hubTime: UInt64) throws {
            guard revoked == nil else {
                throw Refusal(
                    .revoked,
                    Phrase(
                        "本节点已被秘书处吊销；本机数据仍可查看，请联系秘书处。",
                        "This node was revoked; its data stay readable here; ask the secretariat."), hubTime: hubTime)
            }
            guard isConfirmed else {
                throw Refusal(
                    .unconfirmed,
                    Phrase(
                        "本单位已有节点，新节点 \(id) 要由其中一个确认（node confirm）后才能同步；请核对编号。",
                        "Your member has a node already: one of them must confirm this one, \(id) (node confirm), before it syncs; compare the id."
                    ), hubTime: hubTime)
            }
        }
    }

    public func node(_ id: RowID) throws -> Node? {
        guard let row = try row(Self.nodeKey(id, transaction.state.secretariat)), row.isThere else { return nil }
        return Self.node(row)
    }

    private static func node(_ row: RowState) -> Node? {
        guard case .bytes(let member)? = row[NodeColumn.member]?.value, let member = MemberID(bytes: member),
            case .bytes(let key)? = row[NodeColumn.key]?.value,
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: key)
        else { return nil }
        var revoked: UInt64?
        if case .integer(let time)? = row[NodeColumn.revoked]?.value { revoked = UInt64(clamping: time) }
        var name = ""
        if case .text(let text)? = row[NodeColumn.name]?.value { name = text }
        // The hub signs in the name of the secretariat, which owns the register: of no other member.
        let isHub = row[NodeColumn.isHub]?.value == .integer(1) && member == row.key.owner
        let isConfirmed = isHub || row[NodeColumn.confirmed]?.value ?? .null != .null
        return Node(
            id: row.key.id, author: Author(member: member, isHub: isHub), key: key, revoked: revoked,
            isConfirmed: isConfirmed, name: name)
    }

    /// The node that writes as a replica. The hub's own replica is known before any row is.
    public func node(of replica: ReplicaID) throws -> Node? {
        let state = transaction.state
        if replica == state.cursor.epoch.replica {
            guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: state.hubKey) else { return nil }
            return Node(
                id: try nodeID(of: replica) ?? Self.nodeID(key: state.hubKey, state.secretariat),
                author: Author(member: state.secretariat, isHub: true), key: key, revoked: nil, isConfirmed: true,
                name: "")
        }
        return try nodeID(of: replica).flatMap(node)
    }

    /// The node whose key must have signed a segment. The hub's replicas enter the register with their own first segment:
    /// who stands on nothing has founded the journal, and of another the one tells on which it stands.
    func signer(of header: SegmentHeader) throws -> Node? {
        if let node = try node(of: header.replica) { return node }
        guard header.seq == 1 else { return nil }
        guard let former = header.standsOn else {
            let cursor = transaction.state.cursor
            return cursor.rev == 0 ? try node(of: cursor.epoch.replica) : nil
        }
        return try node(of: former.replica).flatMap { $0.author.isHub ? $0 : nil }
    }

    private func nodeID(of replica: ReplicaID) throws -> RowID? {
        guard let row = try row(Self.replicaKey(replica, transaction.state.secretariat)), row.isThere,
            case .bytes(let bytes)? = row[ReplicaColumn.node]?.value
        else { return nil }
        return RowID(bytes: bytes)
    }

    /// When each replica of a node was registered, Unix milliseconds.
    func registrations(of node: RowID) throws -> [UInt64] {
        guard let table = transaction.schema[.replica] else { return [] }
        return try transaction.rows(in: table).compactMap { row in
            guard row[ReplicaColumn.node]?.value == .bytes(node.bytes),
                case .integer(let time)? = row[ReplicaColumn.registered]?.value
            else { return nil }
            return UInt64(clamping: time)
        }
    }

    /// Whether a replica has ended: another of its node's goes on for it.
    public func hasEnded(_ replica: ReplicaID) throws -> Bool {
        let row = try row(Self.replicaKey(replica, transaction.state.secretariat))
        return row?[ReplicaColumn.ended]?.value ?? .null != .null
    }

    /// The replica for which one goes on; `nil` if it goes on for none.
    public func standsOn(_ replica: ReplicaID) throws -> ReplicaID? {
        let row = try row(Self.replicaKey(replica, transaction.state.secretariat))
        guard case .bytes(let bytes)? = row?[ReplicaColumn.standsOn]?.value else { return nil }
        return Self.replica(bytes: bytes)
    }

    /// The nodes in force of a member: neither revoked nor waiting to be confirmed.
    public func nodes(of member: MemberID) throws -> [Node] {
        guard let table = transaction.schema[.node] else { return [] }
        return try transaction.rows(in: table).compactMap(Self.node).filter {
            $0.author.member == member && $0.revoked == nil && $0.isConfirmed
        }
    }

    /// The replicas of a node that have not ended, the one that was registered last at the end.
    public func replicas(of node: RowID) throws -> [ReplicaID] {
        guard let table = transaction.schema[.replica] else { return [] }
        return try transaction.rows(in: table).filter {
            $0[ReplicaColumn.node]?.value == .bytes(node.bytes) && $0[ReplicaColumn.ended]?.value ?? .null == .null
        }.compactMap { row -> (Stamp, ReplicaID)? in
            guard case .bytes(let bytes)? = row[ReplicaColumn.number]?.value, let replica = Self.replica(bytes: bytes),
                let born = row.presence?.stamp
            else { return nil }
            return (born, replica)
        }.sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// Whether a new node may stand confirmed from its birth: the secretariat's own, or a member's first in force.
    /// Another one is a node that the hub made in a member's name.
    func mayBeBornConfirmed(_ member: MemberID) throws -> Bool {
        try member == transaction.state.secretariat || nodes(of: member).isEmpty
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

    // MARK: Changes that the hub writes

    /// The row of a new replica.
    /// - Parameters:
    ///   - wall: Unix milliseconds.
    ///   - standsOn: the replica for which it goes on.
    static func registration(
        of replica: ReplicaID, node: RowID, standsOn: ReplicaID?, at wall: UInt64, _ secretariat: MemberID,
        _ stamp: Stamp
    ) -> RowState {
        let values: [(ColumnID, Value)] = [
            (ReplicaColumn.number, .bytes(bytes(of: replica))), (ReplicaColumn.node, .bytes(node.bytes)),
            (ReplicaColumn.registered, .integer(Int64(wall))), (ReplicaColumn.ended, .null),
            (ReplicaColumn.standsOn, standsOn.map { .bytes(bytes(of: $0)) } ?? .null),
        ]
        return RowState(
            key: replicaKey(replica, secretariat), presence: Presence(length: 1, stamp: stamp),
            cells: values.map { Cell(column: $0.0, value: $0.1, stamp: stamp) })
    }

    /// Notes in a replica's row that it has ended.
    static func ending(of replica: ReplicaID, at wall: UInt64, _ secretariat: MemberID, _ stamp: Stamp) -> RowState {
        RowState(
            key: replicaKey(replica, secretariat), presence: nil,
            cells: [Cell(column: ReplicaColumn.ended, value: .integer(Int64(wall)), stamp: stamp)])
    }
}
