import CRDT

/// The hub's desk in an exploration: what it writes in one sitting is one entry of the journal.
///
/// A grant and the use that answers a request under it must never be seen one without the other.
struct ExploredDesk: LedgerDesk, MappedLedger {
    private let alliance: ExploredAlliance
    private let rev: Int
    private let fold: ExploredFold
    private var set: Int
    private var ledger: MemoryLedger
    private var counter: UInt64
    private var written: [Int] = []
    private var postponed: [Int] = []
    /// How many disks the hub has had: what it writes after a restoration has other ids than what it wrote before.
    private let life: UInt8
    /// Whether requests are looked at.
    var answers = true

    init(_ alliance: ExploredAlliance, at rev: Int, life: UInt8) {
        self.alliance = alliance
        self.rev = rev
        self.life = life
        fold = alliance.fold(rev)
        set = fold.set
        ledger = alliance.ledger(set)
        counter = fold.counter
    }

    mutating func append(_ record: ExploredRecord) {
        let number = alliance.sets.number(record)
        written.append(number)
        set = alliance.sets.adding(number, to: set)
        ledger = alliance.ledger(set)
    }

    @discardableResult
    mutating func put(_ spans: [Span], at holder: Grant.Holder, toDecide: Bool = false) -> RowID {
        counter += 1
        let fence = Fence(epoch: fold.epoch, counter: counter)
        let number = UInt64(life) << 24 | UInt64(fence.epoch) << 16 | fence.counter
        let id = Names.id(.grant, toDecide ? number | Names.handed : number)
        var carries: [Occupation] = []
        alliance.work {
            for span in spans { carries += try Ledger.occupied(span, of: Names.asset, in: ledger) }
        }
        append(
            .grant(Grant(id: id, fence: fence, asset: Names.asset, spans: spans, holder: holder, carries: carries)))
        return id
    }

    /// - Returns: the rev after what was written.
    func finish() -> Int {
        let after = written.isEmpty ? rev : alliance.append(.hub(written), to: rev)
        return postponed.isEmpty ? after : alliance.append(.postponed(postponed), to: after)
    }

    // MARK: LedgerDesk

    var isFrozen: Bool { fold.isFrozen }
    func isHub(_ replica: ReplicaID) -> Bool { replica == Names.hub }

    func decider(of request: CRDT.Request) -> ReplicaID? {
        guard let decider = alliance.universe.decider, Names.node(request.author) != decider,
            alliance.reading != .answersForTheOwner
        else { return nil }
        return present(of: Names.member(decider))
    }

    func isHandedOver(_ holding: Holding) -> Bool { Names.isHanded(holding.grant) }

    mutating func handOver(_ spans: [Span], of asset: AssetID, to decider: ReplicaID) {
        put(spans, at: .replica(decider), toDecide: true)
    }

    func present(for replica: ReplicaID) -> ReplicaID? {
        guard fold.ended.contains(replica) else { return replica }
        return present(of: Names.member(Names.node(replica)))
    }

    func present(of member: MemberID) -> ReplicaID? {
        let replica = fold.present[Names.node(member)]
        return fold.ended.contains(replica) ? nil : replica
    }

    func lanes(of asset: AssetID) -> Range<UInt16> { 0..<1 }
    func openRequests(of asset: AssetID) -> [CRDT.Request] { answers ? alliance.sets.openRequests(in: set) : [] }
    func unsettled() -> [AssetID] { [Names.asset] }

    func waiting() -> (uses: [Use], cancels: [Cancel]) {
        var waiting: (uses: [Use], cancels: [Cancel]) = ([], [])
        for number in fold.postponed {
            switch alliance.sets.records[number] {
            case .use(let use, _): waiting.uses.append(use)
            case .cancel(let cancel): waiting.cancels.append(cancel)
            case .grant, .release, .dispute, .request, .decline: break
            }
        }
        return waiting
    }

    mutating func postpone(uses: [Use], cancels: [Cancel]) {
        for number in alliance.sets.sets[set] {
            switch alliance.sets.records[number] {
            case .use(let use, _) where uses.contains(use): postponed.append(number)
            case .cancel(let cancel) where cancels.contains(cancel): postponed.append(number)
            default: break
            }
        }
    }

    func holdings(by replica: ReplicaID) -> [(asset: AssetID, holdings: [Holding])] {
        let held = ledger.holdings(of: Names.asset).filter { $0.place == .held(replica) }
        return held.isEmpty ? [] : [(Names.asset, held)]
    }

    func wished(of asset: AssetID) -> [Holding] {
        ledger.holdings(of: asset).filter { if case .wished = $0.place { true } else { false } }
    }

    func used(of asset: AssetID) -> [Holding] {
        ledger.holdings(of: asset).filter {
            $0.place == .pool && !ledger.occupations(of: asset, in: $0.span).isEmpty
        }
    }

    mutating func grant(_ spans: [Span], of asset: AssetID, to holder: Grant.Holder) -> RowID { put(spans, at: holder) }
    mutating func dispute(_ dispute: Dispute) { append(.dispute(dispute)) }

    mutating func confirm(_ request: CRDT.Request, with pieces: [Piece]) {
        let id = Names.id(.confirmation, UInt64(truncatingIfNeeded: request.id.rawValue), Names.number(pieces[0].grant))
        append(.use(Use(id: id, author: Names.hub, asset: request.asset, pieces: pieces), answering: request.id))
    }

    mutating func decline(_ request: CRDT.Request) { append(.decline(request.id)) }

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
