/// Columns of text for a terminal, Chinese characters counted as two.
struct TextTable {
    private var rows: [[String]]

    init(_ heading: [String]) { rows = [heading] }

    mutating func add(_ row: [String]) { rows.append(row) }

    /// The widest that a column gets, in terminal cells.
    private static let widthMax = 36

    func text() -> String {
        let cells = rows.map { $0.map(Self.shortened) }
        let widths = (cells.first ?? []).indices.map { column in cells.map { Self.width($0[column]) }.max() ?? 0 }
        return cells.map { row in
            var line = ""
            for (cell, width) in zip(row, widths) {
                line += cell + String(repeating: " ", count: width - Self.width(cell) + 2)
            }
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }

    private static func shortened(_ whole: String) -> String {
        let text = harmless(whole)
        guard width(text) > widthMax else { return text }
        var short = ""
        for character in text where width(short) < widthMax - 1 { short.append(character) }
        return short + "…"
    }

    /// Without control characters: what others wrote must not steer the terminal of who reads it.
    private static func harmless(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var harmless = ""
        for scalar in text.unicodeScalars { harmless.unicodeScalars.append(isControl(scalar) ? "\u{FFFD}" : scalar) }
        return harmless
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    }

    private static func width(_ text: String) -> Int {
        text.unicodeScalars.reduce(0) { $0 + ($1.value >= 0x1100 && isWide($1.value) ? 2 : 1) }
    }

    private static func isWide(_ scalar: UInt32) -> Bool {
        (0x1100...0x115F).contains(scalar) || (0x2E80...0xA4CF).contains(scalar) || (0xAC00...0xD7A3).contains(scalar)
            || (0xF900...0xFAFF).contains(scalar) || (0xFE30...0xFE6F).contains(scalar)
            || (0xFF00...0xFF60).contains(scalar)
            || (0xFFE0...0xFFE6).contains(scalar) || (0x1F300...0x1FAFF).contains(scalar)
            || (0x20000...0x3FFFD).contains(scalar)
    }
}
