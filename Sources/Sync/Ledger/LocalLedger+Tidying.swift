public import Alliance
public import CRDT

/// What a replica does by itself with bookings of which not all came about.
extension LocalLedger {
    /// Whether there may be something to tidy.
    public var isUntidy: Bool {
        get throws {
            try !ledger.loose(state.replica).isEmpty || !ledger.partsToEnd(of: state.member).isEmpty
                || !ledger.requestsToWithdraw(of: state.member).isEmpty || !unwanted().isEmpty || hasWaited
        }
    }

    /// Gives back what was taken beside a request that was declined or withdrawn, the other parts of a booking of which
    /// one was ended, the booking that a confirmed one replaces, and what the hub handed over for requests that are
    /// answered; then answers requests that waited for what is free now.
    /// - Returns: how many uses, requests and holdings ended, and requests were answered.
    public func tidy() throws -> Int {
        var count = 0
        for request in try ledger.requestsToWithdraw(of: state.member) {
            try withdraw(request, because: "")
            count += 1
        }
        for use in Set(try ledger.loose(state.replica) + ledger.partsToEnd(of: state.member)).sorted() {
            do { try cancel(use, reason: "") } catch LedgerRefusal.elsewhere {
                // Its holder ends it once it hears that it is no longer wanted.
                guard try withdrawRequest(of: use) else { continue }
            } catch is LedgerRefusal {
                continue
            }
            count += 1
        }
        for (asset, spans) in try unwanted() {
            try release(spans, of: asset, wish: nil, note: "")
            count += 1
        }
        return try count + answerWaiting()
    }

    /// Takes back the request that a use answers, if it is this replica's and was not taken back before.
    /// - Returns: whether it did.
    public func withdrawRequest(of use: RowID, because reason: String = "") throws -> Bool {
        guard let table = transaction.schema[.use], let row = try transaction.rows(in: table, id: use).first,
            let request = row.rowID(UseColumn.request), try ledger.request(request)?.request?.author == state.replica,
            let withdrawals = transaction.schema[.withdrawal],
            let column = withdrawals.column(WithdrawalColumn.request),
            try transaction.rows(in: withdrawals, where: column, is: .bytes(request.bytes)).isEmpty
        else { return false }
        try withdraw(request, because: reason)
        return true
    }

    /// Points that the hub handed over for a decision, free, and which no open request wants any more.
    private func unwanted() throws -> [(asset: AssetID, spans: [Span])] {
        var unwanted: [(asset: AssetID, spans: [Span])] = []
        for (asset, holding) in try ledger.handed(to: state.holder) {
            let wanted = try ledger.openRequests(of: asset).compactMap(\.request?.wanted).compactMap {
                Span(lane: holding.span.lane, from: $0.from, to: $0.to)
            }
            let free = try Ledger.free(holding.span, of: asset, in: .held(state.holder), index: ledger).map(\.span)
            let spans = free.flatMap { $0.subtracting(wanted) }
            if !spans.isEmpty { unwanted.append((asset, spans)) }
        }
        return unwanted
    }
}
