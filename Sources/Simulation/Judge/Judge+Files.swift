import Alliance
import CRDT
import Store
import Sync
import Wire

extension Judge {
    // MARK: After a step of a session

    /// Looks at a node's state and outbox after each step.
    func stepped(_ node: Node, _ step: Stepped) throws {
        guard let store = node.store else { return }
        let (state, times) = (step.state, step.outbox)
        try update(node) { file in
            try follow(&file, state, node)
            try expect(
                state.journalTime.rawValue <= max(truth.journalTime, former.map(\.journalTime).max() ?? 0), "I5",
                "\(node.name): a journal time beyond all accepted ones")
            try expect(
                !state.isEnding || copied.contains(file.replica), "I15", "\(node.name) ends, and was never put back")
            file.isEnding = file.isEnding || state.isEnding
            let goesOn = state.replica != file.replica
            if goesOn { try renewed(&file, as: state.replica, node) }
            // A stamp that two lives gave out is given anew, out of its turn.
            file.keepsOrder = !goesOn && !state.isEnding
            file.isEnding = state.isEnding
            let wasRewritten = goesOn || !file.anew.isEmpty || file.pending.map(\.time) != times
            if wasRewritten { try reconcile(&file, node, state, store) }
            try expect(
                state.clock.last >= file.clock || wasRewritten, "I5",
                "\(node.name): its clock went from \(file.clock) back to \(state.clock.last)")
            file.clock = state.clock.last
        }
    }

    /// The outbox is not what it was: what was written anew has to be found again, and nothing may be gone.
    private func reconcile(_ file: inout NodeFile, _ node: Node, _ state: ReplicaState, _ store: ReplicaStore) throws {
        let outbox = try outbox(of: node, state, store)
        let known = Set(file.pending.map(\.time))
        let times = Set(outbox.map(\.time))
        var missing = (file.anew + file.pending.filter { !times.contains($0.time) }).sorted { $0.time < $1.time }
        let fresh = outbox.filter { !known.contains($0.time) }
        file.pending.removeAll { !times.contains($0.time) }
        file.anew = []
        for written in fresh {
            while file.keepsOrder, let first = missing.first, !covers(written, first) {
                try expectSuperseded(first, by: outbox, file, node)
                missing.removeFirst()
            }
            if let index = missing.firstIndex(where: { covers(written, $0) }) {
                let first = missing.remove(at: index)
                try expect(first.seen == written.seen, "I11", "\(node.name): what it wrote anew has another `seen`")
            } else {
                try expect(
                    file.isUncertain, "I2", "\(node.name): an edit in the outbox that nobody wrote: \(written.time)")
            }
            file.pending.append(written)
        }
        for first in missing { try expectSuperseded(first, by: outbox, file, node) }
        file.pending.sort { $0.time < $1.time }
    }

    /// Whether a transaction written anew is an old one, or what was left of it.
    private func covers(_ new: Written, _ old: Written) -> Bool {
        new.says(old.changes)
            || new.changes.allSatisfy { change in
                old.changes.contains { before in
                    before.key == change.key
                        && change.cells.allSatisfy { cell in before[cell.column]?.value == cell.value }
                        && (change.presence == nil || change.presence?.length == before.presence?.length)
                }
            }
    }

    /// Nothing of a transaction may be gone but what its author overwrote later.
    private func expectSuperseded(_ old: Written, by outbox: [Written], _ file: NodeFile, _ node: Node) throws {
        if file.startsAnew, try node.store?.read({ try $0.hasRejected(old.time) }) ?? false { return }
        for change in old.changes {
            var row = merged(change.key, file)
            for other in outbox.flatMap(\.changes) where other.key == change.key { row.apply(other) }
            for cell in change.cells {
                let now = row.cells[cell.column]?.stamp
                try expect(
                    now.map { $0.replica == file.replica && $0.time > old.time } ?? false, "I2",
                    "\(node.name): an acknowledged edit is gone: \(change.key.id), column \(cell.column.rawValue), \(old.time)"
                )
            }
        }
    }

    private func outbox(of node: Node, _ state: ReplicaState, _ store: ReplicaStore) throws -> [Written] {
        try store.read { transaction in
            var byTime: [HybridTime: Written] = [:]
            for entry in try transaction.uncut(size: .max, rows: .max) {
                byTime[entry.time] = Written(
                    time: entry.time, seen: entry.seen.rev, changes: try entry.changes(of: state.replica))
            }
            // What of a lost life came back of a replica that ends is kept under its id, and is not pending.
            let pending = Set(try transaction.pendingEntries().compactMap(\.seq))
            let cut = try transaction.segments(of: state.replica, after: state.acknowledgedSeq, size: .max, count: .max)
            for segment in cut where pending.contains(segment.header.seq) {
                for index in segment.header.sections.indices {
                    for rows in try segment.transactions(section: index) ?? [] {
                        byTime[
                            rows.time, default: Written(time: rows.time, seen: segment.header.seen.rev, changes: [])
                        ].changes += rows.changes
                    }
                }
            }
            return byTime.values.sorted { $0.time < $1.time }
        }
    }

    // MARK: After a start

    /// A node runs again: what it had acknowledged must be there, whole.
    func recovered(_ node: Node, now: UInt64) throws {
        guard let store = node.store else { return }
        do {
            try expectIntact(node, store)
            let state = try store.read { $0.state }
            try update(node) { file in
                try follow(&file, state, node)
                if state.replica != file.replica { try renewed(&file, as: state.replica, node) }
                file.isEnding = state.isEnding
                file.isUncertain = true
                try reconcile(&file, node, state, store)
                file.isUncertain = false
                file.clock = state.clock.last
            }
            try compare(node)
        } catch is StoreError {
            // The disk still fails: it is looked at after the next start.
            update(node) { $0.isUncertain = true }
        }
    }

    func recovered(_ hub: Hub, now: UInt64) throws {
        guard let store = hub.store else { return }
        do {
            try expectIntact(hub, store)
            let (state, hash) = try store.read { ($0.state, try $0.journalHash(at: rev)) }
            try expect(
                state.cursor.rev >= rev, "I8", "the hub answered for rev \(rev) and now has \(state.cursor.rev)")
            try expect(rev == 0 || hash == truth.hash(at: rev), "I8", "the hub has another journal at rev \(rev)")
            try read(hub, now: now)
        } catch is StoreError { return }
    }

    private func expectIntact(_ party: Party, _ store: ReplicaStore) throws {
        let faults = try store.integrityFaults()
        try expect(faults.isEmpty, "I10", "\(party.name): \(faults.prefix(3))")
        guard party.crashes % 3 == 0 else { return }
        let findings = try store.deepCheck()
        try expect(findings.isClean, "I9", "\(party.name): \(findings)")
    }

    // MARK: Whole files

    /// Compares every row of a node's file with what must stand there.
    func compare(_ node: Node) throws {
        guard let store = node.store, let file = files[node.index] else { return }
        noteComparison()
        var held: Set<RowKey> = []
        var mine: [RowKey: [RowState]] = [:]
        for change in file.pending.lazy.flatMap(\.changes) { mine[change.key, default: []].append(change) }
        let visible = visible(file)
        try store.read { transaction in
            try transaction.eachRow { chunk in
                for (row, _) in chunk {
                    held.insert(row.key)
                    guard visible.contains(row.key) || mine[row.key] != nil else {
                        try expect(
                            isRemnant(row, file), "I13",
                            "\(node.name) holds \(row.key.table.rawValue)/\(row.key.id), which it may not read")
                        continue
                    }
                    var wanted = merged(row.key, file)
                    for change in mine[row.key] ?? [] { wanted.apply(change) }
                    try expect(
                        isSame(ModelRow(row), wanted), "I1",
                        "\(node.name): row \(row.key.table.rawValue)/\(row.key.id) is \(ModelRow(row)), not \(wanted): \(origins(of: row.key, file))"
                    )
                }
            }
        }
        for key in visible.union(mine.keys).subtracting(held) {
            var wanted = merged(key, file)
            for change in mine[key] ?? [] { wanted.apply(change) }
            try expectForgotten(key, wanted, by: node.name)
        }
    }

    /// Whether a row was made and deleted in what the hub lost, whatever became of it there later: no digest has it, so a
    /// repair leaves it where it is.
    private func isRemnant(_ row: RowState, _ file: NodeFile) -> Bool {
        !row.isThere && former.contains { $0.mayRead(row.key, file.member) && $0.wasDeleted(row.key) }
    }

    /// Whether a row is what it should be.
    ///
    /// Of a deleted row, once a hub went back, by its presence only: what its cells were says nothing until it returns, and
    /// is compared then. What the hub lost and strikes out now may be in them where it was merged. Of one that was
    /// collected some cells are no longer there.
    func isSame(_ row: ModelRow, _ wanted: ModelRow) -> Bool {
        guard !row.isThere, !wanted.isThere else { return row == wanted }
        guard former.isEmpty else { return isDeletion(row, wanted) }
        return row.length == wanted.length && row.presence == wanted.presence
            && row.cells.allSatisfy { column, held in wanted.cells[column].map { $0.stamp >= held.stamp } ?? false }
            && wanted.cells.allSatisfy { column, held in row.cells[column] == held || mayBeCollected(held.stamp) }
    }

    /// Whether a row is deleted as wanted, or as it was in what the hub lost: that is in no digest.
    private func isDeletion(_ row: ModelRow, _ wanted: ModelRow) -> Bool {
        row.length == wanted.length && row.presence == wanted.presence
            || row.presence.map { stamp in former.contains { $0.holds(stamp) } } ?? false
    }

    /// The rows that a node has merged.
    private func visible(_ file: NodeFile) -> Set<RowKey> {
        var visible = Set(file.stray.keys)
        for place in [NodeFile.Base(branch: file.branch, rev: file.cursor)] + file.bases {
            let journal = journal(place.branch)
            visible.formUnion(
                journal.keys.lazy.filter { journal.firstRev($0) <= place.rev && journal.mayRead($0, file.member) })
        }
        return visible
    }
}
