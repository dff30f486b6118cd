public import CRDT

/// The audience of a row or a section (受众): every member, or a set of members, of which the secretariat is always one.
public enum Audience: Hashable, Sendable {
    case alliance
    /// Ascending, without repeats, the secretariat among them.
    case members([MemberID])

    /// The set of some members and the secretariat.
    public static func parties(_ members: some Sequence<MemberID>, secretariat: MemberID) -> Audience {
        .members(Set(members).union([secretariat]).sorted())
    }

    /// Whether a member may read what is addressed so.
    public func includes(_ member: MemberID) -> Bool {
        switch self {
        case .alliance: true
        case .members(let members): members.contains(member)
        }
    }

    /// Bytes that name the audience: nothing for the alliance, else 16 bytes a member.
    public var bytes: [UInt8] {
        switch self {
        case .alliance: []
        case .members(let members): members.flatMap(\.bytes)
        }
    }

    /// Reads what `bytes` gives; `nil` unless it is ascending and at most `membersMax` members.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count % 16 == 0, bytes.count <= 16 * ColumnType.membersMax else { return nil }
        guard let members = MemberID.list(bytes: bytes) else { return nil }
        self = members.isEmpty ? .alliance : .members(members)
    }
}

extension Audience: Comparable {
    /// The alliance first, then by bytes.
    public static func < (left: Audience, right: Audience) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }
}

extension MemberID {
    /// Reads a list of members, 16 bytes each; `nil` unless they ascend without repeats.
    public static func list(bytes: some Collection<UInt8>) -> [MemberID]? {
        guard bytes.count % 16 == 0 else { return nil }
        var members: [MemberID] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let member = MemberID(bytes: rest.prefix(16)) else { return nil }
            if let last = members.last, last >= member { return nil }
            members.append(member)
            rest = rest.dropFirst(16)
        }
        return members
    }
}

extension Table {
    /// The audience of a row of this table, from what was fixed at its birth.
    public func audience(of row: RowState, secretariat: MemberID) -> Audience {
        switch audience {
        case .alliance: return .alliance
        case .owner: return .parties([row.key.owner], secretariat: secretariat)
        case .parties(let columns):
            let named = columns.flatMap { column -> [MemberID] in
                guard case .bytes(let bytes)? = row[column]?.value else { return [] }
                return MemberID.list(bytes: bytes) ?? []
            }
            return .parties(named + [row.key.owner], secretariat: secretariat)
        }
    }
}
