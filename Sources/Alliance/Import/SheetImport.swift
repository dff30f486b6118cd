import CRDT

/// Reads the rows of a sheet as they come: titles and empty rows are skipped, the first row with several cells holds the
/// headings, and what follows is read as a CSV file's lines are.
///
///     var sheet = SheetImport(into: table, names: names)
///     for row in rows { try sheet.take(row) }
///     let plan = try sheet.plan(of: "教师", merged: [])
public struct SheetImport {
    private let table: Table
    private let chosen: [String: String]
    private let names: Names
    private var reader: RowReader?
    private var headingLine = 0
    private var titles = 0
    private var count = 0
    /// By heading, how many cells of a text column hold bare numbers, and the first of them.
    private var bare: [Int: (count: Int, first: String, line: Int)] = [:]
    /// The headings, as soon as they were found, also where they can't be used as they are.
    public private(set) var headings: [String] = []

    /// - Parameter chosen: by a heading, the name of the column that somebody chose for it; empty to leave it out.
    public init(into table: Table, chosen: [String: String] = [:], names: Names) {
        self.table = table
        self.chosen = chosen
        self.names = names
    }

    /// Whether nothing was found in it so far.
    public var isEmpty: Bool { headings.isEmpty && titles == 0 }

    public mutating func take(_ row: SheetRow) throws(ImportError) {
        guard !row.isBlank else { return }
        guard reader != nil else { return try takeHeadings(row) }
        count += 1
        guard count <= ImportLimits.rowsMax else { throw .tooManyRows }
        noteBareNumbers(row)
        reader?.read(row)
    }

    private mutating func takeHeadings(_ row: SheetRow) throws(ImportError) {
        let texts = row.cells.map(\.text)
        if titles < ImportLimits.titleLinesMax, Headings.isTitle(texts, of: table, chosen) {
            titles += 1
            return
        }
        let trimmed = texts.map(\.trimmed)
        headings = Array(trimmed.prefix(1 + (trimmed.lastIndex { !$0.isEmpty } ?? -1)))
        headingLine = row.line
        reader = RowReader(table: table, headings: try Headings(texts, of: table, chosen: chosen), names: names)
    }

    private mutating func noteBareNumbers(_ row: SheetRow) {
        guard let meanings = reader?.headings.meanings else { return }
        for (index, cell) in row.cells.enumerated() where cell.isBareNumber && index < meanings.count {
            guard case .column(let column) = meanings[index], case .text = column.type else { continue }
            let before = bare[index] ?? (0, cell.text, row.line)
            bare[index] = (before.count + 1, before.first, before.line)
        }
    }

    /// What the sheet would bring.
    /// - Parameters:
    ///   - sheet: its name.
    ///   - merged: the areas of merged cells; those in which nothing is read do not matter.
    ///   - unread: other sheets that hold something or may.
    public consuming func plan(
        of sheet: String, merged: [MergedArea], unread: [String] = []
    ) throws(ImportError) -> ImportPlan {
        guard var reader else {
            throw isEmpty ? .empty : .missingHeadings(table.columns.filter(\.required))
        }
        let read = reader.headings.meanings.indices.filter { reader.headings.meanings[$0].isRead }
        for area in merged where area.rows.upperBound > headingLine && read.contains(where: area.columns.contains) {
            reader.add(.merged, at: area.rows.lowerBound, value: area.text)
        }
        var notices = bare.sorted { $0.key < $1.key }.map { index, found in
            Self.zerosNotice(reader.headings.texts[index], found.count, found.first, found.line)
        }
        if !unread.isEmpty { notices.append(Self.unreadNotice(sheet, unread)) }
        return ImportPlan(
            table: table.id, form: .workbook(sheet: sheet), mapping: reader.headings.mapping,
            ignored: reader.headings.ignored, notices: notices, rows: reader.rows,
            problems: reader.problems.problems, problemCount: reader.problems.count)
    }

    private static func zerosNotice(_ heading: String, _ count: Int, _ first: String, _ line: Int) -> Phrase {
        Phrase(
            "「\(heading)」有 \(count) 格是数字（例如第 \(line) 行的 \(first)）：若编号以 0 开头，Excel 已把 0 去掉。请核对；有误就把该列设为“文本”后重填。",
            "\(count) cells under “\(heading)” are numbers (row \(line): \(first)): zeros at the start of a code are lost in Excel. Look at them; if so, set the column to text and put them in again."
        )
    }

    private static func unreadNotice(_ sheet: String, _ unread: [String]) -> Phrase {
        let names = unread.prefix(5).map { "「\($0.shown)」" }.joined(separator: "、")
        return Phrase(
            "只读了工作表「\(sheet.shown)」；另有 \(unread.count) 个没有读：\(names)。要读其他工作表，请选择它（命令行用 --sheet）。",
            "Only the sheet “\(sheet.shown)” was read; \(unread.count) others were not: \(names). Choose the one to read (--sheet on the command line)."
        )
    }
}
