public import Alliance
public import CRDT
import CXlsxWriter
import Foundation

/// Writes rows as an Excel workbook (XLSX): headings that stay in sight, columns as wide as what they hold, numbers as
/// numbers, dates and times as such, everything else as text, which no program takes for a formula or a number.
///
/// Columns of text have the format of text, so that a code which somebody adds keeps its zeros. An import reads the file
/// back unchanged.
public enum WorkbookFile {
    /// Why a file was not written: the temporary folder is full or can't be written.
    public struct Fault: Error, Sendable {
        public let cause: String

        public var phrase: Phrase {
            Phrase(
                "工作簿没有写成（\(cause)）；数据未受影响。请检查临时文件夹的空间和权限，或改为导出 CSV。",
                "The workbook was not written (\(cause)); the data are untouched. Check room and rights of the temporary folder, or export CSV."
            )
        }
    }

    /// The rows of a table, one line each in the order given, under all its columns; tables whose rows have various
    /// owners begin with 所属单位.
    public static func xlsx(table: Table, rows: some Sequence<RowState>, names: Names) throws(Fault) -> [UInt8] {
        let path = FileManager.default.temporaryDirectory.appending(path: "jilian-\(UUID().uuidString).xlsx").path
        defer { unlink(path) }
        var options = lxw_workbook_options(constant_memory: UInt8(LXW_TRUE.rawValue), tmpdir: nil, use_zip64: 0)
        guard let book = workbook_new_opt(path, &options) else { throw Fault(cause: "memory") }
        let title = String(table.title.zh.filter { !"[]:*?/\\'".contains($0) }.prefix(31))
        guard let sheet = workbook_add_worksheet(book, title) else { throw Fault(cause: "memory") }
        var writer = Writer(book, sheet)
        let hasOwner = table.ownership != .secretariat
        let shown = rows.map { row -> [Cell] in
            (hasOwner ? [.text(names.text(of: row.key.owner))] : [])
                + table.columns.map { cell(row[$0.id]?.value ?? .null, of: $0, names: names) }
        }
        writer.columns(
            (hasOwner ? ["所属单位"] : []) + table.columns.map(\.title.zh),
            forms: (hasOwner ? [.text] : []) + table.columns.map { Form($0.type) }, widths: shown)
        for row in shown { writer.add(row) }
        let code = workbook_close(book)
        if let fault = writer.fault ?? (code == LXW_NO_ERROR ? nil : code) {
            throw Fault(cause: lxw_strerror(fault).map { String(cString: $0) } ?? "")
        }
        guard let data = FileManager.default.contents(atPath: path) else { throw Fault(cause: path) }
        return [UInt8](data)
    }

    /// How a column's cells look.
    private enum Form: CaseIterable {
        case text, number, date, time, instant

        init(_ type: ColumnType) {
            switch type {
            case .integer: self = .number
            case .date: self = .date
            case .time: self = .time
            case .instant: self = .instant
            case .text, .choice, .reference, .member, .members, .bytes, .boolean: self = .text
            }
        }

        /// Excel's code.
        var code: String {
            switch self {
            case .text: "@"
            case .number: "0"
            case .date: "yyyy-mm-dd"
            case .time: "hh:mm"
            case .instant: "yyyy-mm-dd hh:mm:ss"
            }
        }
    }

    private enum Cell {
        case empty
        case text(String)
        case number(Double, Form)

        /// As wide as letters of the Latin alphabet.
        var width: Int {
            switch self {
            case .empty: 0
            case .text(let text): text.unicodeScalars.reduce(0) { $0 + ($1.value < 0x1100 ? 1 : 2) }
            case .number(_, .instant): 19
            case .number: 10
            }
        }
    }

    private static func cell(_ value: Value, of column: Column, names: Names) -> Cell {
        let form = Form(column.type)
        switch (form, value) {
        case (_, .null): return .empty
        // Larger numbers are no whole ones in Excel.
        case (.number, .integer(let number)) where abs(number) < 1_000_000_000_000_000:
            return .number(Double(number), form)
        case (.date, .text(let text)):
            if let number = CalendarDate(text).flatMap(SerialDate.number) { return .number(number, form) }
        case (.time, .text(let text)):
            let parts = text.split(separator: ":").compactMap { Double($0) }
            // The end of the day, 24:00, is the next day's beginning in Excel.
            if parts.count == 2, parts[0] < 24 { return .number((parts[0] * 60 + parts[1]) / 1440, form) }
        case (.instant, .integer(let milliseconds)) where milliseconds % 1000 == 0 && milliseconds >= 0:
            return .number(Double(milliseconds / 1000 + 8 * 3600) / 86_400 + 25_569, form)
        default: break
        }
        let text = column.text(of: value, names: names)
        return text.isEmpty ? .empty : .text(text)
    }

    /// One sheet that is being written, line by line.
    private struct Writer {
        private let sheet: UnsafeMutablePointer<lxw_worksheet>
        private let heading: UnsafeMutablePointer<lxw_format>?
        private let forms: [Form: UnsafeMutablePointer<lxw_format>]
        private var line: UInt32 = 0
        private(set) var fault: lxw_error?

        init(_ book: UnsafeMutablePointer<lxw_workbook>, _ sheet: UnsafeMutablePointer<lxw_worksheet>) {
            self.sheet = sheet
            heading = workbook_add_format(book)
            format_set_bold(heading)
            format_set_bottom(heading, UInt8(LXW_BORDER_THIN.rawValue))
            var forms: [Form: UnsafeMutablePointer<lxw_format>] = [:]
            for form in Form.allCases {
                let format = workbook_add_format(book)
                format_set_num_format(format, form.code)
                forms[form] = format
            }
            self.forms = forms
        }

        private static let (widthMin, widthMax) = (8, 48)

        /// Sets the columns up and writes their headings.
        mutating func columns(_ titles: [String], forms: [Form], widths rows: [[Cell]]) {
            worksheet_freeze_panes(sheet, 1, 0)
            for (index, title) in titles.enumerated() {
                let widest = rows.prefix(1_000).map { $0[index].width }.max() ?? 0
                let width = min(max(widest, Cell.text(title).width, Self.widthMin), Self.widthMax) + 2
                worksheet_set_column(
                    sheet, UInt16(index), UInt16(index), Double(width), self.forms[forms[index]] ?? nil)
            }
            for (index, title) in titles.enumerated() {
                keep(worksheet_write_string(sheet, line, UInt16(index), title, heading))
            }
            line += 1
        }

        mutating func add(_ cells: [Cell]) {
            for (index, cell) in cells.enumerated() {
                switch cell {
                case .empty: break
                case .text(let text):
                    keep(
                        worksheet_write_string(sheet, line, UInt16(index), CellText.escaped(text), forms[.text] ?? nil))
                case .number(let number, let form):
                    keep(worksheet_write_number(sheet, line, UInt16(index), number, forms[form] ?? nil))
                }
            }
            line += 1
        }

        private mutating func keep(_ code: lxw_error) { if code != LXW_NO_ERROR, fault == nil { fault = code } }
    }
}
