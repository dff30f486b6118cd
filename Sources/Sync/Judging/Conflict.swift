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
    /// Whether it is filed without the two values: the person whom they are about has withdrawn consent.
    var isEmptied = false

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
            guard !isEmptied else { return .null }
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
