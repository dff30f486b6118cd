/// What a number's format makes of it, as far as an import has to know.
enum NumberFormat: Hashable {
    case plain
    /// A number with zeros before it: 00123.
    case zeros(Int)
    case date
    case time
    case dateAndTime

    /// Formats that have a number and no code: dates of all countries, those of China among them.
    init(builtIn number: Int) {
        switch number {
        case 14...17, 27...31, 36, 50...54, 57, 58: self = .date
        case 18...21, 32...35, 45...47, 55, 56: self = .time
        case 22: self = .dateAndTime
        default: self = .plain
        }
    }

    /// - Parameter code: `yyyy"年"m"月"d"日"`, `00000`, `[h]:mm`.
    init(code: String) {
        let first = code.prefix { $0 != ";" }
        if first.utf8.count >= 2, first.utf8.allSatisfy({ $0 == UInt8(ascii: "0") }) {
            self = .zeros(first.utf8.count)
            return
        }
        let letters = Self.letters(String(first).lowercased())
        guard !letters.contains("general") else {
            self = .plain
            return
        }
        let hasDate = letters.contains { "yd".contains($0) }
        let hasTime = letters.contains { "hs".contains($0) }
        switch (hasDate, hasTime) {
        case (true, true): self = .dateAndTime
        case (true, false): self = .date
        case (false, true): self = .time
        // Months alone, unless they are minutes.
        case (false, false): self = letters.contains("m") ? .date : .plain
        }
    }

    /// A code without what stands in quotes or brackets, but `[h]`, or behind a backslash.
    private static func letters(_ code: String) -> String {
        var kept = ""
        var (isQuoted, isEscaped) = (false, false)
        var bracket: String?
        for letter in code {
            if isEscaped {
                isEscaped = false
            } else if letter == "\"" {
                isQuoted.toggle()
            } else if isQuoted {
                continue
            } else if let inside = bracket {
                bracket = letter == "]" ? nil : inside + String(letter)
                if letter == "]", ["h", "hh", "m", "mm", "s", "ss"].contains(inside) { kept += inside }
            } else if letter == "[" {
                bracket = ""
            } else if letter == "\\" || letter == "_" || letter == "*" {
                isEscaped = true
            } else {
                kept.append(letter)
            }
        }
        return kept
    }
}
