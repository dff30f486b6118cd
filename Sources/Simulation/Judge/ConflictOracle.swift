import Alliance
import CRDT

/// Which edits must stand in the conflict inbox: of two that did not know of each other and say unlike things, the one
/// that lost. Written from the design, in dictionaries.
struct ConflictOracle {
    private struct Place: Hashable {
        let key: RowKey
        let column: ColumnID
    }

    private struct Lost: Hashable {
        let place: Place
        let stamp: Stamp
    }

    /// Must be filed right behind the segment that made them.
    private var due: [Lost: Value] = [:]
    private var known: Set<Lost> = []
    private(set) var count = 0
    private var unexpected: String?
    /// Whether the row under way is one of which the hub may have collected all but its deletion.
    private var isCollected = false
    /// What somebody else wrote too without knowing of it, and whose own stamp stands nowhere.
    private var agreed: [Place: [ModelRow.Held]] = [:]
    /// What may be filed and need not be: what stood in journals that the hub has lost and may write anew, and what it
    /// may have collected, so that it can't tell.
    private var optional: Set<Lost> = []

    // MARK: The inbox

    mutating func filed(_ loss: Loss?, rev: UInt64) {
        guard let loss else { return unexpected = "rev \(rev): a conflict that can't be read" }
        let lost = Lost(place: Place(key: loss.key, column: loss.column), stamp: loss.stamp)
        guard let value = due.removeValue(forKey: lost) else {
            if optional.contains(lost) {
                known.insert(lost)
                return
            }
            return unexpected = "rev \(rev): in the inbox without reason: \(Self.text(lost))"
        }
        if loss.column != .presence, value != loss.value {
            unexpected = "rev \(rev): the inbox has another value: \(Self.text(lost))"
        }
        count += 1
    }

    /// The hub has lost what was filed here.
    mutating func lose(_ journal: ConflictOracle) { optional.formUnion(journal.known.union(journal.optional)) }

    /// What is wrong with what was filed.
    var fault: String? { unexpected }

    /// What should have been filed and was not, once all of a transaction has been read.
    var missing: String? { due.keys.map(Self.text).min() }

    private static func text(_ lost: Lost) -> String {
        "\(lost.place.key.table.rawValue)/\(lost.place.key.id) column \(lost.place.column.rawValue), loser \(lost.stamp)"
    }

    private mutating func lose(
        _ key: RowKey, _ column: ColumnID, _ value: Value, _ stamp: Stamp, isOptional: Bool = false
    ) {
        let lost = Lost(place: Place(key: key, column: column), stamp: stamp)
        if isOptional || isCollected {
            optional.insert(lost)
        } else if known.insert(lost).inserted {
            due[lost] = value
        }
    }

    func isFiled(_ key: RowKey, _ column: ColumnID, _ stamp: Stamp) -> Bool {
        known.contains(Lost(place: Place(key: key, column: column), stamp: stamp))
    }

    // MARK: Reading

    /// Takes note of an accepted change, before it is merged.
    /// - Parameter isOld: whether the hub may have collected what stood under a stamp.
    mutating func read(
        _ change: RowState, on stored: ModelRow?, isOld: (Stamp) -> Bool, isConcurrent: (Stamp) -> Bool
    ) {
        guard let row = stored, change.key.table != .conflict else { return }
        isCollected = !row.isThere && row.stamps.allSatisfy(isOld)
        defer { isCollected = false }
        guard let presence = change.presence else { return cells(change, row, length: 0, isOld, isConcurrent) }
        guard presence.isThere else { return deletion(presence, change.key, row, isConcurrent) }
        if !row.isThere, presence.length > row.length {
            let place = Place(key: change.key, column: .presence)
            let standing = row.presence.map { [$0] } ?? []
            for stamp in standing + (agreed[place] ?? []).map(\.stamp) where isConcurrent(stamp) {
                lose(change.key, .presence, .null, stamp, isOptional: isOld(stamp))
            }
            agreed[place] = nil
        }
        cells(change, row, length: presence.length, isOld, isConcurrent)
    }

    private mutating func deletion(
        _ presence: Presence, _ key: RowKey, _ row: ModelRow, _ isConcurrent: (Stamp) -> Bool
    ) {
        guard let standing = row.presence else { return }
        let wins = presence.length > row.length || presence.length == row.length && presence.stamp > standing
        if !row.isThere {
            guard isConcurrent(standing) else { return }
            agree(key, .presence, .null, wins ? standing : presence.stamp)
        } else if wins {
            for (column, held) in row.cells where isConcurrent(held.stamp) { lose(key, column, held.value, held.stamp) }
        } else if isConcurrent(standing) {
            lose(key, .presence, .null, presence.stamp)
        }
    }

    private mutating func cells(
        _ change: RowState, _ row: ModelRow, length: UInt32, _ isOld: (Stamp) -> Bool,
        _ isConcurrent: (Stamp) -> Bool
    ) {
        let isHidden = !row.isThere && row.length > length
        for cell in change.cells {
            if isHidden, let deletion = row.presence {
                if isConcurrent(deletion) { lose(change.key, cell.column, cell.value, cell.stamp) }
                continue
            }
            let place = Place(key: change.key, column: cell.column)
            if let others = agreed[place] {
                for other in others
                where isConcurrent(other.stamp) && other.value != cell.value && cell.stamp > other.stamp {
                    lose(change.key, cell.column, other.value, other.stamp, isOptional: isOld(other.stamp))
                }
                agreed[place] = others.filter {
                    isConcurrent($0.stamp) && ($0.value == cell.value || cell.stamp < $0.stamp)
                }
            }
            guard let held = row.cells[cell.column], isConcurrent(held.stamp) else { continue }
            let mineWins = cell.stamp > held.stamp
            if held.value == cell.value {
                agree(change.key, cell.column, cell.value, mineWins ? held.stamp : cell.stamp)
            } else if mineWins {
                lose(change.key, cell.column, held.value, held.stamp)
            } else {
                lose(change.key, cell.column, cell.value, cell.stamp)
            }
        }
    }

    private mutating func agree(_ key: RowKey, _ column: ColumnID, _ value: Value, _ stamp: Stamp) {
        agreed[Place(key: key, column: column), default: []].append(.init(value: value, stamp: stamp))
    }
}
