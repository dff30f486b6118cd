import Alliance
import Foundation

/// Reads a sheet row by row, and hands each on as it ends.
final class SheetReader: XMLReader {
    private let strings: [String]
    private let formats: [NumberFormat]
    private let countsFrom1904: Bool
    private let take: (SheetRow) throws(ImportError) -> Void

    private(set) var merged: [MergedArea] = []

    private var line = 0
    private var cells: [SheetCell] = []
    private var column = 0
    private var type = ""
    private var style = 0
    private var value = ""
    private var hasValue = false
    private var hasFormula = false
    private var isInValue = false

    private static let linesMax = 1_048_576
    private static let mergedMax = 10_000

    init(
        strings: [String], formats: [NumberFormat], countsFrom1904: Bool,
        take: @escaping (SheetRow) throws(ImportError) -> Void
    ) {
        self.strings = strings
        self.formats = formats
        self.countsFrom1904 = countsFrom1904
        self.take = take
    }

    func begin(_ name: String, _ attributes: [String: String]) throws(ImportError) {
        switch name {
        case "row":
            line = try attributes["r"].map { text throws(ImportError) in try number(text) } ?? line + 1
            guard (1...Self.linesMax).contains(line) else { throw .damagedWorkbook("row \(line)") }
            cells = []
            column = -1
        case "c":
            column = try attributes["r"].map { text throws(ImportError) in try Self.column(text) } ?? column + 1
            type = attributes["t"] ?? "n"
            style = attributes["s"].flatMap { Int($0) } ?? 0
            (value, hasValue, hasFormula) = ("", false, false)
        case "f": hasFormula = true
        case "v", "t":
            isInValue = true
            hasValue = true
        case "mergeCell":
            guard merged.count < Self.mergedMax else { throw .damagedWorkbook("mergeCells") }
            if let area = try attributes["ref"].map({ text throws(ImportError) in try Self.area(text) }) ?? nil {
                merged.append(area)
            }
        default: break
        }
    }

    func end(_ name: String) throws(ImportError) {
        switch name {
        case "v", "t": isInValue = false
        case "c": try add(cell())
        case "row": try take(SheetRow(line: line, cells: cells))
        default: break
        }
    }

    func text(_ text: String) { if isInValue, value.utf8.count <= ImportLimits.cellSizeMax { value += text } }

    // MARK: Cells

    private func add(_ cell: SheetCell) throws(ImportError) {
        // A row within a cell.
        guard column >= 0 else { throw .damagedWorkbook("c") }
        // What stands far to the right is kept once, so that somebody is told of it.
        guard column < ImportLimits.columnsMax || cells.count <= ImportLimits.columnsMax && !cell.text.isEmpty else {
            return
        }
        let place = min(column, ImportLimits.columnsMax)
        while cells.count < place { cells.append(.empty) }
        if place < cells.count { cells[place] = cell } else { cells.append(cell) }
    }

    private func cell() throws(ImportError) -> SheetCell {
        guard value.utf8.count <= ImportLimits.cellSizeMax else {
            return SheetCell(String(value.prefix(100)), problem: .longCell)
        }
        if hasFormula, value.isEmpty, type != "str" { return SheetCell("", problem: .noResult) }
        switch type {
        case "s":
            guard hasValue else { return .empty }
            let index = try number(value)
            guard strings.indices.contains(index) else { throw .damagedWorkbook("sharedStrings.xml") }
            return SheetCell(strings[index])
        case "inlineStr", "str": return SheetCell(CellText.unescaped(value))
        case "b": return SheetCell(value == "1" ? "是" : "否")
        case "e", "d": return SheetCell(value)
        default: return value.isEmpty ? .empty : try numeric()
        }
    }

    /// The largest number of which a workbook keeps every digit.
    private static let exactMax = 1e15

    private func numeric() throws(ImportError) -> SheetCell {
        guard let number = Double(value), number.isFinite else { throw .damagedWorkbook("v: \(value.prefix(40))") }
        let format = formats.indices.contains(style) ? formats[style] : .plain
        let whole = number == number.rounded() && abs(number) < Self.exactMax ? String(Int64(number)) : nil
        switch format {
        case .date, .time, .dateAndTime:
            guard let text = SerialDate.text(number, format, from1904: countsFrom1904) else {
                return SheetCell(value, problem: .notADate)
            }
            return SheetCell(text)
        case .zeros(let count):
            guard let whole, number >= 0 else { return SheetCell(value) }
            return SheetCell(String(repeating: "0", count: max(0, count - whole.utf8.count)) + whole)
        case .plain:
            if let whole { return SheetCell(whole, isBareNumber: true) }
            guard abs(number) < Self.exactMax else { return SheetCell(value, problem: .tooManyDigits) }
            // As it is shown: the last two digits of a fraction are the machine's.
            return SheetCell(String(format: "%.15g", number))
        }
    }

    // MARK: Places

    private func number(_ text: String) throws(ImportError) -> Int {
        guard text.utf8.count <= 9, let number = Int(text), number >= 0 else {
            throw .damagedWorkbook(String(text.prefix(40)))
        }
        return number
    }

    /// The column of `B5`, from 0.
    private static func column(_ place: String) throws(ImportError) -> Int {
        let letters = place.utf8.prefix { (0x41...0x5A).contains($0) }
        guard (1...3).contains(letters.count) else { throw .damagedWorkbook(String(place.prefix(40))) }
        return letters.reduce(0) { $0 * 26 + Int($1) - 0x40 } - 1
    }

    /// `B5:C7`.
    private static func area(_ text: String) throws(ImportError) -> MergedArea? {
        let corners = text.split(separator: ":").map(String.init)
        guard corners.count == 2 else { return nil }
        let lines = corners.compactMap { Int($0.drop { !$0.isNumber }) }
        guard lines.count == 2, lines[0] <= lines[1] else { return nil }
        let (first, last) = (try column(corners[0]), try column(corners[1]))
        guard first <= last else { return nil }
        return MergedArea(text: text, rows: lines[0]...lines[1], columns: first...last)
    }
}
