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
    /// - Throws: `CommandRefusal`, and the caller rolls back: rows before the refused one may have been written.
    @discardableResult
    public func commit(_ edits: [RowEdit]) throws -> Int {
        guard edits.count <= Limits.transactionRows else { throw CommandRefusal.tooLarge(rows: edits.count) }
        let state = transaction.state
        if state.role == .node, let alarm = try transaction.alarms().first(where: \.kind.stopsWriting) {
            throw CommandRefusal.stopped(alarm.kind)
        }
        var clock = state.clock
        let time = clock.next(wall: wall())
        var work = Work(transaction, at: time, edits: edits.count)
        // Through a pointer: an edit taken out of an array is its values retained, each from cold memory.
        try edits.withUnsafeBufferPointer { edits in
            var rest = Self.order(of: edits)[...]
            while !rest.isEmpty {
                let next = rest.prefix(Self.stretch)
                try work.carryOut(edits, next)
                rest = rest.dropFirst(Self.stretch)
            }
        }
        guard work.isWithinLimits else { throw CommandRefusal.tooLarge(rows: edits.count) }
        guard work.violations.isEmpty else { throw CommandRefusal.violations(work.violations) }
        guard work.written.count > 0 else { return 0 }
        transaction.state.clock = clock
        try file(work.written, time: time, seen: state.cursor, wall: surroundings.wall)
        return work.written.count
    }

    /// How many edits are carried out together: they fit into the processor's first caches.
    private static let stretch = 64

    /// The indices of the edits by key: rows that lie together are written together.
    private static func order(of edits: UnsafeBufferPointer<RowEdit>) -> [Int] {
        guard let first = edits.first?.key else { return [] }
        let isOneOwners = edits.indices.allSatisfy {
            edits[$0].key.table == first.table && edits[$0].key.owner == first.owner
        }
        guard isOneOwners else { return edits.indices.sorted { edits[$0].key < edits[$1].key } }
        // Nearly always so, and then nearly always the first half of the id decides.
        return edits.indices.map { (half: UInt64(edits[$0].key.id.rawValue >> 64), index: $0) }
            .sorted { $0.half != $1.half ? $0.half < $1.half : edits[$0.index].key < edits[$1.index].key }
            .map(\.index)
    }

    /// Writes transactions of before anew, with the `seen` of then: those that the hub struck out for their clock.
    func rewrite(_ changes: [RowState], seen: JournalPosition, wall: UInt64) throws {
        let time = transaction.state.clock.next(wall: self.wall())
        let stamp = Stamp(time: time, replica: transaction.state.replica)
        var written = WrittenRows(time: time, rows: changes.count)
        for change in changes.lazy.map({ $0.stamped(stamp) }) {
            let stored = try transaction.stored(change.key)
            let row = stored?.state.merged(with: change) ?? change
            try transaction.put(row, over: stored, audience: transaction.audience(of: row))
            written.add(change, over: stored?.state)
        }
        try file(written, time: time, seen: seen, wall: wall)
    }

    /// The clock as corrected by the hub's, or nothing where it is implausible: then work goes on from the last stamp.
    func wall() -> UInt64? {
        let state = transaction.state
        guard state.role == .node, state.hubTime > 0 else { return surroundings.wall }
        let corrected = Int64(clamping: surroundings.wall) + state.hubOffset
        let latest = max(state.hubTime, state.clock.last.milliseconds) + Self.silenceMax
        return corrected > 0 && UInt64(corrected) <= latest ? UInt64(corrected) : nil
    }

    /// The longest that a node is believed to have been away, milliseconds: 400 days.
    private static let silenceMax: UInt64 = 400 * 24 * 3_600_000

    /// Hands a transaction whose rows have been stored to the outbox, or to the hub's journal.
    private func file(_ written: WrittenRows, time: HybridTime, seen: JournalPosition, wall: UInt64) throws {
        switch transaction.state.role {
        case .node: try transaction.append(written.transaction(at: time, seen: seen, wall: wall))
        case .hub:
            let rows = try written.rows(of: transaction.state.replica)
            try settleAgreements(rows)
            try HubJournal(transaction, key: key, surroundings: surroundings).appendOwn(rows, time: time)
        }
    }

    /// The hub's own edits know of all that is journaled: what agreed with a value that they overwrite is settled.
    private func settleAgreements(_ rows: [RowState]) throws {
        guard try transaction.hasAgreements() else { return }
        for change in rows {
            let columns = change.cells.map(\.column) + (change.presence?.isThere ?? false ? [.presence] : [])
            for column in columns {
                for cell in try transaction.agreements(on: change.key, column: column) {
                    try transaction.forgetAgreement(on: change.key, cell)
                }
            }
        }
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
