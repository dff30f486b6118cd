import CRDT
import Wire

/// The cells that lie under this replica's own pending edits.
///
/// A pending transaction's before-image holds what it overwrote, which may itself be pending: per cell a chain that
/// leads down to what the journal says. What the journal brings and what the hub strikes out is put into, or taken
/// out of, the chain at its place, so that the row is always the merge of the journal and of what is still pending.
/// Before-images are read when they are needed and written back by `save`.
final class PendingChain {
    private let transaction: any ReplicaTransaction
    private var images: [HybridTime: [RowKey: RowState]] = [:]
    private var dirty: Set<HybridTime> = []
    private let replica: ReplicaID
    /// Of a replica that ends, or whose hub went back: what it has pending. The journal may hold later stamps of it than
    /// these.
    private var times: Set<HybridTime>?
    private let isReplaying: Bool

    init(_ transaction: any ReplicaTransaction, isReplaying: Bool = false) throws {
        self.transaction = transaction
        self.isReplaying = isReplaying
        replica = transaction.state.replica
        try refresh()
    }

    /// The outbox has changed.
    func refresh() throws {
        times = transaction.state.isEnding || isReplaying ? try transaction.outboxTimes() : nil
    }

    /// Others' stamps, nearly all that are merged, never are: the state is asked of own ones only.
    func isPending(_ stamp: Stamp) -> Bool {
        guard stamp.replica == replica else { return false }
        return times?.contains(stamp.time) ?? transaction.state.isPending(stamp)
    }

    /// Writes the before-images that have changed.
    func save() throws {
        for time in dirty.sorted() {
            let rows = images[time, default: [:]].values.sorted { $0.key < $1.key }
            try transaction.setBeforeImages(rows, of: time)
        }
        dirty = []
    }

    // MARK: What the journal says

    /// The row as the journal has it, without this replica's pending edits; `nil` if the journal does not have it.
    func journaled(_ row: RowState) throws -> RowState? {
        guard row.hasStamp(where: isPending) else { return row }
        var result = row
        for cell in row.cells where isPending(cell.stamp) {
            result.replace(cell.column, with: try bottom(of: cell, key: row.key))
        }
        if let presence = row.presence, isPending(presence.stamp) {
            result.replacePresence(with: try bottom(of: presence, key: row.key))
        }
        return result.isEmpty ? nil : result
    }

    private func bottom(of cell: Cell, key: RowKey) throws -> Cell? {
        var current: Cell? = cell
        while let cell = current, isPending(cell.stamp) {
            current = try image(cell.stamp.time, key)?[cell.column]
        }
        return current
    }

    private func bottom(of presence: Presence, key: RowKey) throws -> Presence? {
        var current: Presence? = presence
        while let presence = current, isPending(presence.stamp) {
            current = try image(presence.stamp.time, key)?.presence
        }
        return current
    }

    // MARK: Putting in

    /// Takes note of what the journal brought and a pending edit hides.
    func hide(_ change: RowState, under stored: RowState) throws {
        for cell in change.cells {
            guard let top = stored[cell.column], isPending(top.stamp), top != cell else { continue }
            try hide(cell, under: top.stamp.time, key: change.key)
        }
        if let presence = change.presence, let top = stored.presence, presence < top,
            isPending(top.stamp)
        {
            try hide(presence, under: top.stamp.time, key: change.key)
        }
    }

    private func hide(_ cell: Cell, under time: HybridTime, key: RowKey) throws {
        let before = try image(time, key)?[cell.column]
        if let before, !cell.wins(over: before) {
            // It is in the chain itself: a replica that ends gets back what it still has in its outbox.
            guard before != cell else { return }
            if isPending(before.stamp) { try hide(cell, under: before.stamp.time, key: key) }
            return
        }
        try change(time, key) { $0.replace(cell.column, with: cell) }
    }

    private func hide(_ presence: Presence, under time: HybridTime, key: RowKey) throws {
        let before = try image(time, key)?.presence
        if let before, presence <= before {
            guard presence != before else { return }
            if isPending(before.stamp) { try hide(presence, under: before.stamp.time, key: key) }
            return
        }
        try change(time, key) { $0.replacePresence(with: presence) }
    }

    // MARK: Taking out

    /// Takes a struck transaction's cells out of a row and its chain.
    ///
    /// - Returns: the row without them; `nil` if nothing is left of it.
    func withdraw(_ change: RowState, from stored: RowState) throws -> RowState? {
        guard let stamp = change.latestStamp else { return stored }
        var row = stored
        for cell in change.cells {
            let before = try image(stamp.time, change.key)?[cell.column]
            if stored[cell.column]?.stamp == stamp {
                row.replace(cell.column, with: before)
            } else if let above = try holder(of: stamp, column: cell.column, top: stored[cell.column], key: change.key)
            {
                try self.change(above, change.key) { $0.replace(cell.column, with: before) }
            }
        }
        if change.presence != nil {
            let before = try image(stamp.time, change.key)?.presence
            if stored.presence?.stamp == stamp {
                row.replacePresence(with: before)
            } else if let above = try holder(of: stamp, top: stored.presence, key: change.key) {
                try self.change(above, change.key) { $0.replacePresence(with: before) }
            }
        }
        return row.isEmpty ? nil : row
    }

    /// The pending transaction whose before-image of a cell carries a stamp.
    private func holder(of stamp: Stamp, column: ColumnID, top: Cell?, key: RowKey) throws -> HybridTime? {
        var current = top
        while let cell = current, isPending(cell.stamp) {
            current = try image(cell.stamp.time, key)?[column]
            if current?.stamp == stamp { return cell.stamp.time }
        }
        return nil
    }

    private func holder(of stamp: Stamp, top: Presence?, key: RowKey) throws -> HybridTime? {
        var current = top
        while let presence = current, isPending(presence.stamp) {
            current = try image(presence.stamp.time, key)?.presence
            if current?.stamp == stamp { return presence.stamp.time }
        }
        return nil
    }

    // MARK: Before-images

    private func image(_ time: HybridTime, _ key: RowKey) throws -> RowState? {
        if images[time] == nil {
            let rows = try transaction.beforeImages(of: time) ?? []
            images[time] = Dictionary(uniqueKeysWithValues: rows.map { ($0.key, $0) })
        }
        return images[time]?[key]
    }

    private func change(_ time: HybridTime, _ key: RowKey, _ body: (inout RowState) -> Void) throws {
        var row = try image(time, key) ?? RowState(key: key, presence: nil, cells: [])
        body(&row)
        images[time]?[key] = row.isEmpty ? nil : row
        dirty.insert(time)
    }
}
