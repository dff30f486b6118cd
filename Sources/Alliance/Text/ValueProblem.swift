/// Why a typed text is no value of its column, and what to do about it.
public struct ValueProblem: Error, Hashable, Sendable {
    public let what: Phrase
    public let remedy: Phrase

    /// Both, one after the other.
    public var phrase: Phrase { what.followed(by: remedy) }

    public init(what: Phrase, remedy: Phrase) {
        self.what = what
        self.remedy = remedy
    }
}

// MARK: What can be wrong

extension ValueProblem {
    static func tooLong(_ length: Int, max: Int) -> ValueProblem {
        ValueProblem(
            what: Phrase("有 \(length) 个字，最多 \(max) 个", "It has \(length) characters; at most \(max) fit"),
            remedy: Phrase("请缩短到 \(max) 个字以内。", "Shorten it to \(max) characters."))
    }

    static func control(_ scalar: Unicode.Scalar) -> ValueProblem {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        let code = "U+" + String(repeating: "0", count: 4 - digits.count) + digits
        return ValueProblem(
            what: Phrase("含有看不见的控制字符 \(code)", "It contains the invisible control character \(code)"),
            remedy: Phrase("请删除该字符，或重新手工输入这一项。", "Delete that character, or type the value anew by hand."))
    }

    static func scientific(_ text: String) -> ValueProblem {
        ValueProblem(
            what: Phrase("「\(text)」是 Excel 改写过的科学计数，原来的数字已丢失", "“\(text)” is Excel's short form; the digits are lost"),
            remedy: Phrase(
                "请在 Excel 中把该列设为“文本”格式，重新填写后再导出。",
                "Set the column to the format Text in Excel, enter it again, export again."))
    }

    static func formulaError(_ text: String) -> ValueProblem {
        ValueProblem(
            what: Phrase(
                "「\(text)」是 Excel 公式出错的标记，不是值", "“\(text)” is the mark of a failed Excel formula, not a value"),
            remedy: Phrase("请在 Excel 中改正公式，或填写实际的值。", "Mend the formula in Excel, or enter the value itself."))
    }

    static func notInteger(_ text: String) -> ValueProblem {
        ValueProblem(
            what: Phrase("「\(text.shown)」不是整数", "“\(text.shown)” is not a whole number"),
            remedy: Phrase("请只填数字，不带单位和小数，如 45。", "Write digits only, without unit or fraction, such as 45."))
    }

    static func outOfRange(_ text: String, _ range: ClosedRange<Int64>) -> ValueProblem {
        let (low, high) = (range.lowerBound, range.upperBound)
        return ValueProblem(
            what: Phrase("「\(text.shown)」超出范围 \(low) 至 \(high)", "“\(text.shown)” is not between \(low) and \(high)"),
            remedy: Phrase("请填 \(low) 至 \(high) 之间的整数。", "Write a whole number from \(low) to \(high)."))
    }

    static func notBoolean(_ text: String) -> ValueProblem {
        ValueProblem(
            what: Phrase("「\(text.shown)」既不是“是”也不是“否”", "“\(text.shown)” is neither yes nor no"),
            remedy: Phrase("请填“是”或“否”。", "Write 是 (yes) or 否 (no)."))
    }

    static func notChoice(_ text: String, _ choices: [ColumnType.Choice]) -> ValueProblem {
        let zh = choices.map(\.title.zh).joined(separator: "、")
        let en = choices.map(\.title.en).joined(separator: ", ")
        return ValueProblem(
            what: Phrase("没有「\(text.shown)」这一选项", "There is no choice “\(text.shown)”"),
            remedy: Phrase("请从中选一：\(zh)。", "Choose one of: \(en)."))
    }

    static func notBytes(_ text: String) -> ValueProblem {
        ValueProblem(
            what: Phrase("「\(text.shown)」不是十六进制数据", "“\(text.shown)” is not hexadecimal"),
            remedy: Phrase(
                "请填 0x 开头的偶数个十六进制数字，如 0x0aff。", "Write 0x and an even number of hexadecimal digits, such as 0x0aff."))
    }

    static func tooManyBytes(_ count: Int, max: Int) -> ValueProblem {
        ValueProblem(
            what: Phrase("有 \(count) 个字节，最多 \(max) 个", "It has \(count) bytes; at most \(max) fit"),
            remedy: Phrase("请缩短到 \(max) 个字节以内。", "Shorten it to \(max) bytes."))
    }
}
