import CRDT

/// What the operator states, and what the hub does upon it.
///
/// A true statement can be made only when every running old copy has handed in, and it ends what else might still have
/// come: sticks, in either direction, and backups. What it speaks of then is gone from the world.
extension ExploredAlliance {
    func attesting(_ node: Int, _ state: ExploredState, truly: Bool) -> ExploredState? {
        let fold = fold(state.hub)
        let present = fold.present[node]
        guard !fold.isFrozen, !fold.ended.contains(present) else { return nil }
        let former = formerHolders(of: node, present, fold)
        guard !former.isEmpty else { return nil }
        var after = state
        if truly {
            guard let ended = ending(node, former, state, fold) else { return nil }
            after = ended
        } else if reading != .attestedEarly {
            after.spend(.falseAttestation)
            for life in 1...Int(state.lives[node]) {
                taint(Names.replica(node: node, life: life), except: present, in: &after)
            }
        }
        var desk = ExploredDesk(self, at: state.hub, life: state.hubLife)
        if reading == .usedPointsStay {
            for point in 0..<universe.points
            where former.contains(where: { choose(point, by: $0, in: fold.set) != nil }) {
                desk.put([Self.span(point)], at: .replica(present))
            }
        } else {
            work { try Ledger.attest(former, to: present, at: &desk) }
        }
        after.hub = settled(desk.finish(), state)
        return after
    }

    private func taint(_ replica: ReplicaID, except present: ReplicaID, in state: inout ExploredState) {
        guard replica != present, !state.tainted.contains(replica) else { return }
        state.tainted = (state.tainted + [replica]).sorted()
    }

    private func formerHolders(of node: Int, _ present: ReplicaID, _ fold: ExploredFold) -> Set<ReplicaID> {
        let holders = ledger(fold.set).holdings(of: Names.asset).compactMap { holding -> ReplicaID? in
            guard case .held(let replica) = holding.place, replica != present, Names.node(replica) == node else {
                return nil
            }
            if reading == .usedPointsStay, !ledger(fold.set).occupations(of: Names.asset, in: holding.span).isEmpty {
                return nil
            }
            return replica
        }
        return Set(holders)
    }

    /// - Returns: the state without what the statement speaks of; `nil` if it can't be made.
    private func ending(
        _ node: Int, _ former: Set<ReplicaID>, _ state: ExploredState, _ fold: ExploredFold
    ) -> ExploredState? {
        let present = fold.present[node]
        let isListed = reading == .statementOfListedReplicas
        func speaksOf(_ replica: ReplicaID) -> Bool {
            Names.node(replica) == node && replica != present && (!isListed || former.contains(replica))
        }
        guard !state.copies.contains(where: { !$0.isStopped && speaksOf($0.replica) }) else { return nil }
        guard reading == .attestedBeforeInherited || !hasUnseen(node, state, fold) else { return nil }
        var after = state
        after.cut = state.cut.compactMap { leaf in
            guard speaksOf(segment(leaf).replica), !hubHas(leaf, fold) else { return leaf }
            return fold.heads[segment(leaf).replica]
        }.sorted()
        if reading != .attestedDespiteBackups, let backup = state.backups[node], hasMore(backup, state, fold) {
            after.backups[node] = nil
        }
        if reading == .closedDespiteLines { return after }
        after.lines = state.lines.filter { line in
            !journal.path(after: 0, to: line).contains { rev in
                guard case .segment(let chain, _)? = journal.elements[rev] else { return false }
                return Names.node(segment(chain).replica) == node && segment(chain).replica != present
                    && !hubHas(chain, fold)
            }
        }
        return after
    }

    /// Whether a disk of the node has something of its former replicas that is not in the journal.
    private func hasUnseen(_ node: Int, _ state: ExploredState, _ fold: ExploredFold) -> Bool {
        let present = fold.present[node]
        return state.copies.contains { copy in
            guard copy.node == node else { return false }
            let old = copy.kept + (copy.replica != present && copy.head != 0 ? [copy.head] : [])
            if old.contains(where: { !hubHas($0, fold) }) { return true }
            var waiting = copy.pending
            if copy.replica == present, copy.head != 0 {
                let base = chains.common(copy.head, fold.heads[present] ?? 0)
                waiting += chains.path(after: base, to: copy.head).flatMap { segment($0).records }
            }
            return waiting.contains { sets.records[$0].author.map { $0 != present } ?? false }
        }
    }

    private func hasMore(_ copy: ExploredCopy, _ state: ExploredState, _ fold: ExploredFold) -> Bool {
        !copy.pending.isEmpty || !journal.isPrefix(copy.journal, of: state.hub)
            || (copy.kept + (copy.head == 0 ? [] : [copy.head])).contains { !hubHas($0, fold) }
    }

    // MARK: The hub's recovery

    func closing(_ state: ExploredState, truly: Bool) -> ExploredState? {
        let fold = fold(state.hub)
        guard state.copies.allSatisfy({ isHeard($0, state, fold) }) || !truly else { return nil }
        var after = state
        if truly {
            var live = Set(state.copies.map(\.replica))
            if reading == .closedDespiteFormer {
                live.formUnion(state.copies.flatMap(\.kept).map { segment($0).replica })
                live.formUnion(fold.ended)
            }
            if reading == .statementOfListedReplicas {
                live.formUnion(state.cut.map { segment($0).replica }.filter { !fold.known.contains($0) })
            }
            after.cut = Set(
                state.cut.compactMap { leaf in
                    guard !live.contains(segment(leaf).replica), !hubHas(leaf, fold) else { return leaf }
                    return rest(of: leaf, state, fold)
                }
            ).sorted()
            if reading != .closedDespiteBackups {
                for (node, backup) in state.backups.enumerated() {
                    if let backup, hasMore(backup, state, fold) { after.backups[node] = nil }
                }
            }
            if reading != .closedDespiteLines {
                after.lines = state.lines.filter { line in
                    folds[line].set == fold.set
                        || sets.sets[folds[line].set].allSatisfy { sets.contains($0, in: fold.set) }
                }
            }
        } else {
            after.spend(.falseClosing)
            after.isHubTainted = true
        }
        if reading == .waitsForever {
            after.hub = settled(append(.closed, to: state.hub), state)
        } else {
            var desk = ExploredDesk(self, at: state.hub, life: state.hubLife)
            work { try Ledger.closeRecovery(at: &desk) }
            after.hub = append(.closed, to: desk.finish())
        }
        after.pushed = []
        return after
    }

    private func isHeard(_ copy: ExploredCopy, _ state: ExploredState, _ fold: ExploredFold) -> Bool {
        if journal.isPrefix(fold.opened, of: copy.journal) { return true }
        return switch reading {
        case .heardWhenPushed: state.pushed.contains(copy.disk)
        case .epochNumberTwice: self.fold(copy.journal).epoch == fold.epoch
        default: false
        }
    }

    /// What is on a running disk stays; what was only on its way is gone.
    private func rest(of leaf: Int, _ state: ExploredState, _ fold: ExploredFold) -> Int? {
        let kept = state.copies.flatMap(\.kept).filter {
            segment($0).replica == segment(leaf).replica && chains.isPrefix($0, of: leaf) && !hubHas($0, fold)
        }
        return kept.max { chains.depths[$0] < chains.depths[$1] } ?? fold.heads[segment(leaf).replica]
    }
}
