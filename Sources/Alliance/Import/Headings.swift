import CRDT

/// What the headings of a file mean: which column each stands for, or the row's owner, or nothing that is known.
struct Headings {
    enum Meaning {
        case column(Column)
        case owner
        case ignored

        var isRead: Bool { if case .ignored = self { false } else { true } }

        /// What it fills, and what people call that; the owner stands under the pseudo-column of presence.
        fileprivate var target: (id: ColumnID, title: Phrase)? {
            switch self {
            case .column(let column): (column.id, column.title)
            case .owner: (.presence, Phrase("所属单位", "the owner"))
            case .ignored: nil
            }
        }
    }

    let texts: [String]
    let meanings: [Meaning]

    /// - Throws: if two headings mean the same, or a column that every row needs is missing.
    ///
    /// - Parameter chosen: by a heading, the name of the column that somebody chose for it; empty to leave it out.
    init(_ cells: [String], of table: Table, chosen: [String: String] = [:]) throws(ImportError) {
        let end = cells.lastIndex { !$0.trimmed.isEmpty }.map { $0 + 1 } ?? 0
        let texts = cells[..<end].map(\.trimmed)
        guard !texts.isEmpty else { throw .empty }
        guard texts.count <= ImportLimits.columnsMax else { throw .tooManyColumns }
        self.texts = texts
        meanings = texts.map { text in
            let found = Self.meaning(of: text, in: table)
            guard let name = chosen[text] else { return found }
            // Whose a row is can't be chosen away: rows of others would be taken for one's own.
            if case .owner = found { return found }
            return table.column(named: name).map { .column($0) } ?? .ignored
        }
        var seen: [ColumnID: String] = [:]
        for (text, meaning) in zip(texts, meanings) {
            guard let (id, title) = meaning.target else { continue }
            if let first = seen.updateValue(text, forKey: id) { throw .repeatedHeading(first, text, title) }
        }
        let missing = table.columns.filter { $0.required && seen[$0.id] == nil }
        guard missing.isEmpty else { throw .missingHeadings(missing) }
    }

    /// Whether a line is a title above the headings: one cell only, which is no heading.
    static func isTitle(_ cells: [String], of table: Table, _ chosen: [String: String]) -> Bool {
        let filled = cells.map(\.trimmed).filter { !$0.isEmpty }
        return filled.count == 1 && !knows(filled[0], in: table) && chosen[filled[0]] == nil
    }

    /// Whether a heading means anything in a table.
    private static func knows(_ text: String, in table: Table) -> Bool {
        if case .ignored = meaning(of: text, in: table) { false } else { true }
    }

    /// The column of which this is a name, title or heading, or else without marks and units at its end.
    private static func meaning(of text: String, in table: Table) -> Meaning {
        for form in [text.folded, bare(text)] where !form.isEmpty {
            if let column = table.columns.first(where: { $0.titles.contains { $0.folded == form } })
                ?? table.columns.first(where: { $0.headings.contains { $0.folded == form } })
            {
                return .column(column)
            }
            if ownerHeadings.contains(form) { return .owner }
        }
        return .ignored
    }

    private static let ownerHeadings: Set<String> = ["所属单位", "建设单位", "owner"]

    /// Folded, without asterisks at its ends, a colon, and whatever stands in brackets at its end: （必填）, (required), (人).
    private static func bare(_ text: String) -> String {
        var rest = text.folded[...]
        while rest.first == "*" { rest = rest.dropFirst() }
        while let last = rest.last {
            if last == "*" || last == ":" {
                rest = rest.dropLast()
            } else if let open = brackets[last], let start = rest.lastIndex(of: open) {
                rest = rest[..<start]
            } else {
                break
            }
        }
        return String(rest)
    }

    private static let brackets: [Character: Character] = [")": "(", "]": "[", "】": "【", "〕": "〔"]
}

extension Column {
    fileprivate var titles: [String] { [name, title.zh, title.en] }

    /// Every heading under which an import finds the column, each once, the Chinese title first.
    var accepted: [String] {
        [title.zh, name, title.en].reduce(into: []) { if !$0.contains($1) { $0.append($1) } } + headings
    }
}
