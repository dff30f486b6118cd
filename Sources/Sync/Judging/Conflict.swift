import Alliance
import CRDT
import Wire

/// Two edits that did not know of each other and of which one lost.
struct Conflict: Hashable {
    enum Kind: String, Hashable {
        case edit
        /// An edit of a row that was deleted at the same time.
        case deleted
        /// A deletion that lost against the row's return.
        case deleteLost = "delete_lost"
    }

    let kind: Kind
    let key: RowKey
    /// `presence` where the deletion itself lost.
    let column: ColumnID
    /// `null` where a deletion won.
    let winner: Side
    let loser: Side

    struct Side: Hashable {
        let value: Value
        let stamp: Stamp
    }

    /// The id of the conflict's row: the same whoever files it, however often.
    func rowKey() -> RowKey {
        let parts: [Value] = [
            .integer(Int64(key.table.rawValue)), .bytes(key.id.bytes), .integer(Int64(column.rawValue)),
            .integer(Int64(loser.stamp.time.rawValue)), .bytes(Register.bytes(of: loser.stamp.replica)),
        ]
        return RowKey(
            table: .conflict, owner: key.owner, id: RowID(natural: parts, table: .conflict, owner: key.owner))
    }

    /// The change that files it.
    func change(rev: UInt64, winningMember: MemberID, losingMember: MemberID, stamp: Stamp) -> RowState {
        func canonical(_ value: Value) -> Value {
            var bytes: [UInt8] = []
            value.appendCanonicalBytes(to: &bytes)
            return .bytes(bytes)
        }
        let values: [ColumnID: Value] = [
            ConflictColumn.author: .bytes(losingMember.bytes), ConflictColumn.winner: .bytes(winningMember.bytes),
            ConflictColumn.table: .integer(Int64(key.table.rawValue)), ConflictColumn.row: .bytes(key.id.bytes),
            ConflictColumn.column: .integer(Int64(column.rawValue)), ConflictColumn.kind: .text(kind.rawValue),
            ConflictColumn.winningValue: canonical(winner.value),
            ConflictColumn.winningTime: .integer(Int64(winner.stamp.time.rawValue)),
            ConflictColumn.winningReplica: .bytes(Register.bytes(of: winner.stamp.replica)),
            ConflictColumn.losingValue: canonical(loser.value),
            ConflictColumn.losingTime: .integer(Int64(loser.stamp.time.rawValue)),
            ConflictColumn.losingReplica: .bytes(Register.bytes(of: loser.stamp.replica)),
            ConflictColumn.rev: .integer(Int64(rev)), ConflictColumn.resolution: .null, ConflictColumn.resolved: .null,
        ]
        return RowState(
            key: rowKey(), presence: Presence(length: 1, stamp: stamp),
            cells: values.sorted { $0.key < $1.key }.map { Cell(column: $0.key, value: $0.value, stamp: stamp) })
    }
}

/// Finds what of an incoming change is concurrent with what stands at the hub.
struct ConflictFinder {
    private let transaction: any ReplicaTransaction
    private let segment: SegmentHeader

    init(_ transaction: any ReplicaTransaction, segment: SegmentHeader) {
        self.transaction = transaction
        self.segment = segment
    }

    /// A stored stamp is concurrent with the segment if its author had not merged it: another replica's, journaled
    /// after what the segment has seen.
    func isConcurrent(_ stamp: Stamp) throws -> Bool {
        guard stamp.replica != segment.replica, let rev = try transaction.rev(of: stamp) else { return false }
        return segment.seen.epoch != transaction.state.cursor.epoch || rev > segment.seen.rev
    }

    /// The resolution of a conflict is not itself filed: of two people who resolve one, the later stands.
    func conflicts(of change: RowState, with stored: RowState) throws -> [Conflict] {
        guard change.key.table != .conflict else { return [] }
        if let presence = change.presence, !presence.isThere { return try deletion(presence, change, stored) }
        if let presence = stored.presence, !presence.isThere, change.presence.map({ $0 < presence }) ?? true {
            return try edits(change, ofDeleted: stored, presence)
        }
        return try change.cells.compactMap { incoming in
            guard let standing = stored[incoming.column], standing.value != incoming.value,
                try isConcurrent(standing.stamp)
            else { return nil }
            let wins = incoming.wins(over: standing)
            return Conflict(
                kind: .edit, key: change.key, column: incoming.column,
                winner: side(wins ? incoming : standing), loser: side(wins ? standing : incoming))
        }
    }

    /// A deletion is checked against every cell that it hides.
    private func deletion(_ presence: Presence, _ change: RowState, _ stored: RowState) throws -> [Conflict] {
        guard let standing = stored.presence else { return [] }
        guard standing < presence else {
            guard standing.isThere, try isConcurrent(standing.stamp) else { return [] }
            return [
                Conflict(
                    kind: .deleteLost, key: change.key, column: .presence,
                    winner: .init(value: .integer(Int64(standing.length)), stamp: standing.stamp),
                    loser: .init(value: .integer(Int64(presence.length)), stamp: presence.stamp))
            ]
        }
        guard standing.isThere else { return [] }
        return try stored.cells.filter { try isConcurrent($0.stamp) }.map { cell in
            Conflict(
                kind: .deleted, key: change.key, column: cell.column,
                winner: .init(value: .null, stamp: presence.stamp), loser: side(cell))
        }
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

    private func side(_ cell: Cell) -> Conflict.Side { .init(value: cell.value, stamp: cell.stamp) }
}
