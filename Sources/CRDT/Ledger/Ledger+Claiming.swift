/// Why a point can't be taken by somebody now.
public enum Hindrance: Hashable, Sendable {
    /// A live use stands there.
    case used(RowID)
    /// It is somewhere else.
    case elsewhere(Holding.Place)
    /// There is no such point: beyond a plan's places, or of a space that nobody may book yet.
    case absent
}

extension Ledger {
    /// What a replica would write to take points: a piece for each grant under which it holds them, free.
    ///
    /// - Returns: the pieces, or what hinders, by points, in order.
    public static func claim(
        _ spans: [Span], of asset: AssetID, by replica: ReplicaID, in index: some LedgerIndex
    ) throws -> Claim {
        var claim = Claim()
        for span in spans {
            let occupied = try occupied(span, of: asset, in: index)
            for occupation in occupied {
                guard let common = occupation.piece.span.intersection(span) else { continue }
                claim.hindrances.append((common, .used(occupation.use)))
            }
            var free = span.subtracting(occupied.map(\.piece.span))[...]
            while let next = free.popFirst() {
                let holdings = try index.holdings(of: asset, in: next)
                for holding in holdings {
                    guard let common = holding.span.intersection(next) else { continue }
                    if holding.place == .held(replica) {
                        claim.pieces.append(Piece(common, under: holding.grant))
                    } else {
                        claim.hindrances.append((common, .elsewhere(holding.place)))
                    }
                }
                claim.hindrances += next.subtracting(holdings.map(\.span)).map { ($0, .absent) }
            }
        }
        return claim
    }

    /// What a replica would write to give points away: those that it holds, used or not.
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

/// What can be taken of the points that somebody wants, and what can't.
public struct Claim: Sendable {
    public internal(set) var pieces: [Piece] = []
    public internal(set) var hindrances: [(span: Span, hindrance: Hindrance)] = []

    /// Whether all can be taken.
    public var isWhole: Bool { hindrances.isEmpty }
}
