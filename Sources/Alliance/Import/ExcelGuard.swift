/// The guards that keep a spreadsheet program from running or rewriting a cell, put on by the export, taken off by the
/// import.
///
/// - `'=cmd`: an apostrophe before text that a spreadsheet would run as a formula, and before text with white space at
///   its ends. What follows is the value to the letter.
/// - `="00123"`: a formula that yields its own text, for what Excel would turn into another number or a date: leading
///   zeros, long numbers, `1-2`. Programs other than ours export it too.
///
/// A text needs the apostrophe if it starts with a formula sign or blank, or ends with a blank, *apostrophes at its start
/// not counted*. Putting one more before it does not change whether it needs one, so a cell that needs one has one to
/// take off, and each text has exactly one guarded form.
enum ExcelGuard {
    /// What a cell holds without its guard.
    enum Content: Hashable {
        /// As typed: white space at its ends means nothing.
        case typed(String)
        /// To the letter.
        case verbatim(String)
    }

    /// The cell that stands for a text.
    static func cell(for text: String) -> String {
        if needsApostrophe(text) { return "'" + text }
        return looksNumeric(text) ? "=\"\(text)\"" : text
    }

    /// What stands in a cell.
    static func content(of cell: String) -> Content {
        if cell.utf8.first == apostrophe {
            let rest = String(cell.unicodeScalars.dropFirst())
            return needsApostrophe(rest) ? .verbatim(rest) : .typed(cell)
        }
        return .typed(formulaText(cell) ?? cell)
    }

    private static let apostrophe = UInt8(ascii: "'")

    /// The signs of a formula, the full-width ones too, which some versions of Excel take for them.
    private static let formulaSigns = Set("=+-@＝＋－＠".unicodeScalars)

    private static func needsApostrophe(_ text: String) -> Bool {
        let rest = text.unicodeScalars.drop { $0 == "'" }
        guard let first = rest.first, let last = rest.last else { return false }
        return formulaSigns.contains(first) || first.isBlank || last.isBlank
    }

    /// Whether Excel would take a text for a number or date that it then shows otherwise.
    private static func looksNumeric(_ text: String) -> Bool {
        guard let first = text.utf8.first, (48...57).contains(first) || first == UInt8(ascii: ".") else { return false }
        guard text.utf8.allSatisfy({ (48...57).contains($0) || numericSigns.contains($0) }) else { return false }
        let isPlain = text.isDigits && text.utf8.count <= plainDigitsMax && (first != UInt8(ascii: "0") || text == "0")
        return !isPlain
    }

    private static let numericSigns = Set(".,:/-+eE% ".utf8)
    /// Excel shows longer numbers as 1.38E+11.
    private static let plainDigitsMax = 11

    /// The text inside `="…"`; `nil` for any other formula.
    private static func formulaText(_ cell: String) -> String? {
        let cell = cell.trimmed
        guard cell.hasPrefix("=\""), cell.hasSuffix("\""), cell.utf8.count >= 3 else { return nil }
        let inner = cell.dropFirst(2).dropLast()
        let parts = inner.split(separator: "\"\"", omittingEmptySubsequences: false)
        return parts.contains { $0.contains("\"") } ? nil : parts.joined(separator: "\"")
    }
}
