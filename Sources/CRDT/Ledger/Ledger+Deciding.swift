/// The hub's desk: its ledger, the register, and what it writes. Whatever it writes is in the maps at once.
public protocol LedgerDesk: LedgerIndex {
    /// Whether the hub was restored and the recovery is not closed: no grants and no answers.
    var isFrozen: Bool { get throws }
    /// Whether a replica is the hub's, of this epoch or another.
    func isHub(_ replica: ReplicaID) throws -> Bool
    /// The present replica of the member for which a replica wrote: itself, unless it ended. `nil` if there is none.
    func present(for replica: ReplicaID) throws -> ReplicaID?
    func present(of member: MemberID) throws -> ReplicaID?
    func lanes(of asset: AssetID) throws -> Range<UInt16>
    /// Requests without an answer for points of an asset, in journal order.
    func openRequests(of asset: AssetID) throws -> [Request]
    /// Assets of which points are on their way, or that have open requests.
    func unsettled() throws -> [AssetID]
    /// What was postponed and is not decided, in the order in which it came.
    func waiting() throws -> (uses: [Use], cancels: [Cancel])
    /// All points that a replica holds.
    func holdings(by replica: ReplicaID) throws -> [(asset: AssetID, holdings: [Holding])]
    /// Holdings of an asset that are on their way to a member.
    func wished(of asset: AssetID) throws -> [Holding]
    /// Holdings of an asset that are in the pool with a live use on some of their points.
    func used(of asset: AssetID) throws -> [Holding]

    /// Keeps in mind what is to be judged when the recovery is closed.
    mutating func postpone(uses: [Use], cancels: [Cancel]) throws
    /// The grant carries the uses that `Ledger.occupied` finds on its points.
    /// - Returns: the grant's id.
    mutating func grant(_ spans: [Span], of asset: AssetID, to holder: Grant.Holder) throws -> RowID
    /// The replica that answers a request for points of the pool in the hub's place (22.4); `nil`: the hub does.
    func decider(of request: Request) throws -> ReplicaID?
    /// Whether points were granted so that their holder answers requests (22.4).
    func isHandedOver(_ holding: Holding) throws -> Bool
    /// Grants points to the replica that is to answer requests for them.
    mutating func handOver(_ spans: [Span], of asset: AssetID, to decider: ReplicaID) throws
    mutating func dispute(_ dispute: Dispute) throws
    /// Answers a request by a use of the hub's own.
    mutating func confirm(_ request: Request, with pieces: [Piece]) throws
    /// Answers a request of which nothing can come: every lane or place is used.
    mutating func decline(_ request: Request) throws
}

extension Ledger {
    /// What the hub does with the records of one segment, which are in the maps already: cancels before uses, so that a
    /// use is judged against all that stands.
    ///
    /// While the hub recovers, what it sees is not all that stands: nothing is judged then.
    public static func takeIn(
        uses: [Use], cancels: [Cancel], touching assets: Set<AssetID>, at desk: inout some LedgerDesk
    ) throws {
        guard try !desk.isFrozen else { return try desk.postpone(uses: uses, cancels: cancels) }
        try decide(uses: uses, cancels: cancels, at: &desk)
        for asset in assets.sorted() { try settle(asset, at: &desk) }
    }

    /// Nothing waits any more: a grant that a hub out of recovery does not know is lost.
    private static func decide(uses: [Use], cancels: [Cancel], at desk: inout some LedgerDesk) throws {
        for cancel in cancels {
            if let dispute = try judge(cancel, in: desk) { try desk.dispute(dispute) }
        }
        for use in uses {
            // What is cancelled before it came, or disputed, was never there.
            guard try isLive(use, in: desk) else { continue }
            switch try judge(use, in: desk, asAnswer: desk.isHub(use.author)) {
            case .loses(let dispute): try desk.dispute(dispute)
            case .stands(let displaced):
                for old in displaced { try desk.dispute(Dispute(record: old, winner: use.id, reason: .displaced)) }
            }
        }
    }

    /// Grants on what is on its way, gives points of the pool that are used to whose use it is, so that somebody can end
    /// it, then answers what can be answered from the pool, in journal order.
    public static func settle(_ asset: AssetID, at desk: inout some LedgerDesk) throws {
        for holding in try desk.wished(of: asset) {
            guard case .wished(let member) = holding.place, let next = try desk.present(of: member) else { continue }
            _ = try desk.grant([holding.span], of: asset, to: .replica(next))
        }
        for (span, holder) in try usedInPool(asset, at: desk) {
            _ = try desk.grant([span], of: asset, to: .replica(holder))
        }
        for request in try desk.openRequests(of: asset) { try answer(request, at: &desk) }
    }

    /// Points of the pool with a live use, and to whom they were granted when that was made.
    private static func usedInPool(_ asset: AssetID, at desk: some LedgerDesk) throws -> [(Span, ReplicaID)] {
        try desk.used(of: asset).flatMap { holding -> [(Span, ReplicaID)] in
            try desk.occupations(of: asset, in: holding.span).compactMap { occupation in
                guard let span = occupation.piece.span.intersection(holding.span) else { return nil }
                if case .replica(let holder)? = try desk.grant(occupation.piece.grant)?.holder { return (span, holder) }
                return try desk.use(occupation.use).map { (span, $0.author) }
            }
        }
    }

    private static func answer(_ request: Request, at desk: inout some LedgerDesk) throws {
        guard let asker = try desk.present(for: request.author) else { return }
        let lanes = try desk.lanes(of: request.asset)
        if let decider = try desk.decider(of: request), decider != asker {
            return try handOver(request, lanes, to: decider, at: &desk)
        }
        if let pieces = try choose(request.wanted, of: request.asset, lanes: lanes, in: .pool, index: desk) {
            let grant = try desk.grant(pieces.map(\.span), of: request.asset, to: .replica(asker))
            try desk.confirm(request, with: pieces.map { Piece($0.span, under: grant) })
        } else {
            try refuse(request, lanes, at: &desk)
        }
    }

    /// Says no where too few are unused, wherever they are; who waits is answered when they are free.
    private static func refuse(_ request: Request, _ lanes: Range<UInt16>, at desk: inout some LedgerDesk) throws {
        guard !request.waits,
            try unused(request.wanted, of: request.asset, lanes: lanes, in: desk) < request.wanted.count
        else { return }
        try desk.decline(request)
    }

    /// What the decider does not hold free already; where there is nothing to decide on, the hub says so itself.
    private static func handOver(
        _ request: Request, _ lanes: Range<UInt16>, to decider: ReplicaID, at desk: inout some LedgerDesk
    ) throws {
        let (wanted, asset) = (request.wanted, request.asset)
        guard try choose(wanted, of: asset, lanes: lanes, in: .held(decider), index: desk) == nil else { return }
        if let pieces = try choose(wanted, of: asset, lanes: lanes, in: .pool, index: desk) {
            try desk.handOver(pieces.map(\.span), of: asset, to: decider)
        } else {
            try refuse(request, lanes, at: &desk)
        }
    }

    /// Gives the points of former replicas, with the uses on them, to the one that the operator names (确认移交).
    ///
    /// Safe only after the statement that nothing which they wrote is still on its way: `Protocol/Specification.md`, 21.
    public static func attest(_ former: Set<ReplicaID>, to next: ReplicaID, at desk: inout some LedgerDesk) throws {
        for replica in former.sorted() where replica != next {
            for (asset, holdings) in try desk.holdings(by: replica) {
                // What was the pool's before somebody asked for it is given back as the pool's.
                let handed = try holdings.filter { try desk.isHandedOver($0) }.map(\.span)
                let own = holdings.map(\.span).filter { !handed.contains($0) }
                if !own.isEmpty { _ = try desk.grant(own, of: asset, to: .replica(next)) }
                if !handed.isEmpty { try desk.handOver(handed, of: asset, to: next) }
            }
        }
    }

    /// Closes a recovery: what was postponed is judged, and what waited for the pool is answered.
    public static func closeRecovery(at desk: inout some LedgerDesk) throws {
        let waiting = try desk.waiting()
        try decide(uses: waiting.uses, cancels: waiting.cancels, at: &desk)
        for asset in try desk.unsettled() { try settle(asset, at: &desk) }
    }
}
