import Alliance
import CRDT
import Wire

/// Finds what of an incoming change is concurrent with what stands at the hub.
///
/// Two that write the same without knowing of each other agree, and nothing is filed. The one of the two that no longer
/// stands in the row is remembered as an `Agreement`: whoever overwrites the value without knowing of it is in conflict
/// with it all the same.
final class ConflictFinder {
    private let transaction: any ReplicaTransaction
    private let segment: SegmentHeader
    private var mayAgree: Bool
    private let epoch: Epoch
    private let restorations: [EpochRecord]
    /// What was found of stamps before: rows written together have one stamp.
    private var known: [Stamp: Bool] = [:]

    init(_ transaction: any ReplicaTransaction, segment: SegmentHeader) throws {
        self.transaction = transaction
        self.segment = segment
        mayAgree = try transaction.hasAgreements()
        epoch = transaction.state.cursor.epoch
        restorations = segment.seen.epoch == epoch ? [] : try transaction.epochs()
    }

    /// A stored stamp is concurrent with the segment if its author had not merged it: another replica's, journaled
    /// after what the segment has seen.
    func isConcurrent(_ stamp: Stamp) throws -> Bool {
        guard stamp.replica != segment.replica else { return false }
        if let known = known[stamp] { return known }
        let isConcurrent = try transaction.place(of: stamp).map(isUnseen) ?? false
        known[stamp] = isConcurrent
        return isConcurrent
    }

    private func isUnseen(_ place: JournalPlace) -> Bool {
        let seen = segment.seen
        if seen.epoch == epoch { return place.rev > seen.rev }
        if let former = place.former, former.epoch == seen.epoch.number { return former.rev > seen.rev }
        // What stood before the restoration that ended that epoch is where it was.
        let end = restorations.first { $0.epoch.number > seen.epoch.number }?.fromRev ?? 0
        return place.rev > min(seen.rev, end)
    }

    /// The resolution of a conflict is not itself filed: of two people who resolve one, the later stands.
    func conflicts(of change: RowState, with stored: RowState) throws -> [Conflict] {
        guard change.key.table != .conflict else { return [] }
        if let presence = change.presence, !presence.isThere { return try deletion(presence, change, stored) }
        if let deletion = stored.presence, !deletion.isThere {
            guard let birth = change.presence, birth > deletion else {
                return try edits(change, ofDeleted: stored, deletion)
            }
            return try lostDeletions(birth, change.key, deletion) + writes(change, stored)
        }
        return try writes(change, stored)
    }

    // MARK: Cells

    private func writes(_ change: RowState, _ stored: RowState) throws -> [Conflict] {
        try change.cells.flatMap { incoming -> [Conflict] in
            let forgotten = try disagreements(change.key, incoming)
            guard let standing = stored[incoming.column], try isConcurrent(standing.stamp) else { return forgotten }
            let wins = incoming.wins(over: standing)
            let loser = wins ? standing : incoming
            guard standing.value != incoming.value else {
                try remember(change.key, loser)
                return forgotten
            }
            return forgotten + [edit(change.key, winner: wins ? incoming : standing, loser: loser)]
        }
    }

    /// Cells that agreed with what stood here and that an incoming one overwrites without knowing of them.
    private func disagreements(_ key: RowKey, _ incoming: Cell) throws -> [Conflict] {
        guard mayAgree else { return [] }
        return try transaction.agreements(on: key, column: incoming.column).compactMap { cell in
            let isConcurrent = try isConcurrent(cell.stamp)
            guard !isConcurrent || (cell.value != incoming.value && incoming.wins(over: cell)) else { return nil }
            try transaction.forgetAgreement(on: key, cell)
            return isConcurrent ? edit(key, winner: incoming, loser: cell) : nil
        }
    }

    private func edit(_ key: RowKey, winner: Cell, loser: Cell) -> Conflict {
        Conflict(kind: .edit, key: key, column: winner.column, winner: side(winner), loser: side(loser))
    }

    private func remember(_ key: RowKey, _ cell: Cell) throws {
        try transaction.addAgreement(on: key, cell)
        mayAgree = true
    }

    // MARK: Presence

    /// A deletion is checked against every cell that it hides.
    private func deletion(_ presence: Presence, _ change: RowState, _ stored: RowState) throws -> [Conflict] {
        guard let standing = stored.presence else { return [] }
        guard standing.isThere else {
            if try isConcurrent(standing.stamp) { try remember(change.key, cell(min(standing, presence))) }
            return []
        }
        guard standing < presence else {
            return try isConcurrent(standing.stamp) ? [lost(change.key, deletion: presence, to: standing)] : []
        }
        return try stored.cells.filter { try isConcurrent($0.stamp) }.map { cell in
            Conflict(
                kind: .deleted, key: change.key, column: cell.column,
                winner: .init(value: .null, stamp: presence.stamp), loser: side(cell))
        }
    }

    /// Deletions that a return of the row undoes without knowing of them: the one that stands, and those that agreed.
    private func lostDeletions(_ birth: Presence, _ key: RowKey, _ standing: Presence) throws -> [Conflict] {
        let unknown = try isConcurrent(standing.stamp) ? [lost(key, deletion: standing, to: birth)] : []
        guard mayAgree else { return unknown }
        return try unknown
            + transaction.agreements(on: key, column: .presence).compactMap { agreed in
                try transaction.forgetAgreement(on: key, agreed)
                guard case .integer(let length) = agreed.value, try isConcurrent(agreed.stamp) else { return nil }
                return lost(key, deletion: Presence(length: UInt32(clamping: length), stamp: agreed.stamp), to: birth)
            }
    }

    private func lost(_ key: RowKey, deletion: Presence, to standing: Presence) -> Conflict {
        Conflict(
            kind: .deleteLost, key: key, column: .presence, winner: side(cell(standing)), loser: side(cell(deletion)))
    }

    /// An edit of a deleted row is checked against the deletion, and so is a birth that the deletion outlives.
    private func edits(
        _ change: RowState, ofDeleted stored: RowState, _ deletion: Presence
    ) throws -> [Conflict] {
        guard try isConcurrent(deletion.stamp) else { return [] }
        return change.cells.map { cell in
            Conflict(
                kind: .deleted, key: change.key, column: cell.column,
                winner: .init(value: .null, stamp: deletion.stamp), loser: side(cell))
        }
    }

    private func cell(_ presence: Presence) -> Cell {
        Cell(column: .presence, value: .integer(Int64(presence.length)), stamp: presence.stamp)
    }

    private func side(_ cell: Cell) -> Conflict.Side { .init(value: cell.value, stamp: cell.stamp) }
}
