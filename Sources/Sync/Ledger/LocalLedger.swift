public import Alliance
public import CRDT
public import Crypto
import Wire

/// What a member does with points: within what its replica holds at once and finally, network or not.
public struct LocalLedger {
    private let transaction: any ReplicaTransaction
    private let writer: LocalWriter
    private let surroundings: Surroundings

    public init(
        _ transaction: any ReplicaTransaction, key: Curve25519.Signing.PrivateKey, surroundings: Surroundings
    ) {
        self.transaction = transaction
        self.surroundings = surroundings
        writer = LocalWriter(transaction, key: key, surroundings: surroundings)
    }

    private var state: ReplicaState { transaction.state }
    private var ledger: any LedgerStore { transaction.ledger }

    private func newID() -> RowID {
        RowID(rawValue: .uuid7(wall: surroundings.wall, random: (surroundings.random(), surroundings.random())))
    }

    private func create(_ table: TableID, _ id: RowID, _ asset: AssetID, _ values: [ColumnID: Value]) -> RowEdit {
        var values = values
        values[AssetColumn.table] = .integer(Int64(asset.table.rawValue))
        values[AssetColumn.row] = Value(asset.row)
        return RowEdit(
            key: RowKey(table: table, owner: state.member, id: id), act: .create,
            values: values.filter { $0.value != .null })
    }

    // MARK: Taking points

    /// What became of a wish for points.
    public enum Outcome: Hashable, Sendable {
        /// Taken, finally.
        case confirmed(use: RowID)
        /// What this replica holds is taken, and the rest is asked for.
        case requested(request: RowID, held: Int)
    }

    /// Takes points of one's own holding, and asks for those that it lacks.
    ///
    /// - Parameters:
    ///   - subject: the booking or admission that they are for; its row is among `beside`.
    ///   - beside: rows that are written in the same transaction.
    /// - Throws: `LedgerRefusal` if too many are taken already, or there are none.
    public func take(
        _ wanted: Wanted, of asset: AssetID, subject: RowID, beside: [RowEdit] = []
    ) throws -> Outcome {
        let lanes = try ledger.lanes(of: asset)
        guard !lanes.isEmpty else { throw LedgerRefusal.absent }
        let own = try Ledger.most(wanted, of: asset, lanes: lanes, in: .held(state.replica), index: ledger)
        let lacking = wanted.count - own.count
        if lacking > 0, try unused(wanted, asset, lanes) < wanted.count {
            throw LedgerRefusal.taken(try alternatives(wanted, asset, lanes))
        }
        var edits = beside
        let use = newID()
        if own.count > 0 {
            edits.append(
                create(
                    .use, use, asset,
                    [
                        UseColumn.replica: Value(state.replica),
                        UseColumn.pieces: .bytes(PointBytes.bytes(own.pieces.flatMap(PointBytes.cut).sorted())),
                        UseColumn.kind: .text(asset.table == .plan ? "admission" : "booking"),
                        UseColumn.member: Value(state.member), UseColumn.subject: Value(subject),
                    ]))
        }
        guard lacking > 0 else {
            try writer.commit(edits)
            return .confirmed(use: use)
        }
        let request = newID()
        edits.append(
            create(
                .request, request, asset,
                [
                    RequestColumn.replica: Value(state.replica),
                    RequestColumn.kind: .text(wanted.kind == .places ? "places" : "lanes"),
                    RequestColumn.count: .integer(Int64(lacking)), RequestColumn.first: .integer(wanted.from),
                    RequestColumn.last: .integer(wanted.to), RequestColumn.subject: Value(subject),
                ]))
        try writer.commit(edits)
        return .requested(request: request, held: own.count)
    }

    /// How many are unused as far as this replica knows, wherever they are.
    private func unused(_ wanted: Wanted, _ asset: AssetID, _ lanes: Range<UInt16>) throws -> Int {
        try Ledger.unused(wanted, of: asset, lanes: lanes, in: ledger)
    }

    /// Up to three later times of the same length, within two weeks, at which as many lanes are free in one's own
    /// holding or, failing that, anywhere.
    private func alternatives(_ wanted: Wanted, _ asset: AssetID, _ lanes: Range<UInt16>) throws -> [Span] {
        guard wanted.kind == .lanes else { return [] }
        let length = wanted.to - wanted.from
        var found: [(isOwn: Bool, span: Span)] = []
        var from = wanted.from
        let latest = wanted.from + 14 * PointBytes.lengthMax
        while from < latest, found.filter(\.isOwn).count < 3, found.count < 24 {
            from += max(length, 1_800_000)
            guard let other = Wanted(.lanes, count: wanted.count, from: from, to: from + length),
                let span = Span(lane: 0, from: other.from, to: other.to)
            else { break }
            // The same hours of other days, and other hours of the same day.
            if try Ledger.choose(other, of: asset, lanes: lanes, in: .held(state.replica), index: ledger) != nil {
                found.append((true, span))
            } else if try unused(other, asset, lanes) >= wanted.count {
                found.append((false, span))
            }
        }
        return found.sorted { $0.isOwn && !$1.isOwn }.prefix(3).map(\.span)
    }

    // MARK: Giving points up

    /// Ends a use whose points this replica holds. Points that the pool had given for it go back there.
    public func cancel(_ id: RowID, reason: String) throws {
        guard let use = try ledger.use(id) else { throw LedgerRefusal.noSuchUse }
        guard try Ledger.isLive(use, in: ledger) else { throw LedgerRefusal.over }
        let spans = use.pieces.map(\.span)
        let held = try Ledger.holdings(spans, of: use.asset, by: state.replica, in: ledger)
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
        let pieces = try Ledger.holdings(spans, of: asset, by: state.replica, in: ledger)
        guard spans.allSatisfy({ $0.subtracting(pieces.map(\.span)).isEmpty }) else { throw LedgerRefusal.elsewhere }
        try writer.commit([release(pieces, of: asset, wish: wish, note: note)])
    }

    /// Gives unused places of a plan away, the highest first.
    public func release(places count: Int, of asset: AssetID, wish: MemberID?, note: String) throws -> [Span] {
        let free = try ledger.holdings(of: asset).filter { $0.place == .held(state.replica) }.flatMap {
            try Ledger.free($0.span, of: asset, in: .held(state.replica), index: ledger)
        }
        var chosen: [Piece] = []
        var left = Int64(count)
        for piece in free.sorted().reversed() where left > 0 {
            let from = max(piece.span.from, piece.span.to - left)
            guard let span = Span(lane: piece.span.lane, from: from, to: piece.span.to) else { continue }
            chosen.append(Piece(span, under: piece.grant))
            left -= span.to - span.from
        }
        guard left == 0 else { throw LedgerRefusal.tooFew(count - Int(left)) }
        try writer.commit([release(chosen.sorted(), of: asset, wish: wish, note: note)])
        return chosen.map(\.span).sorted()
    }

    private func release(_ pieces: [Piece], of asset: AssetID, wish: MemberID?, note: String) -> RowEdit {
        create(
            .release, newID(), asset,
            [
                ReleaseColumn.replica: Value(state.replica),
                ReleaseColumn.pieces: .bytes(PointBytes.bytes(pieces.sorted())), ReleaseColumn.wish: Value(wish),
                ReleaseColumn.note: note.isEmpty ? .null : .text(note),
            ])
    }

    // MARK: Requests

    /// Answers another's request from one's own holding.
    /// - Returns: the use.
    public func approve(_ id: RowID) throws -> RowID {
        let (row, request) = try open(id)
        let lanes = try ledger.lanes(of: request.asset)
        guard
            let pieces = try Ledger.choose(
                request.wanted, of: request.asset, lanes: lanes, in: .held(state.replica), index: ledger)
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
        let other = try alternatives(request.wanted, request.asset, try ledger.lanes(of: request.asset))
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

    /// Gives back what was taken beside a request that was declined or withdrawn.
    /// - Returns: how many uses ended.
    public func tidy() throws -> Int {
        var count = 0
        for use in try ledger.loose(state.replica) {
            do { try cancel(use, reason: "") } catch is LedgerRefusal { continue }
            count += 1
        }
        return count
    }
}

/// Why points could not be taken or given.
public enum LedgerRefusal: Error, Hashable, Sendable {
    /// Nobody has been granted points of it yet: the hub does so at the next exchange.
    case absent
    /// Others use them; when else as many are free.
    case taken([Span])
    /// The points are not this replica's now.
    case elsewhere
    /// Only so many are held and unused.
    case tooFew(Int)
    case noSuchUse
    /// The use has ended before.
    case over
    case noSuchRequest
}
