import CRDT

/// The alliance that is explored: it knows what may happen next in a state, and drives the ledger with it.
///
/// What was ever signed stays a message for ever: a segment may reach the hub at any time or never, once the ones before
/// it have; a page of a journal, also of one that a restored hub lost, may reach a node whose cursor is before it. The
/// ledger of every replica is `MemoryLedger`, what the hub writes is `Ledger` at a `LedgerDesk`.
final class ExploredAlliance {
    let universe: Universe
    let reading: BrokenReading?
    var sets = RecordSets()
    var journal = ExploredTree<ExploredEntry>()
    var chains = ExploredTree<ExploredSegment>()
    private(set) var folds: [ExploredFold]
    /// Whether acts are put into words.
    var isTelling = false
    /// What was computed of sets and chains already.
    var liveUses: [Int: [LiveUse]] = [:]
    var disputes: [Int: [(author: ReplicaID, words: String)]] = [:]
    var claims: [Int: Int] = [:]
    var chainSets: [Int: Int] = [:]

    init(_ universe: Universe, reading: BrokenReading? = nil) {
        self.universe = universe
        self.reading = reading
        let first = (0..<universe.nodes).map { Names.replica(node: $0, life: 1) }
        folds = [ExploredFold(present: first, known: Set(first))]
    }

    /// Before anything happened: the points are minted and given out, and everybody knows.
    func start() -> ExploredState {
        var rev = 0
        for point in 0..<universe.points {
            let node = universe.held.firstIndex { $0.contains(point) }
            let holder = node.map { Grant.Holder.replica(Names.replica(node: $0, life: 1)) } ?? .pool
            var desk = ExploredDesk(self, at: rev, life: 0)
            desk.put([Self.span(point)], at: holder)
            rev = desk.finish()
        }
        let copies = (0..<universe.nodes).map {
            ExploredCopy(replica: Names.replica(node: $0, life: 1), journal: rev, set: folds[rev].set, disk: UInt8($0))
        }
        let budget = Universe.Limited.allCases.map { universe.budget[$0] ?? 0 }
        return ExploredState(
            hub: rev, copies: copies, backups: Array(repeating: nil, count: universe.nodes),
            lives: Array(repeating: 1, count: universe.nodes), budget: budget, disks: UInt8(universe.nodes))
    }

    static func span(_ point: Int) -> Span {
        guard let span = Span(lane: 0, from: Int64(point), to: Int64(point) + 1) else {
            preconditionFailure("a point is no span: \(point)")
        }
        return span
    }

    func fold(_ rev: Int) -> ExploredFold { folds[rev] }
    func ledger(_ set: Int) -> MemoryLedger { sets.ledgers[set] }
    func segment(_ chain: Int) -> ExploredSegment {
        guard let segment = chains.elements[chain] else { preconditionFailure("no segment: \(chain)") }
        return segment
    }

    // MARK: Journal

    func append(_ entry: ExploredEntry, to rev: Int) -> Int {
        let (number, isNew) = journal.appending(entry, to: rev)
        if isNew { folds.append(next(after: folds[rev], entry, at: number)) }
        return number
    }

    private func next(after old: ExploredFold, _ entry: ExploredEntry, at rev: Int) -> ExploredFold {
        var fold = old
        switch entry {
        case .segment(let chain, let without):
            let segment = segment(chain)
            if fold.forked.contains(segment.replica) {
                fold.branches.insert(chain)
            } else {
                fold.heads[segment.replica] = chain
            }
            for record in segment.records where !without.contains(record) {
                fold.set = sets.adding(record, to: fold.set)
            }
            fold.struck.formUnion(without)
        case .hub(let records):
            for record in records {
                fold.set = sets.adding(record, to: fold.set)
                if case .grant(let grant) = sets.records[record], grant.fence.epoch == fold.epoch {
                    fold.counter = max(fold.counter, grant.fence.counter)
                }
            }
        case .postponed(let records): fold.postponed += records
        case .registered(let replica):
            let node = Names.node(replica)
            fold.known.insert(replica)
            fold.present[node] = replica
            for former in fold.known where Names.node(former) == node && former != replica { fold.ended.insert(former) }
            // A replica that a restored hub forgot comes before those that it lists, and has ended as well.
            for life in 1..<Int(replica.rawValue & 0xFF) { fold.ended.insert(Names.replica(node: node, life: life)) }
        case .forked(let replica):
            fold.ended.insert(replica)
            fold.forked.insert(replica)
        case .epoch(let number):
            fold.epoch = number
            fold.counter = 0
            fold.isFrozen = reading != .poolSpendableAfterRestore
            fold.opened = rev
        case .closed:
            fold.isFrozen = false
            fold.postponed = []
        }
        return fold
    }

    // MARK: Chains

    /// Whether the hub has a segment.
    func hubHas(_ chain: Int, _ fold: ExploredFold) -> Bool {
        let head = fold.heads[segment(chain).replica] ?? 0
        if chains.isPrefix(chain, of: head) { return true }
        guard fold.forked.contains(segment(chain).replica) else { return false }
        return chains.path(after: chains.common(head, chain), to: chain).allSatisfy { fold.branches.contains($0) }
    }

    func adding(_ leaf: Int, to cut: [Int]) -> [Int] {
        (cut.filter { !chains.isPrefix($0, of: leaf) } + [leaf]).sorted()
    }

    func addingLine(_ rev: Int, to lines: [Int]) -> [Int] {
        (lines.filter { !journal.isPrefix($0, of: rev) } + [rev]).sorted()
    }

    func records(ofChain leaf: Int) -> [Int] {
        chains.path(after: 0, to: leaf).flatMap { segment($0).records }
    }
}

/// Something that may happen next.
struct ExploredStep {
    let kind: Kind
    let words: String
    let state: ExploredState

    /// In the order in which a fair end lets things happen; `act` and `fault` then happen no more.
    enum Kind: Int, CaseIterable, Comparable {
        case journals, cuts, exchanges, merges, goesOn, closes, attests, answers, declines, tidies, act, fault

        static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }
}

extension ExploredState {
    func has(_ limited: Universe.Limited) -> Bool { budget[limited.rawValue] > 0 }
    mutating func spend(_ limited: Universe.Limited) { budget[limited.rawValue] -= 1 }
}
