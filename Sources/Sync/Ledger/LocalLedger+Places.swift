public import Alliance
public import CRDT

/// What a school does with the places that it holds.
extension LocalLedger {
    /// Admits somebody: takes the lowest place that is held and free, in every lane of the plan.
    ///
    /// - Parameters:
    ///   - admission: the id of the row that says what is known of the admission, which is among `beside`.
    ///   - beside: records that are written in the same transaction.
    /// - Returns: the place; throws `LedgerRefusal.tooFew` if there is none.
    public func admit(to plan: AssetID, admission: RowID, beside: [RowEdit]) throws -> Int64 {
        let free = try freePlaces(of: plan)
        guard let place = free.first?.from else { throw LedgerRefusal.tooFew(0) }
        let uses = try lanes(of: plan).map { lane in
            create(
                .use, newID(), plan,
                [
                    UseColumn.replica: Value(state.replica),
                    UseColumn.pieces: .bytes(PointBytes.bytes(try pieces(of: plan, place, lane))),
                    UseColumn.kind: .text("admission"), UseColumn.member: Value(state.member),
                    UseColumn.subject: Value(admission),
                ])
        }
        try writer.commit(uses + beside)
        return place
    }

    /// Ends an admission. Its place is the school's again, in every lane that it still holds.
    public func cancel(place: Int64, of plan: AssetID, reason: String) throws {
        var ended = 0
        for use in try uses(of: plan, place) where try Ledger.isLive(use, in: ledger) {
            guard try isHeld(use) else { continue }
            try cancel(use.id, reason: reason)
            ended += 1
        }
        guard ended > 0 else { throw LedgerRefusal.noSuchUse }
    }

    /// Hands the later stage of an admission over to the lead school: its point goes there with the use on it.
    public func handOver(place: Int64, of plan: AssetID, to lead: MemberID) throws {
        guard let span = Span(lane: 1, place: place),
            let use = try uses(of: plan, place).first(where: { $0.pieces.first?.span.lane == 1 }),
            try Ledger.isLive(use, in: ledger)
        else { throw LedgerRefusal.noSuchUse }
        guard try isHeld(use) else { throw LedgerRefusal.elsewhere }
        try release([span], of: plan, wish: lead, note: "")
    }

    /// Gives unused places away, the highest first.
    public func release(places count: Int, of plan: AssetID, wish: MemberID?, note: String) throws -> [Span] {
        let free = try freePlaces(of: plan)
        guard let spans = free.some(count, isLast: true) else { throw LedgerRefusal.tooFew(free.points) }
        try release(spans.inLanes(lanes(of: plan)), of: plan, wish: wish, note: note)
        return spans
    }

    /// Places that are held and free, in every lane: spans of the first, ascending.
    private func freePlaces(of plan: AssetID) throws -> [Span] {
        try Ledger.freePlaces(
            of: plan, lanes: lanes(of: plan), in: .held(state.holder), ledger.holdings(of: plan), index: ledger)
    }

    private func pieces(of plan: AssetID, _ place: Int64, _ lane: UInt16) throws -> [Piece] {
        guard let span = Span(lane: lane, place: place) else { return [] }
        return try Ledger.free(span, of: plan, in: .held(state.holder), index: ledger)
    }

    private func uses(of plan: AssetID, _ place: Int64) throws -> [Use] {
        try lanes(of: plan).compactMap { Span(lane: $0, place: place) }.flatMap {
            try ledger.occupations(of: plan, in: $0)
        }.compactMap { try ledger.use($0.use) }
    }

    private func isHeld(_ use: Use) throws -> Bool {
        let spans = use.pieces.map(\.span)
        let held = try Ledger.holdings(spans, of: use.asset, by: state.holder, in: ledger).map(\.span)
        return spans.allSatisfy { $0.subtracting(held).isEmpty }
    }
}
