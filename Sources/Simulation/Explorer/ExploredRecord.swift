import CRDT

/// What a ledger of the explored alliance is made of; requests and their answers stand beside it.
enum ExploredRecord: Hashable {
    case grant(Grant)
    case release(Release)
    case use(Use, answering: RowID?)
    case cancel(Cancel)
    case dispute(Dispute)
    case request(CRDT.Request)
    case decline(RowID)

    /// The replica that wrote it; `nil` for the hub.
    var author: ReplicaID? {
        switch self {
        case .release(let release): release.author
        case .use(let use, _): use.author == Names.hub ? nil : use.author
        case .cancel(let cancel): cancel.author
        case .request(let request): request.author
        case .grant, .dispute, .decline: nil
        }
    }

    /// Grants that it names.
    var grants: [RowID] {
        switch self {
        case .release(let release): release.pieces.map(\.grant)
        case .use(let use, _): use.author == Names.hub ? [] : use.pieces.map(\.grant)
        case .cancel(let cancel): cancel.pieces.map(\.grant)
        case .grant, .dispute, .request, .decline: []
        }
    }
}

extension ExploredRecord: CustomStringConvertible {
    var description: String {
        switch self {
        case .grant(let grant):
            "grant \(grant.fence.epoch).\(grant.fence.counter) of \(grant.spans.map(Names.points).joined(separator: " ")) to \(Names.holder(grant.holder))"
        case .release(let release):
            "release of \(release.pieces.map { Names.points($0.span) }.joined(separator: " ")) "
                + (release.wish.map { "for \(Names.member($0))" } ?? "to the pool")
        case .use(let use, _):
            "\(Names.use(use.id)) on \(use.pieces.map { Names.points($0.span) }.joined(separator: " "))"
        case .cancel(let cancel): "cancel of \(Names.use(cancel.use)) by \(Names.replica(cancel.author))"
        case .dispute(let dispute): "dispute of \(Names.use(dispute.record)), \(dispute.reason)"
        case .request: "request"
        case .decline: "decline"
        }
    }
}

/// Ids of the explored alliance, which say what they name, and how a story writes them: A1 is node A's first replica.
enum Names {
    static let hub = ReplicaID(rawValue: 0xFFFF)
    static let asset = AssetID(table: TableID(rawValue: 1), row: RowID(rawValue: 1))

    static func replica(node: Int, life: Int) -> ReplicaID { ReplicaID(rawValue: UInt64((node + 1) << 8 | life)) }
    static func node(_ replica: ReplicaID) -> Int { Int(replica.rawValue >> 8) - 1 }
    static func member(_ node: Int) -> MemberID { MemberID(rawValue: UInt128(node + 1)) }
    static func node(_ member: MemberID) -> Int { Int(member.rawValue) - 1 }

    enum Kind: UInt64 { case grant = 1, release, use, confirmation, cancel, request, answer }

    static func id(_ kind: Kind, _ first: UInt64, _ second: UInt64 = 0) -> RowID {
        RowID(rawValue: UInt128(kind.rawValue << 56 | first) << 64 | UInt128(second))
    }

    /// A number that tells a grant from every other, for ids that are made of it.
    static func number(_ grant: RowID) -> UInt64 { UInt64(truncatingIfNeeded: grant.rawValue >> 64) & 0xFF_FFFF_FFFF }

    /// Marks the number of a grant by which points were handed over for a decision.
    static let handed: UInt64 = 1 << 39
    static func isHanded(_ grant: RowID) -> Bool { number(grant) & handed != 0 }

    static func replica(_ replica: ReplicaID) -> String {
        replica == hub ? "hub" : letter(node(replica)) + "\(replica.rawValue & 0xFF)"
    }
    static func letter(_ node: Int) -> String { ["A", "B", "C", "D"][node] }
    static func member(_ member: MemberID) -> String { letter(node(member)) }
    static func points(_ span: Span) -> String { (span.from..<span.to).map { "p\($0)" }.joined(separator: "+") }
    static func use(_ id: RowID) -> String {
        let kind = Kind(rawValue: UInt64(truncatingIfNeeded: id.rawValue >> 120))
        let number = UInt64(truncatingIfNeeded: id.rawValue >> 64) & 0xFF_FFFF_FFFF
        return switch kind {
        case .use: "u\(number)"
        case .confirmation, .answer: "the answer to request \(number & 0xFF)"
        case .cancel: "the cancel of u\(UInt64(truncatingIfNeeded: id.rawValue) & 0xFFFF)"
        default: "record \(id)"
        }
    }
    static func holder(_ holder: Grant.Holder) -> String {
        switch holder {
        case .replica(let replica): Names.replica(replica)
        case .pool: "the pool"
        case .burnt: "nobody"
        }
    }
}
