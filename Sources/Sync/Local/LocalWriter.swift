import Alliance
import CRDT
public import Crypto
import Wire

/// Carries out commands on a replica: one command, one transaction, one stamp.
///
/// At a node the transaction goes to the outbox; at the hub it is journaled at once.
public struct LocalWriter {
    private let transaction: any ReplicaTransaction
    private let surroundings: Surroundings
    private let key: Curve25519.Signing.PrivateKey

    public init(
        _ transaction: any ReplicaTransaction, key: Curve25519.Signing.PrivateKey, surroundings: Surroundings
    ) {
        self.transaction = transaction
        self.key = key
        self.surroundings = surroundings
    }

    /// Carries out edits of different rows as one transaction.
    ///
    /// - Returns: how many rows changed; 0 if everything was so already, and then nothing was written.
    /// - Throws: `CommandRefusal`, and nothing was written.
    @discardableResult
    public func commit(_ edits: [RowEdit]) throws -> Int {
        guard edits.count <= Limits.transactionRows else { throw CommandRefusal.tooLarge(rows: edits.count) }
        if transaction.state.role == .node, let alarm = try transaction.alarms().first(where: \.kind.stopsWriting) {
            throw CommandRefusal.stopped(alarm.kind)
        }
        let planned = try edits.compactMap(plan)
        guard !planned.isEmpty else { return 0 }
        let time = transaction.state.clock.next(wall: wall())
        let stamp = Stamp(time: time, replica: transaction.state.replica)
        let changes = planned.map { $0.change(stamp) }
        guard changes.reduce(0, { $0 + $1.size }) <= Limits.transactionSize, SegmentHeader.holds(try audiences(changes))
        else {
            throw CommandRefusal.tooLarge(rows: edits.count)
        }
        try check(changes, planned)
        return try write(changes, planned, time: time)
    }

    /// Writes transactions of before anew, with the `seen` of then: those that the hub struck out for their clock.
    func rewrite(_ changes: [RowState], seen: JournalPosition, wall: UInt64) throws {
        let time = transaction.state.clock.next(wall: self.wall())
        let stamp = Stamp(time: time, replica: transaction.state.replica)
        let anew = changes.map { $0.stamped(stamp) }
        try store(anew, on: anew.map { try transaction.row($0.key) }, time: time, seen: seen, wall: wall)
    }

    /// The clock as corrected by the hub's, or nothing where it is implausible: then work goes on from the last stamp.
    private func wall() -> UInt64? {
        let state = transaction.state
        guard state.role == .node, state.hubTime > 0 else { return surroundings.wall }
        let corrected = Int64(clamping: surroundings.wall) + state.hubOffset
        let latest = max(state.hubTime, state.clock.last.milliseconds) + Self.silenceMax
        return corrected > 0 && UInt64(corrected) <= latest ? UInt64(corrected) : nil
    }

    /// The longest that a node is believed to have been away, milliseconds: 400 days.
    private static let silenceMax: UInt64 = 400 * 24 * 3_600_000

    // MARK: Planning

    private struct Planned {
        let edit: RowEdit
        let stored: RowState?
        /// Cells to be written, ascending by column.
        let values: [(column: ColumnID, value: Value)]
        let length: UInt32?

        func change(_ stamp: Stamp) -> RowState {
            RowState(
                key: edit.key, presence: length.map { Presence(length: $0, stamp: stamp) },
                cells: values.map { Cell(column: $0.column, value: $0.value, stamp: stamp) })
        }
    }

    private func plan(_ edit: RowEdit) throws -> Planned? {
        let stored = try transaction.row(edit.key)
        let there = stored?.isThere ?? false
        let length = stored?.presence?.length ?? 0
        switch edit.act {
        case .create:
            guard !there else { throw CommandRefusal.exists(edit.key) }
            let columns = transaction.schema[edit.key.table]?.columns.map(\.id) ?? edit.values.keys.sorted()
            return Planned(
                edit: edit, stored: stored, values: columns.map { ($0, edit.values[$0] ?? .null) }, length: length + 1)
        case .edit:
            guard there, let stored else { throw CommandRefusal.absent(edit.key) }
            try checkShown(edit, stored)
            let changed = edit.values.filter { stored[$0.key]?.value ?? .null != $0.value }.sorted { $0.key < $1.key }
            guard !changed.isEmpty else { return nil }
            return Planned(edit: edit, stored: stored, values: changed.map { ($0.key, $0.value) }, length: nil)
        case .delete:
            guard there, let stored else { throw CommandRefusal.absent(edit.key) }
            try checkShown(edit, stored)
            return Planned(edit: edit, stored: stored, values: [], length: length + 1)
        }
    }

    /// A form that was open while a cell moved is not written over it.
    private func checkShown(_ edit: RowEdit, _ stored: RowState) throws {
        guard let shown = edit.shown else { return }
        let columns = edit.act == .delete ? shown.keys.sorted() : edit.values.keys.sorted()
        let stale = columns.compactMap { column -> CommandRefusal.StaleCell? in
            let now = stored[column]
            let wanted = edit.values[column] ?? .null
            guard shown[column] != now?.stamp, edit.act == .delete || now?.value ?? .null != wanted else { return nil }
            return .init(key: edit.key, column: column, now: now, wanted: wanted)
        }
        if !stale.isEmpty { throw CommandRefusal.stale(stale) }
    }

    private func check(_ changes: [RowState], _ planned: [Planned]) throws {
        let state = transaction.state
        let author = Author(member: state.member, isHub: state.role == .hub)
        var violations: [Violation] = []
        var keys: Set<RowKey> = []
        for (change, plan) in zip(changes, planned) {
            if !keys.insert(change.key).inserted { violations.append(Violation(.limit, change.key)) }
            if transaction.schema[change.key.table] == nil { violations.append(Violation(.unknownTable, change.key)) }
            violations += transaction.schema.violations(
                of: change, on: plan.stored, by: author, secretariat: state.secretariat)
            if change.presence?.isThere ?? false,
                try transaction.isTaken(change.key.id, in: change.key.table, besides: change.key.owner)
            {
                violations.append(Violation(.idTaken, change.key))
            }
        }
        if !violations.isEmpty { throw CommandRefusal.violations(violations) }
    }

    private func audiences(_ changes: [RowState]) throws -> Set<Audience> {
        Set(try changes.map { transaction.audience(of: try transaction.row($0.key)?.merged(with: $0) ?? $0) })
    }

    // MARK: Writing

    private func write(_ changes: [RowState], _ planned: [Planned], time: HybridTime) throws -> Int {
        try store(
            changes, on: planned.map(\.stored), time: time, seen: transaction.state.cursor, wall: surroundings.wall)
        return changes.count
    }

    private func store(
        _ changes: [RowState], on stored: [RowState?], time: HybridTime, seen: JournalPosition, wall: UInt64
    ) throws {
        for (change, stored) in zip(changes, stored) {
            let row = stored?.merged(with: change) ?? change
            try transaction.put(row, audience: transaction.audience(of: row))
        }
        switch transaction.state.role {
        case .node:
            let before = zip(changes, stored).compactMap { $1?.overwritten(by: $0) }
            try transaction.append(OutboxEntry(time: time, seen: seen, wall: wall, changes: changes, before: before))
        case .hub:
            try HubJournal(transaction, key: key, surroundings: surroundings).appendOwn(changes, time: time)
        }
    }
}

extension ReplicaTransaction {
    /// The audience of a row of a known table; of an unknown one nobody's but the alliance's, since it came that way.
    func audience(of row: RowState) -> Audience {
        schema[row.key.table]?.audience(of: row, secretariat: state.secretariat) ?? .alliance
    }
}

extension RowState {
    /// The cells and the presence of this state that a change overwrites; `nil` if there are none.
    func overwritten(by change: RowState) -> RowState? {
        let before = RowState(
            key: key, presence: change.presence == nil ? nil : presence,
            cells: change.cells.compactMap { self[$0.column] })
        return before.isEmpty ? nil : before
    }

    /// The same cells and presence under another stamp.
    func stamped(_ stamp: Stamp) -> RowState {
        RowState(
            key: key, presence: presence.map { Presence(length: $0.length, stamp: stamp) },
            cells: cells.map { Cell(column: $0.column, value: $0.value, stamp: stamp) })
    }
}

extension RowState {
    /// Roughly the bytes that the row takes before compression.
    var size: Int { cells.reduce(64) { $0 + 8 + $1.value.size } }
}

extension Value {
    /// The bytes of the value itself.
    var size: Int {
        switch self {
        case .null: 0
        case .integer: 8
        case .text(let text): text.utf8.count
        case .bytes(let bytes): bytes.count
        }
    }
}
