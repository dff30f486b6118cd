/// Somebody asks for points that another holds (申请).
public struct Request: Hashable, Sendable {
    public let id: RowID
    /// The replica that asks; what it is given is granted to it, or to its member's present one.
    public let author: ReplicaID
    public let asset: AssetID
    public let wanted: Wanted

    public init(id: RowID, author: ReplicaID, asset: AssetID, wanted: Wanted) {
        self.id = id
        self.author = author
        self.asset = asset
        self.wanted = wanted
    }
}

/// How many points somebody wants, and where; which ones is for the one who gives them to choose.
public struct Wanted: Hashable, Sendable {
    /// Of a space or a teacher: that many lanes, each for the whole of `from..<to`. Of a plan, where a lane is one line
    /// of places: that many places between `from` and `to`.
    public let count: Int
    public let from: Int64
    public let to: Int64
    public let kind: Kind

    public enum Kind: Hashable, Sendable { case lanes, places }

    /// - Returns: `nil` if it asks for nothing.
    public init?(_ kind: Kind, count: Int, from: Int64, to: Int64) {
        guard count > 0, from < to else { return nil }
        self.kind = kind
        self.count = count
        self.from = from
        self.to = to
    }
}

extension Ledger {
    /// Points of an asset that are in one place and free, as many as are wanted, the lowest first.
    ///
    /// - Parameters:
    ///   - lanes: the lanes that the asset has.
    ///   - place: where they are to be.
    /// - Returns: the pieces; `nil` if there are too few.
    public static func choose(
        _ wanted: Wanted, of asset: AssetID, lanes: Range<UInt16>, in place: Holding.Place, index: some LedgerIndex
    ) throws -> [Piece]? {
        var chosen: [Piece] = []
        var left = wanted.count
        for lane in lanes where left > 0 {
            guard let whole = Span(lane: lane, from: wanted.from, to: wanted.to) else { continue }
            let free = try free(whole, of: asset, in: place, index: index)
            switch wanted.kind {
            case .lanes:
                guard whole.subtracting(free.map(\.span)).isEmpty else { continue }
                chosen += free
                left -= 1
            case .places:
                for piece in free where left > 0 {
                    let count = min(Int64(left), piece.span.to - piece.span.from)
                    guard let some = Span(lane: lane, from: piece.span.from, to: piece.span.from + count) else {
                        continue
                    }
                    chosen.append(Piece(some, under: piece.grant))
                    left -= Int(count)
                }
            }
        }
        return left == 0 ? chosen : nil
    }

    /// The points of a span that are in a place with no live use on them, and under which grant.
    public static func free(
        _ span: Span, of asset: AssetID, in place: Holding.Place, index: some LedgerIndex
    ) throws -> [Piece] {
        let used = try occupied(span, of: asset, in: index).map(\.piece.span)
        return try index.holdings(of: asset, in: span).flatMap { holding -> [Piece] in
            guard holding.place == place, let common = holding.span.intersection(span) else { return [] }
            return common.subtracting(used).map { Piece($0, under: holding.grant) }
        }
    }

    /// How many of the lanes or places that somebody wants are unused, wherever they are.
    public static func unused(
        _ wanted: Wanted, of asset: AssetID, lanes: Range<UInt16>, in index: some LedgerIndex
    ) throws -> Int {
        var count = 0
        for lane in lanes {
            guard let whole = Span(lane: lane, from: wanted.from, to: wanted.to) else { continue }
            let used = try occupied(whole, of: asset, in: index).map(\.piece.span)
            let there = try index.holdings(of: asset, in: whole).filter { $0.place != .burnt }
            let left = there.compactMap { $0.span.intersection(whole) }.flatMap { $0.subtracting(used) }
            switch wanted.kind {
            case .lanes: count += whole.subtracting(left).isEmpty ? 1 : 0
            case .places: count += left.reduce(0) { $0 + Int($1.to - $1.from) }
            }
        }
        return count
    }
}
