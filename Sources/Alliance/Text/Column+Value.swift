public import CRDT

extension Column {
    /// Reads a value as people type it.
    ///
    ///     hours.value(from: "１２", names: names)      // .integer(12)
    ///     open.value(from: "√", names: names)         // .integer(1)
    ///     staffNo.value(from: " 00123", names: names) // .text("00123")
    ///
    /// White space at the ends is dropped (U+3000 and NBSP too); what is empty then is `.null`. Apart from that, text
    /// is kept exactly: leading zeros, width, rare characters, line breaks. Full-width digits and letters are read as
    /// ordinary ones where a number, date, choice or id is meant, and where a name is found in no other way.
    /// - Throws: what is wrong with it, and what to do.
    public func value(from text: String, names: Names) throws(ValueProblem) -> Value {
        let text = text.trimmed
        guard !text.isEmpty else { return .null }
        if Self.formulaErrors.contains(text) { throw .formulaError(text) }
        switch type {
        case .text(let max): return try Self.text(text, max: max)
        case .integer(let range): return .integer(try Self.integer(text, in: range))
        case .boolean: return .integer(try Self.boolean(text) ? 1 : 0)
        case .date: return .text(try CalendarDate(typed: text).description)
        case .time: return .text(try WallTime(typed: text).description)
        case .instant: return .integer(try ChinaTime.milliseconds(typed: text))
        case .choice(let choices): return .text(try Self.choice(text, of: choices))
        case .reference(let table): return .bytes(try names.row(text, of: table, title: title).bytes)
        case .member: return .bytes(try names.member(text).bytes)
        case .members: return .bytes(try names.members(in: text).flatMap(\.bytes))
        case .bytes(let max): return .bytes(try Self.bytes(text, max: max))
        }
    }

    private static let formulaErrors: Set<String> = [
        "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!",
    ]

    /// Takes text as it is: at most `max` scalars, no control characters but tab and line breaks.
    static func text(_ text: String, max: Int) throws(ValueProblem) -> Value {
        if isScientific(text) { throw .scientific(text) }
        for scalar in text.unicodeScalars where scalar.isControl { throw .control(scalar) }
        let length = text.unicodeScalars.count
        guard length <= max else { throw .tooLong(length, max: max) }
        return .text(text)
    }

    /// Whether it is what Excel makes of a long number: `1.38E+10`.
    private static func isScientific(_ text: String) -> Bool {
        guard text.utf8.count <= 24, let mark = text.firstIndex(of: "E") else { return false }
        let (mantissa, exponent) = (text[..<mark], text[mark...].dropFirst())
        guard exponent.first == "+", String(exponent.dropFirst()).isDigits, exponent.utf8.count >= 3 else {
            return false
        }
        let parts = mantissa.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count <= 2 && parts[0].utf8.count == 1 && parts.allSatisfy { String($0).isDigits }
    }

    /// A whole number; thousands separators in their places and a fraction of zeros are allowed.
    private static func integer(_ text: String, in range: ClosedRange<Int64>) throws(ValueProblem) -> Int64 {
        let plain = text.halfWidth
        if isScientific(plain) { throw .scientific(plain) }
        var rest = plain[...]
        let negative = rest.first == "-" || rest.first == "\u{2212}"
        if negative || rest.first == "+" { rest = rest.dropFirst() }
        let parts = rest.split(separator: ".", omittingEmptySubsequences: false)
        let groups = (parts.first ?? "").split(separator: ",", omittingEmptySubsequences: false)
        let grouped =
            groups.count == 1 || (groups[0].utf8.count <= 3 && groups.dropFirst().allSatisfy { $0.utf8.count == 3 })
        let whole = parts.count < 2 || (parts.count == 2 && !parts[1].isEmpty && parts[1].utf8.allSatisfy { $0 == 48 })
        guard whole, grouped, groups.allSatisfy({ String($0).isDigits }) else { throw .notInteger(text) }
        guard let number = Int64((negative ? "-" : "") + groups.joined()), range.contains(number) else {
            throw .outOfRange(text, range)
        }
        return number
    }

    private static func boolean(_ text: String) throws(ValueProblem) -> Bool {
        switch text.folded {
        case "是", "有", "对", "√", "✓", "✔", "yes", "y", "true", "1": return true
        case "否", "无", "错", "×", "✗", "✘", "no", "n", "false", "0": return false
        default: throw .notBoolean(text)
        }
    }

    /// The code of the choice that has this code, or else this title in Chinese or English.
    private static func choice(_ text: String, of choices: [ColumnType.Choice]) throws(ValueProblem) -> String {
        if let exact = choices.first(where: { $0.code == text || $0.title.zh == text }) { return exact.code }
        let folded = text.folded
        let found =
            choices.first { $0.code.folded == folded } ?? choices.first { $0.title.zh.folded == folded }
            ?? choices.first { $0.title.en.folded == folded }
        guard let found else { throw .notChoice(text, choices) }
        return found.code
    }

    /// Bytes in hexadecimal, `0x` before them or not.
    private static func bytes(_ text: String, max: Int) throws(ValueProblem) -> [UInt8] {
        let plain = text.folded
        let digits = (plain.hasPrefix("0x") ? plain.dropFirst(2) : plain[...]).utf8.map { unit -> UInt8? in
            switch unit {
            case 48...57: unit - 48
            case 97...102: unit - 87
            default: nil
            }
        }
        guard digits.count.isMultiple(of: 2), !digits.contains(nil) else { throw .notBytes(text) }
        let nibbles = digits.compactMap { $0 }
        guard nibbles.count / 2 <= max else { throw .tooManyBytes(nibbles.count / 2, max: max) }
        return stride(from: 0, to: nibbles.count, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] }
    }
}
