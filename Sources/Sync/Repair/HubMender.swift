import Alliance
import CRDT
import Wire

/// Mends the hub's own rows from its journal, which holds every segment with all its sections.
public struct HubMender {
    private let transaction: any ReplicaTransaction
    private let remerger: RowRemerger

    public init(_ transaction: any ReplicaTransaction) {
        self.transaction = transaction
        remerger = RowRemerger(transaction)
    }

    /// Makes some rows what the journal says, by the stamps that stand in them here and at the node that asks.
    ///
    /// A row that was right stays as it is, whatever stamps are named: each of its own is found in the journal, and what
    /// the others bring has lost against it already. Where one was not, the whole file is looked at, since nobody knows
    /// what else was changed with it.
    /// - Returns: `nil` if every row was right.
    func mend(_ asked: [RepairRequest.Asked], at wall: UInt64) throws -> RepairReport? {
        guard try !differing(asked).isEmpty else { return nil }
        var report = try settle(at: wall)
        for (key, row) in try differing(asked) {
            try transaction.replace(transaction.stored(key), with: row, audience: nil)
            report.rows[key] = row == nil ? .removed : .segments
        }
        report.hubMended = report.rows.count - report.count(.left)
        return report
    }

    /// The rows that are not what the journal says, and what it says: `nil` for none.
    private func differing(_ asked: [RepairRequest.Asked]) throws -> [RowKey: RowState?] {
        var stored: [RowKey: StoredRow] = [:]
        var wanted: [RowKey: Set<Stamp>] = [:]
        for row in asked {
            stored[row.key] = try transaction.stored(row.key)
            wanted[row.key] = Set(row.stamps).union(stored[row.key]?.state.stamps ?? [])
        }
        var differing: [RowKey: RowState?] = [:]
        for (key, result) in try remerger.rows(wanted) {
            let mine = stored[key]?.state
            var row = result.row
            let unfound = mine?.stamps.subtracting(result.found) ?? []
            if let part = try mine?.part(under: unfound.filter(remerger.isBeforeKept)) {
                row = row?.merged(with: part) ?? part
            }
            if row != mine || stored[key]?.hasOtherHash == true { differing.updateValue(row, forKey: key) }
        }
        return differing
    }

    /// Makes hashes and digests what the rows' content says, and the rows whose content was not what their hash said
    /// what the whole journal says.
    public func settle(at wall: UInt64) throws -> RepairReport {
        var report = RepairReport(began: wall, rev: transaction.state.cursor.rev)
        let damaged = Set(try transaction.rehash())
        let isWhole = try transaction.firstRev() == 1
        let rows = damaged.isEmpty || !isWhole ? [:] : try journaled(damaged)
        for key in damaged {
            // Of a row that is older than what is kept the journal says only a part: a backup has the rest.
            guard isWhole, try transaction.state.collected == 0 || rows[key].map(isBornHere) ?? false else {
                report.rows[key] = .left
                continue
            }
            // No audience but the one that follows from its cells: the hub knows every table.
            try transaction.replace(transaction.stored(key), with: rows[key], audience: nil)
            report.rows[key] = rows[key] == nil ? .removed : .segments
        }
        report.hubMended = report.rows.count - report.count(.left)
        return report
    }

    /// Whether a row's birth, and so all of it, stands in the sections that are kept.
    private func isBornHere(_ row: RowState) throws -> Bool {
        guard let presence = row.presence, presence.length == 1 else { return false }
        return try transaction.place(of: presence.stamp).map { $0.rev > transaction.state.collected } ?? false
    }

    /// Rows as the whole journal says they are.
    private func journaled(_ keys: Set<RowKey>) throws -> [RowKey: RowState] {
        var rows: [RowKey: RowState] = [:]
        var rev: UInt64 = 0
        while true {
            let entries = try transaction.entries(
                after: rev, for: transaction.state.secretariat, except: nil, size: Limits.pageSize)
            guard let last = entries.last else { return rows }
            for entry in entries {
                for index in entry.segment.header.sections.indices {
                    for group in try entry.segment.transactions(section: index) ?? []
                    where !entry.verdict.strikes(group.time) {
                        for change in group.changes where keys.contains(change.key) {
                            rows[change.key] = rows[change.key]?.merged(with: change) ?? change
                        }
                    }
                }
            }
            rev = last.rev
        }
    }
}

extension StoredRow {
    /// Whether the kept hash is not that of the row's content.
    fileprivate var hasOtherHash: Bool {
        if case .table(_, let hash) = place { hash != state.digestHash } else { false }
    }
}
