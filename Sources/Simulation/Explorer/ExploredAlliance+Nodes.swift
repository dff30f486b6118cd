import CRDT

/// What people at the nodes do, and what their nodes do with it.
extension ExploredAlliance {
    /// Whether a copy may write: as far as it knows, its replica has not ended.
    func mayWrite(_ copy: ExploredCopy) -> Bool {
        !copy.isStopped && (!fold(copy.journal).ended.contains(copy.replica) || reading == .sameReplicaAfterFork)
    }

    func writing(_ record: ExploredRecord, at copy: ExploredCopy) -> ExploredCopy {
        let number = sets.number(record)
        var copy = copy
        copy.pending.append(number)
        copy.set = sets.adding(number, to: copy.set)
        return copy
    }

    func merging(_ rev: Int, into copy: ExploredCopy) -> ExploredCopy {
        var copy = copy
        copy.journal = rev
        copy.set = sets.union(copy.set, folds[rev].set)
        if !folds[rev].struck.isEmpty {
            let struck = folds[rev].struck
            copy.set = sets.set(of: sets.sets[copy.set].filter { !struck.contains($0) })
        }
        if folds[rev].ended.contains(copy.replica), reading != .sameReplicaAfterFork { copy.isStopped = true }
        return copy
    }

    /// As whom a copy acts on a point: as itself, where its points are its own.
    func claimants(_ copy: ExploredCopy) -> [ReplicaID] {
        guard reading == .sameHoldings || reading == .unboundGrants else { return [copy.replica] }
        return (1...Int(copy.replica.rawValue & 0xFF)).map { Names.replica(node: copy.node, life: $0) }
    }

    /// What a replica would write to take a point, as it chooses: `nil` unless it holds it, free.
    func choose(_ point: Int, by replica: ReplicaID, in set: Int) -> [Piece]? {
        guard let wanted = Wanted(.places, count: 1, from: Int64(point), to: Int64(point) + 1) else { return nil }
        do {
            return try Ledger.choose(
                wanted, of: Names.asset, lanes: 0..<1, in: .held(replica), index: sets.ledgers[set])
        } catch { preconditionFailure("a ledger in memory failed: \(error)") }
    }

    func held(_ point: Int, by replica: ReplicaID, in set: Int) -> [Piece] {
        do { return try Ledger.holdings([Self.span(point)], of: Names.asset, by: replica, in: sets.ledgers[set]) } catch
        {
            preconditionFailure("a ledger in memory failed: \(error)")
        }
    }

    func nodeSteps(_ state: ExploredState, _ index: Int, into steps: inout ExploredSteps) {
        let copy = state.copies[index]
        let name = steps.name(index)
        if mayWrite(copy) {
            for point in 0..<universe.points { act(on: point, state, index, into: &steps) }
            request(state, index, into: &steps)
            giveBack(state, index, into: &steps)
            revive(state, index, into: &steps)
        }
        // A copy that was stopped hands in what it has.
        if !copy.pending.isEmpty, copy.seenFree.isEmpty {
            steps.add(.cuts, "\(name) cuts a segment", cutting(state, index))
        }
        for line in state.lines + [state.hub] where line != copy.journal && journal.isPrefix(copy.journal, of: line) {
            let next = journal.path(after: copy.journal, to: line)[0]
            for rev in next == line ? [line] : [next, line] {
                var after = state
                after.copies[index] = merging(rev, into: copy)
                steps.add(
                    line == state.hub && rev == line ? .merges : .act,
                    "\(name) merges the journal to rev \(journal.depths[rev])\(line == state.hub ? "" : ", of a line that was lost")",
                    after)
            }
        }
    }

    private func act(on point: Int, _ state: ExploredState, _ index: Int, into steps: inout ExploredSteps) {
        let copy = state.copies[index]
        let name = steps.name(index)
        let span = Self.span(point)
        for replica in claimants(copy) {
            let author = reading == .unboundGrants ? replica : copy.replica
            let chosen = choose(point, by: replica, in: copy.set)
            let held = held(point, by: replica, in: copy.set)
            if reading == .rightsOutsideTheLock {
                if let chosen, copy.seenFree.count < 2 {
                    var after = state
                    after.copies[index].seenFree.append(contentsOf: chosen)
                    steps.add(.act, "\(name): a thread reads that p\(point) is free", after)
                }
            } else if let chosen {
                use(chosen, as: author, state, index, into: &steps)
            }
            if let chosen { answer(point, chosen, as: author, state, index, into: &steps) }
            guard !held.isEmpty else { continue }
            if state.has(.cancel) {
                for occupation in ledger(copy.set).occupations(of: Names.asset, in: span) {
                    cancel(occupation.use, with: held, as: author, state, index, into: &steps)
                }
            }
            if state.has(.release), chosen != nil || universe.givesUsed {
                let others = (0..<universe.nodes).filter { $0 != copy.node }.map { Names.member($0) }
                for wish in [nil] + others.map(Optional.some) {
                    let id = Names.id(
                        .release, Names.number(held[0].grant),
                        author.rawValue << 16 | UInt64(point) << 8 | (wish.map { UInt64($0.rawValue) } ?? 0))
                    let release = Release(id: id, author: author, asset: Names.asset, pieces: held, wish: wish)
                    var after = state
                    after.spend(.release)
                    after.copies[index] = writing(.release(release), at: copy)
                    steps.add(
                        .act, "\(name) gives p\(point) \(wish.map { "to \(Names.member($0))" } ?? "back to the pool")",
                        after)
                }
            }
        }
        if reading == .rightsOutsideTheLock {
            for (position, piece) in copy.seenFree.enumerated() where piece.span == span {
                var earlier = state
                earlier.copies[index].seenFree.remove(at: position)
                use([piece], as: copy.replica, earlier, index, into: &steps)
            }
        }
        if reading == .confirmationAsColumn, choose(point, by: copy.replica, in: copy.set) == nil,
            ledger(copy.set).occupations(of: Names.asset, in: span).isEmpty
        {
            let pieces = ledger(copy.set).holdings(of: Names.asset, in: span).map { Piece($0.span, under: $0.grant) }
            use(pieces, as: copy.replica, state, index, into: &steps)
        }
        if reading == .cancelsOfOldUses, held(point, by: copy.replica, in: copy.set).isEmpty, state.has(.cancel),
            case .held(let former)? = ledger(copy.set).holdings(of: Names.asset, in: span).first?.place,
            Names.node(former) == copy.node
        {
            for occupation in ledger(copy.set).occupations(of: Names.asset, in: span) {
                cancel(occupation.use, with: [occupation.piece], as: copy.replica, state, index, into: &steps)
            }
        }
    }

    private func use(
        _ pieces: [Piece], as author: ReplicaID, _ state: ExploredState, _ index: Int, into steps: inout ExploredSteps
    ) {
        let name = steps.name(index)
        guard Int(state.uses) < universe.uses else { return }
        let use = Use(id: Names.id(.use, UInt64(state.uses)), author: author, asset: Names.asset, pieces: pieces)
        var after = state
        after.uses += 1
        after.copies[index] = writing(.use(use, answering: nil), at: state.copies[index])
        steps.add(.act, "\(name) books \(ExploredRecord.use(use, answering: nil))", after)
    }

    private func cancel(
        _ use: RowID, with held: [Piece], as author: ReplicaID, _ state: ExploredState, _ index: Int,
        into steps: inout ExploredSteps
    ) {
        let name = steps.name(index)
        let high = UInt64(truncatingIfNeeded: use.rawValue >> 64)
        let low = UInt64(truncatingIfNeeded: use.rawValue)
        let id = Names.id(.cancel, author.rawValue << 32 | Names.number(held[0].grant), high ^ low << 16)
        guard ledger(state.copies[index].set).cancel(id) == nil else { return }
        var after = state
        after.spend(.cancel)
        after.copies[index] = writing(
            .cancel(Cancel(id: id, author: author, use: use, pieces: held)), at: state.copies[index])
        steps.add(.act, "\(name) cancels \(Names.use(use))", after)
    }

    private func answer(
        _ point: Int, _ pieces: [Piece], as author: ReplicaID, _ state: ExploredState, _ index: Int,
        into steps: inout ExploredSteps
    ) {
        let name = steps.name(index)
        let copy = state.copies[index]
        for request in sets.openRequests(in: copy.set) {
            let number = UInt64(truncatingIfNeeded: request.id.rawValue)
            let id = Names.id(.answer, number, Names.number(pieces[0].grant) << 16 | UInt64(point))
            let use = Use(id: id, author: author, asset: Names.asset, pieces: pieces)
            var answered = state
            answered.copies[index] = writing(.use(use, answering: request.id), at: copy)
            steps.add(.answers, "\(name) answers request \(number) with p\(point)", answered)
            var declined = state
            declined.copies[index] = writing(.decline(request.id), at: copy)
            steps.add(.declines, "\(name) declines request \(number)", declined)
        }
    }

    private func request(_ state: ExploredState, _ index: Int, into steps: inout ExploredSteps) {
        let name = steps.name(index)
        let copy = state.copies[index]
        guard Int(state.requests) < universe.requests,
            let wanted = Wanted(.places, count: 1, from: 0, to: Int64(universe.points)),
            !(0..<universe.points).contains(where: { choose($0, by: copy.replica, in: copy.set) != nil })
        else { return }
        let id = Names.id(.request, 0, UInt64(state.requests))
        var after = state
        after.requests += 1
        after.copies[index] = writing(
            .request(CRDT.Request(id: id, author: copy.replica, asset: Names.asset, wanted: wanted)), at: copy)
        steps.add(.act, "\(name) requests a point (request \(state.requests))", after)
    }

    /// Points that the hub handed over for a decision, free, and that nobody asks for any more, go back to the pool.
    private func giveBack(_ state: ExploredState, _ index: Int, into steps: inout ExploredSteps) {
        let name = steps.name(index)
        let copy = state.copies[index]
        guard reading != .keepsWhatWasHanded, sets.openRequests(in: copy.set).isEmpty else { return }
        for point in 0..<universe.points {
            guard let piece = choose(point, by: copy.replica, in: copy.set)?.first, Names.isHanded(piece.grant) else {
                continue
            }
            let id = Names.id(.release, Names.number(piece.grant), copy.replica.rawValue << 16 | UInt64(point) << 8)
            let release = Release(id: id, author: copy.replica, asset: Names.asset, pieces: [piece], wish: nil)
            var after = state
            after.copies[index] = writing(.release(release), at: copy)
            steps.add(.tidies, "\(name) gives p\(point) back, which nobody asks for any more", after)
        }
    }

    private func revive(_ state: ExploredState, _ index: Int, into steps: inout ExploredSteps) {
        let name = steps.name(index)
        guard reading == .cancelRevived else { return }
        let copy = state.copies[index]
        for cancel in ledger(copy.set).cancels.values.sorted(by: { $0.id < $1.id })
        where cancel.author == copy.replica && !ledger(copy.set).isDisputed(cancel.id) {
            var after = state
            after.copies[index] = writing(
                .dispute(Dispute(record: cancel.id, winner: nil, reason: .gone)), at: copy)
            steps.add(.act, "\(name) restores the cancelled \(Names.use(cancel.use))", after)
        }
    }

    func cutting(_ state: ExploredState, _ index: Int) -> ExploredState {
        var state = state
        var copy = state.copies[index]
        if reading == .coalesces { copy = coalescing(copy) }
        let standsOn = copy.head == 0 && reading != .standsOnNothing ? copy.kept : []
        let segment = ExploredSegment(replica: copy.replica, records: copy.pending, standsOn: standsOn)
        copy.head = chains.appending(segment, to: copy.head).number
        copy.pending = []
        state.copies[index] = copy
        state.cut = adding(copy.head, to: state.cut)
        return state
    }

    private func coalescing(_ copy: ExploredCopy) -> ExploredCopy {
        var copy = copy
        let pending = Set(copy.pending)
        var gone: Set<Int> = []
        for number in copy.pending {
            guard case .cancel(let cancel) = sets.records[number] else { continue }
            for other in pending {
                if case .use(let use, _) = sets.records[other], use.id == cancel.use {
                    gone.formUnion([number, other])
                }
            }
        }
        copy.pending.removeAll { gone.contains($0) }
        copy.set = sets.set(of: sets.sets[copy.set].filter { !gone.contains($0) })
        return copy
    }
}

/// What may happen next, as it is gathered.
struct ExploredSteps {
    private(set) var steps: [ExploredStep] = []
    private let state: ExploredState
    private let tells: Bool

    init(_ state: ExploredState, tells: Bool) {
        self.state = state
        self.tells = tells
    }

    mutating func add(_ kind: ExploredStep.Kind, _ words: @autoclosure () -> String, _ after: ExploredState) {
        guard after != state else { return }
        steps.append(ExploredStep(kind: kind, words: tells ? words() : "", state: after))
    }

    /// A1; a second copy under the same node's name bears a prime.
    func name(_ index: Int) -> String {
        guard tells else { return "" }
        let isSecond = state.copies[..<index].contains { $0.node == state.copies[index].node }
        return Names.replica(state.copies[index].replica) + (isSecond ? "'" : "")
    }
}
