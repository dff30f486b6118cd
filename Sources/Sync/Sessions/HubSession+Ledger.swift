import Alliance
public import CRDT
import Wire

/// What the hub decides of the records that a segment brought, in the transaction that journals it.
extension HubSession {
    func decide(_ transactions: [GatheredTransaction], _ verdict: Verdict, replica: ReplicaID) throws {
        // Most segments have none: their rows are looked at once, and no more.
        let changes = transactions.lazy.filter { !verdict.strikes($0.time) }.flatMap(\.rows).map(\.change).filter {
            $0.key.table.isLedger || $0.key.table.isMinted
        }
        try decide([RowState](changes), replica: replica)
    }

    func decide(_ changes: [RowState], replica: ReplicaID) throws {
        guard !changes.isEmpty else { return }
        var desk = desk
        if try !desk.isFrozen { try desk.disown(changes) }
        try Ledger.takeIn(
            uses: changes.compactMap(\.use), cancels: changes.compactMap(\.cancel),
            touching: Set(changes.compactMap(\.asset)), at: &desk)
        desk.reason = "mint"
        for change in changes where change.key.table.isMinted { try desk.mint(change.key, for: replica) }
        for change in changes where change.key.table == .admission { try desk.compare(change.key) }
        try desk.file()
    }

    var desk: HubDesk { HubDesk(transaction, key: key, surroundings: surroundings) }
}

extension HubDesk {
    /// A record that names another member's replica is nobody's word.
    mutating func disown(_ changes: [RowState]) throws {
        for change in changes {
            guard let author = change.use?.author ?? change.cancel?.author, try member(of: author) != change.key.owner
            else { continue }
            try dispute(Dispute(record: change.key.id, winner: nil, reason: .foreign))
        }
    }

    /// Names every earlier admission of the same applicant, as far as marks tell, in a case for the two schools.
    mutating func compare(_ key: RowKey) throws {
        guard let row = try row(key), let mark = row[AdmissionColumn.mark]?.value, case .bytes = mark else { return }
        for other in try admissions(marked: mark) where other.key != key {
            guard other[AdmissionColumn.markKey]?.value == row[AdmissionColumn.markKey]?.value else { continue }
            try writeDuplicate([row.key, other.key].sorted { $0.id < $1.id })
        }
    }

    /// Decides what was postponed while the hub recovered, and ends the recovery.
    public mutating func closeRecovery(at wall: UInt64) throws {
        reason = "recovery"
        try disown(postponed())
        try Ledger.closeRecovery(at: &self)
        try endRecovery(at: wall)
        reason = "mint"
        try mintAll()
    }

    /// Makes the lanes of a space or teacher that nobody has been granted yet, and grants their whole time to who made
    /// them.
    ///
    /// Only the first time: what is deleted and made again is the same one.
    public mutating func mint(_ key: RowKey, for replica: ReplicaID) throws {
        guard try !isFrozen, let row = try row(key), row.isThere else { return }
        let asset = AssetID(table: key.table, row: key.id)
        let there = try lanes(of: asset).upperBound
        let needed = UInt16(key.table == .space ? row.lanes : 1)
        guard there < needed else { return }
        let spans = (there..<needed).compactMap {
            Span(lane: $0, from: PointBytes.points.lowerBound, to: PointBytes.points.upperBound)
        }
        _ = try grant(spans, of: asset, to: .replica(replica))
    }

    /// Makes what could not be made while a recovery was under way.
    public mutating func mintAll() throws {
        for row in try rows(.space) + rows(.teacher) {
            guard let maker = try row.presence.flatMap({ try present(for: $0.stamp.replica) }) else { continue }
            try mint(row.key, for: maker)
        }
    }
}

extension TableID {
    /// Whether the time of each of its rows is cut into points, which the hub makes when it sees the row.
    var isMinted: Bool { self == .space || self == .teacher }
}

extension RowState {
    /// How many lanes a space has: its workstations, or one where it is used as a whole.
    public var lanes: Int {
        guard self[SpaceColumn.mode]?.value == .text("workstation"),
            case .integer(let count)? = self[SpaceColumn.workstations]?.value
        else { return 1 }
        return max(1, Int(clamping: count))
    }
}
