import Alliance
import CRDT
import Store
import Sync
import Wire

/// What becomes of a node's file where it, or the hub, went back.
extension Judge {
    /// Follows a node's cursor along the journal, or back to where it goes on another way.
    func follow(_ file: inout NodeFile, _ state: ReplicaState, _ node: Node) throws {
        let (rev, hash) = (state.cursor.rev, state.journal)
        // With a snapshot the old rows go, and with them what is left of lost journals.
        if file.startsAnew, !file.hasStartedAnew, !state.mayStartAnew {
            (file.bases, file.stray) = ([], [:])
            file.hasStartedAnew = true
        }
        let here = journal(file.branch).hash(at: file.cursor)
        // The present journal, else one that the hub had: an answer of before may still be on its way.
        let journals = former.isEmpty ? [truth] : [truth] + former.reversed()
        guard let journal = journals.first(where: { $0.hash(at: rev) == hash }) else {
            throw Breach(
                invariant: "I11",
                detail: "\(node.name): no journal has the hash at its cursor \(rev), after \(file.cursor)")
        }
        if journal.hash(at: file.cursor) == here, rev >= file.cursor {
            file.branch = journal.branch
            return merged(&file, upTo: rev)
        }
        try expect(
            !former.isEmpty && rev <= file.cursor, "I11",
            "\(node.name): its cursor went from \(file.cursor) to \(rev), the journal has \(self.rev)")
        file.bases.append(.init(branch: file.branch, rev: file.cursor))
        (file.branch, file.cursor) = (journal.branch, rev)
    }

    /// Own entries that the cursor has passed are pending no longer.
    private func merged(_ file: inout NodeFile, upTo cursor: UInt64) {
        let notes = journal(file.branch).notes
        for note in notes[Int(file.cursor)..<Int(cursor)] where note.replica == file.replica {
            for entry in note.transactions {
                let index = file.pending.firstIndex { $0.time == entry.time && $0.says(entry.changes) }
                if let index {
                    let written = file.pending.remove(at: index)
                    if entry.strike == .clock { file.anew.append(written) }
                }
                // Of a lost life, too: what was struck out stands in the inbox of who goes on for it, unless it was written
                // anew before the hub went back.
                let stamp = Stamp(time: entry.time, replica: note.replica)
                if let strike = entry.strike, strike != .clock, !former.contains(where: { $0.isStruckForClock(stamp) })
                {
                    file.rejected.append(entry.time)
                }
            }
        }
        file.cursor = cursor
    }

    // MARK: A hub that went back

    /// What a node had merged of a journal that the hub lost is in the present one, or was struck out there.
    func expectReturned(_ file: NodeFile, _ node: Node) throws {
        var plain = file
        (plain.bases, plain.stray) = ([], [:])
        for base in file.bases {
            let lost = journal(base.branch)
            for key in lost.keys where lost.firstRev(key) <= base.rev && lost.mayRead(key, file.member) {
                guard let old = lost.row(key, at: base.rev) else { continue }
                let now = merged(key, plain)
                for (column, held) in old.cells {
                    let isHere = now.cells[column].map { $0.stamp >= held.stamp } ?? false
                    try expect(
                        isHere || truth.isStruck(held.stamp), "I2",
                        "\(node.name): \(key.table.rawValue)/\(key.id), column \(column.rawValue), \(held.stamp) was in the journal and did not come back"
                    )
                }
            }
        }
    }

    /// The operator closed the recovery and stated that those who were not heard have nothing more: what only they hold
    /// of what the hub gave before may have been given again.
    func closedRecovery(unheard: Set<ReplicaID>) {
        guard !unheard.isEmpty else { return }
        unwarranted.formUnion(unheard)
        let here = Set(truth.points.all.map(\.record.id))
        for journal in former {
            contested.formUnion(journal.points.all.map(\.record.id).filter { !here.contains($0) })
        }
    }

    /// A repair begins, or has changed rows: until it is done they stand apart from what the journals say.
    func mended(_ node: Node) throws {
        guard let store = node.store else { return }
        try update(node) { file in
            (file.bases, file.stray) = ([], [:])
            try store.read { transaction in
                try transaction.eachRow { chunk in
                    for (row, _) in chunk where ModelRow(row) != merged(row.key, file) {
                        file.stray[row.key] = ModelRow(row)
                    }
                }
            }
        }
    }
}
