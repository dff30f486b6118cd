public import Alliance
public import CRDT

/// Giving points up: a use ends, or points go to the pool or to a member.
extension LocalLedger {
    /// Ends a use whose points this replica holds. Points that the pool had given for it go back there.
    public func cancel(_ id: RowID, reason: String) throws {
        guard let use = try ledger.use(id) else { throw LedgerRefusal.noSuchUse }
        guard try Ledger.isLive(use, in: ledger) else { throw LedgerRefusal.over }
        let spans = use.pieces.map(\.span)
        let held = try Ledger.holdings(spans, of: use.asset, by: state.holder, in: ledger)
        guard spans.allSatisfy({ $0.subtracting(held.map(\.span)).isEmpty }) else { throw LedgerRefusal.elsewhere }
        var edits = [
            create(
                .cancel, newID(), use.asset,
                [
                    CancelColumn.replica: Value(state.replica), CancelColumn.use: Value(id),
                    CancelColumn.reason: reason.isEmpty ? .null : .text(reason),
                    CancelColumn.pieces: .bytes(PointBytes.bytes(held.sorted())),
                ])
        ]
        // What the hub itself took for this member came from the pool.
        let isAnswer = try transaction.row(RowKey(table: .use, owner: state.secretariat, id: id)) != nil
        if isAnswer { edits.append(release(held, of: use.asset, wish: nil, note: "")) }
        try writer.commit(edits)
    }

    /// Gives points away, with the bookings on them.
    public func release(_ spans: [Span], of asset: AssetID, wish: MemberID?, note: String) throws {
        let pieces = try Ledger.holdings(spans, of: asset, by: state.holder, in: ledger)
        guard spans.allSatisfy({ $0.subtracting(pieces.map(\.span)).isEmpty }) else { throw LedgerRefusal.elsewhere }
        try writer.commit([release(pieces, of: asset, wish: wish, note: note)])
    }

    func release(_ pieces: [Piece], of asset: AssetID, wish: MemberID?, note: String) -> RowEdit {
        create(
            .release, newID(), asset,
            [
                ReleaseColumn.replica: Value(state.replica),
                ReleaseColumn.pieces: .bytes(PointBytes.bytes(pieces.sorted())), ReleaseColumn.wish: Value(wish),
                ReleaseColumn.note: note.isEmpty ? .null : .text(note),
            ])
    }
}
