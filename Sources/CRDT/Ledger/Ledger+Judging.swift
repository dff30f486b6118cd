extension Ledger {
    /// What the hub makes of a use, by what else is there.
    public enum Judgement: Hashable, Sendable {
        /// It stands; the uses under older grants that stood there do not any more.
        case stands(displacing: [RowID])
        case loses(Dispute)
    }

    /// Judges a use; whether it is in the maps already makes no difference.
    ///
    /// Who was ever granted points may have used them, wherever they are by now: it stands, unless another use stands
    /// there under a grant that is not older. So the order in which a restored hub gets back grants, releases and uses
    /// makes no difference. On points free in the pool a use stands as well. Else it loses. A grant that is not known
    /// counts as older than all: out of a recovery nobody can look it up any more.
    /// - Parameters:
    ///   - isAnswer: whether the hub made it, under the grant that it gave the asker with it.
    public static func judge(
        _ use: Use, in index: some LedgerIndex, asAnswer isAnswer: Bool = false
    ) throws -> Judgement {
        var displaced: Set<RowID> = []
        for piece in use.pieces {
            let grant = try index.grant(piece.grant)
            let isOwn =
                grant.map {
                    (isAnswer || $0.holder == .replica(use.author)) && covers($0, piece, of: use.asset)
                } ?? true
            for occupation in try index.occupations(of: use.asset, in: piece.span) where occupation.use != use.id {
                let standing = try index.grant(occupation.piece.grant)?.fence
                guard isOwn, let fence = grant?.fence, standing.map({ $0 < fence }) ?? true else {
                    return .loses(Dispute(record: use.id, winner: occupation.use, reason: .taken))
                }
                displaced.insert(occupation.use)
            }
            let holdings = try index.holdings(of: use.asset, in: piece.span)
            let isThere = piece.span.subtracting(holdings.filter { $0.place != .burnt }.map(\.span)).isEmpty
            guard isThere, isOwn || holdings.allSatisfy({ $0.place == .pool }) else {
                return .loses(Dispute(record: use.id, winner: nil, reason: isOwn ? .gone : .foreign))
            }
        }
        return .stands(displacing: displaced.sorted())
    }

    /// Judges a cancel: it counts if its author wrote the use, or was granted all its points, by the grants that it names.
    /// One whose use is not known yet is kept.
    public static func judge(_ cancel: Cancel, in index: some LedgerIndex) throws -> Dispute? {
        guard let use = try index.use(cancel.use), use.author != cancel.author else { return nil }
        var own: [Span] = []
        for piece in cancel.pieces {
            guard let grant = try index.grant(piece.grant), grant.holder == .replica(cancel.author),
                covers(grant, piece, of: use.asset)
            else { continue }
            own.append(piece.span)
        }
        guard use.pieces.allSatisfy({ $0.span.subtracting(own).isEmpty }) else {
            return Dispute(record: cancel.id, winner: use.id, reason: .foreign)
        }
        return nil
    }

    /// Whether a grant is of these points.
    private static func covers(_ grant: Grant, _ piece: Piece, of asset: AssetID) -> Bool {
        grant.asset == asset && piece.span.subtracting(grant.spans).isEmpty
    }
}
