public import Alliance
public import CRDT
public import Crypto
import Wire

/// The hub's desk over a transaction: what it decides is stored at once, and journaled by `file`.
public struct HubDesk: LedgerDesk {
    private let transaction: any ReplicaTransaction
    private let journal: HubJournal
    private let surroundings: Surroundings
    private let register: Register
    var ledger: any LedgerStore
    private var written: [RowState] = []
    private var size = 0
    /// Of the transaction under way; `nil` until something is written.
    private var stamp: Stamp?
    /// Why points are granted now, for people.
    public var reason = "transfer"

    public init(
        _ transaction: any ReplicaTransaction, key: Curve25519.Signing.PrivateKey, surroundings: Surroundings
    ) {
        self.transaction = transaction
        self.surroundings = surroundings
        journal = HubJournal(transaction, key: key, surroundings: surroundings)
        register = Register(transaction)
        ledger = transaction.ledger
    }

    /// Journals what was decided. Nothing is lost that is not filed: the caller's transaction ends as a whole.
    public mutating func file() throws {
        guard let stamp else { return }
        try journal.appendOwn(written, time: stamp.time)
        written = []
        size = 0
        self.stamp = nil
    }

    private mutating func write(_ table: TableID, _ id: RowID? = nil, _ values: [ColumnID: Value]) throws -> RowID {
        let owner = transaction.state.secretariat
        let stamp =
            self.stamp
            ?? Stamp(time: transaction.state.clock.next(wall: surroundings.wall), replica: transaction.state.replica)
        self.stamp = stamp
        let id =
            id
            ?? RowID(
                rawValue: .uuid7(wall: surroundings.wall, random: (surroundings.random(), surroundings.random())))
        let row = RowState(
            key: RowKey(table: table, owner: owner, id: id), presence: Presence(length: 1, stamp: stamp),
            cells: (transaction.schema[table]?.columns ?? []).map {
                Cell(column: $0.id, value: values[$0.id] ?? .null, stamp: stamp)
            })
        guard try transaction.insert(row, audience: transaction.audience(of: row)) else { return id }
        written.append(row)
        size += row.size
        return id
    }

    private func asset(_ asset: AssetID) -> [ColumnID: Value] {
        [AssetColumn.table: .integer(Int64(asset.table.rawValue)), AssetColumn.row: Value(asset.row)]
    }

    // MARK: Deciding

    public mutating func grant(_ spans: [Span], of asset: AssetID, to holder: Grant.Holder) throws -> RowID {
        // Between decisions: what a grant is given for goes with it.
        if written.count >= Limits.transactionRows / 2 || size >= Limits.transactionSize / 2 { try file() }
        var ids: [RowID] = []
        for (spans, carries) in try parts(spans.sorted(), of: asset) {
            ids.append(try write(.grant, nil, try values(ofGrant: spans, carrying: carries, asset, holder)))
        }
        guard let id = ids.last else { preconditionFailure("a grant of nothing") }
        return id
    }

    /// As many grants as it takes for what they carry, which is nearly always one.
    private func parts(_ spans: [Span], of asset: AssetID) throws -> [(spans: [Span], carries: [Occupation])] {
        var carries: [Occupation] = []
        for span in spans { carries += try Ledger.occupied(span, of: asset, in: self) }
        carries = Set(carries).sorted { ($0.piece, $0.use) < ($1.piece, $1.use) }
        if carries.count <= PointBytes.carriesMax, spans.count <= PointBytes.spansMax { return [(spans, carries)] }
        guard spans.count > 1 else {
            // In the middle of what it carries.
            let from = carries.map(\.piece.span.from).sorted()[carries.count / 2]
            let span = spans[0]
            let halves = [
                Span(lane: span.lane, from: span.from, to: from), Span(lane: span.lane, from: from, to: span.to),
            ]
            return try halves.compactMap { $0 }.flatMap { try parts([$0], of: asset) }
        }
        let middle = spans.count / 2
        return try parts([Span](spans[..<middle]), of: asset) + parts([Span](spans[middle...]), of: asset)
    }

    private mutating func values(
        ofGrant spans: [Span], carrying carries: [Occupation], _ asset: AssetID, _ holder: Grant.Holder
    ) throws -> [ColumnID: Value] {
        // Strictly increasing while this replica is the hub's; a new epoch is larger by its number.
        let fence = transaction.state.clock.next(wall: surroundings.wall)
        var values = self.asset(asset)
        values[GrantColumn.epoch] = .integer(Int64(transaction.state.cursor.epoch.number))
        values[GrantColumn.counter] = .integer(Int64(fence.rawValue))
        values[GrantColumn.spans] = .bytes(PointBytes.bytes(spans))
        values[GrantColumn.carries] = carries.isEmpty ? .null : .bytes(PointBytes.bytes(carries))
        values[GrantColumn.reason] = .text(reason)
        switch holder {
        case .replica(let replica):
            values[GrantColumn.kind] = .text("replica")
            values[GrantColumn.holder] = Value(replica)
        case .pool: values[GrantColumn.kind] = .text("pool")
        case .burnt: values[GrantColumn.kind] = .text("burnt")
        }
        return values
    }

    public mutating func dispute(_ dispute: Dispute) throws {
        guard let asset = try use(dispute.record)?.asset ?? cancel(dispute.record).flatMap({ try use($0.use)?.asset })
        else { return }
        var values = self.asset(asset)
        values[DisputeColumn.record] = Value(dispute.record)
        values[DisputeColumn.winner] = Value(dispute.winner)
        values[DisputeColumn.reason] = .text(dispute.reason.rawValue)
        let id = RowID(natural: [.bytes(dispute.record.bytes)], table: .dispute, owner: transaction.state.secretariat)
        _ = try write(.dispute, id, values)
    }

    public mutating func confirm(_ request: Request, with pieces: [Piece]) throws {
        let row = try ledger.request(request.id)
        var values = asset(request.asset)
        values[UseColumn.replica] = Value(transaction.state.replica)
        values[UseColumn.pieces] = .bytes(PointBytes.bytes(pieces.flatMap(PointBytes.cut).sorted()))
        values[UseColumn.kind] = .text(request.asset.table == .plan ? "admission" : "booking")
        values[UseColumn.member] = Value(row?.key.owner)
        values[UseColumn.request] = Value(request.id)
        values[UseColumn.subject] = row?[RequestColumn.subject]?.value ?? .null
        _ = try write(.use, nil, values)
    }

    public mutating func decline(_ request: Request) throws {
        try decline(request, because: "全部已被占用 all taken", alternatives: alternatives(to: request))
    }

    /// Says no to a request in the alliance's name, with other times beside it.
    ///
    /// - Throws: `LedgerRefusal.noSuchRequest` if it is none that waits for an answer.
    public mutating func decline(_ id: RowID, because reason: String) throws {
        guard let request = try ledger.request(id)?.request,
            try ledger.openRequests(of: request.asset).contains(where: { $0.key.id == id })
        else { throw LedgerRefusal.noSuchRequest }
        let other = try alternatives(to: request)
        try decline(request, because: reason, alternatives: other)
    }

    private func alternatives(to request: Request) throws -> [Span] {
        try Alternatives.spans(
            Alternatives(transaction).find(
                request.wanted, of: request.asset, lanes: lanes(of: request.asset), asker: present(for: request.author),
                now: Int64(clamping: surroundings.wall)))
    }

    /// - Parameter alternatives: spans of the same asset that are free, at most three.
    public mutating func decline(_ request: Request, because reason: String, alternatives: [Span]) throws {
        guard let row = try ledger.request(request.id) else { return }
        var values = asset(request.asset)
        values[DeclineColumn.request] = Value(request.id)
        values[DeclineColumn.asker] = Value(row.key.owner)
        values[DeclineColumn.reason] = .text(reason)
        values[DeclineColumn.alternatives] = alternatives.isEmpty ? .null : .bytes(PointBytes.bytes(alternatives))
        let id = RowID(natural: [.bytes(request.id.bytes)], table: .decline, owner: transaction.state.secretariat)
        _ = try write(.decline, id, values)
    }

    /// - Parameter admissions: two, by id.
    mutating func writeDuplicate(_ admissions: [RowKey]) throws {
        let ids = admissions.map { Value($0.id) }
        _ = try write(
            .duplicate, RowID(natural: ids, table: .duplicate, owner: transaction.state.secretariat),
            [
                DuplicateColumn.first: ids[0], DuplicateColumn.firstMember: Value(admissions[0].owner),
                DuplicateColumn.second: ids[1], DuplicateColumn.secondMember: Value(admissions[1].owner),
            ])
    }

    // MARK: The owner's decision

    public func decider(of request: Request) throws -> ReplicaID? {
        guard request.asset.table == .space, let table = transaction.schema[.space],
            let space = try transaction.rows(in: table, id: request.asset.row).first,
            try ledger.request(request.id)?.key.owner != space.key.owner,
            try BookingPolicy(of: space, in: transaction).needsApproval
        else { return nil }
        return try present(of: space.key.owner)
    }

    public func isHandedOver(_ holding: Holding) throws -> Bool { try ledger.isHandedOver(holding) }

    public mutating func handOver(_ spans: [Span], of asset: AssetID, to decider: ReplicaID) throws {
        let before = reason
        defer { reason = before }
        reason = "ask"
        _ = try grant(spans, of: asset, to: .replica(decider))
    }

    // MARK: The register

    public var isFrozen: Bool { get throws { try transaction.epochs().contains { $0.closed == nil } } }

    public func isHub(_ replica: ReplicaID) throws -> Bool { try register.node(of: replica)?.author.isHub ?? false }

    public func present(for replica: ReplicaID) throws -> ReplicaID? {
        guard try register.hasEnded(replica) else { return replica }
        return try register.node(of: replica).flatMap { try register.replicas(of: $0.id).last }
    }

    public func present(of member: MemberID) throws -> ReplicaID? {
        for node in try register.nodes(of: member) {
            if let replica = try register.replicas(of: node.id).last { return replica }
        }
        return nil
    }

    // MARK: The ledger as it stands

    func member(of replica: ReplicaID) throws -> MemberID? { try register.node(of: replica)?.author.member }
    func postponed() throws -> [RowState] { try ledger.postponed() }

    /// Marks the recovery as closed: from now on what comes is judged at once.
    func endRecovery(at wall: UInt64) throws {
        try ledger.forgetPostponed()
        // Of a hub that went back again meanwhile, that of each epoch.
        for var record in try transaction.epochs() where record.closed == nil {
            record.closed = wall
            try transaction.setEpoch(record)
        }
    }

    func holdingsOf(_ asset: AssetID) throws -> [Holding] { try ledger.holdings(of: asset) }
    func row(_ key: RowKey) throws -> RowState? { try transaction.row(key) }

    func rows(_ table: TableID) throws -> [RowState] {
        guard let table = transaction.schema[table] else { return [] }
        return try transaction.rows(in: table)
    }

    func admissions(marked mark: Value) throws -> [RowState] { try ledger.admissions(marked: mark) }

    public func lanes(of asset: AssetID) throws -> Range<UInt16> {
        try ledger.lanes(of: asset)
    }

    public func openRequests(of asset: AssetID) throws -> [Request] {
        let rows = try ledger.openRequests(of: asset).map { row in
            (row, place: try row.presence.flatMap { try transaction.place(of: $0.stamp) }?.rev ?? .max)
        }
        return rows.sorted { ($0.place, $0.0.key) < ($1.place, $1.0.key) }.compactMap(\.0.request)
    }

    public func wished(of asset: AssetID) throws -> [Holding] { try ledger.wished(of: asset) }

    public func unsettled() throws -> [AssetID] { try ledger.unsettled() }

    public func used(of asset: AssetID) throws -> [Holding] { try ledger.used(of: asset) }

    public mutating func postpone(uses: [Use], cancels: [Cancel]) throws {
        try ledger.postpone(cancels.map(\.id) + uses.map(\.id))
    }

    public func waiting() throws -> (uses: [Use], cancels: [Cancel]) {
        let rows = try ledger.postponed()
        return (rows.compactMap(\.use), rows.compactMap(\.cancel))
    }

    public func holdings(by replica: ReplicaID) throws -> [(asset: AssetID, holdings: [Holding])] {
        try ledger.holdings(by: replica)
    }
}
