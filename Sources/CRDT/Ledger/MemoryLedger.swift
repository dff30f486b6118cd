/// A ledger in memory: what the explorer drives and tests compare with.
public struct MemoryLedger: LedgerIndex, Hashable, Sendable {
    public private(set) var grants: [RowID: Grant] = [:]
    public private(set) var releases: [RowID: Release] = [:]
    public private(set) var uses: [RowID: Use] = [:]
    public private(set) var cancels: [RowID: Cancel] = [:]
    /// By the record that does not count.
    public private(set) var disputes: [RowID: Dispute] = [:]
    public private(set) var holdings: [AssetID: [Holding]] = [:]
    public private(set) var occupations: [AssetID: Set<Occupation>] = [:]

    public init() {}

    // MARK: Adding; a record that is there already changes nothing

    public mutating func add(_ grant: Grant) throws {
        guard grants[grant.id] == nil else { return }
        grants[grant.id] = grant
        try Ledger.add(grant, to: &self)
    }

    public mutating func add(_ release: Release) throws {
        guard releases[release.id] == nil else { return }
        releases[release.id] = release
        try Ledger.add(release, to: &self)
    }

    public mutating func add(_ use: Use) throws {
        guard uses[use.id] == nil else { return }
        uses[use.id] = use
        try Ledger.add(use, to: &self)
    }

    public mutating func add(_ cancel: Cancel) throws {
        guard cancels[cancel.id] == nil else { return }
        cancels[cancel.id] = cancel
        try Ledger.add(cancel, to: &self)
    }

    public mutating func add(_ dispute: Dispute) throws {
        // Two hubs' words on one record say the same; which is kept must not depend on which came first.
        if let other = disputes[dispute.record] {
            if dispute < other { disputes[dispute.record] = dispute }
            return
        }
        disputes[dispute.record] = dispute
        try Ledger.add(dispute, to: &self)
    }

    // MARK: LedgerIndex

    public func grant(_ id: RowID) -> Grant? { grants[id] }
    public func use(_ id: RowID) -> Use? { uses[id] }
    public func cancel(_ id: RowID) -> Cancel? { cancels[id] }
    public func cancels(of use: RowID) -> [Cancel] { cancels.values.filter { $0.use == use } }
    public func isDisputed(_ record: RowID) -> Bool { disputes[record] != nil }

    public func releases(under grant: RowID) -> [Release] {
        releases.values.filter { $0.pieces.contains { $0.grant == grant } }
    }

    public func holdings(of asset: AssetID, in span: Span) -> [Holding] {
        (holdings[asset] ?? []).filter { $0.span.intersection(span) != nil }
    }

    public mutating func setHoldings(_ new: [Holding], of asset: AssetID, in span: Span) {
        var all: [Holding] = []
        for holding in holdings[asset] ?? [] { all += holding.span.subtracting([span]).map(holding.clipped) }
        all += new
        all.sort { $0.span < $1.span }
        holdings[asset] = Self.joined(all)
    }

    /// Neighbours that are alike are one, so that equal states are equal.
    private static func joined(_ all: [Holding]) -> [Holding] {
        var result: [Holding] = []
        for holding in all {
            if let last = result.last, last.span.lane == holding.span.lane, last.span.to == holding.span.from,
                last.clipped(to: holding.span) == holding,
                let span = Span(lane: last.span.lane, from: last.span.from, to: holding.span.to)
            {
                result[result.count - 1] = last.clipped(to: span)
            } else {
                result.append(holding)
            }
        }
        return result
    }

    public func occupations(of asset: AssetID, in span: Span) -> [Occupation] {
        (occupations[asset] ?? []).filter { $0.piece.span.intersection(span) != nil }
            .sorted { ($0.piece, $0.use) < ($1.piece, $1.use) }
    }

    public mutating func occupy(_ asset: AssetID, by use: Use) {
        occupations[asset, default: []].formUnion(use.pieces.map { Occupation(use: use.id, piece: $0) })
    }

    public mutating func vacate(_ asset: AssetID, by use: Use) {
        guard var left = occupations[asset] else { return }
        left.subtract(use.pieces.map { Occupation(use: use.id, piece: $0) })
        // An asset on which nothing is left is as one on which nothing ever was.
        occupations[asset] = left.isEmpty ? nil : left
    }
}
