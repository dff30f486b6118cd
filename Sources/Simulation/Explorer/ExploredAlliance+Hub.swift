import CRDT

/// What the hub does.
extension ExploredAlliance {
    func hubSteps(_ state: ExploredState, into steps: inout ExploredSteps) {
        let fold = fold(state.hub)
        for leaf in state.cut { take(leaf, state, fold, into: &steps) }
        if fold.isFrozen {
            if let after = closing(state, truly: true) {
                steps.add(.closes, "the recovery is closed on a true statement", after)
            }
            if state.has(.falseClosing), let after = closing(state, truly: false) {
                steps.add(.fault, "the recovery is closed on a FALSE statement", after)
            }
        } else {
            grant(state, fold, into: &steps)
            for node in 0..<universe.nodes {
                let words =
                    "the points of \(Names.letter(node))'s former replicas are attested to \(Names.replica(fold.present[node]))"
                if let after = attesting(node, state, truly: true) { steps.add(.attests, words + " (true)", after) }
                if state.has(.falseAttestation) || reading == .attestedEarly,
                    let after = attesting(node, state, truly: false)
                {
                    steps.add(.fault, words + " (\(reading == .attestedEarly ? "too early" : "FALSE"))", after)
                }
            }
        }
    }

    private func take(_ leaf: Int, _ state: ExploredState, _ fold: ExploredFold, into steps: inout ExploredSteps) {
        let replica = segment(leaf).replica
        let head = fold.heads[replica] ?? 0
        var next: Int?
        if fold.forked.contains(replica) {
            guard reading != .oneBranchOnly else { return }
            next = chains.path(after: chains.common(head, leaf), to: leaf).first { !fold.branches.contains($0) }
        } else if chains.isPrefix(head, of: leaf) {
            next = chains.path(after: head, to: leaf).first
        } else if !chains.isPrefix(leaf, of: head) {
            var after = state
            after.hub = append(.forked(replica), to: state.hub)
            steps.add(
                .journals, "the hub gets another segment \(chains.depths[leaf]) of \(Names.replica(replica)): a FORK",
                after)
        }
        guard let next else { return }
        let records = segment(next).records
        if let rev = accepting(next, at: state.hub, state) {
            var after = state
            after.hub = rev
            let isSign = self.fold(rev).epoch != fold.epoch
            steps.add(
                .journals,
                "the hub gets \(Names.replica(replica)) segment \(chains.depths[next]) {\(records.map { "\(sets.records[$0])" }.joined(separator: ", "))}"
                    + (isSign ? ", which names what it never issued: it was put back, a new epoch" : ""), after)
        }
        if reading == .strikesRecords, state.has(.strike) {
            var after = state
            after.spend(.strike)
            after.hub = append(.segment(next, without: records), to: state.hub)
            steps.add(.fault, "the hub strikes out \(Names.replica(replica)) segment \(chains.depths[next])", after)
        }
    }

    /// Journals the segment that is next in its chain, and does what follows.
    /// - Returns: the rev after it; `nil` if the segment waits.
    func accepting(_ chain: Int, at rev: Int, _ state: ExploredState) -> Int? {
        let fold = fold(rev)
        let segment = segment(chain)
        guard segment.standsOn.allSatisfy({ hubHas($0, fold) }) else { return nil }
        let ledger = ledger(fold.set)
        let fresh = segment.records.filter { !sets.contains($0, in: fold.set) }
        let namesUnknown = fresh.contains { sets.records[$0].grants.contains { ledger.grant($0) == nil } }
        if namesUnknown, !fold.isFrozen, reading != .poolSpendableAfterRestore {
            return append(.epoch(nextEpoch(state, fold)), to: rev)
        }
        let without = fresh.filter { thrownAway($0, before: segment.records, fold, ledger) }
        let after = append(.segment(chain, without: without), to: rev)
        return takingIn(fresh.filter { !without.contains($0) }, at: after, state)
    }

    /// What the broken readings throw away.
    private func thrownAway(_ record: Int, before all: [Int], _ fold: ExploredFold, _ ledger: MemoryLedger) -> Bool {
        switch (reading, sets.records[record]) {
        case (.releaseDoesNotWait, .release(let release)):
            return release.pieces.contains { ledger.grant($0.grant) == nil }
        case (.forgetsEarlyCancels, .cancel(let cancel)):
            return ledger.use(cancel.use) == nil
                && !all.contains { if case .use(let use, _) = sets.records[$0] { use.id == cancel.use } else { false } }
        case (.endedRefused, let record): return record.author.map { fold.ended.contains($0) } ?? false
        default: return false
        }
    }

    func takingIn(_ records: [Int], at rev: Int, _ state: ExploredState) -> Int {
        var uses: [Use] = []
        var cancels: [Cancel] = []
        var hasRequest = false
        for record in records {
            switch sets.records[record] {
            case .use(let use, _): uses.append(use)
            case .cancel(let cancel): cancels.append(cancel)
            case .request: hasRequest = true
            case .grant, .release, .dispute, .decline: break
            }
        }
        var desk = ExploredDesk(self, at: rev, life: state.hubLife)
        if reading == .answersOnlyWithRequest { desk.answers = hasRequest }
        if reading == .cancelsOfOldUses { cancels.removeAll { takesOver($0, at: &desk) } }
        work { try Ledger.takeIn(uses: uses, cancels: cancels, touching: [Names.asset], at: &desk) }
        return desk.finish()
    }

    /// The reading by which a new replica may cancel what the old one booked, and has the point then.
    private func takesOver(_ cancel: Cancel, at desk: inout ExploredDesk) -> Bool {
        guard let use = desk.use(cancel.use), use.author != cancel.author else { return false }
        desk.put(use.pieces.map(\.span), at: .replica(cancel.author))
        return true
    }

    func settled(_ rev: Int, _ state: ExploredState) -> Int {
        guard !fold(rev).isFrozen else { return rev }
        var desk = ExploredDesk(self, at: rev, life: state.hubLife)
        desk.answers = reading != .answersOnlyWithRequest
        work { try Ledger.settle(Names.asset, at: &desk) }
        return desk.finish()
    }

    func work(_ body: () throws -> Void) {
        do { try body() } catch { preconditionFailure("a ledger in memory failed: \(error)") }
    }

    func nextEpoch(_ state: ExploredState, _ old: ExploredFold) -> UInt32 {
        let own = max(old.epoch, fold(state.hub).epoch)
        guard reading != .epochNumberTwice else { return own + 1 }
        return state.lines.reduce(own) { max($0, fold($1).epoch) } + 1
    }

    private func grant(_ state: ExploredState, _ fold: ExploredFold, into steps: inout ExploredSteps) {
        guard state.has(.grant) else { return }
        for point in 0..<universe.points {
            let span = Self.span(point)
            guard isFreeInPool(span, fold.set) else { continue }
            for node in 0..<universe.nodes where !fold.ended.contains(fold.present[node]) {
                var desk = ExploredDesk(self, at: state.hub, life: state.hubLife)
                desk.put([span], at: .replica(fold.present[node]))
                var after = state
                after.spend(.grant)
                after.hub = desk.finish()
                steps.add(.act, "the hub grants p\(point) to \(Names.replica(fold.present[node]))", after)
            }
        }
    }

    func isFreeInPool(_ span: Span, _ set: Int) -> Bool {
        do { return try Ledger.free(span, of: Names.asset, in: .pool, index: ledger(set)).map(\.span) == [span] } catch
        {
            preconditionFailure("a ledger in memory failed: \(error)")
        }
    }
}
