public import CRDT

/// Writes rows as a CSV file that Excel opens as it is and that an import reads back unchanged.
///
/// UTF-8 with a byte order mark, CRLF, Chinese headings, cells quoted where RFC 4180 asks for it. Text that a spreadsheet
/// would run or rewrite is guarded: `'=cmd`, `="00123"` (see `ExcelGuard`); the import takes the guards off.
public enum CSVFile {
    /// The rows of a table, one line each in the order given, under all its columns; tables whose rows have various
    /// owners begin with 所属单位.
    ///
    /// Cells that nobody has written are empty, and so read back as null.
    public static func csv(table: Table, rows: some Sequence<RowState>, names: Names) -> [UInt8] {
        let hasOwner = table.ownership != .secretariat
        var lines = [(hasOwner ? ["所属单位"] : []) + table.columns.map(\.title.zh)]
        for row in rows {
            let owner = hasOwner ? [ExcelGuard.cell(for: names.text(of: row.key.owner))] : []
            lines.append(owner + table.columns.map { cell(row[$0.id]?.value ?? .null, of: $0, names: names) })
        }
        return bytes(of: lines)
    }

    /// A file of lines of text that is no table's: every cell guarded.
    public static func csv(texts lines: [[String]]) -> [UInt8] {
        bytes(of: lines.map { $0.map(ExcelGuard.cell(for:)) })
    }

    /// A file of these lines.
    static func bytes(of lines: [[String]]) -> [UInt8] { TextEncoding.utf8.mark + text(of: lines).utf8 }

    static func text(of lines: [[String]]) -> String { lines.map(line).joined() }

    private static func cell(_ value: Value, of column: Column, names: Names) -> String {
        let text = column.text(of: value, names: names)
        switch column.type {
        case .integer, .boolean, .date, .time, .instant: return text
        case .text, .choice, .reference, .member, .members, .bytes: return ExcelGuard.cell(for: text)
        }
    }

    private static func line(_ cells: [String]) -> String {
        cells.map(quotedIfNeeded).joined(separator: ",") + "\r\n"
    }

    private static func quotedIfNeeded(_ cell: String) -> String {
        let needsQuotes = cell.utf8.contains { $0 == 0x22 || Lines.isEnd($0) || Separator(rawValue: $0) != nil }
        guard needsQuotes else { return cell }
        let doubled = cell.unicodeScalars.reduce(into: String.UnicodeScalarView()) { text, scalar in
            text.append(scalar)
            if scalar == "\"" { text.append(scalar) }
        }
        return "\"\(String(doubled))\""
    }
}
