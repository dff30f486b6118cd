import CRDT

/// Turns records into rows of values, and notes what is wrong.
struct RowReader {
    let table: Table
    let headings: Headings
    let names: Names
    private(set) var rows: [ImportPlan.Row] = []
    private(set) var problems = ProblemList()
    /// The line in which each owner and natural key was seen.
    private var lines: [NaturalKey: Int] = [:]

    private struct NaturalKey: Hashable {
        let owner: MemberID?
        let values: [Value]
    }

    init(table: Table, headings: Headings, names: Names) {
        self.table = table
        self.headings = headings
        self.names = names
    }

    /// Takes a record: a row if nothing is wrong with it, else its problems.
    mutating func read(_ record: CSVParser.Record, _ parser: CSVParser) {
        let before = problems.count
        for fault in record.faults {
            problems.add(
                line: fault.line, column: nil, value: fault.text, ValueProblem(what: fault.what, remedy: fault.remedy))
        }
        guard record.faults.isEmpty else { return }
        if let surplus = record.cells.dropFirst(headings.texts.count).first(where: { !$0.text.trimmed.isEmpty }) {
            problems.add(
                line: surplus.line, column: nil, value: surplus.text,
                .moreCells(record.width, than: headings.texts.count, surplus.line, parser.character(of: surplus)))
        }
        // Excel leaves out empty cells at the end of a line.
        take(record.line, since: before) { index in
            guard index < record.cells.count else { return nil }
            let cell = record.cells[index]
            return Place(line: cell.line, text: cell.text, content: ExcelGuard.content(of: cell.text))
        }
    }

    /// Takes a row of a sheet. A workbook's texts are what they are: there is no guard to take off.
    mutating func read(_ row: SheetRow) {
        let before = problems.count
        if let surplus = row.cells.dropFirst(headings.texts.count).first(where: { !$0.text.trimmed.isEmpty }) {
            problems.add(line: row.line, column: nil, value: surplus.text, .beyondHeadings(headings.texts.count))
        }
        take(row.line, since: before) { index in
            guard index < row.cells.count else { return nil }
            let cell = row.cells[index]
            return Place(line: row.line, text: cell.text, content: .typed(cell.text), problem: cell.problem)
        }
    }

    /// Notes what is wrong beside single cells.
    mutating func add(_ problem: ValueProblem, at line: Int, value: String) {
        problems.add(line: line, column: nil, value: value, problem)
    }

    /// What a file holds in one place of a line.
    private struct Place {
        let line: Int
        let text: String
        let content: ExcelGuard.Content
        var problem: ValueProblem?
    }

    /// - Parameter before: how many problems there were before the line was looked at.
    private mutating func take(_ line: Int, since before: Int, _ place: (Int) -> Place?) {
        var owner: MemberID?
        var values: [ColumnID: Value] = [:]
        for (index, meaning) in headings.meanings.enumerated() {
            let cell = place(index)
            do throws(ValueProblem) {
                if let problem = cell?.problem, meaning.isRead { throw problem }
                let content = cell?.content ?? .typed("")
                switch meaning {
                case .column(let column): values[column.id] = try value(content, of: column)
                case .owner: owner = try self.owner(content)
                case .ignored: break
                }
            } catch {
                problems.add(line: cell?.line ?? line, column: headings.texts[index], value: cell?.text ?? "", error)
            }
        }
        guard problems.count == before, isNew(owner, values, at: line) else { return }
        rows.append(ImportPlan.Row(line: line, owner: owner, values: values))
    }

    private func value(_ content: ExcelGuard.Content, of column: Column) throws(ValueProblem) -> Value {
        let value =
            switch (content, column.type) {
            case (.verbatim(let text), .text(let max)): try Column.text(text, max: max)
            case (.verbatim(let text), _), (.typed(let text), _): try column.value(from: text, names: names)
            }
        if column.required, value == .null { throw .missing(column.title) }
        return value
    }

    private func owner(_ content: ExcelGuard.Content) throws(ValueProblem) -> MemberID? {
        let name =
            switch content {
            case .verbatim(let text), .typed(let text): text.trimmed
            }
        return name.isEmpty ? nil : try names.member(name)
    }

    /// Whether no row before has the same owner and natural key; notes it if one has.
    private mutating func isNew(_ owner: MemberID?, _ values: [ColumnID: Value], at line: Int) -> Bool {
        guard !table.naturalKey.isEmpty else { return true }
        let key = NaturalKey(owner: owner, values: table.naturalKey.map { values[$0] ?? .null })
        guard let first = lines[key] else {
            lines[key] = line
            return true
        }
        let columns = table.naturalKey.compactMap(table.column)
        let shown = columns.map { $0.text(of: values[$0.id] ?? .null, names: names) }.joined(separator: "/")
        problems.add(line: line, column: nil, value: shown, .repeated(first, line, columns.map(\.title)))
        return false
    }
}

extension ValueProblem {
    fileprivate static func missing(_ title: Phrase) -> ValueProblem {
        ValueProblem(
            what: Phrase("缺少必填的「\(title.zh)」", "The \(title.en) is missing and is required"),
            remedy: Phrase("请补填。", "Fill it in."))
    }

    fileprivate static func beyondHeadings(_ headings: Int) -> ValueProblem {
        ValueProblem(
            what: Phrase("标题只有 \(headings) 栏，后面还有内容", "There are \(headings) headings, and cells beyond them"),
            remedy: Phrase("请删去多出的单元格，或给这一栏加上标题。", "Remove the surplus cells, or give the column a heading."))
    }

    fileprivate static func moreCells(_ count: Int, than headings: Int, _ line: Int, _ character: Int) -> ValueProblem {
        ValueProblem(
            what: Phrase(
                "第 \(line) 行有 \(count) 栏，标题只有 \(headings) 栏；第 \(character) 个字符起为多出的内容",
                "Line \(line) has \(count) cells, there are \(headings) headings; the surplus starts at character \(character)"
            ),
            remedy: Phrase(
                "请删去多出的单元格；含有分隔符的内容要用引号括起来。", "Remove the surplus cells; put text that holds a separator in quotes."))
    }

    fileprivate static func repeated(_ first: Int, _ second: Int, _ titles: [Phrase]) -> ValueProblem {
        let (zh, en) = (titles.map(\.zh).joined(separator: "、"), titles.map(\.en).joined(separator: ", "))
        return ValueProblem(
            what: Phrase("第 \(second) 行与第 \(first) 行的\(zh)相同", "Lines \(first) and \(second) have the same \(en)"),
            remedy: Phrase("请只保留其中一行，或改正\(zh)。", "Keep one of the two, or correct the \(en)."))
    }
}
