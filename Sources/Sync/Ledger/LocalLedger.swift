public import Alliance
public import CRDT
public import Crypto
import Wire

/// What a member does with points: within what its replica holds at once and finally, network or not.
public struct LocalLedger {
    let transaction: any ReplicaTransaction
    let writer: LocalWriter
    let surroundings: Surroundings

    public init(
        _ transaction: any ReplicaTransaction, key: Curve25519.Signing.PrivateKey, surroundings: Surroundings
    ) {
        self.transaction = transaction
        self.surroundings = surroundings
        writer = LocalWriter(transaction, key: key, surroundings: surroundings)
    }

    var state: ReplicaState { transaction.state }
    var ledger: any LedgerStore { transaction.ledger }

    func newID() -> RowID {
        RowID(rawValue: .uuid7(wall: surroundings.wall, random: (surroundings.random(), surroundings.random())))
    }

    func create(_ table: TableID, _ id: RowID, _ asset: AssetID, _ values: [ColumnID: Value]) -> RowEdit {
        var values = values
        values[AssetColumn.table] = .integer(Int64(asset.table.rawValue))
        values[AssetColumn.row] = Value(asset.row)
        return RowEdit(
            key: RowKey(table: table, owner: state.member, id: id), act: .create,
            values: values.filter { $0.value != .null })
    }

    /// Writes records beside the points, such as a registration.
    public func write(_ records: [RowEdit]) throws { try writer.commit(records) }

    // MARK: Taking points

    /// What became of a wish for points.
    public enum Outcome: Hashable, Sendable {
        /// Taken, finally.
        case confirmed(use: RowID)
        /// What this replica holds is taken, and the rest is asked for.
        case requested(request: RowID, held: Int)
    }

    /// So many lanes or places of one asset.
    public struct Demand: Hashable, Sendable {
        public let wanted: Wanted
        public let asset: AssetID
        /// Whether what others use is waited for (候补) instead of refused.
        public let waits: Bool

        public init(_ wanted: Wanted, of asset: AssetID, waits: Bool = false) {
            self.wanted = wanted
            self.asset = asset
            self.waits = waits
        }
    }

    /// Takes points of one asset: as `take(_:subject:beside:)` does of several.
    public func take(
        _ wanted: Wanted, of asset: AssetID, subject: RowID, waits: Bool = false, beside: [RowEdit] = []
    ) throws -> Outcome {
        try take([Demand(wanted, of: asset, waits: waits)], subject: subject, beside: beside)
    }

    /// Takes points of one's own holding, and asks for those that it lacks, all in one transaction.
    ///
    /// - Parameters:
    ///   - demands: of different assets, at least one.
    ///   - subject: the booking or admission that they are for; its row is among `beside`.
    ///   - beside: rows that are written in the same transaction.
    /// - Returns: `confirmed` with the first use if nothing had to be asked for; else the first request, and how much is
    ///   held of what it lacks.
    /// - Throws: `LedgerRefusal` if too many are taken already and are not waited for, or there are none.
    public func take(_ demands: [Demand], subject: RowID, beside: [RowEdit] = []) throws -> Outcome {
        var edits = beside
        var confirmed: RowID?
        var requested: (id: RowID, held: Int)?
        for demand in demands {
            let (use, request) = try take(demand, subject: subject, &edits)
            confirmed = confirmed ?? use?.id
            if let request, requested == nil { requested = (request, use?.count ?? 0) }
        }
        try writer.commit(edits)
        if let requested { return .requested(request: requested.id, held: requested.held) }
        guard let confirmed else { preconditionFailure("nothing was wanted for \(subject)") }
        return .confirmed(use: confirmed)
    }

    /// What is written to take or to ask for one demand.
    private func take(
        _ demand: Demand, subject: RowID, _ edits: inout [RowEdit]
    ) throws -> (use: (id: RowID, count: Int)?, request: RowID?) {
        let (wanted, asset) = (demand.wanted, demand.asset)
        let lanes = try lanes(of: asset)
        guard !lanes.isEmpty else { throw LedgerRefusal.absent }
        let own = try Ledger.most(wanted, of: asset, lanes: lanes, in: .held(state.holder), index: ledger)
        let lacking = wanted.count - own.count
        if lacking > 0, !demand.waits, try unused(wanted, asset, lanes) < wanted.count {
            guard asset.table != .teacher else { throw LedgerRefusal.busy(asset) }
            throw LedgerRefusal.taken(try alternatives(wanted, asset, lanes, for: state.holder))
        }
        var use: (id: RowID, count: Int)?
        if own.count > 0 {
            let id = newID()
            use = (id, own.count)
            edits.append(
                create(
                    .use, id, asset,
                    [
                        UseColumn.replica: Value(state.replica),
                        UseColumn.pieces: .bytes(PointBytes.bytes(own.pieces.flatMap(PointBytes.cut).sorted())),
                        UseColumn.kind: .text(asset.table == .plan ? "admission" : "booking"),
                        UseColumn.member: Value(state.member), UseColumn.subject: Value(subject),
                    ]))
        }
        guard lacking > 0 else { return (use, nil) }
        let request = newID()
        edits.append(
            create(
                .request, request, asset,
                [
                    RequestColumn.replica: Value(state.replica),
                    RequestColumn.kind: .text(wanted.kind == .places ? "places" : "lanes"),
                    RequestColumn.count: .integer(Int64(lacking)), RequestColumn.first: .integer(wanted.from),
                    RequestColumn.last: .integer(wanted.to), RequestColumn.subject: Value(subject),
                    RequestColumn.waits: demand.waits ? .integer(1) : .null,
                ]))
        return (use, request)
    }

    func lanes(of asset: AssetID) throws -> Range<UInt16> { try ledger.lanes(of: asset) }

    /// How many are unused as far as this replica knows, wherever they are.
    private func unused(_ wanted: Wanted, _ asset: AssetID, _ lanes: Range<UInt16>) throws -> Int {
        try Ledger.unused(wanted, of: asset, lanes: lanes, in: ledger)
    }

    /// Up to three other times, those that `asker` holds first.
    func alternatives(_ wanted: Wanted, _ asset: AssetID, _ lanes: Range<UInt16>, for asker: ReplicaID?) throws
        -> [Span]
    {
        try Alternatives.spans(
            Alternatives(transaction).find(
                wanted, of: asset, lanes: lanes, asker: asker, now: Int64(clamping: writer.wall() ?? surroundings.wall))
        )
    }
}

/// Why points could not be taken or given.
public enum LedgerRefusal: Error, Hashable, Sendable {
    /// Nobody has been granted points of it yet: the hub does so at the next exchange.
    case absent
    /// Others use them; when else as many are free.
    case taken([Span])
    /// A teacher is elsewhere then.
    case busy(AssetID)
    /// The points are not this replica's now.
    case elsewhere
    /// Only so many are held and unused.
    case tooFew(Int)
    case noSuchUse
    /// The use has ended before.
    case over
    case noSuchRequest
}
