import Alliance
import CRDT
import Wire

/// Collects deletions that everybody has merged.
///
/// A row whose id was drawn is forgotten: nobody can make it again. One whose id follows from a natural key may be born
/// anew at any time, so its deletion stays, without the cells that nobody's rights depend on.
struct DeletedRows {
    private let transaction: any ReplicaTransaction
    /// What was written before the first entry that is kept here came with a snapshot, and is no later than it.
    private let before: UInt64?

    init(_ transaction: any ReplicaTransaction) throws {
        self.transaction = transaction
        let first = try transaction.firstRev()
        before = first == 1 ? nil : (first ?? transaction.state.cursor.rev + 1) - 1
    }

    /// - Parameter keeps: counts only.
    func collect(through floor: UInt64, into report: inout CollectionReport, keeps: Bool) throws {
        guard floor > 0 else { return }
        let disputed = try openConflicts()
        var gone: [RowKey] = []
        var emptied: [(row: RowState, audience: Audience)] = []
        try transaction.eachDeleted { chunk in
            for (row, audience) in chunk where try !disputed.contains(row.key) && isKnown(row, through: floor) {
                if row.key.id.isDrawn(before: transaction.state.clock.last.milliseconds) {
                    gone.append(row.key)
                } else if let rest = rest(of: row) {
                    emptied.append((rest, audience))
                }
            }
        }
        report.forgotten += gone.count
        report.emptied += emptied.count
        guard !keeps else { return }
        for key in gone {
            if let stored = try transaction.stored(key) {
                try transaction.remove(stored, audience: transaction.audience(of: stored.state))
            }
        }
        for (row, audience) in emptied {
            try transaction.put(row, over: transaction.stored(row.key), audience: audience)
        }
        try transaction.forgetAgreements { try isKnown($0, through: floor) }
    }

    /// Rows of which a loser can still be restored by one click: it needs what the deletion hid. One without values can't.
    private func openConflicts() throws -> Set<RowKey> {
        guard let table = transaction.schema[.conflict] else { return [] }
        return Set(
            try transaction.rows(in: table).compactMap { row in
                guard row[ConflictColumn.resolution]?.value ?? .null == .null,
                    row[ConflictColumn.losingValue]?.value ?? .null != .null,
                    case .integer(let table)? = row[ConflictColumn.table]?.value,
                    case .bytes(let id)? = row[ConflictColumn.row]?.value, let id = RowID(bytes: id)
                else { return nil }
                return RowKey(
                    table: TableID(rawValue: UInt16(clamping: table)), owner: row.key.owner, id: id)
            })
    }

    /// Whether everything that was ever written in a row is in the journal up to a rev.
    private func isKnown(_ row: RowState, through floor: UInt64) throws -> Bool {
        try row.stamps.allSatisfy { try isKnown($0, through: floor) }
    }

    private func isKnown(_ stamp: Stamp, through floor: UInt64) throws -> Bool {
        guard let rev = try transaction.place(of: stamp)?.rev ?? before else { return false }
        return rev <= floor && !transaction.state.isPending(stamp)
    }

    /// The deletion alone, with the cells that say who may read and write the row; `nil` if nothing else is there.
    private func rest(of row: RowState) -> RowState? {
        guard let table = transaction.schema[row.key.table] else { return nil }
        let cells = row.cells.filter { table.decidingColumns.contains($0.column) }
        return cells.count == row.cells.count ? nil : RowState(key: row.key, presence: row.presence, cells: cells)
    }
}

extension RowID {
    /// Whether it was drawn as UUID version 7 and is not a natural key's hash: by its form, and a time between 2020 and
    /// a given one. Of 60,000 hashes one looks so; it is then no worse than a row that was never here.
    /// - Parameter latest: Unix milliseconds.
    func isDrawn(before latest: UInt64) -> Bool {
        let (version, variant) = (rawValue >> 76 & 0xF, rawValue >> 62 & 0x3)
        let time = UInt64(truncatingIfNeeded: rawValue >> 80)
        return version == 7 && variant == 2 && time > 1_577_836_800_000 && time <= latest + 86_400_000
    }
}
