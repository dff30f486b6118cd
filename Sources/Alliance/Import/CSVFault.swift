/// A place where a file breaks the grammar of RFC 4180.
struct CSVFault: Hashable {
    /// Counted from 1.
    let line: Int
    /// The character of that line, counted from 1 in Unicode scalars.
    let character: Int
    let kind: Kind
    /// The cell's text as far as it was read.
    let text: String

    enum Kind: Hashable {
        case quoteNotClosed
        case textAfterQuote
        case cellTooLong
    }

    var what: Phrase {
        switch kind {
        case .quoteNotClosed:
            Phrase(
                "第 \(line) 行第 \(character) 个字符处的引号直到文件末尾都没有闭合",
                "The quote opened at line \(line), character \(character), is never closed")
        case .textAfterQuote:
            Phrase(
                "第 \(line) 行第 \(character) 个字符处，闭合引号之后还有文字",
                "At line \(line), character \(character), text follows a closing quote")
        case .cellTooLong:
            Phrase(
                "第 \(line) 行第 \(character) 个字符开始的单元格超过 \(ImportLimits.cellSizeMax >> 10) KiB",
                "The cell at line \(line), character \(character), is longer than \(ImportLimits.cellSizeMax >> 10) KiB"
            )
        }
    }

    var remedy: Phrase {
        switch kind {
        case .quoteNotClosed:
            Phrase("请在该单元格末尾补上引号。", "Close the quote at the end of that cell.")
        case .textAfterQuote:
            Phrase(
                "请删去多余的引号；单元格内的引号要写成两个（\"\"）。", "Remove the stray quote; a quote inside a cell is written twice (\"\")."
            )
        case .cellTooLong:
            Phrase(
                "请缩短该单元格；若内容本不该这么长，请检查前面的引号。",
                "Shorten the cell; if it should not be that long, look for a stray quote before it.")
        }
    }
}
