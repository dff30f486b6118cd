import CRDT

/// A row in plain dictionaries, merged by its own few lines: what judges the engine is not made of it.
struct ModelRow: Equatable, CustomStringConvertible {
    struct Held: Equatable {
        let value: Value
        let stamp: Stamp
    }

    var description: String {
        let cells = cells.sorted { $0.key < $1.key }.map { "\($0.key.rawValue): \($0.value.value) \($0.value.stamp)" }
        return "[length \(length) \(presence.map { "\($0)" } ?? "-"); \(cells.joined(separator: "; "))]"
    }

    var length: UInt32 = 0
    var presence: Stamp?
    var cells: [ColumnID: Held] = [:]

    var isThere: Bool { length % 2 == 1 }
    var stamps: [Stamp] { (presence.map { [$0] } ?? []) + cells.values.map(\.stamp) }
    var isEmpty: Bool { presence == nil && cells.isEmpty }

    init() {}

    init(_ row: RowState) { apply(row) }

    /// Takes in a change: the later stamp wins a cell, the larger length and then the later stamp the presence.
    mutating func apply(_ change: RowState) {
        if let new = change.presence {
            let isLater = presence.map { new.stamp > $0 } ?? true
            if new.length > length || new.length == length && isLater { (length, presence) = (new.length, new.stamp) }
        }
        for cell in change.cells { take(cell.column, Held(value: cell.value, stamp: cell.stamp)) }
    }

    /// Takes in another state of the row.
    mutating func merge(_ other: ModelRow) {
        if let new = other.presence {
            let isLater = presence.map { new > $0 } ?? true
            if other.length > length || other.length == length && isLater { (length, presence) = (other.length, new) }
        }
        for (column, held) in other.cells { take(column, held) }
    }

    /// Under one stamp, as two copies of a replica may write it, the larger value wins.
    private mutating func take(_ column: ColumnID, _ held: Held) {
        let isLater =
            cells[column].map { held.stamp == $0.stamp ? held.value > $0.value : held.stamp > $0.stamp } ?? true
        if isLater { cells[column] = held }
    }

    func value(_ column: ColumnID) -> Value { cells[column]?.value ?? .null }

    /// The same row as the engine's type, to have it hashed.
    func row(_ key: RowKey) -> RowState {
        RowState(
            key: key, presence: presence.map { Presence(length: length, stamp: $0) },
            cells: cells.sorted { $0.key < $1.key }.map {
                Cell(column: $0.key, value: $0.value.value, stamp: $0.value.stamp)
            })
    }
}

/// A transaction as somebody wrote it.
struct Written {
    var time: HybridTime
    /// The rev that its writer had merged.
    let seen: UInt64
    var changes: [RowState]

    /// The changes under another stamp.
    func restamped(_ time: HybridTime, _ replica: ReplicaID) -> Written {
        let stamp = Stamp(time: time, replica: replica)
        let changes = changes.map { change in
            RowState(
                key: change.key, presence: change.presence.map { Presence(length: $0.length, stamp: stamp) },
                cells: change.cells.map { Cell(column: $0.column, value: $0.value, stamp: stamp) })
        }
        return Written(time: time, seen: seen, changes: changes)
    }

    /// Whether this says the same as another, stamps apart.
    func says(_ other: [RowState]) -> Bool {
        func plain(_ rows: [RowState]) -> [RowState] {
            let none = ReplicaID(rawValue: 0)
            return Written(time: .zero, seen: 0, changes: rows.sorted { $0.key < $1.key }).restamped(.zero, none)
                .changes
        }
        return plain(changes) == plain(other)
    }
}
