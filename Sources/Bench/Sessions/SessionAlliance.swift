import Alliance
import CRDT
import Crypto
public import Replica
import Store
import Sync
import Wire

/// A hub with many nodes in its register, of which nothing but the keys is kept: enough to exchange in their name.
public struct SessionAlliance {
    public let hub: OpenReplica
    /// Those that have not exchanged yet: a node's tokens are used up with it.
    private var fresh: [SessionNode]

    /// Takes nodes that have not exchanged yet.
    mutating func take(_ count: Int) -> [SessionNode] {
        precondition(count <= fresh.count, "the alliance was made with too few nodes")
        defer { fresh.removeLast(count) }
        return fresh.suffix(count)
    }

    /// Makes the hub in an empty folder, with one member and one node for each session.
    public static func make(in folder: String, sessions: Int) throws -> SessionAlliance {
        let hub = try OpenReplica.foundHub(folder, alliance: "基准联盟")
        let state = try hub.state()
        let members = (0..<sessions).map { MemberID(rawValue: UInt128($0 + 1) << 64 | 0xBE7C4) }
        try hub.commit(
            members.enumerated().map { index, member in
                RowEdit(
                    key: RowKey(table: .member, owner: state.secretariat, id: RowID(rawValue: member.rawValue)),
                    act: .create,
                    values: [MemberColumn.name: .text("学校\(index + 1)"), MemberColumn.kind: .text("technician")])
            })
        let joined = try hub.store.write(durable: false) { transaction in
            let session = HubSession(transaction, key: hub.key, surroundings: World.surroundings)
            return try members.map { try join($0, session, transaction, hub) }
        }
        return SessionAlliance(
            hub: hub,
            fresh: try hub.store.read { transaction in
                try joined.map { node in
                    SessionNode(
                        key: node.key, id: node.id, replica: node.replica, hub: HubFingerprint(of: hub.key.publicKey),
                        cursor: transaction.state.cursor, journal: transaction.state.journal,
                        digests: try transaction.digests(for: node.member))
                }
            })
    }

    private static func join(
        _ member: MemberID, _ session: HubSession, _ transaction: SQLiteTransaction, _ hub: OpenReplica
    ) throws -> (key: Curve25519.Signing.PrivateKey, id: RowID, replica: ReplicaID, member: MemberID) {
        func random(_ count: Int) -> [UInt8] { (0..<count).map { _ in .random(in: .min ... .max) } }
        let key = Curve25519.Signing.PrivateKey()
        let replica = ReplicaID(rawValue: .random(in: 1 ... .max))
        let invitation = Invitation(
            code: random(Invitation.codeSize), secret: random(Invitation.secretSize),
            hub: HubFingerprint(of: hub.key.publicKey))
        try transaction.setInvitation(
            InvitationRecord(
                code: invitation.code, member: member, secret: invitation.secret,
                expires: World.wall + Invitation.lifetime, usedBy: nil))
        let answer = try session.join(
            JoinRequest(
                invitation: invitation, key: key.publicKey, replica: replica, name: "bench",
                schema: Schema.current.version))
        return (key, answer.node, replica, member)
    }
}

/// A node that has everything and nothing to send: what most nodes are at most times.
struct SessionNode: Sendable {
    let key: Curve25519.Signing.PrivateKey
    let id: RowID
    let replica: ReplicaID
    let hub: HubFingerprint
    let cursor: JournalPosition
    let journal: Hash256
    let digests: [AudienceDigest]
    var token = Token.none

    /// The next exchange's body, and the token that its answer settles.
    func request() -> (body: [UInt8], next: Token) {
        let next = Token(count: token.count + 1, random: .random(in: .min ... .max))
        let request = ExchangeRequest(
            schema: Schema.current.version, program: OpenReplica.program, cursor: cursor, journal: journal,
            own: Head(replica: replica, seq: 0, hash: .zero), token: token, nextToken: next, segments: [], pending: 0,
            pendingSince: 0, digests: digests, clock: World.wall, pageSize: Limits.pageSize, alarms: [])
        return (request.bytes, next)
    }

    /// The header fields of a signed request.
    func headers(_ body: [UInt8]) throws -> [(name: String, value: String)] {
        let headers: [(name: String, value: String)] = [
            ("content-type", "application/x-protobuf"), ("jilian-hub", hub.description),
            ("jilian-replica", replica.description),
        ]
        let parameters = SignatureParameters(
            created: Int64(World.wall / 1000),
            nonce: "\(UInt64.random(in: .min ... .max))-\(UInt64.random(in: .min ... .max))", keyID: id.description)
        let parts = HTTPMessageParts.request(
            method: "POST", path: "/sync/v1/exchange", query: "", headers: headers, body: body)
        return headers + (try HTTPSignature.sign(request: parts, parameters: parameters, key: key))
    }
}
