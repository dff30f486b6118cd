public import Alliance
public import CRDT

/// Other times for what can't be had.
public struct Alternatives {
    let transaction: any ReplicaTransaction
    let ledger: any LedgerStore

    public init(_ transaction: any ReplicaTransaction) {
        self.transaction = transaction
        ledger = transaction.ledger
    }

    /// Candidates that are looked at, at most: each is looked up lane by lane.
    private static let candidatesMax = 60

    /// Up to three times of the same length within two weeks at which as many lanes are free: first those of the asker's
    /// own holding, then others, of both the nearest first.
    ///
    /// - Parameters:
    ///   - asker: the replica that wants it; `nil` for nobody's own.
    ///   - offered: times that were said before; those that are free still come before the nearest.
    ///   - teacher: who has to be free as well; `nil` for nobody.
    public func find(
        _ wanted: Wanted, of asset: AssetID, lanes: Range<UInt16>, asker: ReplicaID?, now: Int64, offered: [Span] = [],
        teacher: AssetID? = nil
    ) throws -> [WeekView.Alternative] {
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
        let said = offered.map { (from: $0.from, to: $0.to) }
        let candidates =
            said.filter { rules.obstacle($0.from, $0.to, now: now) == nil }
            + rules.others(like: lesson.from, lesson.to, now: now).filter { other in !said.contains { $0 == other } }
        var own: [WeekView.Alternative] = []
        var others: [WeekView.Alternative] = []
        for other in candidates.prefix(Self.candidatesMax) {
            let taken = rules.taken(other.from, other.to)
            guard let wish = Wanted(.lanes, count: wanted.count, from: taken.from, to: taken.to),
                try isFree(teacher, other.from, other.to)
            else { continue }
            if holds, let asker,
                try Ledger.choose(wish, of: asset, lanes: lanes, in: .held(asker), index: ledger) != nil
            {
                own.append(.init(from: other.from, to: other.to, isOwn: true))
            } else if others.count < 3, try Ledger.unused(wish, of: asset, lanes: lanes, in: ledger) >= wanted.count {
                others.append(.init(from: other.from, to: other.to, isOwn: false))
            }
            if own.count == 3 || !holds && others.count == 3 { break }
        }
        return Array((own + others).prefix(3))
    }

    private func isFree(_ teacher: AssetID?, _ from: Int64, _ to: Int64) throws -> Bool {
        guard let teacher, let wish = Wanted(.lanes, count: 1, from: from, to: to) else { return true }
        return try Ledger.unused(wish, of: teacher, lanes: ledger.lanes(of: teacher), in: ledger) == 1
    }

    /// Times as a decline keeps them. Spans of one column share no points: the rank is the lane.
    static func spans(_ times: [WeekView.Alternative]) -> [Span] {
        times.enumerated().compactMap { rank, time in Span(lane: UInt16(rank), from: time.from, to: time.to) }
    }
}
