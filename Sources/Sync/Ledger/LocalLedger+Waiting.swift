import Alliance
import CRDT

/// Own requests that wait (候补), where this replica is the only one that could answer them.
extension LocalLedger {
    /// What is due of a request that waits.
    private enum Due { case answer, end }

    /// Whether there is one that can be answered, or whose time has begun.
    var hasWaited: Bool {
        get throws { try ledger.waitingRequests(of: state.member).contains { try due($0) != nil } }
    }

    /// Answers those that can be answered, the first asked for first, and takes those back whose time has begun.
    /// - Returns: how many.
    @discardableResult
    public func answerWaiting() throws -> Int {
        var count = 0
        for row in try ledger.waitingRequests(of: state.member) {
            switch try due(row) {
            case .answer: _ = try approve(row.key.id)
            case .end: try withdraw(row.key.id, because: "候补到时未果 nothing was free in time")
            case nil: continue
            }
            count += 1
        }
        return count
    }

    private func due(_ row: RowState) throws -> Due? {
        guard let request = row.request else { return nil }
        let (wanted, asset) = (request.wanted, request.asset)
        if wanted.kind == .lanes, let now = writer.wall(), wanted.from <= Int64(clamping: now) { return .end }
        let lanes = try lanes(of: asset)
        let whole = lanes.compactMap { Span(lane: $0, from: wanted.from, to: wanted.to) }
        let held = try Ledger.holdings(whole, of: asset, by: state.holder, in: ledger).map(\.span)
        // Whoever holds a part may be answering at this moment.
        guard whole.allSatisfy({ $0.subtracting(held).isEmpty }) else { return nil }
        return try Ledger.choose(wanted, of: asset, lanes: lanes, in: .held(state.holder), index: ledger) == nil
            ? nil : .answer
    }
}
