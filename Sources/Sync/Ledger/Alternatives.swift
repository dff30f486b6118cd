import Alliance
import CRDT

/// Other times for what can't be had.
struct Alternatives {
    let transaction: any ReplicaTransaction
    let ledger: any LedgerStore

    init(_ transaction: any ReplicaTransaction) {
        self.transaction = transaction
        ledger = transaction.ledger
    }

    /// Candidates that are looked at, at most: each is looked up lane by lane.
    private static let candidatesMax = 60

    /// Up to three times of the same length within two weeks at which as many lanes are free: first those of the asker's
    /// own holding, then others, of both the nearest first.
    ///
    /// - Parameter asker: the replica that wants it; `nil` for nobody's own.
    func find(_ wanted: Wanted, of asset: AssetID, lanes: Range<UInt16>, asker: ReplicaID?, now: Int64) throws -> [Span]
    {
        guard wanted.kind == .lanes, asset.table == .space, let table = transaction.schema[.space],
            let space = try transaction.rows(in: table, id: asset.row).first
        else { return [] }
        let rules = try SpaceRules(of: space, in: transaction)
        let minute: Int64 = 60_000
        let lesson = (
            from: wanted.from + Int64(rules.policy.before) * minute, to: wanted.to - Int64(rules.policy.after) * minute
        )
        guard lesson.from < lesson.to else { return [] }
        let holds =
            try asker.map { asker in try ledger.holdings(of: asset).contains { $0.place == .held(asker) } } ?? false
        var own: [Span] = []
        var others: [Span] = []
        for other in rules.others(like: lesson.from, lesson.to, now: now).prefix(Self.candidatesMax) {
            let taken = rules.taken(other.from, other.to)
            guard let wish = Wanted(.lanes, count: wanted.count, from: taken.from, to: taken.to),
                let span = Span(lane: 0, from: other.from, to: other.to)
            else { continue }
            if holds, let asker,
                try Ledger.choose(wish, of: asset, lanes: lanes, in: .held(asker), index: ledger) != nil
            {
                own.append(span)
            } else if others.count < 3, try Ledger.unused(wish, of: asset, lanes: lanes, in: ledger) >= wanted.count {
                others.append(span)
            }
            if own.count == 3 || !holds && others.count == 3 { break }
        }
        // Spans of one column share no points: the rank is the lane.
        return (own + others).prefix(3).enumerated().compactMap { rank, span in
            Span(lane: UInt16(rank), from: span.from, to: span.to)
        }
    }
}
