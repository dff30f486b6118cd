/// The hub's desk: its ledger, the register, and what it writes. Whatever it writes is in the maps at once.
public protocol LedgerDesk: LedgerIndex {
    /// Whether the hub was restored and the recovery is not closed: no grants and no answers.
    var isFrozen: Bool { get throws }
    /// The present replica of the member for which a replica wrote: itself, unless it ended. `nil` if there is none.
    func present(for replica: ReplicaID) throws -> ReplicaID?
    func present(of member: MemberID) throws -> ReplicaID?
    func lanes(of asset: AssetID) throws -> Range<UInt16>
    /// Requests without an answer for points of an asset, in journal order.
    func openRequests(of asset: AssetID) throws -> [Request]
    /// Assets of which points are on their way, or that have open requests.
    func unsettled() throws -> [AssetID]
    /// Live uses that name a grant that is not known.
    func waiting() throws -> [Use]
    /// All points that a replica holds.
    func holdings(by replica: ReplicaID) throws -> [(asset: AssetID, holdings: [Holding])]
    /// Holdings of an asset that are on their way to a member.
    func wished(of asset: AssetID) throws -> [Holding]

    /// - Returns: the grant's id.
    mutating func grant(_ spans: [Span], of asset: AssetID, to holder: Grant.Holder) throws -> RowID
    mutating func dispute(_ dispute: Dispute) throws
    /// Answers a request by a use of the hub's own.
    mutating func confirm(_ request: Request, with pieces: [Piece]) throws
    /// Answers a request of which nothing can come: every lane or place is used.
    mutating func decline(_ request: Request) throws
}

extension Ledger {
    /// What the hub does with the records of one segment, which are in the maps already: cancels before uses, so that a
    /// use is judged against all that stands.
    public static func takeIn(
        uses: [Use], cancels: [Cancel], touching assets: Set<AssetID>, at desk: inout some LedgerDesk
    ) throws {
        for cancel in cancels {
            if let dispute = try judge(cancel, in: desk) { try desk.dispute(dispute) }
        }
        for use in uses { try judge(use, at: &desk) }
        guard try !desk.isFrozen else { return }
        for asset in assets.sorted() { try settle(asset, at: &desk) }
    }

    private static func judge(_ use: Use, deciding decides: Bool = false, at desk: inout some LedgerDesk) throws {
        // What is cancelled before it came, or disputed, was never there.
        guard try isLive(use, in: desk) else { return }
        switch try judge(use, in: desk, deciding: decides) {
        case .waits: return
        case .loses(let dispute): try desk.dispute(dispute)
        case .stands(let displaced):
            for old in displaced { try desk.dispute(Dispute(record: old, winner: use.id, reason: .displaced)) }
        }
    }

    /// Grants on what is on its way, then answers what can be answered from the pool, in journal order.
    public static func settle(_ asset: AssetID, at desk: inout some LedgerDesk) throws {
        for holding in try desk.wished(of: asset) {
            guard case .wished(let member) = holding.place, let next = try desk.present(of: member) else { continue }
            _ = try desk.grant([holding.span], of: asset, to: .replica(next))
        }
        for request in try desk.openRequests(of: asset) { try answer(request, at: &desk) }
    }

    private static func answer(_ request: Request, at desk: inout some LedgerDesk) throws {
        guard let asker = try desk.present(for: request.author) else { return }
        let lanes = try desk.lanes(of: request.asset)
        if let pieces = try choose(request.wanted, of: request.asset, lanes: lanes, in: .pool, index: desk) {
            let grant = try desk.grant(pieces.map(\.span), of: request.asset, to: .replica(asker))
            try desk.confirm(request, with: pieces.map { Piece($0.span, under: grant) })
        } else if try unused(request.wanted, of: request.asset, lanes: lanes, in: desk) < request.wanted.count {
            try desk.decline(request)
        }
    }

    /// Gives the points of former replicas, with the uses on them, to the one that the operator names (确认移交).
    ///
    /// Safe only after the statement that nothing which they wrote is still on its way: `Protocol/Specification.md`, 21.
    public static func attest(_ former: Set<ReplicaID>, to next: ReplicaID, at desk: inout some LedgerDesk) throws {
        for replica in former.sorted() where replica != next {
            for (asset, holdings) in try desk.holdings(by: replica) {
                _ = try desk.grant(holdings.map(\.span), of: asset, to: .replica(next))
            }
        }
    }

    /// Closes a recovery: what waits for a grant is decided without it, and what waited for the pool is answered.
    public static func closeRecovery(at desk: inout some LedgerDesk) throws {
        for use in try desk.waiting() {
            try judge(use, deciding: true, at: &desk)
            guard try isLive(use, in: desk) else { continue }
            let unknown = try use.pieces.filter { try desk.grant($0.grant) == nil }
            _ = try desk.grant(unknown.map(\.span), of: use.asset, to: .replica(use.author))
        }
        for asset in try desk.unsettled() { try settle(asset, at: &desk) }
    }
}
