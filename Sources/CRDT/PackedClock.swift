/// The clock of a row, packed: which stamp each column carries.
///
/// The clock *is* the map column → stamp (presence is column 0). Packed it has a base stamp, which covers the columns
/// 0 ..< `width`, and a short late list for all others and for those that were written later than the base.
///
/// Canonical, so that the same map always packs to the same bytes:
/// - `width` is the largest number such that every column 0 ..< `width` is in the map;
/// - the base is the smallest stamp among these;
/// - the late list holds every other (column, stamp) of the map, ascending by column.
///
/// A row that was written once, as almost all are, has an empty late list. A column that its writer did not know is
/// not in the map, so no base ever covers it.
public struct PackedClock: Hashable, Sendable {
    public let width: UInt16
    /// The base stamp; `nil` exactly if `width` is 0.
    public let base: Stamp?
    public let late: [Late]

    public struct Late: Hashable, Sendable {
        public let column: ColumnID
        public let stamp: Stamp

        public init(column: ColumnID, stamp: Stamp) {
            self.column = column
            self.stamp = stamp
        }
    }

    /// The clock of a row state.
    public init(of row: RowState) {
        var width: UInt16 = 0
        var base: Stamp?
        if let presence = row.presence {
            base = presence.stamp
            width = 1
            // By index: a cell copied is a value retained.
            for index in row.cells.indices {
                guard row.cells[index].column.rawValue == width else { break }
                base = min(base ?? row.cells[index].stamp, row.cells[index].stamp)
                width += 1
            }
        }
        var late: [Late] = []
        if let presence = row.presence, presence.stamp != base {
            late.append(Late(column: .presence, stamp: presence.stamp))
        }
        for index in row.cells.indices
        where row.cells[index].column.rawValue >= width || row.cells[index].stamp != base {
            late.append(Late(column: row.cells[index].column, stamp: row.cells[index].stamp))
        }
        self.width = width
        self.base = base
        self.late = late
    }

    /// A clock read from storage or the wire; `nil` unless it is canonical in form (base and width agree, the late
    /// list ascends and names no stamp that the base already gives).
    public init?(width: UInt16, base: Stamp?, late: [Late]) {
        guard (width == 0) == (base == nil) else { return nil }
        self.width = width
        self.base = base
        self.late = late
        guard !late.isEmpty else { return }
        guard zip(late, late.dropFirst()).allSatisfy({ $0.column < $1.column }) else { return nil }
        for entry in late where entry.column.rawValue < width {
            guard let base, entry.stamp > base else { return nil }
        }
        // A base that no column carries is none.
        guard width == 0 || late.count(where: { $0.column.rawValue < width }) < Int(width) else { return nil }
        // Column `width` in the late list would make the dense prefix longer; without a base there is no presence.
        guard !late.contains(where: { $0.column.rawValue == width }) else { return nil }
    }

    /// Whether writing these cells changes nothing but the late list: the base covers their columns, presence carries
    /// it and keeps it, and they are later than it.
    public func takesLate(_ cells: [Cell]) -> Bool {
        guard let base, late.first?.column != .presence else { return false }
        return cells.indices.allSatisfy { cells[$0].column.rawValue < width && cells[$0].stamp > base }
    }

    /// The clock after cells were written that it `takesLate`.
    public func writing(_ cells: [Cell]) -> PackedClock {
        precondition(takesLate(cells), "cells that move the base")
        var entries: [Late] = []
        entries.reserveCapacity(late.count + cells.count)
        var next = 0
        for index in cells.indices {
            while next < late.count, late[next].column < cells[index].column {
                entries.append(late[next])
                next += 1
            }
            if next < late.count, late[next].column == cells[index].column { next += 1 }
            entries.append(Late(column: cells[index].column, stamp: cells[index].stamp))
        }
        entries.append(contentsOf: late[next...])
        return PackedClock(canonical: width, base, entries)
    }

    private init(canonical width: UInt16, _ base: Stamp?, _ late: [Late]) {
        self.width = width
        self.base = base
        self.late = late
    }

    /// The stamp of a column; `nil` if nobody has written it.
    public func stamp(of column: ColumnID) -> Stamp? {
        if let entry = late.first(where: { $0.column == column }) { return entry.stamp }
        return column.rawValue < width ? base : nil
    }

    /// How many columns the clock knows, presence among them.
    public var count: Int { Int(width) + late.count { $0.column.rawValue >= width } }

    /// Goes through the columns that the clock knows with their stamps, ascending, presence first.
    public func forEach<Fault>(_ body: (ColumnID, Stamp) throws(Fault) -> Void) throws(Fault) {
        var next = 0
        if let base {
            for column in 0..<width {
                let isLate = next < late.count && late[next].column.rawValue == column
                try body(ColumnID(column), isLate ? late[next].stamp : base)
                if isLate { next += 1 }
            }
        }
        for index in next..<late.count { try body(late[index].column, late[index].stamp) }
    }
}
