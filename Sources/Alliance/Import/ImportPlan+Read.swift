import CRDT

extension ImportPlan {
    /// Reads a CSV file as Excel and WPS in China write it.
    ///
    /// The encoding is found by itself unless it is named; the separator from the heading line or a first line `sep=;`.
    /// A title above the headings and empty lines are skipped. Linear in the file's size.
    /// - Parameter chosen: by a heading, the name of the column that somebody chose for it; empty to leave it out.
    /// - Throws: why the whole file can't be read. What is wrong with single lines is in the plan.
    public static func read(
        _ bytes: [UInt8], into table: Table, encoding: TextEncoding? = nil, chosen: [String: String] = [:], names: Names
    ) throws(ImportError) -> ImportPlan {
        let text = try decoded(bytes, encoding)
        let start = Start(text.utf8)
        var parser = CSVParser(text.utf8, separator: start.separator, from: start.offset, line: start.line)
        let headings = try Headings(cells(&parser, of: table, chosen), of: table, chosen: chosen)
        var reader = RowReader(table: table, headings: headings, names: names)
        var count = 0
        while let record = parser.next() {
            guard !record.isBlank else { continue }
            count += 1
            guard count <= ImportLimits.rowsMax else { throw .tooManyRows }
            reader.read(record, parser)
        }
        return ImportPlan(
            table: table.id, form: .text(text.encoding, start.separator), mapping: headings.mapping,
            ignored: headings.ignored, notices: [], rows: reader.rows, problems: reader.problems.problems,
            problemCount: reader.problems.count)
    }

    /// The headings of a file, for somebody to choose what each means; empty cells at the end are left out.
    /// - Throws: why the file can't be read.
    public static func headings(
        of bytes: [UInt8], for table: Table, encoding: TextEncoding? = nil
    ) throws(ImportError) -> [String] {
        let text = try decoded(bytes, encoding)
        let start = Start(text.utf8)
        var parser = CSVParser(text.utf8, separator: start.separator, from: start.offset, line: start.line)
        let cells = try cells(&parser, of: table, [:]).map(\.trimmed)
        return Array(cells.prefix(1 + (cells.lastIndex { !$0.isEmpty } ?? -1)))
    }

    private static func decoded(_ bytes: [UInt8], _ encoding: TextEncoding?) throws(ImportError) -> DecodedText {
        guard bytes.count <= ImportLimits.fileSizeMax else { throw .fileTooLarge(bytes.count) }
        guard !bytes.starts(with: [0xD0, 0xCF, 0x11, 0xE0]) else { throw .workbook }
        guard !bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) else { throw .damagedWorkbook("zip") }
        return try DecodedText(bytes, as: encoding)
    }

    /// The first record that is not a title: schools put the name of the list in the first cell above the headings.
    private static func cells(
        _ parser: inout CSVParser, of table: Table, _ chosen: [String: String]
    ) throws(ImportError) -> [String] {
        var titles = 0
        while titles < ImportLimits.titleLinesMax, let record = parser.next() {
            if let fault = record.faults.first { throw .brokenHeadings(fault) }
            let texts = record.cells.map(\.text)
            guard texts.contains(where: { !$0.trimmed.isEmpty }) else { continue }
            guard Headings.isTitle(texts, of: table, chosen) else { return texts }
            titles += 1
        }
        throw titles == 0 ? .empty : .missingHeadings(table.columns.filter(\.required))
    }
}

/// Where the records of a file start, and what separates their cells.
private struct Start {
    var separator: Separator
    var offset = 0
    var line = 1

    init(_ utf8: [UInt8]) {
        let first = utf8.prefix { !Lines.isEnd($0) }
        guard let named = Separator.named(by: first) else {
            separator = .found(in: utf8[...])
            return
        }
        separator = named
        offset = first.count
    }
}

extension CSVParser.Record {
    fileprivate var isBlank: Bool { faults.isEmpty && cells.allSatisfy { $0.text.trimmed.isEmpty } }
}

extension Headings {
    var mapping: [(heading: String, column: Column?)] {
        zip(texts, meanings).map { text, meaning in
            if case .column(let column) = meaning { (text, column) } else { (text, nil) }
        }
    }

    var ignored: [String] {
        zip(texts, meanings).enumerated().compactMap { index, pair in
            guard case .ignored = pair.1 else { return nil }
            return pair.0.isEmpty ? "第 \(index + 1) 栏 column \(index + 1)" : pair.0
        }
    }
}
