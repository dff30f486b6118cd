public import Alliance
public import CRDT

/// Requests: answered by who holds the points, taken back by who asked.
extension LocalLedger {
    /// Answers another's request from one's own holding.
    /// - Returns: the use.
    public func approve(_ id: RowID) throws -> RowID {
        let (row, request) = try open(id)
        let lanes = try lanes(of: request.asset)
        guard
            let pieces = try Ledger.choose(
                request.wanted, of: request.asset, lanes: lanes, in: .held(state.holder), index: ledger)
        else { throw LedgerRefusal.taken([]) }
        let use = newID()
        try writer.commit([
            create(
                .use, use, request.asset,
                [
                    UseColumn.replica: Value(state.replica),
                    UseColumn.pieces: .bytes(PointBytes.bytes(pieces.flatMap(PointBytes.cut).sorted())),
                    UseColumn.kind: .text(request.asset.table == .plan ? "admission" : "booking"),
                    UseColumn.member: Value(row.key.owner), UseColumn.request: Value(id),
                    UseColumn.subject: row[RequestColumn.subject]?.value ?? .null,
                ])
        ])
        return use
    }

    public func decline(_ id: RowID, because reason: String) throws {
        let (row, request) = try open(id)
        let other = try alternatives(
            request.wanted, request.asset, try lanes(of: request.asset),
            for: request.author)
        let decline = RowID(natural: [.bytes(id.bytes)], table: .decline, owner: state.member)
        try writer.commit([
            create(
                .decline, decline, request.asset,
                [
                    DeclineColumn.request: Value(id), DeclineColumn.asker: Value(row.key.owner),
                    DeclineColumn.reason: .text(reason),
                    DeclineColumn.alternatives: other.isEmpty ? .null : .bytes(PointBytes.bytes(other)),
                ])
        ])
    }

    /// Takes one's own request back.
    public func withdraw(_ id: RowID, because reason: String) throws {
        guard let row = try ledger.request(id), let asset = row.asset, row.key.owner == state.member else {
            throw LedgerRefusal.noSuchRequest
        }
        let withdrawal = RowID(natural: [.bytes(id.bytes)], table: .withdrawal, owner: state.member)
        try writer.commit([
            create(
                .withdrawal, withdrawal, asset,
                [
                    WithdrawalColumn.request: Value(id),
                    WithdrawalColumn.reason: reason.isEmpty ? .null : .text(reason),
                ])
        ])
    }

    private func open(_ id: RowID) throws -> (RowState, Request) {
        guard let row = try ledger.request(id), let request = row.request,
            try ledger.openRequests(of: request.asset).contains(where: { $0.key.id == id })
        else { throw LedgerRefusal.noSuchRequest }
        return (row, request)
    }
}
