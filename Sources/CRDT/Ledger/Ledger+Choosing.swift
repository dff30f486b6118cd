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
        let most = try most(wanted, of: asset, lanes: lanes, in: place, index: index)
        return most.count == wanted.count ? most.pieces : nil
    }

    /// The same, or as many as there are.
    /// - Returns: how many lanes or places, and their pieces.
    public static func most(
        _ wanted: Wanted, of asset: AssetID, lanes: Range<UInt16>, in place: Holding.Place, index: some LedgerIndex
    ) throws -> (count: Int, pieces: [Piece]) {
        var chosen: [Piece] = []
        var count = 0
        switch wanted.kind {
        case .lanes:
            // On a full day nearly all lanes are used: that is the first look, and mostly the last.
            var rest = lanes
            while count < wanted.count, let whole = try nextUnused(&rest, wanted, of: asset, in: index) {
                let free = try free(whole, of: asset, in: place, index: index)
                guard whole.subtracting(free.map(\.span)).isEmpty else { continue }
                chosen += free
                count += 1
            }
        case .places:
            for lane in lanes {
                guard let whole = Span(lane: lane, from: wanted.from, to: wanted.to) else { continue }
                for piece in try free(whole, of: asset, in: place, index: index) where count < wanted.count {
                    let size = min(Int64(wanted.count - count), piece.span.to - piece.span.from)
                    guard let some = Span(lane: lane, from: piece.span.from, to: piece.span.from + size) else {
                        continue
                    }
                    chosen.append(Piece(some, under: piece.grant))
                    count += Int(size)
                }
            }
        }
        return (count, chosen)
    }

    /// What is wanted on the first of the lanes that no live use has a part of; that lane and those before it are left out
    /// of `rest` then.
    private static func nextUnused(
        _ rest: inout Range<UInt16>, _ wanted: Wanted, of asset: AssetID, in index: some LedgerIndex
    ) throws -> Span? {
        guard let lane = try index.firstUnused(rest, of: asset, from: wanted.from, to: wanted.to) else { return nil }
        rest = lane + 1..<rest.upperBound
        return Span(lane: lane, from: wanted.from, to: wanted.to)
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
        switch wanted.kind {
        case .lanes:
            var rest = lanes
            while let whole = try nextUnused(&rest, wanted, of: asset, in: index) {
                count += try whole.subtracting(unused(whole, of: asset, in: index)).isEmpty ? 1 : 0
            }
        case .places:
            for lane in lanes {
                guard let whole = Span(lane: lane, from: wanted.from, to: wanted.to) else { continue }
                count += try unused(whole, of: asset, in: index).reduce(0) { $0 + Int($1.to - $1.from) }
            }
        }
        return count
    }

    /// The points of a span that are there with no live use on them.
    private static func unused(_ span: Span, of asset: AssetID, in index: some LedgerIndex) throws -> [Span] {
        let used = try occupied(span, of: asset, in: index).map(\.piece.span)
        return try index.holdings(of: asset, in: span).filter { $0.place != .burnt }
            .compactMap { $0.span.intersection(span) }.flatMap { $0.subtracting(used) }
    }

    /// What a replica would write to give points away, or to end a use: those of the spans that it holds, used or not.
    public static func holdings(
        _ spans: [Span], of asset: AssetID, by replica: ReplicaID, in index: some LedgerIndex
    ) throws -> [Piece] {
        try spans.flatMap { span in
            try index.holdings(of: asset, in: span).compactMap { holding in
                guard holding.place == .held(replica), let common = holding.span.intersection(span) else { return nil }
                return Piece(common, under: holding.grant)
            }
        }
    }
}
