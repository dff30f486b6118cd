import Alliance
import CRDT
import Wire

/// One command under way: each edit is checked and its row stored, until the first violation; after that the rest is
/// only checked, so that the person is told of everything at once, and the caller rolls back.
struct Work {
    private(set) var written: WrittenRows
    private(set) var violations: [Violation] = []
    private var size = 0
    /// Of no meaning; without it, what is read ahead would not be read.
    private var fetched: UInt8 = 0
    private var audiences: Set<Audience> = []
    private var lastAudience: Audience?
    private let transaction: any ReplicaTransaction
    private var lastTable: Table?
    private let stamp: Stamp
    private let schema: Schema
    private let author: Author
    private let secretariat: MemberID

    init(_ transaction: any ReplicaTransaction, at time: HybridTime, edits: Int) {
        self.transaction = transaction
        written = WrittenRows(time: time, rows: edits)
        let state = transaction.state
        stamp = Stamp(time: time, replica: state.replica)
        author = Author(member: state.member, isHub: state.role == .hub)
        secretariat = state.secretariat
        schema = transaction.schema
    }

    var isWithinLimits: Bool { size <= Limits.transactionSize && SegmentHeader.holds(audiences) }

    /// Carries out some edits.
    ///
    /// - Parameter order: their indices; they come in order of key.
    mutating func carryOut(_ edits: UnsafeBufferPointer<RowEdit>, _ order: ArraySlice<Int>) throws {
        var rest = order
        while let first = rest.first {
            let run = rest.prefix(alike(edits, rest))
            try checkConsents(edits, run)
            let isOnItsOwn = violations.isEmpty && written.lastKey != edits[first].key
            switch edits[first].act {
            case .edit where isOnItsOwn: try write(edits, run)
            case .create where isOnItsOwn: try create(edits, run)
            default: for index in run { try carryOut(edits[index]) }
            }
            rest = rest.dropFirst(run.count)
        }
    }

    /// How many of the next edits do the same to the same columns of different rows of one table and owner.
    ///
    /// Edits of a large import lie far apart in order of key. Here they are all read before the first is carried out: nothing
    /// waits for what is read, so the processor fetches many at once.
    private func alike(_ edits: UnsafeBufferPointer<RowEdit>, _ order: ArraySlice<Int>) -> Int {
        guard let first = order.first else { return 0 }
        var last = first
        let end = order.dropFirst().firstIndex { index in
            defer { last = index }
            return edits[index].act != edits[first].act || edits[index].key.table != edits[first].key.table
                || edits[index].key.owner != edits[first].key.owner || edits[index].key.id == edits[last].key.id
                || edits[index].values.count != edits[first].values.count
                || !edits[index].values.indices.allSatisfy {
                    edits[index].values[$0].column == edits[first].values[$0].column
                }
        }
        return (end ?? order.endIndex) - order.startIndex
    }

    /// A consent that the same transaction writes stands before what it is about: its table comes first.
    private mutating func checkConsents(_ edits: UnsafeBufferPointer<RowEdit>, _ run: ArraySlice<Int>) throws {
        guard let first = run.first, let table = table(edits[first].key.table), table.personal != nil,
            violations.isEmpty
        else { return }
        let check = ConsentCheck(transaction)
        for index in run { try check.check(edits[index], of: table) }
    }

    private mutating func carryOut(_ edit: RowEdit) throws {
        guard written.lastKey != edit.key else { return violations.append(Violation(.limit, edit.key)) }
        switch edit.act {
        case .create: try createOver(edit)
        case .edit: try writeWhole(edit)
        case .delete:
            let stored = try there(edit)
            let length = (stored.state.presence?.length ?? 0) + 1
            let presence = Presence(length: length, stamp: stamp)
            try store(RowState(key: edit.key, presence: presence, cells: []), over: stored)
        }
    }

    // MARK: Births

    /// Makes rows. Nearly every row to be made was never there: they are stored at once, and looked for only if that fails.
    private mutating func create(_ edits: UnsafeBufferPointer<RowEdit>, _ run: ArraySlice<Int>) throws {
        fetched ^= Self.fetch(edits, run)
        let births = run.map { birth(edits[$0], length: 1) }
        let audiences = births.indices.map { audience(of: births[$0]) }
        let areSound = births.indices.allSatisfy { broken(by: births[$0], on: nil).isEmpty }
        let stored =
            areSound ? try transaction.insert(births[...]) { audiences[$0] } : births.map { _ in false }
        for index in births.indices {
            if stored[index] {
                note(births[index], over: nil)
                try checkTaken(births[index].key)
            } else {
                try createOver(edits[run[run.startIndex + index]])
            }
        }
    }

    /// Reads a byte of each text: they lie far apart, and here the processor fetches many at once; later it would wait for
    /// each, since what is retained is waited for.
    private static func fetch(_ edits: UnsafeBufferPointer<RowEdit>, _ run: ArraySlice<Int>) -> UInt8 {
        var read: UInt8 = 0
        for index in run {
            edits[index].values.withUnsafeBufferPointer { values in
                for value in values.indices {
                    guard case .text(let text) = values[value].value else { continue }
                    read ^= text.utf8.withContiguousStorageIfAvailable { $0.last ?? 0 } ?? 0
                }
            }
        }
        return read
    }

    /// Makes a row where one may have been.
    private mutating func createOver(_ edit: RowEdit) throws {
        let stored = try transaction.stored(edit.key)
        guard stored.map({ !$0.state.isThere }) ?? true else { throw CommandRefusal.exists(edit.key) }
        try store(birth(edit, length: (stored?.state.presence?.length ?? 0) + 1), over: stored)
        try checkTaken(edit.key)
    }

    /// A node's ids are new or hashes that the owner is part of; should one be taken all the same, the hub strikes it.
    private mutating func checkTaken(_ key: RowKey) throws {
        if author.isHub, try transaction.isTaken(key.id, in: key.table, besides: key.owner) {
            violations.append(Violation(.idTaken, key))
        }
    }

    /// The change that makes a row: every column that this program knows is written.
    private mutating func birth(_ edit: RowEdit, length: UInt32) -> RowState {
        var cells: [Cell] = []
        if let count = table(edit.key.table)?.columns.count {
            cells.reserveCapacity(count)
            var next = edit.values.firstIndex { $0.column > .presence } ?? edit.values.endIndex
            for column in 1...UInt16(count) {
                let isGiven = next < edit.values.endIndex && edit.values[next].column.rawValue == column
                cells.append(
                    Cell(column: ColumnID(column), value: isGiven ? edit.values[next].value : .null, stamp: stamp))
                if isGiven { next += 1 }
            }
        } else {
            cells = edit.values.map { Cell(column: $0.column, value: $0.value, stamp: stamp) }
        }
        return RowState(key: edit.key, presence: Presence(length: length, stamp: stamp), cells: cells)
    }

    // MARK: Rows that are there

    private func there(_ edit: RowEdit) throws -> StoredRow {
        guard let stored = try transaction.stored(edit.key), stored.state.isThere else {
            throw CommandRefusal.absent(edit.key)
        }
        try checkShown(edit, stored.state)
        return stored
    }

    /// A form that was open while a cell moved is not written over it.
    private func checkShown(_ edit: RowEdit, _ stored: RowState) throws {
        guard let shown = edit.shown else { return }
        let columns = edit.act == .delete ? shown.keys.sorted() : edit.values.map(\.column)
        let stale = columns.compactMap { column -> CommandRefusal.StaleCell? in
            let now = stored[column]
            let wanted = edit.value(of: column) ?? .null
            guard shown[column] != now?.stamp, edit.act == .delete || now?.value ?? .null != wanted else { return nil }
            return .init(key: edit.key, column: column, now: now, wanted: wanted)
        }
        if !stale.isEmpty { throw CommandRefusal.stale(stale) }
    }

    // MARK: Edits

    /// The cells that differ from what is stored; `nil` if none does.
    private static func change(_ key: RowKey, _ cells: [Cell], on stored: RowState) -> RowState? {
        func differs(_ cell: Cell) -> Bool { stored[cell.column]?.value ?? .null != cell.value }
        let all = cells.allSatisfy(differs)
        let differing = all ? cells : cells.filter(differs)
        return differing.isEmpty ? nil : RowState(key: key, presence: nil, cells: differing)
    }

    /// Carries out edits that are alike without reading the whole rows, where that can be done.
    private mutating func write(_ edits: UnsafeBufferPointer<RowEdit>, _ run: ArraySlice<Int>) throws {
        guard let first = run.first, let table = table(edits[first].key.table) else {
            for index in run { try writeWhole(edits[index]) }
            return
        }
        let wanted = run.map { RowState(key: edits[$0].key, presence: nil, cells: cells(of: edits[$0])) }
        var changes = [(change: RowState, stored: RowState)?](repeating: nil, count: wanted.count)
        let seen = try transaction.write(wanted, seeing: table.decidingColumns) { index, stored in
            let edit = edits[run[run.startIndex + index]]
            if edit.shown != nil { try checkShown(edit, stored) }
            guard let change = Self.change(edit.key, wanted[index].cells, on: stored) else { return nil }
            violations += broken(by: change, on: stored)
            changes[index] = (change, stored)
            return violations.isEmpty ? (change, audience(of: stored)) : nil
        }
        for (index, change) in changes.enumerated() {
            if let change {
                note(change.change, over: change.stored)
            } else if !seen[index] {
                try writeWhole(edits[run[run.startIndex + index]])
            }
        }
    }

    /// Carries out an edit of a row that has to be read as a whole.
    private mutating func writeWhole(_ edit: RowEdit) throws {
        let stored = try there(edit)
        guard let change = Self.change(edit.key, cells(of: edit), on: stored.state) else { return }
        try store(change, over: stored)
    }

    private func cells(of edit: RowEdit) -> [Cell] {
        edit.values.map { Cell(column: $0.column, value: $0.value, stamp: stamp) }
    }

    // MARK: Storing

    private mutating func store(_ change: RowState, over stored: StoredRow?) throws {
        violations += broken(by: change, on: stored?.state)
        note(change, over: stored?.state)
        guard violations.isEmpty else { return }
        let row = stored?.state.merged(with: change) ?? change
        try transaction.put(row, over: stored, audience: audience(of: row))
    }

    private mutating func note(_ change: RowState, over stored: RowState?) {
        written.add(change, over: stored)
        size += change.size
    }

    private mutating func broken(by change: RowState, on stored: RowState?) -> [Violation] {
        guard let table = table(change.key.table) else { return [Violation(.unknownTable, change.key)] }
        return table.violations(of: change, on: stored, by: author, secretariat: secretariat)
    }

    /// The table of an id; nearly always that of the row before.
    private mutating func table(_ id: TableID) -> Table? {
        if lastTable?.id != id { lastTable = schema[id] }
        return lastTable
    }

    private mutating func audience(of row: RowState) -> Audience {
        let audience = table(row.key.table)?.audience(of: row, secretariat: secretariat) ?? .alliance
        if audience != lastAudience { audiences.insert(audience) }
        lastAudience = audience
        return audience
    }
}
