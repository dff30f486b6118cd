/// The maps of a ledger in memory: what follows from its records.
public struct LedgerMaps: Hashable, Sendable {
    /// By lane and point; neighbours that are alike are one, so that equal states are equal.
    public private(set) var holdings: [AssetID: [Holding]] = [:]
    public private(set) var occupations: [AssetID: Set<Occupation>] = [:]
    public private(set) var awaited: [AssetID: Set<Awaited>] = [:]

    public init() {}

    // MARK: Holdings

    func holdings(of asset: AssetID, in span: Span) -> [Holding] {
        (holdings[asset] ?? []).filter { $0.span.intersection(span) != nil }
    }

    mutating func setHoldings(_ new: [Holding], of asset: AssetID, in span: Span) {
        var all: [Holding] = []
        for holding in holdings[asset] ?? [] { all += holding.span.subtracting([span]).map(holding.clipped) }
        all += new
        all.sort { $0.span < $1.span }
        holdings[asset] = Self.joined(all)
    }

    /// Holdings in order with those neighbours made one that are alike.
    public static func joined(_ all: [Holding]) -> [Holding] {
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

    // MARK: Uses; an asset on which nothing is left is as one on which nothing ever was

    func occupations(of asset: AssetID, in span: Span) -> [Occupation] {
        (occupations[asset] ?? []).filter { $0.piece.span.intersection(span) != nil }
            .sorted { ($0.piece, $0.use) < ($1.piece, $1.use) }
    }

    mutating func occupy(_ asset: AssetID, by use: Use) {
        occupations[asset, default: []].formUnion(use.pieces.map { Occupation(use: use.id, piece: $0) })
    }

    mutating func vacate(_ asset: AssetID, by use: Use) {
        guard var left = occupations[asset] else { return }
        left.subtract(use.pieces.map { Occupation(use: use.id, piece: $0) })
        occupations[asset] = left.isEmpty ? nil : left
    }

    func awaited(of asset: AssetID, in span: Span) -> [Awaited] {
        (awaited[asset] ?? []).filter { $0.occupation.piece.span.intersection(span) != nil }.sorted {
            ($0.occupation.piece, $0.occupation.use, $0.carrier) < ($1.occupation.piece, $1.occupation.use, $1.carrier)
        }
    }

    mutating func expect(_ use: Awaited, of asset: AssetID) { awaited[asset, default: []].insert(use) }

    mutating func arrived(_ use: RowID) {
        for (asset, uses) in awaited where uses.contains(where: { $0.occupation.use == use }) {
            let left = uses.filter { $0.occupation.use != use }
            awaited[asset] = left.isEmpty ? nil : left
        }
    }
}

/// Who keeps the maps in memory, and the records wherever they are.
public protocol MappedLedger: LedgerIndex {
    var maps: LedgerMaps { get set }
}

extension MappedLedger {
    public func holdings(of asset: AssetID, in span: Span) -> [Holding] { maps.holdings(of: asset, in: span) }
    public mutating func setHoldings(_ new: [Holding], of asset: AssetID, in span: Span) {
        maps.setHoldings(new, of: asset, in: span)
    }
    public func occupations(of asset: AssetID, in span: Span) -> [Occupation] { maps.occupations(of: asset, in: span) }
    public mutating func occupy(_ asset: AssetID, by use: Use) { maps.occupy(asset, by: use) }
    public mutating func vacate(_ asset: AssetID, by use: Use) { maps.vacate(asset, by: use) }
    public func awaited(of asset: AssetID, in span: Span) -> [Awaited] { maps.awaited(of: asset, in: span) }
    public mutating func expect(_ awaited: Awaited, of asset: AssetID) { maps.expect(awaited, of: asset) }
    public mutating func arrived(_ use: RowID) { maps.arrived(use) }
}
