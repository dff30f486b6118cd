public import Alliance
public import CRDT

/// What the secretariat does with the places of a plan.
extension HubDesk {
    /// Makes or cuts places, so that a plan has so many in all: new ones go to the pool, and only such are cut.
    ///
    /// - Throws: `LedgerRefusal.tooFew` with the number that lies unused in the pool, if that is too few to be cut.
    public mutating func setTotal(_ total: Int, of plan: AssetID) throws {
        let holdings = try holdingsOf(plan)
        let made = holdings.map(\.span.to).max() ?? 1
        let burnt = holdings.filter { $0.place == .burnt }.reduce(0) { $0 + Int($1.span.to - $1.span.from) }
        let now = Int(made) - 1 - burnt
        if total > now, let span = Span(lane: 0, from: made, to: made + Int64(total - now)) {
            reason = "mint"
            _ = try grant([span], of: plan, to: .pool)
        } else if total < now {
            reason = "cut"
            let spans = try fromPool(now - total, of: plan, isLast: true)
            _ = try grant(spans, of: plan, to: .burnt)
        }
    }

    /// Grants places of the pool to a member.
    ///
    /// - Returns: the places; throws `LedgerRefusal.tooFew` with the number that lies unused in the pool,
    ///   `LedgerRefusal.elsewhere` if the member has no replica.
    public mutating func allot(_ count: Int, of plan: AssetID, to member: MemberID) throws -> [Span] {
        guard let replica = try present(of: member) else { throw LedgerRefusal.elsewhere }
        let spans = try fromPool(count, of: plan, isLast: false)
        reason = "allot"
        _ = try grant(spans, of: plan, to: .replica(replica))
        return spans
    }

    private func fromPool(_ count: Int, of plan: AssetID, isLast: Bool) throws -> [Span] {
        let free = try holdingsOf(plan).filter { $0.place == .pool }.flatMap {
            try Ledger.free($0.span, of: plan, in: .pool, index: self)
        }.map(\.span)
        var left = Int64(count)
        var chosen: [Span] = []
        for span in isLast ? free.sorted().reversed() : free.sorted() where left > 0 {
            let length = min(left, span.to - span.from)
            let some =
                isLast
                ? Span(lane: 0, from: span.to - length, to: span.to)
                : Span(lane: 0, from: span.from, to: span.from + length)
            if let some { chosen.append(some) }
            left -= length
        }
        guard left == 0 else { throw LedgerRefusal.tooFew(count - Int(left)) }
        return chosen.sorted()
    }
}
