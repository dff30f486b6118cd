import CRDT

/// What must hold in every state, and at a fair end.
extension ExploredAlliance {
    /// Everything that is on the hub, on a running disk or in a message.
    func media(_ state: ExploredState, withLines: Bool = true) -> Int {
        var set = folds[state.hub].set
        for copy in state.copies { set = sets.union(set, copy.set) }
        for leaf in state.cut { set = sets.union(set, chainSet(leaf)) }
        if withLines { for line in state.lines { set = sets.union(set, folds[line].set) } }
        return set
    }

    private func chainSet(_ leaf: Int) -> Int {
        if let known = chainSets[leaf] { return known }
        let set = sets.set(of: records(ofChain: leaf))
        chainSets[leaf] = set
        return set
    }

    /// - Returns: what is broken in a state; `nil` if nothing is.
    func breach(_ state: ExploredState) -> String? {
        if let fault = sets.fault { return fault }
        if state.isHubTainted { return nil }
        if let demoted = disputed(folds[state.hub].set).first(where: { !state.tainted.contains($0.author) }) {
            return "S3 what \(Names.replica(demoted.author)) confirmed does not count: \(demoted.words)"
        }
        if universe.decider != nil, let request = answeredByHub(folds[state.hub].set) {
            return "S4 the hub answers request \(UInt64(truncatingIfNeeded: request.rawValue)), which the owner decides"
        }
        let all = media(state)
        let live = occupations(all).filter { !state.tainted.contains($0.author) }
        for (position, one) in live.enumerated() {
            if let other = live[(position + 1)...].first(where: { $0.use != one.use && $0.points & one.points != 0 }) {
                return "S1 two live uses of a point: \(Names.use(one.use)) and \(Names.use(other.use))"
            }
        }
        let used = live.reduce(0) { $0 | $1.points }
        var spendable = 0
        if !folds[state.hub].isFrozen {
            for point in 0..<universe.points where isFreeInPool(Self.span(point), folds[state.hub].set) {
                spendable |= 1 << point
            }
        }
        if spendable & used != 0 { return "S2 a point can be taken from the pool while a live use is on it" }
        for copy in state.copies where mayWrite(copy) && !state.tainted.contains(copy.replica) {
            let own = claimants(copy).reduce(0) { $0 | claimable($1, copy.set) }
            if own & used != 0 {
                return "S2 \(Names.replica(copy.replica)) can take a point on which there is a live use"
            }
            if own & spendable != 0 {
                return "S2 \(Names.replica(copy.replica)) can take a point that another can take"
            }
            spendable |= own
        }
        return nil
    }

    struct LiveUse {
        let use: RowID
        let author: ReplicaID
        /// A bit for each point.
        let points: Int
    }

    func occupations(_ set: Int) -> [LiveUse] {
        if let known = liveUses[set] { return known }
        let ledger = ledger(set)
        let live = (ledger.maps.occupations[Names.asset] ?? []).map { occupation in
            LiveUse(
                use: occupation.use, author: ledger.use(occupation.use)?.author ?? Names.hub,
                points: (occupation.piece.span.from..<occupation.piece.span.to).reduce(0) { $0 | 1 << Int($1) })
        }.sorted { ($0.use, $0.points) < ($1.use, $1.points) }
        liveUses[set] = live
        return live
    }

    private func disputed(_ set: Int) -> [(author: ReplicaID, words: String)] {
        if let known = disputes[set] { return known }
        let ledger = ledger(set)
        let all = ledger.disputes.values.sorted { $0.record < $1.record }.map { dispute in
            let author = ledger.use(dispute.record)?.author ?? ledger.cancel(dispute.record)?.author ?? Names.hub
            return (
                author,
                "\(Names.use(dispute.record)), \(dispute.reason)\(dispute.winner.map { " by " + Names.use($0) } ?? "")"
            )
        }
        disputes[set] = all
        return all
    }

    private func claimable(_ replica: ReplicaID, _ set: Int) -> Int {
        let key = set << 16 | Int(replica.rawValue)
        if let known = claims[key] { return known }
        let points = (0..<universe.points).reduce(0) { $0 | (choose($1, by: replica, in: set) == nil ? 0 : 1 << $1) }
        claims[key] = points
        return points
    }

    /// A request of another than the decider that the hub said yes to.
    private func answeredByHub(_ set: Int) -> RowID? {
        var askers: [RowID: Int] = [:]
        for record in sets.sets[set] {
            if case .request(let request) = sets.records[record] { askers[request.id] = Names.node(request.author) }
        }
        return sets.sets[set].lazy.compactMap { record -> RowID? in
            guard case .use(let use, let request?) = self.sets.records[record], use.author == Names.hub,
                askers[request] != self.universe.decider
            else { return nil }
            return request
        }.first
    }

    // MARK: A fair end

    /// No more faults: everybody exchanges, the operator acts, until nothing happens any more.
    ///
    /// - Returns: what is wrong then; `nil` if all is settled.
    func end(of start: ExploredState, telling words: inout [String]) -> String? {
        let owed = media(start, withLines: false)
        var state = start
        for _ in 0..<60 {
            let before = state
            for kind in ExploredStep.Kind.allCases where kind < .act {
                var turns = 0
                while turns < 25, let step = steps(from: state).first(where: { $0.kind == kind }) {
                    turns += 1
                    state = step.state
                    words.append(step.words)
                    if let breach = breach(state) { return breach }
                }
            }
            if state == before { return unsettled(state, owed: owed) }
        }
        return "L0 it does not settle"
    }

    private func unsettled(_ state: ExploredState, owed: Int) -> String? {
        let fold = folds[state.hub]
        if fold.isFrozen { return "L1 the hub never leaves its recovery" }
        for node in 0..<universe.nodes where !state.copies.contains(where: { $0.node == node && mayWrite($0) }) {
            return "L1 \(Names.letter(node)) can never write again"
        }
        for copy in state.copies {
            let segments = copy.kept + (copy.head == 0 ? [] : [copy.head])
            if !copy.pending.isEmpty || segments.contains(where: { !hubHas($0, fold) }) {
                return "L2 \(Names.replica(copy.replica)) has records that it can never send"
            }
        }
        let left = media(state, withLines: false)
        for record in sets.sets[owed] where !sets.contains(record, in: fold.set) && sets.contains(record, in: left) {
            return "L3 the hub never learns of \(sets.records[record])"
        }
        if let stranded = stranded(state, fold) { return stranded }
        if let request = sets.openRequests(in: fold.set).first {
            return "L5 request \(UInt64(truncatingIfNeeded: request.id.rawValue)) is never answered"
        }
        let live = occupations(fold.set)
        for (position, one) in live.enumerated() {
            if let other = live[(position + 1)...].first(where: { $0.use != one.use && $0.points & one.points != 0 }) {
                return "L6 nobody decides between \(Names.use(one.use)) and \(Names.use(other.use))"
            }
        }
        if let other = state.copies.first(where: { mayWrite($0) && $0.set != fold.set }) {
            return "L7 \(Names.replica(other.replica)) and the hub do not hold the same"
        }
        return nil
    }

    private func stranded(_ state: ExploredState, _ fold: ExploredFold) -> String? {
        let writing = Set(state.copies.filter(mayWrite).map(\.replica))
        let ledger = ledger(fold.set)
        for holding in ledger.holdings(of: Names.asset) {
            switch holding.place {
            case .held(let replica)
            where Names.isHanded(holding.grant) && choose(Int(holding.span.from), by: replica, in: fold.set) != nil:
                return "L8 \(Names.points(holding.span)) was handed over for a decision and never comes back"
            case .held(let replica) where !writing.contains(replica):
                return "L4 \(Names.points(holding.span)) stays with \(Names.replica(replica)) for ever"
            case .wished: return "L4 \(Names.points(holding.span)) is on its way for ever"
            case .pool:
                for occupation in ledger.occupations(of: Names.asset, in: holding.span) {
                    guard let author = ledger.use(occupation.use)?.author, !writing.contains(author) else { continue }
                    return "L4 nobody can cancel \(Names.use(occupation.use)), which is on a point of the pool"
                }
            case .held, .burnt: break
            }
        }
        return nil
    }
}
