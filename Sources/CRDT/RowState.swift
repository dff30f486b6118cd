/// One cell of a row: a column's value and the stamp of the transaction that wrote it.
public struct Cell: Hashable, Sendable {
    public let column: ColumnID
    public let value: Value
    public let stamp: Stamp

    public init(column: ColumnID, value: Value, stamp: Stamp) {
        self.column = column
        self.value = value
        self.stamp = stamp
    }

    /// Whether this cell wins over another of the same column: the larger stamp, and under one stamp (a fork) the
    /// larger value.
    public func wins(over other: Cell) -> Bool {
        stamp != other.stamp ? stamp > other.stamp : value > other.value
    }
}

/// Whether a row is there, as a stamped causal length (Yu and Rostad, 2020): birth makes it 1, each deletion and each
/// return adds 1. Odd is there, even is gone.
public struct Presence: Hashable, Comparable, Sendable {
    public let length: UInt32
    public let stamp: Stamp

    public init(length: UInt32, stamp: Stamp) {
        self.length = length
        self.stamp = stamp
    }

    public var isThere: Bool { length & 1 == 1 }

    public static func < (left: Self, right: Self) -> Bool {
        left.length != right.length ? left.length < right.length : left.stamp < right.stamp
    }
}

/// The state of a row, or a change to it: they are the same kind of thing, and both merge in the same way.
///
/// A full row has a presence and the cells of every column that its writers knew. A change has the cells that its
/// transaction wrote, and a presence only if it made the row come or go. Absent cells mean "not written", which reads
/// as the column's default.
///
///     stored.merge(change)        // the transaction is applied
///     stored.merge(change)        // again: nothing happens
public struct RowState: Hashable, Sendable {
    public let key: RowKey
    public private(set) var presence: Presence?
    /// In ascending order of column, each column at most once.
    public private(set) var cells: [Cell]

    /// - Precondition: `cells` ascend by column, without repeats; none is of the pseudo-column of presence.
    public init(key: RowKey, presence: Presence?, cells: [Cell]) {
        var last = ColumnID.presence
        for index in cells.indices {
            precondition(
                cells[index].column > last,
                "cells must ascend by column from 1, without repeats: \(cells.map(\.column.rawValue))")
            last = cells[index].column
        }
        self.key = key
        self.presence = presence
        self.cells = cells
    }

    /// Whether the row is there for its readers.
    public var isThere: Bool { presence?.isThere ?? false }

    /// The cell of a column; `nil` if nobody has written it.
    public subscript(column: ColumnID) -> Cell? {
        // Columns are dense from 1 in all but old rows: look there before searching.
        let guess = Int(column.rawValue) - 1
        if guess >= 0, guess < cells.count, cells[guess].column == column { return cells[guess] }
        return cells.first { $0.column == column }
    }

    /// Whether a column holds a value that is not null.
    public func hasValue(in column: ColumnID) -> Bool {
        cells.withUnsafeBufferPointer { cells in
            let guess = Int(column.rawValue) - 1
            let index =
                cells.indices.contains(guess) && cells[guess].column == column
                ? guess : cells.firstIndex { $0.column == column }
            return index.map { cells[$0].value.tag != Value.null.tag } ?? false
        }
    }

    /// The largest stamp in the row; `nil` for a state that says nothing.
    public var latestStamp: Stamp? {
        var latest = presence?.stamp
        for index in cells.indices { latest = max(latest ?? cells[index].stamp, cells[index].stamp) }
        return latest
    }

    /// Whether any cell's stamp or the presence's is such.
    public func hasStamp(where isSuch: (Stamp) -> Bool) -> Bool {
        if let presence, isSuch(presence.stamp) { return true }
        return cells.indices.contains { isSuch(cells[$0].stamp) }
    }
}

// MARK: Merge

extension RowState {
    /// Takes in another state of the same row: per column the larger stamp, presence by larger (length, stamp).
    ///
    /// Commutative, associative, idempotent; linear in the number of cells, but for columns that this state lacks.
    /// - Precondition: both states have the same key.
    /// - Returns: whether anything changed.
    @discardableResult
    public mutating func merge(_ other: RowState) -> Bool {
        precondition(key == other.key, "only states of one row merge: \(key) and \(other.key)")
        var changed = false
        if let theirs = other.presence, presence.map({ $0 < theirs }) ?? true {
            presence = theirs
            changed = true
        }
        var position = 0
        for index in other.cells.indices {
            let their = other.cells[index]
            while position < cells.count, cells[position].column < their.column { position += 1 }
            if position == cells.count || cells[position].column != their.column {
                cells.insert(their, at: position)
                changed = true
            } else if their.wins(over: cells[position]) {
                cells[position] = their
                changed = true
            }
        }
        return changed
    }

    /// The two states merged.
    public func merged(with other: RowState) -> RowState {
        var result = self
        result.merge(other)
        return result
    }
}

// MARK: Taking back

extension RowState {
    /// The state with one cell as it was before, or without it. Not a merge: only the author of a transaction that was
    /// struck out takes its cells back.
    public mutating func replace(_ column: ColumnID, with cell: Cell?) {
        precondition(cell == nil || cell?.column == column, "the cell is of column \(column.rawValue)")
        let index = cells.firstIndex { $0.column >= column } ?? cells.endIndex
        let exists = index < cells.endIndex && cells[index].column == column
        switch (exists, cell) {
        case (true, let cell?): cells[index] = cell
        case (true, nil): cells.remove(at: index)
        case (false, let cell?): cells.insert(cell, at: index)
        case (false, nil): break
        }
    }

    /// The state with the presence as it was before, or without it.
    public mutating func replacePresence(with presence: Presence?) { self.presence = presence }

    /// Whether the state says nothing at all.
    public var isEmpty: Bool { presence == nil && cells.isEmpty }
}
