import Testing

@testable import Alliance

@Suite struct ParserTests {
    private func records(_ text: String, _ separator: Separator = .comma) -> [[String]] {
        parse(text, separator).map { $0.cells.map(\.text) }
    }

    private func parse(_ text: String, _ separator: Separator = .comma) -> [CSVParser.Record] {
        var parser = CSVParser([UInt8](text.utf8), separator: separator)
        var records: [CSVParser.Record] = []
        while let record = parser.next() { records.append(record) }
        return records
    }

    private func utf8(_ records: [[String]]) -> [[[UInt8]]] { records.map { $0.map { [UInt8]($0.utf8) } } }

    @Test func `line ends may be mixed, and the last one may be missing`() {
        #expect(records("a,b\nc,d\re,f\r\n\r\n\n\rg,h") == [["a", "b"], ["c", "d"], ["e", "f"], ["g", "h"]])
        #expect(parse("a\n\r\n\rb\r\nc").map(\.line) == [1, 4, 5])
        #expect(records("") == [])
        #expect(records("\n\r\n") == [])
        #expect(records("a,") == [["a", ""]])
        #expect(records(",") == [["", ""]])
    }

    @Test func `quoted cells hold separators, quotes and line breaks as they are`() {
        let text = "\"a,b\",\"c\"\"d\",\"e\nf\r\ng\rh\",\"\"\nx\"y,z\"\"\n"
        #expect(utf8(records(text)) == utf8([["a,b", "c\"d", "e\nf\r\ng\rh", ""], ["x\"y", "z\"\""]]))
        #expect(parse(text).map(\.line) == [1, 5])
    }

    @Test(arguments: [Separator.comma, .tab, .semicolon])
    func `what is written is read back, with every separator`(separator: Separator) {
        let mark = String(Unicode.Scalar(separator.rawValue))
        #expect(records("a\(mark)\"b\(mark)c\"\(mark)\r\n", separator) == [["a", "b\(mark)c", ""]])
        let lines = [["a,b;c\td", "\"", "\r\n", "", "𠮷\r", "e\u{301}"], ["", ",", "x y", "\"\"", "\n", ";"]]
        #expect(utf8(records(CSVFile.text(of: lines))) == utf8(lines))
    }

    @Test func `a quote that is never closed names where it opened, and reading goes on`() {
        let found = parse("a,b\n王,\"x\ny,\"\"\nz,w\n")
        #expect(found[1].faults.map(\.kind) == [.quoteNotClosed])
        #expect(found[1].faults[0].line == 2 && found[1].faults[0].character == 3)
        #expect(found.map(\.line) == [1, 2, 3, 4])
        #expect(found[3].cells.map(\.text) == ["z", "w"])
    }

    @Test func `text after a closing quote names where it starts`() {
        let found = parse("a,b\n\"一\n二\"三,c\nd,e")
        #expect(found.map(\.line) == [1, 2, 4])
        #expect(found[1].faults.map(\.kind) == [.textAfterQuote])
        #expect(found[1].faults[0].line == 3 && found[1].faults[0].character == 3)
        #expect(found[1].cells.count == 2)
        #expect(found[2].faults == [])
    }

    @Test func `cells have a limit, quoted or not`() {
        let max = ImportLimits.cellSizeMax
        for (size, faults) in [(max, []), (max + 1, [.cellTooLong])] as [(Int, [CSVFault.Kind])] {
            let long = String(repeating: "x", count: size)
            #expect(parse("a,\(long)").flatMap(\.faults).map(\.kind) == faults)
            #expect(parse("a,\"\(long)\"").flatMap(\.faults).map(\.kind) == faults)
        }
    }

    @Test func `many quotes that are never closed take linear time`() {
        let text =
            String(repeating: "\"\"\"\"x,\"\"\n", count: 50_000) + "\"" + String(repeating: "\"\"\n", count: 100_000)
        #expect(parse(text).count > 100_000)
    }

    @Test func `the separator is the most frequent one outside quotes in the heading line`() {
        #expect(Separator.found(in: Array("a,b;c;d".utf8)[...]) == .semicolon)
        #expect(Separator.found(in: Array("\"a;b;c\",d".utf8)[...]) == .comma)
        #expect(Separator.found(in: Array("a\tb,c\td".utf8)[...]) == .tab)
        #expect(Separator.found(in: Array("标题\r\n\r\na\tb".utf8)[...]) == .tab)
        #expect(Separator.found(in: Array("标题".utf8)[...]) == .comma)
        #expect(Separator.found(in: []) == .comma)
    }
}
