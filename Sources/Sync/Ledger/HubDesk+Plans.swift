public import Alliance
public import CRDT

/// What the secretariat does with the places of a plan.
extension HubDesk {
    /// Makes or cuts places, so that a plan has so many in all: new ones go to the pool, and only such are cut.
    ///
    /// - Parameter stages: of the training, 1 or 2, each a lane; a plan keeps those with which it was made.
    /// - Throws: `LedgerRefusal.tooFew` with the number that lies unused in the pool, if that is too few to be cut.
    public mutating func setTotal(_ total: Int, of plan: AssetID, stages: Int = 1) throws {
        let holdings = try holdingsOf(plan).filter { $0.span.lane == 0 }
        let made = holdings.map(\.span.to).max() ?? 1
        let burnt = holdings.filter { $0.place == .burnt }.reduce(0) { $0 + Int($1.span.to - $1.span.from) }
        let now = Int(made) - 1 - burnt
        let lanes = try lanes(of: plan)
        if total > now, let span = Span(lane: 0, from: made, to: made + Int64(total - now)) {
            reason = "mint"
            _ = try grant([span].inLanes(lanes.isEmpty ? 0..<UInt16(stages) : lanes), of: plan, to: .pool)
        } else if total < now {
            reason = "cut"
            let spans = try fromPool(now - total, of: plan, isLast: true)
            _ = try grant(spans.inLanes(lanes), of: plan, to: .burnt)
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
        _ = try grant(spans.inLanes(lanes(of: plan)), of: plan, to: .replica(replica))
        return spans
    }

    private func fromPool(_ count: Int, of plan: AssetID, isLast: Bool) throws -> [Span] {
        let free = try Ledger.freePlaces(of: plan, lanes: lanes(of: plan), in: .pool, holdingsOf(plan), index: self)
        guard let spans = free.some(count, isLast: isLast) else { throw LedgerRefusal.tooFew(free.points) }
        return spans
    }
}
