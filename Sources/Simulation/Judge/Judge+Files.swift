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
        try update(node.replica) { file in
            try expect(
                state.cursor.rev >= file.cursor && state.cursor.rev <= rev, "I11",
                "\(node.name): its cursor went from \(file.cursor) to \(state.cursor.rev), the journal has \(rev)")
            try expect(
                state.journal == truth.hash(at: state.cursor.rev), "I11",
                "\(node.name): another journal hash at its cursor")
            try expect(
                state.journalTime.rawValue <= truth.journalTime, "I5",
                "\(node.name): a journal time beyond all accepted ones")
            merged(&file, node.replica, upTo: state.cursor.rev)
            let wasRewritten = !file.anew.isEmpty || file.pending.map(\.time) != times
            if wasRewritten { try reconcile(&file, node, state, store) }
            try expect(
                state.clock.last >= file.clock || wasRewritten, "I5",
                "\(node.name): its clock went from \(file.clock) back to \(state.clock.last)")
            file.clock = state.clock.last
        }
    }

    /// Own entries that the cursor has passed are pending no longer.
    private func merged(_ file: inout NodeFile, _ replica: ReplicaID, upTo cursor: UInt64) {
        for note in truth.notes[Int(file.cursor)..<Int(cursor)] where note.replica == replica {
            for (time, strike) in note.transactions {
                guard let index = file.pending.firstIndex(where: { $0.time == time }) else { continue }
                let written = file.pending.remove(at: index)
                if strike == .clock { file.anew.append(written) } else if strike != nil { file.rejected.append(time) }
            }
        }
        file.cursor = cursor
    }

    /// The outbox is not what it was: what was written anew has to be found again, and nothing may be gone.
    private func reconcile(_ file: inout NodeFile, _ node: Node, _ state: ReplicaState, _ store: ReplicaStore) throws {
        let outbox = try outbox(of: node, state, store)
        let known = Set(file.pending.map(\.time))
        let times = Set(outbox.map(\.time))
        var missing = (file.anew + file.pending.filter { !times.contains($0.time) }).sorted { $0.time < $1.time }[...]
        let fresh = outbox.filter { !known.contains($0.time) }
        file.pending.removeAll { !times.contains($0.time) }
        file.anew = []
        for written in fresh {
            while let first = missing.first, !covers(written, first) {
                try expectSuperseded(first, by: outbox, node)
                missing.removeFirst()
            }
            if let first = missing.popFirst() {
                try expect(first.seen == written.seen, "I11", "\(node.name): what it wrote anew has another `seen`")
            } else {
                try expect(
                    file.isUncertain, "I2", "\(node.name): an edit in the outbox that nobody wrote: \(written.time)")
            }
            file.pending.append(written)
        }
        for first in missing { try expectSuperseded(first, by: outbox, node) }
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
    private func expectSuperseded(_ old: Written, by outbox: [Written], _ node: Node) throws {
        let file = files[node.replica]
        for change in old.changes {
            let row = expectedWithout(change.key, node.replica, file?.cursor ?? 0, outbox)
            for cell in change.cells {
                let now = row.cells[cell.column]?.stamp
                try expect(
                    now.map { $0.replica == node.replica && $0.time > old.time } ?? false, "I2",
                    "\(node.name): an acknowledged edit is gone: \(change.key.id), column \(cell.column.rawValue), \(old.time)"
                )
            }
        }
    }

    private func expectedWithout(_ key: RowKey, _ replica: ReplicaID, _ cursor: UInt64, _ outbox: [Written]) -> ModelRow
    {
        var row = truth.row(key, at: cursor) ?? ModelRow()
        for change in outbox.flatMap(\.changes) where change.key == key { row.apply(change) }
        return row
    }

    private func outbox(of node: Node, _ state: ReplicaState, _ store: ReplicaStore) throws -> [Written] {
        try store.read { transaction in
            var byTime: [HybridTime: Written] = [:]
            for entry in try transaction.uncut(size: .max, rows: .max) {
                byTime[entry.time] = Written(
                    time: entry.time, seen: entry.seen.rev, changes: try entry.changes(of: state.replica))
            }
            let cut = try transaction.segments(of: state.replica, after: state.acknowledgedSeq, size: .max, count: .max)
            for segment in cut {
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
            try update(node.replica) { file in
                try expect(
                    state.cursor.rev >= file.cursor && state.cursor.rev <= rev, "I11",
                    "\(node.name): its cursor was \(file.cursor) before it went down, and is \(state.cursor.rev)")
                merged(&file, node.replica, upTo: state.cursor.rev)
                file.isUncertain = true
                try reconcile(&file, node, state, store)
                file.isUncertain = false
                file.clock = state.clock.last
            }
            try compare(node)
        } catch is StoreError {
            // The disk still fails: it is looked at after the next start.
            update(node.replica) { $0.isUncertain = true }
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
        guard let store = node.store, let file = files[node.replica] else { return }
        noteComparison()
        var count = 0
        var mine: [RowKey: [RowState]] = [:]
        for change in file.pending.lazy.flatMap(\.changes) { mine[change.key, default: []].append(change) }
        try store.read { transaction in
            try transaction.eachRow { chunk in
                for (row, _) in chunk {
                    count += 1
                    let isReadable = truth.mayRead(row.key, node.member)
                    try expect(
                        isReadable || mine[row.key] != nil, "I13",
                        "\(node.name) holds \(row.key.table.rawValue)/\(row.key.id), which it may not read")
                    var wanted = isReadable ? truth.row(row.key, at: file.cursor) ?? ModelRow() : ModelRow()
                    for change in mine[row.key] ?? [] { wanted.apply(change) }
                    try expect(
                        ModelRow(row) == wanted, "I1",
                        "\(node.name): row \(row.key.table.rawValue)/\(row.key.id) is \(ModelRow(row)), not \(wanted)")
                }
            }
        }
        let visible = truth.keys.filter { truth.firstRev($0) <= file.cursor && truth.mayRead($0, node.member) }
        let own = Set(mine.keys).subtracting(visible)
        try expect(
            count == visible.count + own.count, "I2",
            "\(node.name) holds \(count) rows, not \(visible.count + own.count)")
    }
}
