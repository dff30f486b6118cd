public import Alliance
public import CRDT
import Crypto
import Store
import Sync
import Wire

/// A member as the secretariat's register has it, with its nodes.
public struct RegisteredMember: Sendable, Identifiable {
    public let id: MemberID
    public let name: String
    public let kind: Phrase
    public let place: String
    /// Unix milliseconds; 0 while it takes part.
    public let left: UInt64
    public let nodes: [RegisteredNode]
    public let isSecretariat: Bool
}

/// A node as the register has it.
public struct RegisteredNode: Sendable, Identifiable {
    public let id: RowID
    public let name: String
    /// Unix milliseconds; 0 for never.
    public let joined: UInt64
    public let confirmed: UInt64
    public let revoked: UInt64
    /// 64 hexadecimal digits of its public key: read out over the telephone they show that a register names the right one.
    public let fingerprint: String
}

/// A code that was given out.
public struct GivenInvitation: Sendable, Identifiable {
    /// Names it in the list; nobody joins with it.
    public let id: String
    public let member: MemberID
    /// Unix milliseconds.
    public let expires: UInt64
    public let isUsed: Bool
}

extension OpenReplica {
    /// The fingerprint that every invitation pins: of this hub's key, or of the hub that a node knows.
    public func hubFingerprint() throws -> String {
        let key = try Curve25519.Signing.PublicKey(rawRepresentation: state().hubKey)
        return HubFingerprint(of: key).description
    }

    /// All members, those with nodes first and those that left last, each with its nodes. The hub's.
    public func registeredMembers() throws -> [RegisteredMember] {
        try require(.hub)
        let (members, nodes) = (try table("member"), try table("node"))
        let kinds = members.column(MemberColumn.kind)
        return try store.read { transaction in
            let byMember = Dictionary(grouping: try transaction.rows(in: nodes)) {
                $0.member(NodeColumn.member) ?? MemberID(rawValue: 0)
            }
            return try transaction.rows(in: members).map { row in
                let id = MemberID(rawValue: row.key.id.rawValue)
                return RegisteredMember(
                    id: id, name: row.text(MemberColumn.name), kind: Self.title(row.text(MemberColumn.kind), kinds),
                    place: row.text(MemberColumn.place), left: UInt64(clamping: row.integer(MemberColumn.left)),
                    nodes: (byMember[id] ?? []).filter { $0.integer(NodeColumn.isHub) == 0 }.map(Self.node),
                    isSecretariat: id == transaction.state.secretariat)
            }.sorted { ($0.left, $0.nodes.isEmpty ? 1 : 0, $0.name) < ($1.left, $1.nodes.isEmpty ? 1 : 0, $1.name) }
        }
    }

    private static func title(_ code: String, _ column: Column?) -> Phrase {
        guard case .choice(let choices)? = column?.type, let choice = choices.first(where: { $0.code == code }) else {
            return Phrase(code, code)
        }
        return choice.title
    }

    private static func node(_ row: RowState) -> RegisteredNode {
        func time(_ column: ColumnID) -> UInt64 { UInt64(clamping: row.integer(column)) }
        let key = row.bytes(NodeColumn.key).flatMap { try? Curve25519.Signing.PublicKey(rawRepresentation: $0) }
        return RegisteredNode(
            id: row.key.id, name: row.text(NodeColumn.name), joined: time(NodeColumn.joined),
            confirmed: time(NodeColumn.confirmed), revoked: time(NodeColumn.revoked),
            fingerprint: key.map { HubFingerprint(of: $0).description } ?? "")
    }

    // MARK: Invitations

    /// The codes that were given out and have not expired, the newest first. The hub's.
    public func invitations() throws -> [GivenInvitation] {
        try require(.hub)
        let now = World.wall
        return try store.read { try $0.invitations() }.filter { $0.expires > now }
            .sorted { $0.expires > $1.expires }
            .map {
                GivenInvitation(
                    id: Self.name(of: $0.code), member: $0.member, expires: $0.expires, isUsed: $0.usedBy != nil)
            }
    }

    /// Takes back a code that nobody has used: it is worth nothing from now on.
    public func withdrawInvitation(_ id: String) throws -> MemberID {
        try require(.hub)
        return try store.write { transaction in
            let found = try transaction.invitations().first {
                Self.name(of: $0.code) == id && $0.usedBy == nil && $0.expires > World.wall
            }
            guard let found else {
                throw CommandError(
                    .refused, "absent",
                    Phrase("没有这个未用的邀请码；它可能已用过或已撤回。", "There is no such unused code; it was used or taken back."))
            }
            try transaction.setInvitation(
                InvitationRecord(code: found.code, member: found.member, secret: [], expires: 0, usedBy: nil))
            return found.member
        }
    }

    private static func name(of code: [UInt8]) -> String {
        code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
