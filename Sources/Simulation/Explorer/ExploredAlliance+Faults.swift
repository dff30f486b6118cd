import CRDT

/// What goes wrong with disks, and what people do about it.
extension ExploredAlliance {
    func steps(from state: ExploredState) -> [ExploredStep] {
        var steps = ExploredSteps(state, tells: isTelling)
        for index in state.copies.indices {
            nodeSteps(state, index, into: &steps)
            exchange(state, index, into: &steps)
            goOn(state, index, into: &steps)
            breakNode(state, index, into: &steps)
        }
        hubSteps(state, into: &steps)
        breakHub(state, into: &steps)
        return steps.steps
    }

    /// A copy that was stopped goes on, if no other of its node does.
    private func goOn(_ state: ExploredState, _ index: Int, into steps: inout ExploredSteps) {
        let name = steps.name(index)
        let copy = state.copies[index]
        guard copy.isStopped, !state.copies.contains(where: { $0.node == copy.node && !$0.isStopped }) else { return }
        var after = state
        after.copies[index] = renewed(copy, node: copy.node, &after)
        steps.add(
            .goesOn, "the operator lets \(name) go on as \(Names.replica(after.copies[index].replica))", after)
    }

    private func breakNode(_ state: ExploredState, _ index: Int, into steps: inout ExploredSteps) {
        let copy = state.copies[index]
        let name = steps.name(index)
        let node = copy.node
        if state.has(.nodeBackup), !copy.isStopped, state.backups[node] != copy {
            var after = state
            after.spend(.nodeBackup)
            after.backups[node] = copy
            steps.add(.fault, "\(name): backup", after)
        }
        if let backup = state.backups[node] { putBack(backup, state, index, into: &steps) }
        if state.has(.diskLost) {
            var after = state
            after.spend(.diskLost)
            after.lives[node] += 1
            let replica = Names.replica(node: node, life: Int(after.lives[node]))
            after.copies[index] = ExploredCopy(
                replica: replica, journal: state.hub, set: folds[state.hub].set, disk: copy.disk)
            steps.add(.fault, "\(name): disk lost for good, it joins anew as \(Names.replica(replica))", after)
        }
        if state.has(.clone), !copy.isStopped {
            var after = state
            after.spend(.clone)
            after.copies.append(copy)
            after.copies[after.copies.count - 1].disk = after.disks
            after.disks += 1
            after.tainted = (after.tainted.filter { $0 != copy.replica } + [copy.replica]).sorted()
            steps.add(.fault, "\(name): a live clone", after)
        }
    }

    private func putBack(
        _ backup: ExploredCopy, _ state: ExploredState, _ index: Int, into steps: inout ExploredSteps
    ) {
        let copy = state.copies[index]
        let name = steps.name(index)
        if state.has(.nodeRestore) {
            var after = state
            after.spend(.nodeRestore)
            after.copies[index] = renewed(backup, node: copy.node, &after)
            after.copies[index].disk = copy.disk
            steps.add(
                .fault, "\(name): disk lost, the backup restored as \(Names.replica(after.copies[index].replica))",
                after)
        }
        if state.has(.nodeByHand), backup != copy {
            var after = state
            after.spend(.nodeByHand)
            after.copies[index] = backup
            after.copies[index].disk = after.disks
            after.disks += 1
            after.tainted = (after.tainted.filter { $0 != backup.replica } + [backup.replica]).sorted()
            steps.add(.fault, "\(name): the backup copied back by hand, unseen", after)
        }
        if state.has(.nodeBeside) {
            var after = state
            after.spend(.nodeBeside)
            after.copies.append(renewed(backup, node: copy.node, &after))
            after.copies[after.copies.count - 1].disk = after.disks
            after.disks += 1
            steps.add(
                .fault,
                "\(name): the backup restored on a second machine as \(Names.replica(after.copies[after.copies.count - 1].replica)), the first runs on",
                after)
        }
    }

    private func breakHub(_ state: ExploredState, into steps: inout ExploredSteps) {
        if state.has(.hubBackup), state.hubBackup != state.hub {
            var after = state
            after.spend(.hubBackup)
            after.hubBackup = state.hub
            steps.add(.fault, "the hub: backup", after)
        }
        guard let backup = state.hubBackup, backup != state.hub else { return }
        var lost = state
        lost.lines = addingLine(state.hub, to: state.lines)
        lost.tokens = [:]
        lost.pushed = []
        lost.hubLife += 1
        if state.has(.hubRestore) {
            var after = lost
            after.spend(.hubRestore)
            let number = reading == .epochNumberTwice ? fold(backup).epoch + 1 : nextEpoch(lost, fold(backup))
            after.hub = append(.epoch(number), to: backup)
            steps.add(.fault, "the hub: disk lost, rev \(journal.depths[backup]) restored, epoch \(number)", after)
        }
        if state.has(.hubByHand) {
            var after = lost
            after.spend(.hubByHand)
            after.hub = backup
            after.isHubTainted = true
            steps.add(.fault, "the hub: rev \(journal.depths[backup]) copied back by hand, unseen", after)
        }
    }
}
