import CRDT
import Wire

/// What a transaction has written so far: in columns at once, since rows that are kept until its end have left the
/// processor's caches by then.
struct WrittenRows {
    private(set) var count = 0
    private(set) var lastKey: RowKey?
    private var changes: SectionBuilder
    private var before: SectionBuilder
    private var hasBefore = false

    /// - Parameter rows: how many will be added at most.
    init(time: HybridTime, rows: Int) {
        changes = SectionBuilder(time: time, rows: rows)
        before = SectionBuilder(rows: rows)
    }

    /// Takes note of a change; changes come in order of key.
    ///
    /// - Parameter stored: the row before it.
    mutating func add(_ change: RowState, over stored: RowState?) {
        count += 1
        lastKey = change.key
        changes.add(change)
        guard let image = stored?.overwritten(by: change) else { return }
        before.add(image)
        hasBefore = true
    }

    /// The transaction as it goes to the outbox.
    func transaction(at time: HybridTime, seen: JournalPosition, wall: UInt64) -> WrittenTransaction {
        WrittenTransaction(
            time: time, seen: seen, wall: wall, changes: changes.serialised(),
            before: hasBefore ? before.serialised() : [])
    }

    /// The rows as the hub journals them.
    func rows(of replica: ReplicaID) throws -> [RowState] {
        try Section.transactions(changes.serialised(), of: replica).flatMap(\.changes)
    }
}
