public import CRDT

/// Names of members and of other rows: looked up, and written so that looking up leads back.
extension Names {
    /// The row that a text names: by UUID, `name〔UUID〕`, name or natural key. `title` is what such a row is called.
    func row(_ text: String, of table: TableID, title: Phrase) throws(ValueProblem) -> RowID {
        let found = ids(text) { (name: String) -> [RowID] in rows(table, name) }
        guard let id = found.first else { throw .unknownRow(text, title) }
        guard found.count == 1 else { throw .ambiguous(text, found.map(\.description)) }
        return id
    }

    /// The member that a text names: by UUID, `name〔UUID〕` or name.
    func member(_ text: String) throws(ValueProblem) -> MemberID {
        let found = ids(text, named: members)
        guard let id = found.first else { throw .unknownMember(text) }
        guard found.count == 1 else { throw .ambiguous(text, found.map(\.description)) }
        return id
    }

    /// The members of a list, ascending, each once; `无` is the empty list. A separator may be part of a name that is
    /// the whole list.
    func members(in text: String) throws(ValueProblem) -> [MemberID] {
        let whole = members(text)
        if whole.count == 1 { return whole }
        if text == Self.noMembers { return [] }
        var members: Set<MemberID> = []
        for part in text.split(whereSeparator: Self.isListSeparator) {
            let name = String(part).trimmed
            if !name.isEmpty { members.insert(try member(name)) }
        }
        guard members.count <= ColumnType.membersMax else { throw .tooManyMembers(members.count) }
        return members.sorted()
    }

    func text(of row: RowID, in table: TableID, title: Phrase) -> String {
        text(of: row, name: rowName(table, row)) { (try? self.row($0, of: table, title: title)) == row }
    }

    /// A member's name, in the form that leads back to it.
    public func text(of member: MemberID) -> String {
        text(of: member, name: memberName(member)) { (try? self.member($0)) == member }
    }

    func text(of members: [MemberID]) -> String {
        guard !members.isEmpty else { return Self.noMembers }
        return members.map { member in
            let text = text(of: member)
            return text.contains(where: Self.isListSeparator) || text == Self.noMembers ? member.description : text
        }.joined(separator: "；")
    }
}

// MARK: Means

extension Names {
    private static let noMembers = "无"

    private static func isListSeparator(_ character: Character) -> Bool {
        character.isNewline || "；;、,，".contains(character)
    }

    /// The ids that a text stands for, each once: the UUID that it is or ends with, else what its name finds.
    private func ids<ID: Identifier128>(_ text: String, named: (String) -> [ID]) -> [ID] {
        if let id: ID = uuid(text[...]) { return [id] }
        if text.last == "〕", let mark = text.lastIndex(of: "〔"), let id: ID = uuid(text[mark...].dropFirst().dropLast())
        {
            return [id]
        }
        for spelling in spellings(text) {
            let found = Set(named(spelling))
            if !found.isEmpty { return found.sorted() }
        }
        return []
    }

    private func uuid<ID: Identifier128>(_ text: Substring) -> ID? {
        text.utf8.count == 36 || text.utf8.count == 32 ? ID(text) : nil
    }

    /// As typed, half-width, and with the brackets of Chinese print, as in names like 中航空港（北京）.
    private func spellings(_ text: String) -> [String] {
        let half = text.halfWidth
        let brackets: [Character: Character] = ["(": "（", ")": "）"]
        return [text, half, String(half.map { brackets[$0] ?? $0 })]
    }

    /// The name if it leads back to the id; the name with the id if it leads elsewhere too; else the id.
    private func text(of id: some Identifier128, name: String?, leadsBack: (String) -> Bool) -> String {
        guard let name = name?.trimmed, !name.isEmpty else { return id.description }
        return leadsBack(name) ? name : "\(name)〔\(id)〕"
    }
}
