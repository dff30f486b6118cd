extension Ledger {
    /// What the hub makes of a use that it merges, by what is there before it.
    public enum Judgement: Hashable, Sendable {
        /// It stands; the uses under older grants that stood there do not any more.
        case stands(displacing: [RowID])
        case loses(Dispute)
        /// It names a grant that is not known (yet).
        case waits
    }

    /// Judges a use before it is added.
    ///
    /// Holder and grant right: it stands, always. On points free in the pool it stands as well. Else it loses.
    /// - Parameter decides: whether what names an unknown grant is judged as if it had none, as when a recovery is closed.
    public static func judge(_ use: Use, in index: some LedgerIndex, deciding decides: Bool = false) throws
        -> Judgement
    {
        var displaced: Set<RowID> = []
        for piece in use.pieces {
            let grant = try index.grant(piece.grant)
            guard grant != nil || decides else { return .waits }
            let isOwn = grant.map { $0.holder == .replica(use.author) && $0.asset == use.asset } ?? false
            let holdings = try index.holdings(of: use.asset, in: piece.span)
            let covered = piece.span.subtracting(holdings.map(\.span)).isEmpty
            let rightful = isOwn && covered && holdings.allSatisfy { $0.grant == piece.grant }
            for occupation in try index.occupations(of: use.asset, in: piece.span) where occupation.use != use.id {
                let fence = try index.grant(occupation.piece.grant)?.fence
                guard rightful, let grant, let fence, fence < grant.fence else {
                    return .loses(Dispute(record: use.id, winner: occupation.use, reason: .taken))
                }
                displaced.insert(occupation.use)
            }
            let stands =
                covered
                && holdings.allSatisfy {
                    isOwn && $0.grant == piece.grant && $0.release?.wish == nil || $0.place == .pool
                }
            guard stands else {
                return .loses(Dispute(record: use.id, winner: nil, reason: isOwn ? .gone : .foreign))
            }
        }
        return .stands(displacing: displaced.sorted())
    }

    /// Judges a cancel: it counts if its author holds all points of the use now, or has given them away and nobody has
    /// been granted them since, or wrote the use and they lie in the pool. One whose use is not known yet is kept.
    public static func judge(_ cancel: Cancel, in index: some LedgerIndex) throws -> Dispute? {
        guard let use = try index.use(cancel.use) else { return nil }
        for piece in use.pieces {
            let holdings = try index.holdings(of: use.asset, in: piece.span)
            let mayEnd = holdings.allSatisfy {
                $0.holder == .replica(cancel.author) || $0.place == .pool && use.author == cancel.author
            }
            guard mayEnd else { return Dispute(record: cancel.id, winner: use.id, reason: .gone) }
        }
        return nil
    }
}
