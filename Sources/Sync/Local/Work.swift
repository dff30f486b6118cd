import Alliance
import CRDT
import Wire

/// One command under way: each edit is checked and its row stored, until the first violation; after that the rest is
/// only checked, so that the person is told of everything at once, and the caller rolls back.
struct Work {
    private(set) var written: WrittenRows
    private(set) var violations: [Violation] = []
    private var size = 0
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

    /// Carries out one edit. Edits come in order of key.
    mutating func carryOut(_ edit: RowEdit) throws {
        guard written.lastKey != edit.key else { return violations.append(Violation(.limit, edit.key)) }
        switch edit.act {
        case .create: try create(edit)
        case .edit:
            guard try !write(edit) else { return }
            let stored = try there(edit)
            let cells = edit.values.map { Cell(column: $0.column, value: $0.value, stamp: stamp) }
            guard let change = Self.change(edit.key, cells, on: stored.state) else { return }
            try store(change, over: stored)
        case .delete:
            let stored = try there(edit)
            let length = (stored.state.presence?.length ?? 0) + 1
            let presence = Presence(length: length, stamp: stamp)
            try store(RowState(key: edit.key, presence: presence, cells: []), over: stored)
        }
    }

    // MARK: Births

    private mutating func create(_ edit: RowEdit) throws {
        // Nearly every row to be made was never there: it is stored at once, and looked for only if that fails.
        let fresh = birth(edit, length: 1)
        if violations.isEmpty, broken(by: fresh, on: nil).isEmpty, try insert(fresh) {
            note(fresh, over: nil)
        } else {
            let stored = try transaction.stored(edit.key)
            guard stored.map({ !$0.state.isThere }) ?? true else { throw CommandRefusal.exists(edit.key) }
            try store(birth(edit, length: (stored?.state.presence?.length ?? 0) + 1), over: stored)
        }
        // A node's ids are new or hashes that the owner is part of; should one be taken all the same, the hub strikes it.
        if author.isHub, try transaction.isTaken(edit.key.id, in: edit.key.table, besides: edit.key.owner) {
            violations.append(Violation(.idTaken, edit.key))
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

    private mutating func insert(_ row: RowState) throws -> Bool {
        try transaction.insert(row, audience: audience(of: row))
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

    /// Carries out an edit without reading the whole row.
    /// - Returns: false if the row has to be read.
    private mutating func write(_ edit: RowEdit) throws -> Bool {
        guard violations.isEmpty, let table = table(edit.key.table) else { return false }
        let cells = edit.values.map { Cell(column: $0.column, value: $0.value, stamp: stamp) }
        return try transaction.write(cells, to: edit.key, seeing: table.decidingColumns) { stored in
            if edit.shown != nil { try checkShown(edit, stored) }
            guard let change = Self.change(edit.key, cells, on: stored) else { return nil }
            violations += broken(by: change, on: stored)
            note(change, over: stored)
            return violations.isEmpty ? (change, audience(of: stored)) : nil
        }
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
