import Alliance
import CRDT

/// Who may write what, read from the specification (9.5) and from the tables' declarations.
struct Rights {
    let schema: Schema
    let secretariat: MemberID

    /// Why a change has to be struck out; `nil` if it is fine.
    func offence(
        _ change: RowState, on stored: ModelRow?, by member: MemberID, isHub: Bool, deletionIsKnown: Bool
    ) -> String? {
        guard let table = schema[change.key.table] else { return "unknown table" }
        let person = Person(change.key, stored, member, isHub, secretariat)
        let length = stored?.length ?? 0
        let isBirth = change.presence?.isThere ?? false
        if let presence = change.presence {
            if presence.length == 0 || presence.length > length + 1 { return "presence" }
            if !person.isAmong(isBirth ? table.rule.create : table.rule.delete) { return "presence not theirs" }
            if isBirth, let fault = birth(change, table, member) { return fault }
        } else if stored?.presence == nil {
            return "no such row"
        } else if length % 2 == 0, deletionIsKnown {
            return "edit of a row that is known to be deleted"
        }
        let repeats = isBirth && (change.presence?.length ?? 0) <= length && length % 2 == 1
        for cell in change.cells {
            guard let column = table.column(cell.column) else { return "unknown column" }
            let differs = stored?.cells[cell.column].map { $0.value != cell.value } ?? false
            if differs, repeats && column.once || decidesAudience(table, column.id) { return "written once" }
            if isBirth {
                if differs, let writers = column.writers, !person.isAmong(writers) { return "cell not theirs" }
            } else {
                if column.once { return "written once" }
                if !person.isAmong(column.writers ?? table.rule.edit) { return "cell not theirs" }
                if column.required, cell.value == .null { return "missing value" }
            }
            if !fits(cell.value, column.type) { return "wrong type" }
        }
        return nil
    }

    private func birth(_ change: RowState, _ table: Table, _ member: MemberID) -> String? {
        switch table.ownership {
        case .author where change.key.owner != member: return "owner"
        case .secretariat where change.key.owner != secretariat: return "owner"
        default: break
        }
        let written = Dictionary(uniqueKeysWithValues: change.cells.map { ($0.column, $0.value) })
        return table.columns.contains { $0.required && written[$0.id] ?? .null == .null } ? "missing value" : nil
    }

    private func decidesAudience(_ table: Table, _ column: ColumnID) -> Bool {
        if case .parties(let columns) = table.audience { columns.contains(column) } else { false }
    }

    private func fits(_ value: Value, _ type: ColumnType) -> Bool {
        switch (type, value) {
        case (_, .null): true
        case (.text(let most), .text(let text)):
            text.unicodeScalars.count <= most && !text.unicodeScalars.contains("\0")
        case (.integer(let range), .integer(let number)): range.contains(number)
        case (.boolean, .integer(let number)): number == 0 || number == 1
        case (.instant, .integer(let number)): number >= 0
        case (.date, .text(let text)): Self.isDate(text)
        case (.choice(let choices), .text(let text)): choices.map(\.code).contains(text)
        case (.reference, .bytes(let bytes)), (.member, .bytes(let bytes)): bytes.count == 16
        case (.members, .bytes(let bytes)): Self.list(bytes) != nil
        case (.bytes(let most), .bytes(let bytes)): bytes.count <= most
        default: false
        }
    }

    /// Whether a text is a day of the Gregorian calendar, `2026-09-01`.
    static func isDate(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [4, 2, 2], parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }),
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]), year > 0,
            (1...12).contains(month)
        else { return false }
        let leaps = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
        let days = [31, leaps ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return (1...days[month - 1]).contains(day)
    }

    /// Members' ids, 16 bytes each; `nil` unless they ascend.
    static func list(_ bytes: [UInt8]) -> [MemberID]? {
        guard bytes.count.isMultiple(of: 16) else { return nil }
        let members = stride(from: 0, to: bytes.count, by: 16).compactMap { MemberID(bytes: bytes[$0..<$0 + 16]) }
        return zip(members, members.dropFirst()).allSatisfy(<) ? members : nil
    }

    /// The members that a row goes to; `nil` for everybody.
    func readers(_ key: RowKey, _ row: ModelRow) -> Set<MemberID>? {
        guard let table = schema[key.table] else { return nil }
        switch table.audience {
        case .alliance: return nil
        case .owner: return [key.owner, secretariat]
        case .parties(let columns):
            let named = columns.flatMap { column -> [MemberID] in
                if case .bytes(let bytes) = row.value(column) { Self.list(bytes) ?? [] } else { [] }
            }
            return Set(named + [key.owner, secretariat])
        }
    }

    private struct Person {
        let key: RowKey
        let stored: ModelRow?
        let member: MemberID
        let isHub: Bool
        let secretariat: MemberID

        init(_ key: RowKey, _ stored: ModelRow?, _ member: MemberID, _ isHub: Bool, _ secretariat: MemberID) {
            self.key = key
            self.stored = stored
            self.member = member
            self.isHub = isHub
            self.secretariat = secretariat
        }

        func isAmong(_ writers: [Writer]) -> Bool {
            writers.contains { writer in
                switch writer {
                case .owner: member == key.owner
                case .secretariat: member == secretariat
                case .hub: isHub
                case .named: member.rawValue == key.id.rawValue
                case .coOwners(let column), .party(let column):
                    if case .bytes(let bytes)? = stored?.value(column) {
                        Rights.list(bytes)?.contains(member) ?? false
                    } else {
                        false
                    }
                }
            }
        }
    }
}
