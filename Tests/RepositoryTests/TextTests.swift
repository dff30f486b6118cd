import Foundation
import Testing

/// Every text of the program stands in Chinese and in English.
@Suite struct TextTests {
    /// The two languages of each text that a source writes out; a dot stands for what is put in.
    static func phrases(in source: String) -> [(zh: String, en: String)] {
        let literal = #""((?:[^"\\]|\\.)*)""#
        guard let pattern = try? Regex(#"Phrase\(\s*"# + literal + #"\s*,\s*"# + literal + #"\s*\)"#) else { return [] }
        return source.matches(of: pattern).map { match in
            (bare(String(match.output[1].substring ?? "")), bare(String(match.output[2].substring ?? "")))
        }
    }

    /// A literal, with a dot for each thing that is put into it.
    private static func bare(_ literal: String) -> String {
        var (result, depth) = ("", 0)
        var before: Character?
        for letter in literal {
            if depth > 0 {
                depth += letter == "(" ? 1 : letter == ")" ? -1 : 0
            } else if before == "\\", letter == "(" {
                result.removeLast()
                result.append("·")
                depth = 1
            } else {
                result.append(letter)
            }
            before = letter
        }
        return result
    }

    static func isHan(_ letter: Character) -> Bool {
        letter.unicodeScalars.allSatisfy { (0x3400...0x9FFF).contains($0.value) }
    }

    /// Words that people type, or see, in Chinese whatever language they read.
    private static let typed: Set<Character> = ["是", "否", "无"]

    /// What is missing from a text; `nil` if nothing is.
    static func fault(_ zh: String, _ en: String) -> String? {
        let (hasZh, hasEn) = (zh.contains { $0.isLetter }, en.contains { $0.isLetter })
        if hasEn, zh.filter({ !$0.isWhitespace }).isEmpty { return "no Chinese" }
        if zh.contains(where: isHan), en.filter({ !$0.isWhitespace }).isEmpty, zh.filter(isHan).count > 1 {
            return "no English"
        }
        if en.contains(where: { isHan($0) && !typed.contains($0) }) { return "Chinese in the English text" }
        // A name such as HTTP is the same in both.
        if hasZh, hasEn, !zh.contains(where: isHan), zh != zh.uppercased() { return "no Chinese" }
        return nil
    }

    @Test func `every text stands in both languages`() throws {
        var count = 0
        for file in try Repository.files()
        where file.hasPrefix("Sources/") && file.hasSuffix(".swift") && !file.hasPrefix("Sources/Simulation/") {
            for (zh, en) in Self.phrases(in: try Repository.text(file)) {
                count += 1
                if let fault = Self.fault(zh, en) { Issue.record("\(file): “\(zh)”, “\(en)”: \(fault)") }
            }
        }
        #expect(count > 1_000, "the texts were not found")
    }

    @Test(arguments: [
        #"Phrase("", "Save")"#, #"Phrase("保存", "")"#, #"Phrase("保存", "保存")"#, #"Phrase("Save it", "Save it")"#,
        #"Phrase("共 \(count) 行", "共 \(count) rows")"#,
        #"Phrase(\#n    "保存它",\#n    "")"#,
    ])
    func `a text that lacks a language would be noticed`(source: String) {
        let found = Self.phrases(in: source)
        #expect(found.count == 1)
        #expect(found.allSatisfy { Self.fault($0.zh, $0.en) != nil })
    }

    @Test(arguments: [
        #"Phrase("保存", "Save")"#, #"Phrase("HTTP \(status)", "HTTP \(status)")"#, #"Phrase("：", ": ")"#,
        #"Phrase("请填“是”或“否”。", "Write 是 (yes) or 否 (no).")"#, #"Phrase("\(name.zh) \(day)", "\(name.en), \(day)")"#,
    ])
    func `a whole text is none of its business`(source: String) {
        #expect(
            Self.phrases(in: source).count == 1
                && Self.phrases(in: source).allSatisfy { Self.fault($0.zh, $0.en) == nil })
    }
}
