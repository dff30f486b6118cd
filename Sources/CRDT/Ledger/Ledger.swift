/// The ledger of points: each point is in exactly one place.
///
/// The state is a function of the *set* of records, whatever order they come in: of a point's grants the one with the
/// largest fence counts; it is given away if a release of that grant's holder says so; a use is live unless a cancel that
/// counts or a dispute names it. Source: `Protocol/Specification.md`, section 21.
public enum Ledger {
    /// What a merge of records changes in the maps. The record itself is there already.
    public static func add(_ grant: Grant, to index: inout some LedgerIndex) throws {
        for span in grant.spans {
            let new = Holding(span: span, grant: grant.id, fence: grant.fence, holder: grant.holder, release: nil)
            let standing = try index.holdings(of: grant.asset, in: span)
            var result: [Holding] = []
            for holding in standing where !new.isLater(than: holding) {
                if let common = holding.span.intersection(span) { result.append(holding.clipped(to: common)) }
            }
            result += span.subtracting(result.map(\.span)).map(new.clipped)
            try index.setHoldings(result.sorted { $0.span < $1.span }, of: grant.asset, in: span)
        }
        for carried in grant.carries {
            guard try index.use(carried.use) == nil, try index.cancels(of: carried.use).isEmpty else { continue }
            try index.expect(Awaited(carried, by: grant.id), of: grant.asset)
        }
        for release in try index.releases(under: grant) { try add(release, to: &index) }
    }

    public static func add(_ release: Release, to index: inout some LedgerIndex) throws {
        let given = Holding.Given(release: release.id, wish: release.wish)
        for piece in release.pieces {
            guard let grant = try index.grant(piece.grant), grant.asset == release.asset,
                grant.holder == .replica(release.author)
            else { continue }
            for holding in try index.holdings(of: release.asset, in: piece.span)
            where holding.grant == piece.grant && holding.release.map({ given.release < $0.release }) ?? true {
                guard let common = holding.span.intersection(piece.span) else { continue }
                let changed = Holding(
                    span: common, grant: holding.grant, fence: holding.fence, holder: holding.holder, release: given)
                try index.setHoldings([changed], of: release.asset, in: common)
            }
        }
    }

    public static func add(_ use: Use, to index: inout some LedgerIndex) throws {
        try index.arrived(use.id)
        if try isLive(use, in: index) { try index.occupy(use.asset, by: use) }
    }

    public static func add(_ cancel: Cancel, to index: inout some LedgerIndex) throws {
        try index.arrived(cancel.use)
        guard let use = try index.use(cancel.use), try !isLive(use, in: index) else { return }
        try index.vacate(use.asset, by: use)
    }

    public static func add(_ dispute: Dispute, to index: inout some LedgerIndex) throws {
        if let use = try index.use(dispute.record) {
            try index.vacate(use.asset, by: use)
        } else if let cancel = try index.cancel(dispute.record), let use = try index.use(cancel.use),
            try isLive(use, in: index)
        {
            try index.occupy(use.asset, by: use)
        }
    }

    /// Whether a use stands: no dispute names it, and no cancel that counts.
    public static func isLive(_ use: Use, in index: some LedgerIndex) throws -> Bool {
        guard try !index.isDisputed(use.id) else { return false }
        return try !index.cancels(of: use.id).contains { try !index.isDisputed($0.id) }
    }

    /// Points of a span that are not free: live uses, and those that a grant there carries and that have not come yet.
    ///
    /// After a hub was restored a grant may come before the uses that it carries.
    public static func occupied(_ span: Span, of asset: AssetID, in index: some LedgerIndex) throws -> [Occupation] {
        var occupied = try index.occupations(of: asset, in: span)
        let awaited = try index.awaited(of: asset, in: span)
        guard !awaited.isEmpty else { return occupied }
        for holding in try index.holdings(of: asset, in: span) {
            guard let common = holding.span.intersection(span) else { continue }
            // A grant that a later one hides says nothing of the points any more.
            for use in awaited
            where use.carrier == holding.grant && use.occupation.piece.span.intersection(common) != nil {
                if !occupied.contains(use.occupation) { occupied.append(use.occupation) }
            }
        }
        return occupied
    }
}
