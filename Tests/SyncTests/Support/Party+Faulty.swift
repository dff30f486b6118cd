import Alliance
import CRDT
import Store
import Wire

@testable import Sync

/// What a faulty or dishonest node's program does: it cuts what no command of ours would write.
extension Party {
    /// Writes transactions as they are given, without any check, and cuts them to a segment, which is left to be sent.
    @discardableResult
    func cutUnchecked(
        _ transactions: [(time: HybridTime, rows: [(audience: Audience, change: RowState)])], schema: UInt32? = nil
    ) throws -> Segment {
        try store.write { transaction in
            let state = transaction.state
            for entry in transactions { try write(entry.time, entry.rows, in: transaction) }
            let pending = transactions.map { entry in
                PendingTransaction(
                    time: entry.time, seen: state.cursor,
                    changes: Dictionary(grouping: entry.rows, by: \.audience).map { ($0, $1.map(\.change)) })
            }
            let place = Segment.Place(
                replica: state.replica, last: state.own, standsOn: nil, schema: schema ?? transaction.schema.version)
            let segment = try Segment.cut(pending, at: place, key: key)
            try transaction.save(segment)
            try transaction.markCut(transactions.map(\.time), in: segment.header.seq)
            transaction.state.clock.witness(segment.header.times.upperBound)
            transaction.state.own = segment.head
            return segment
        }
    }

    private func write(
        _ time: HybridTime, _ rows: [(audience: Audience, change: RowState)], in transaction: SQLiteTransaction
    ) throws {
        var before: [RowKey: RowState] = [:]
        for (audience, change) in rows {
            let stored = try transaction.row(change.key)
            if before[change.key] == nil, let image = stored?.overwritten(by: change) { before[change.key] = image }
            try transaction.put(
                stored?.merged(with: change) ?? change,
                audience: stored == nil ? audience : transaction.audience(of: change))
        }
        try transaction.append(
            WrittenTransaction(
                time: time, seen: transaction.state.cursor, wall: wall,
                changes: Section.encode([TransactionRows(time: time, changes: rows.map(\.change))]),
                before: before.isEmpty ? [] : Section.encode(states: before.values)))
    }

    /// A change of a row as this replica would write it at a time.
    func change(
        _ key: RowKey, _ length: UInt32?, _ values: [ColumnID: Value], at time: HybridTime
    ) throws -> RowState {
        let stamp = Stamp(time: time, replica: try state.replica)
        return RowState(
            key: key, presence: length.map { Presence(length: $0, stamp: stamp) },
            cells: values.sorted { $0.key < $1.key }.map { Cell(column: $0.key, value: $0.value, stamp: stamp) })
    }

    /// The next times of this replica, a millisecond apart.
    func times(_ count: Int) throws -> [HybridTime] {
        let first = max(wall, try state.clock.last.milliseconds + 1)
        return (0..<count).map { HybridTime(milliseconds: first + UInt64($0)) }
    }
}
