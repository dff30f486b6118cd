import CRDT

/// The judge of merges: a row as a map from column to what stands there, merged entry by entry. Written apart from
/// `RowState`: its order of values is that of their tag and bytes in a list.
struct Model: Hashable {
    /// What decides between two entries of a column, most significant first: time, replica, then the value.
    struct Entry: Hashable {
        let rank: [UInt64]

        init(_ cell: Cell) {
            let value: [UInt64] =
                switch cell.value {
                case .null: [0]
                case .integer(let number): [1, UInt64(bitPattern: number) ^ 1 << 63]
                case .text(let text): [2] + Array(text.utf8).map { UInt64($0) }
                case .bytes(let bytes): [3] + bytes.map { UInt64($0) }
                }
            rank = [cell.stamp.time.rawValue, cell.stamp.replica.rawValue] + value
        }

        init(_ presence: Presence) {
            rank = [UInt64(presence.length), presence.stamp.time.rawValue, presence.stamp.replica.rawValue]
        }
    }

    let entries: [UInt16: Entry]

    init(_ row: RowState) {
        var entries = Dictionary(uniqueKeysWithValues: row.cells.map { ($0.column.rawValue, Entry($0)) })
        if let presence = row.presence { entries[0] = Entry(presence) }
        self.entries = entries
    }

    private init(entries: [UInt16: Entry]) { self.entries = entries }

    func merged(with other: Model) -> Model {
        Model(entries: entries.merging(other.entries) { $0.rank.lexicographicallyPrecedes($1.rank) ? $1 : $0 })
    }

    /// Whether everything here is there too, or something that wins over it.
    func isCovered(by other: Model) -> Bool {
        entries.allSatisfy { column, entry in
            other.entries[column].map { !$0.rank.lexicographicallyPrecedes(entry.rank) } ?? false
        }
    }
}

extension RowState {
    var canonicalBytes: [UInt8] { CanonicalRow(self).bytes }
}
