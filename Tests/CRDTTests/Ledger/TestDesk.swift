import CRDT

/// A hub's desk over a ledger in memory: members 1, 2, 3 have the replicas 1, 2, 3, until one ends.
struct TestDesk: LedgerDesk, MappedLedger {
    static let hub = ReplicaID.numbered(99)

    var ledger = MemoryLedger()
    var isFrozen = false
    var ended: [ReplicaID: ReplicaID] = [:]
    var requests: [Request] = []
    /// Who answers requests for points of the pool in the hub's place.
    var deciders: [AssetID: ReplicaID] = [:]
    var answers: [RowID: String] = [:]
    private var handed: Set<RowID> = []
    private var postponed: (uses: [Use], cancels: [Cancel]) = ([], [])
    private var counter: UInt64 = 0

    init(_ records: [LedgerRecord]) throws {
        for record in records {
            try ledger.add(record)
            if case .grant(let grant) = record { counter = max(counter, grant.fence.counter) }
        }
    }

    /// Merges records and takes them in, as one segment.
    mutating func takeIn(_ records: [LedgerRecord]) throws {
        var uses: [Use] = []
        var cancels: [Cancel] = []
        for record in records {
            try ledger.add(record)
            if case .use(let use) = record { uses.append(use) }
            if case .cancel(let cancel) = record { cancels.append(cancel) }
        }
        try Ledger.takeIn(uses: uses, cancels: cancels, touching: [.tested], at: &self)
    }

    func place(_ point: Int64) -> Holding.Place? {
        ledger.holdings(of: .tested, in: .points(point, point + 1)).first?.place
    }

    // MARK: LedgerDesk

    func isHub(_ replica: ReplicaID) -> Bool { replica == Self.hub }
    func decider(of request: Request) -> ReplicaID? { deciders[request.asset] }

    func isHandedOver(_ holding: Holding) -> Bool { handed.contains(holding.grant) }

    mutating func handOver(_ spans: [Span], of asset: AssetID, to decider: ReplicaID) throws {
        handed.insert(try grant(spans, of: asset, to: .replica(decider)))
    }

    func present(for replica: ReplicaID) -> ReplicaID? { ended[replica] ?? replica }
    func present(of member: MemberID) -> ReplicaID? { present(for: .numbered(UInt64(member.rawValue))) }
    func lanes(of asset: AssetID) -> Range<UInt16> { 0..<1 }
    func openRequests(of asset: AssetID) -> [Request] { requests.filter { answers[$0.id] == nil } }
    func unsettled() -> [AssetID] { [.tested] }
    func waiting() -> (uses: [Use], cancels: [Cancel]) { postponed }

    func holdings(by replica: ReplicaID) -> [(asset: AssetID, holdings: [Holding])] {
        [(.tested, ledger.holdings(of: .tested).filter { $0.place == .held(replica) })]
    }

    func wished(of asset: AssetID) -> [Holding] {
        ledger.holdings(of: asset).filter { if case .wished = $0.place { true } else { false } }
    }

    func used(of asset: AssetID) -> [Holding] {
        ledger.holdings(of: asset).filter { $0.place == .pool && !occupations(of: asset, in: $0.span).isEmpty }
    }

    mutating func postpone(uses: [Use], cancels: [Cancel]) {
        postponed.uses += uses
        postponed.cancels += cancels
    }

    mutating func grant(_ spans: [Span], of asset: AssetID, to holder: Grant.Holder) throws -> RowID {
        counter += 1
        let id = RowID(rawValue: 1_000 + UInt128(counter))
        let carries = try spans.flatMap { try Ledger.occupied($0, of: asset, in: ledger) }
        try ledger.add(
            Grant(
                id: id, fence: Fence(epoch: 1, counter: counter), asset: asset, spans: spans, holder: holder,
                carries: carries))
        return id
    }

    mutating func dispute(_ dispute: Dispute) throws { try ledger.add(dispute) }

    mutating func confirm(_ request: Request, with pieces: [Piece]) throws {
        answers[request.id] = "use"
        try ledger.add(
            Use(id: RowID(rawValue: request.id.rawValue + 5_000), author: Self.hub, asset: .tested, pieces: pieces))
    }

    mutating func decline(_ request: Request) { answers[request.id] = "decline" }

    // MARK: LedgerIndex

    func grant(_ id: RowID) -> Grant? { ledger.grant(id) }
    func use(_ id: RowID) -> Use? { ledger.use(id) }
    func cancel(_ id: RowID) -> Cancel? { ledger.cancel(id) }
    func cancels(of use: RowID) -> [Cancel] { ledger.cancels(of: use) }
    func isDisputed(_ record: RowID) -> Bool { ledger.isDisputed(record) }
    func releases(under grant: Grant) -> [Release] { ledger.releases(under: grant) }
    var maps: LedgerMaps {
        get { ledger.maps }
        set { ledger.maps = newValue }
    }
}
