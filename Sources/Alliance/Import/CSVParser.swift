/// Reads separated text (RFC 4180, and what Excel makes of it) record by record, and says where it is broken.
///
///     var parser = CSVParser(utf8, separator: .comma)
///     while let record = parser.next() { … }
///
/// Cells may be quoted and then hold separators, line breaks and doubled quotes. A quote that does not open its cell is
/// text. Lines end with CR, LF or both; the last one need not. Empty lines are skipped. Linear in the file's size.
struct CSVParser {
    struct Cell {
        let text: String
        let line: Int
        /// Where the cell starts: offsets of its line and of itself in the file.
        fileprivate let lineStart: Int
        fileprivate let start: Int
    }

    struct Record {
        /// The line in which the record starts, counted from 1.
        let line: Int
        /// The first `ImportLimits.columnsMax` cells, and the first one after them that is not empty: lines of thousands
        /// of separators come from formatted, empty columns.
        fileprivate(set) var cells: [Cell] = []
        /// How many cells the record has in the file.
        fileprivate(set) var width = 0
        fileprivate(set) var faults: [CSVFault] = []

        fileprivate mutating func add(_ cell: Cell) {
            width += 1
            if width <= ImportLimits.columnsMax || (cells.count == ImportLimits.columnsMax && !cell.text.isEmpty) {
                cells.append(cell)
            }
        }
    }

    private let utf8: [UInt8]
    private let separator: UInt8
    private var index: Int
    private var line: Int
    private var lineStart: Int

    /// - Parameters:
    ///   - start: where reading starts, at the start of a line.
    ///   - line: the number of that line.
    init(_ utf8: [UInt8], separator: Separator, from start: Int = 0, line: Int = 1) {
        self.utf8 = utf8
        self.separator = separator.rawValue
        index = start
        lineStart = start
        self.line = line
    }

    /// The next record; `nil` at the end of the file.
    mutating func next() -> Record? {
        while let byte = current, Lines.isEnd(byte) { takeLineEnd() }
        guard index < utf8.count else { return nil }
        var record = Record(line: line)
        while true {
            let (line, lineStart, start) = (line, lineStart, index)
            let text = current == quote ? quoted(&record.faults) : plain(&record.faults)
            record.add(Cell(text: text, line: line, lineStart: lineStart, start: start))
            guard current == separator else { break }
            index += 1
        }
        if current != nil { takeLineEnd() }
        return record
    }

    /// Where in its line a cell starts, counted from 1 in Unicode scalars.
    func character(of cell: Cell) -> Int { character(at: cell.start, lineStart: cell.lineStart) }
}

// MARK: Cells

extension CSVParser {
    private var quote: UInt8 { 0x22 }
    private var current: UInt8? { index < utf8.count ? utf8[index] : nil }

    private mutating func plain(_ faults: inout [CSVFault]) -> String {
        let start = index
        while let byte = current, byte != separator, !Lines.isEnd(byte) { index += 1 }
        return text(utf8[start..<index], start: (line, lineStart, start), &faults)
    }

    private mutating func quoted(_ faults: inout [CSVFault]) -> String {
        let opened = (line: line, lineStart: lineStart, start: index)
        var bytes: [UInt8] = []
        index += 1
        while let byte = current {
            if byte == quote {
                index += 1
                guard current == quote else { return afterQuote(bytes, opened, &faults) }
                bytes.append(quote)
                index += 1
            } else if Lines.isEnd(byte) {
                let from = index
                takeLineEnd()
                bytes.append(contentsOf: utf8[from..<index])
            } else {
                bytes.append(byte)
                index += 1
            }
        }
        // Reading goes on with the line after the one that opened the quote, so that what else is wrong is found too.
        // That happens once: behind a quote that is never closed the file has quotes in pairs only.
        (line, lineStart, index) = (opened.line, opened.lineStart, opened.start)
        while let byte = current, !Lines.isEnd(byte) { index += 1 }
        let rest = String(decoding: utf8[opened.start..<index].prefix(ImportLimits.cellSizeMax), as: UTF8.self)
        faults.append(fault(.quoteNotClosed, opened, rest))
        return rest
    }

    private mutating func afterQuote(
        _ bytes: [UInt8], _ opened: (line: Int, lineStart: Int, start: Int), _ faults: inout [CSVFault]
    ) -> String {
        let end = index
        while let byte = current, byte != separator, !Lines.isEnd(byte) { index += 1 }
        guard index > end else { return text(bytes[...], start: opened, &faults) }
        let all = text(bytes + utf8[end..<index], start: opened, &faults)
        faults.append(fault(.textAfterQuote, (line, lineStart, end), all))
        return all
    }

    private func text(
        _ bytes: some Collection<UInt8>, start: (line: Int, lineStart: Int, start: Int), _ faults: inout [CSVFault]
    ) -> String {
        guard bytes.count > ImportLimits.cellSizeMax else { return String(decoding: bytes, as: UTF8.self) }
        let text = String(decoding: bytes.prefix(ImportLimits.cellSizeMax), as: UTF8.self)
        faults.append(fault(.cellTooLong, start, text))
        return text
    }

    private func fault(_ kind: CSVFault.Kind, _ place: (line: Int, lineStart: Int, start: Int), _ text: String)
        -> CSVFault
    {
        CSVFault(
            line: place.line, character: character(at: place.start, lineStart: place.lineStart), kind: kind, text: text)
    }

    private func character(at offset: Int, lineStart: Int) -> Int {
        utf8[lineStart..<offset].count { $0 & 0xC0 != 0x80 } + 1
    }

    private mutating func takeLineEnd() {
        let isPair = utf8[index] == Lines.carriageReturn && index + 1 < utf8.count && utf8[index + 1] == Lines.lineFeed
        index += isPair ? 2 : 1
        line += 1
        lineStart = index
    }
}
