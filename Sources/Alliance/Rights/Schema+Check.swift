public import CRDT
import Glibc

extension Schema {
    /// Checks one transaction's change to one row against the table's write rule.
    ///
    /// The hub calls it before it merges, and so does everyone who merges what the hub has journaled.
    /// - Parameters:
    ///   - change: the cells and presence that the transaction writes.
    ///   - stored: the row as of the rev before; `nil` if it was never there.
    /// - Returns: every violation found; empty if the change is accepted. Rows of unknown tables are not judged here.
    public func violations(
        of change: RowState, on stored: RowState?, by author: Author, secretariat: MemberID
    ) -> [Violation] {
        self[change.key.table]?.violations(of: change, on: stored, by: author, secretariat: secretariat) ?? []
    }
}

extension Table {
    /// Checks one transaction's change to one of the table's rows against its write rule, as `Schema.violations` says.
    public func violations(
        of change: RowState, on stored: RowState?, by author: Author, secretariat: MemberID
    ) -> [Violation] {
        Check(table: self, change: change, stored: stored, author: author, secretariat: secretariat).violations
    }

    /// Whether a change breaks a rule about who may write what, whatever stands in its row: one that a row could allow,
    /// as by naming its author among the co-owners, does not.
    public func breaksRights(_ change: RowState, by author: Author, secretariat: MemberID) -> Bool {
        let check = Check(
            table: self, change: change, stored: nil, author: author, secretariat: secretariat, rowIsKnown: false)
        return check.violations.contains { $0.code.isAboutRights }
    }
}

private struct Check {
    private let table: Table
    private let change: RowState
    private let stored: RowState?
    private let author: Author
    private let secretariat: MemberID
    /// Otherwise whom the row names is not known: anybody may be.
    private let rowIsKnown: Bool
    /// Whether the change makes the row.
    private let births: Bool
    /// Whether the row was born already and is there, as when two nodes of a member make one natural-key row apart from
    /// each other: the second birth may not change what is written once. A deleted row may have lost that to collection.
    private let repeatsBirth: Bool
    private let isStored: Bool

    init(
        table: Table, change: RowState, stored: RowState?, author: Author, secretariat: MemberID,
        rowIsKnown: Bool = true
    ) {
        self.table = table
        self.change = change
        self.stored = stored
        self.author = author
        self.secretariat = secretariat
        self.rowIsKnown = rowIsKnown
        births = change.presence?.isThere ?? false
        if births, let mine = change.presence, let standing = stored?.presence {
            repeatsBirth = mine.length <= standing.length && standing.isThere
        } else {
            repeatsBirth = false
        }
        isStored = stored != nil
    }

    var violations: [Violation] {
        var found: [Violation] = []
        presence(&found)
        // Where they stand: a cell copied is a value retained.
        change.cells.withUnsafeBufferPointer { cells in
            for index in cells.indices { cell(cells, index, &found) }
        }
        return found
    }

    /// Whether a column decides to whom the row goes: it never changes, not even when a deleted row returns.
    func decidesAudience(_ column: Column) -> Bool {
        if case .parties(let columns) = table.audience { columns.contains(column.id) } else { false }
    }

    func presence(_ found: inout [Violation]) {
        let key = change.key
        guard let presence = change.presence else {
            if stored?.presence == nil { found.append(Violation(.noSuchRow, key)) }
            return
        }
        // Not `+ 1` on the other side: who lets a wrong length pass must not be able to stop the readers of the next.
        if presence.length == 0 || presence.length - 1 > (stored?.presence?.length ?? 0) {
            found.append(Violation(.wrongPresence, key))
        }
        guard presence.isThere else {
            if !mayWrite(table.rule.delete) { found.append(Violation(.notYours, key)) }
            return
        }
        if !mayWrite(table.rule.create) { found.append(Violation(.notYours, key)) }
        switch table.ownership {
        case .author where key.owner != author.member, .secretariat where key.owner != secretariat:
            found.append(Violation(.wrongOwner, key))
        default: break
        }
        for column in table.required where !change.hasValue(in: column) {
            found.append(Violation(.missingValue, key, column))
        }
    }

    func cell(_ cells: UnsafeBufferPointer<Cell>, _ index: Int, _ found: inout [Violation]) {
        let position = Int(cells[index].column.rawValue) - 1
        guard table.types.indices.contains(position) else {
            return found.append(Violation(.unknownColumn, change.key, cells[index].column))
        }
        // Who makes a row that was never there may write every column of it.
        if isStored || !births { write(of: table.columns[position], cells[index].value, &found) }
        if !table.types[position].accepts(cells[index].value) {
            found.append(Violation(.wrongType, change.key, cells[index].column))
        }
    }

    /// Checks whether the author may write this value into the column.
    private func write(of column: Column, _ value: Value, _ found: inout [Violation]) {
        let key = change.key
        if isStored, repeatsBirth && column.once || decidesAudience(column),
            stored?[column.id].map({ $0.value != value }) ?? false
        {
            found.append(Violation(.writtenOnce, key, column.id))
        }
        if births, let writers = column.writers, isStored, let stored, stored.presence != nil, !mayWrite(writers),
            stored[column.id]?.value ?? .null != value
        {
            // To make a row anew is no way around who may edit it, nor is to leave a cell out at its birth.
            found.append(Violation(.notYours, key, column.id))
        }
        if !births {
            if column.once {
                found.append(Violation(.writtenOnce, key, column.id))
            } else if !mayWrite(column.writers ?? table.rule.edit) {
                found.append(Violation(.notYours, key, column.id))
            }
            if column.required, value == .null { found.append(Violation(.missingValue, key, column.id)) }
        }
    }

    func mayWrite(_ writers: [Writer]) -> Bool { writers.contains(where: entitles) }

    func entitles(_ writer: Writer) -> Bool {
        switch writer {
        case .owner: author.member == change.key.owner
        case .secretariat: author.member == secretariat
        case .hub: author.isHub
        case .named: author.member.rawValue == change.key.id.rawValue
        case .coOwners(let column), .party(let column): !rowIsKnown || members(in: column).contains(author.member)
        }
    }

    private func members(in column: ColumnID) -> [MemberID] {
        guard case .bytes(let bytes)? = stored?[column]?.value else { return [] }
        return MemberID.list(bytes: bytes) ?? []
    }
}

extension ColumnType {
    /// Whether a value may stand in a column of this type. Null always may: whether one is required is another rule.
    public func accepts(_ value: Value) -> Bool {
        switch (self, value) {
        case (_, .null): true
        case (.text(let max), .text(let text)):
            // No more scalars than bytes, and they are counted at once.
            (text.utf8.count <= max || text.unicodeScalars.count <= max) && !text.hasNUL
        case (.integer(let range), .integer(let number)): range.contains(number)
        case (.boolean, .integer(let number)): number == 0 || number == 1
        case (.date, .text(let text)): CalendarDate(text) != nil
        case (.time, .text(let text)): WallTime(text) != nil
        case (.instant, .integer(let number)): number >= 0
        case (.choice(let choices), .text(let text)): choices.contains { $0.code == text }
        case (.reference, .bytes(let bytes)), (.member, .bytes(let bytes)): bytes.count == 16
        case (.members, .bytes(let bytes)):
            bytes.count <= 16 * Self.membersMax && MemberID.list(bytes: bytes) != nil
        case (.bytes(let max), .bytes(let bytes)): bytes.count <= max
        default: false
        }
    }
}

extension String {
    /// Whether a NUL stands in the text, which C programs would take for its end.
    fileprivate var hasNUL: Bool {
        utf8.withContiguousStorageIfAvailable { memchr($0.baseAddress ?? .init(bitPattern: 1)!, 0, $0.count) != nil }
            ?? utf8.contains(0)
    }
}
