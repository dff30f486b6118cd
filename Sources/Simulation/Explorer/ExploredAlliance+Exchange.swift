import CRDT

/// A node and the hub over a line: histories are compared, what one lacks is returned.
extension ExploredAlliance {
    func exchange(_ state: ExploredState, _ index: Int, into steps: inout ExploredSteps) {
        let copy = state.copies[index]
        if !journal.isPrefix(copy.journal, of: state.hub) { return refill(state, index, into: &steps) }
        let name = steps.name(index)
        let fold = fold(state.hub)
        if fold.ended.contains(copy.replica), reading != .sameReplicaAfterFork || !fold.forked.contains(copy.replica) {
            guard !copy.isStopped else { return }
            var after = state
            after.copies[index] = merging(state.hub, into: copy)
            after.copies[index].isStopped = true
            return steps.add(.exchanges, "\(name) exchanges, and is told that its replica has ended", after)
        }
        guard !copy.isStopped else { return }
        let head = fold.heads[copy.replica] ?? 0
        let isFork = !chains.isPrefix(head, of: copy.head) && !chains.isPrefix(copy.head, of: head)
        let isCopy = state.tokens[copy.replica].map { $0 != copy.disk } ?? false
        if isFork || isCopy {
            var after = state
            after.hub = append(.forked(copy.replica), to: state.hub)
            after.copies[index] = merging(after.hub, into: copy)
            after.copies[index].isStopped = reading != .sameReplicaAfterFork
            if reading == .sameReplicaAfterFork { after.tokens[copy.replica] = copy.disk }
            return steps.add(.exchanges, "\(name) exchanges: a FORK by its \(isFork ? "chain" : "token")", after)
        }
        if head != copy.head, chains.isPrefix(copy.head, of: head) {
            var after = state
            after.copies[index] = merging(state.hub, into: renewed(copy, node: copy.node, &after))
            return steps.add(
                .exchanges,
                "\(name) exchanges: it was put back, and goes on as \(Names.replica(after.copies[index].replica))",
                after)
        }
        announce(state, index, fold, into: &steps)
    }

    private func announce(
        _ state: ExploredState, _ index: Int, _ fold: ExploredFold, into steps: inout ExploredSteps
    ) {
        let name = steps.name(index)
        let copy = state.copies[index]
        var after = state
        let isNew = copy.replica != fold.present[copy.node]
        if isNew { after.hub = settled(append(.registered(copy.replica), to: state.hub), state) }
        if universe.hasCopies { after.tokens[copy.replica] = copy.disk }
        if reading == .heardWhenPushed, fold.isFrozen, !after.pushed.contains(copy.disk) {
            after.pushed = (after.pushed + [copy.disk]).sorted()
        }
        if state.has(.lostAnswer), after != state {
            var lost = after
            lost.spend(.lostAnswer)
            steps.add(.act, "\(name) exchanges, the answer is lost", lost)
        }
        after.copies[index] = merging(after.hub, into: copy)
        steps.add(
            .exchanges, "\(name) exchanges" + (isNew ? " and is registered, its former replicas end" : ""), after)
    }

    /// A node that knows more than the hub: the hub was put back, and gets back what it lost.
    private func refill(_ state: ExploredState, _ index: Int, into steps: inout ExploredSteps) {
        let name = steps.name(index)
        let copy = state.copies[index]
        var rev = state.hub
        let opens =
            !fold(rev).isFrozen && fold(rev).epoch <= fold(copy.journal).epoch && reading != .poolSpendableAfterRestore
        if opens { rev = append(.epoch(nextEpoch(state, fold(copy.journal))), to: rev) }
        rev = settled(adopting(copy.journal, at: rev, state), state)
        var after = state
        after.hub = rev
        after.lines = addingLine(copy.journal, to: state.lines)
        if reading == .heardWhenPushed, !after.pushed.contains(copy.disk) {
            after.pushed = (after.pushed + [copy.disk]).sorted()
        }
        let words = "\(name) exchanges\(opens ? ": the hub was put back, a new epoch" : ""), and refills the hub"
        if state.has(.lostAnswer) {
            var lost = after
            lost.spend(.lostAnswer)
            steps.add(.act, words + ", the answer is lost", lost)
        }
        after.copies[index] = merging(rev, into: copy)
        steps.add(.exchanges, words, after)
    }

    /// Takes back what a lost line has: the hub's own first, then members' segments, each judged as if it had just come.
    private func adopting(_ line: Int, at start: Int, _ state: ExploredState) -> Int {
        let path = journal.path(after: journal.common(start, line), to: line)
        var rev = start
        for number in path {
            switch journal.elements[number] {
            case .hub(let records)?:
                let missing = records.filter { !sets.contains($0, in: fold(rev).set) }
                if !missing.isEmpty { rev = takingIn(missing, at: append(.hub(missing), to: rev), state) }
            case .registered(let replica)?:
                let fold = fold(rev)
                if !fold.known.contains(replica) {
                    let isLater = replica > fold.present[Names.node(replica)]
                    if isLater { rev = append(.registered(replica), to: rev) }
                }
            case .forked(let replica)?:
                if !fold(rev).forked.contains(replica) { rev = append(.forked(replica), to: rev) }
            default: break
            }
        }
        for number in path {
            guard case .segment(let chain, _)? = journal.elements[number], !hubHas(chain, fold(rev)) else { continue }
            let replica = segment(chain).replica
            let head = fold(rev).heads[replica] ?? 0
            if !fold(rev).forked.contains(replica) {
                if !chains.isPrefix(head, of: chain) {
                    rev = append(.forked(replica), to: rev)
                } else if chains.parents[chain] != head {
                    continue
                }
            }
            // One that stands on what has not come back yet comes again, from its author.
            if let after = accepting(chain, at: rev, state) { rev = after }
        }
        return rev
    }

    /// A copy under a new replica id, which holds nothing and stands on what it was.
    func renewed(_ copy: ExploredCopy, node: Int, _ state: inout ExploredState) -> ExploredCopy {
        var copy = copy
        state.lives[node] += 1
        if copy.head != 0 { copy.kept = (copy.kept + [copy.head]).sorted() }
        copy.head = 0
        copy.replica = Names.replica(node: node, life: Int(state.lives[node]))
        copy.isStopped = false
        copy.seenFree = []
        return copy
    }
}
