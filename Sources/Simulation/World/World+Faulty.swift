import Alliance
import CRDT
import Store
import Sync
import Wire

/// What a faulty program does: past the local checks, into outbox and rows.
extension World {
    private enum Fault: CaseIterable { case notItsOwn, tooLong, presence, once, ahead }

    func misbehave(at party: Party) throws {
        guard let node = party as? Node, let store = node.store else { return }
        let fault = draw.pick(Fault.allCases)
        let victim = fault == .ahead ? node.member : Records.member(draw.below(plan.members))
        let record = draw.chance(50) ? Records.teacher(victim, draw.below(14)) : Records.base(victim, draw.below(5))
        let wall = node.wall(now)
        let written = try store.write { transaction -> Written? in
            let state = transaction.state
            guard try !transaction.alarms().contains(where: \.kind.stopsWriting) else { return nil }
            var time = HybridTime(rawValue: state.clock.last.rawValue + 1)
            if fault == .ahead {
                // Far beyond what the hub accepts, and cut at once, so that it can't be taken back.
                time = HybridTime(milliseconds: max(now, time.milliseconds) + 30 * Plan.day)
            }
            let stored = try transaction.row(record.key)
            guard fault != .ahead || stored?.isThere ?? false else { return nil }
            let change = Self.change(fault, record.key, stored, Stamp(time: time, replica: state.replica))
            let before = stored.map { row in
                RowState(
                    key: row.key, presence: change.presence == nil ? nil : row.presence,
                    cells: change.cells.compactMap { row[$0.column] })
            }
            try transaction.put(stored?.merged(with: change) ?? change, audience: .alliance)
            try transaction.append(
                WrittenTransaction(
                    time: time, seen: state.cursor, wall: wall,
                    changes: Section.encode([TransactionRows(time: time, changes: [change])]),
                    before: before.map { $0.isEmpty ? [] : Section.encode(states: [$0]) } ?? []))
            transaction.state.clock.witness(time)
            if fault == .ahead { try Cutter(transaction, key: node.key).cut(segments: .max) }
            return Written(time: time, seen: state.cursor.rev, changes: [change])
        }
        guard let written else { return }
        tally.note("faulty writes")
        tell(node, "有问题的程序写入 a faulty program writes (\(fault)) \(record.key.id)")
        judge.wrote(written, by: node)
    }

    private static func change(_ fault: Fault, _ key: RowKey, _ stored: RowState?, _ stamp: Stamp) -> RowState {
        let length = stored?.presence?.length ?? 0
        let text = fault == .tooLong ? String(repeating: "长", count: 200) : "1"
        // The second column is a teacher's name and a base's grade: "1" fits both.
        var cells = [Cell(column: ColumnID(2), value: .text(text), stamp: stamp)]
        if fault == .once { cells.insert(Cell(column: ColumnID(1), value: .text("改名"), stamp: stamp), at: 0) }
        let writesPresence = length % 2 == 0 || fault == .presence
        let presence = Presence(length: length + (fault == .presence ? 3 : 1), stamp: stamp)
        return RowState(key: key, presence: writesPresence ? presence : nil, cells: cells)
    }
}
