import Alliance
import CRDT
import Testing

@testable import Sheets

/// Workbooks as they come: from Excel and WPS, from other programs, and from somebody who means harm.
@Suite(.timeLimit(.minutes(3))) struct WorkbookTests {
    private let table = Schema.current["teacher"]!

    private func plan(_ workbook: TestWorkbook) throws(ImportError) -> ImportPlan {
        try Workbook.plan(workbook.file, into: table, names: .none)
    }

    private func code(_ workbook: TestWorkbook) -> ImportError.Code? {
        do throws(ImportError) {
            _ = try plan(workbook)
            return nil
        } catch { return error.code }
    }

    private func text(_ plan: ImportPlan, _ row: Int, _ heading: String) -> String {
        guard let column = plan.mapping.first(where: { $0.heading == heading })?.column else { return "?" }
        return column.text(of: plan.rows[row].values[column.id] ?? .null, names: .none)
    }

    private let heads = TestWorkbook.row(1, "工号|姓名|备注")

    // MARK: What cells hold

    @Test func `texts, numbers and dates are what a person sees`() throws {
        var book = TestWorkbook(
            """
            \(heads)<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c><c r="C2" s="1"><v>45983</v></c></row>\
            <row r="3"><c r="A3" s="2"><v>124</v></c><c r="B3" t="inlineStr"><is><r><t>李</t></r><r><t>明</t></r></is></c>\
            <c r="C3" s="3"><v>45983.354166666664</v></c></row>\
            <row r="4"><c r="A4" t="str"><f>B4</f><v>007</v></c><c r="B4" t="s"><v>1</v></c><c r="C4"><v>0.30000000000000004</v></c></row>\
            <row r="5"><c r="A5"><v>45</v></c><c r="B5" t="s"><v>1</v></c><c r="C5" t="b"><v>1</v></c></row></sheetData>
            """)
        book.strings = ["<t>00123</t>", "<r><t>王</t></r><r><t>芳</t></r><rPh><t>wang</t></rPh>"]
        let plan = try plan(book)
        #expect(plan.problems == [] && plan.sheet == "教师" && plan.encoding == nil)
        #expect((0..<4).map { text(plan, $0, "工号") } == ["00123", "00124", "007", "45"])
        #expect(text(plan, 0, "工号") == "00123" && text(plan, 0, "姓名") == "王芳" && text(plan, 0, "备注") == "2025-11-22")
        #expect(text(plan, 1, "姓名") == "李明" && text(plan, 1, "备注") == "2025-11-22 08:30")
        #expect(text(plan, 2, "工号") == "007" && text(plan, 2, "备注") == "0.3")
        #expect(text(plan, 3, "备注") == "是")
        #expect(plan.rows.map(\.line) == [2, 3, 4, 5])
    }

    @Test func `a code that is a number is said to have lost its zeros, if it had any`() throws {
        let numbers = (2...4).map {
            "<row r=\"\($0)\"><c r=\"A\($0)\"><v>\($0)</v></c><c r=\"B\($0)\" t=\"inlineStr\"><is><t>王</t></is></c></row>"
        }
        let plan = try plan(TestWorkbook("\(heads)\(numbers.joined())</sheetData>"))
        #expect(plan.problemCount == 0 && plan.rows.count == 3)
        #expect(
            plan.notices.count == 1 && plan.notices.first?.en.contains("3 cells under “工号”") == true
                && plan.notices.first?.en.contains("row 2: 2") == true)
        #expect(try self.plan(TestWorkbook("\(heads)\(TestWorkbook.row(2, "007|王|"))</sheetData>")).notices == [])
    }

    @Test(arguments: [
        ("<c r=\"A2\"><v>123456789012345678</v></c>", "15"), ("<c r=\"A2\"><f>B2</f></c>", "formula"),
        ("<c r=\"A2\" s=\"1\"><v>-3</v></c>", "date"), ("<c r=\"A2\" t=\"e\"><v>#N/A</v></c>", "#N/A"),
    ])
    func `what can't be taken is a problem of its row`(cell: String, word: String) throws {
        let name = "<c r=\"B2\" t=\"inlineStr\"><is><t>王</t></is></c>"
        let plan = try plan(
            TestWorkbook("\(heads)<row r=\"2\">\(cell)\(name)</row>\(TestWorkbook.row(3, "8|李|"))</sheetData>"))
        #expect(plan.problemCount == 1 && plan.rows.count == 1)
        let problem = try #require(plan.problems.first)
        #expect(problem.line == 2 && problem.column == "工号")
        #expect(problem.phrase.en.contains(word), "\(problem.phrase.en)")
    }

    @Test func `merged cells below the headings are named where they are read, a merged title is not`() throws {
        let rows =
            "\(TestWorkbook.row(1, "某校师资表"))\(TestWorkbook.row(2, "工号|姓名|备注"))\(TestWorkbook.row(3, "1|王|x"))\(TestWorkbook.row(4, "2|李|"))"
        let merged = "<mergeCells><mergeCell ref=\"A1:C1\"/><mergeCell ref=\"C3:C4\"/></mergeCells>"
        let plan = try plan(TestWorkbook("\(rows)</sheetData>\(merged)"))
        #expect(plan.problemCount == 1)
        #expect(plan.problems.first?.value == "C3:C4" && plan.problems.first?.line == 3)
        // A column that means nothing here, one that somebody left out, and what is to the right of all headings.
        let heads = TestWorkbook.row(1, "工号|姓名|备注|组别")
        let people = "\(TestWorkbook.row(2, "1|王|x|甲"))\(TestWorkbook.row(3, "2|李||"))"
        func problems(_ areas: [String]) throws -> [String] {
            let merged = areas.map { "<mergeCell ref=\"\($0)\"/>" }.joined()
            let file = TestWorkbook("\(heads)\(people)</sheetData><mergeCells>\(merged)</mergeCells>").file
            return try Workbook.plan(file, into: table, chosen: ["备注": ""], names: .none).problems.map(\.value)
        }
        #expect(try problems(["C2:C3", "D2:D3", "E2:F3"]) == [])
        #expect(try problems(["B2:B3", "D2:D3"]) == ["B2:B3"])
        #expect(try problems(["B2:D2"]) == ["B2:D2"])
    }

    @Test func `the first visible sheet that holds anything is read, and the others are named`() throws {
        var book = TestWorkbook("</sheetData>")
        book.book = """
            <workbook xmlns:r="r"><workbookPr date1904="1"/><sheets><sheet name="藏" state="hidden" r:id="rId1"/><sheet name="空" r:id="rId1"/>\
            <sheet name="教师" r:id="rId2"/><sheet name="说明" r:id="rId1"/></sheets></workbook>
            """
        book.extra = [
            ZipWriter.Part(
                "xl/worksheets/sheet2.xml",
                "<x:worksheet xmlns:x=\"x\"><x:sheetData><x:row><x:c t=\"inlineStr\"><x:is><x:t>工号</x:t></x:is></x:c><x:c t=\"inlineStr\"><x:is><x:t>姓名</x:t></x:is></x:c><x:c t=\"inlineStr\"><x:is><x:t>备注</x:t></x:is></x:c></x:row><x:row><x:c t=\"inlineStr\"><x:is><x:t>1</x:t></x:is></x:c><x:c t=\"inlineStr\"><x:is><x:t>王</x:t></x:is></x:c><x:c s=\"1\"><x:v>44521</x:v></x:c></x:row></x:sheetData></x:worksheet>"
            )
        ]
        let plan = try plan(book)
        #expect(plan.sheet == "教师" && plan.rows.count == 1 && text(plan, 0, "备注") == "2025-11-22")
        #expect(
            plan.notices.count == 1 && plan.notices.first?.zh.contains("「说明」") == true
                && plan.notices.first?.zh.contains("藏") == false)
        #expect(try Workbook.sheets(of: book.file) == ["空", "教师", "说明"])
        let named = try Workbook.plan(book.file, into: table, sheet: "教师", names: .none)
        #expect(named.rows.count == 1 && named.notices == [])
        for (sheet, code) in [("空", ImportError.Code.empty), ("藏", .noSheet), ("无", .noSheet)] {
            let error = #expect(throws: ImportError.self) {
                try Workbook.plan(book.file, into: table, sheet: sheet, names: .none)
            }
            #expect(error?.code == code && (code == .empty || error?.remedy.zh.contains("「教师」") == true))
        }
    }

    @Test func `a sheet that was chosen is read although one before it holds something`() throws {
        var book = TestWorkbook("\(TestWorkbook.row(1, "填表须知|请看第二页"))</sheetData>")
        book.book = """
            <workbook xmlns:r="r"><sheets><sheet name="须知" r:id="rId1"/><sheet name="名单" r:id="rId2"/></sheets></workbook>
            """
        book.extra = [
            ZipWriter.Part(
                "xl/worksheets/sheet2.xml",
                "<worksheet><sheetData>\(heads)\(TestWorkbook.row(2, "7|王|"))</sheetData></worksheet>")
        ]
        #expect(code(book) == .missingHeadings)
        #expect(try Workbook.headings(of: book.file, for: table, sheet: "名单") == ["工号", "姓名", "备注"])
        let plan = try Workbook.plan(book.file, into: table, sheet: "名单", names: .none)
        #expect(plan.sheet == "名单" && plan.rows.count == 1)
    }

    @Test func `one bad line in three megabytes is named by its row`() throws {
        let lines = (2...20_001).map {
            TestWorkbook.row($0, $0 == 15_000 ? "|缺号|" : "T\($0)|某人|\(String(repeating: "注", count: 30))")
        }
        let book = TestWorkbook("\(heads)\(lines.joined())</sheetData>")
        #expect(book.sheet.utf8.count > 3_000_000)
        let plan = try plan(book)
        #expect(plan.problemCount == 1 && plan.problems.first?.line == 15_000 && plan.rows.count == 19_999)
    }

    // MARK: Files that mean harm, or are none

    @Test func `a part that grows without end is cut off`() {
        var bomb = TestWorkbook("")
        bomb.sheet = heads + String(repeating: " ", count: Workbook.sheetMax + 1)
        let file = bomb.file
        #expect(file.count < 1 << 20, "a bomb is small: \(file.count)")
        #expect(code(bomb) == .workbookTooLarge)
        var strings = TestWorkbook("\(heads)</sheetData>")
        strings.strings = [String(repeating: "x", count: Workbook.stringsMax)]
        #expect(code(strings) == .workbookTooLarge)
    }

    @Test func `entities are neither defined nor expanded, and nothing outside is read`() {
        for declaration in [
            "<!DOCTYPE a [<!ENTITY b \"bbbb\"><!ENTITY c \"&b;&b;&b;\">]>",
            "<!DOCTYPE a SYSTEM \"file:///etc/passwd\">",
            "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>",
        ] {
            var book = TestWorkbook("\(heads)\(TestWorkbook.row(2, "&c;|王|"))</sheetData>")
            book.change = { parts in parts[5].bytes = Array(declaration.utf8) + parts[5].bytes }
            #expect(code(book) == .damagedWorkbook, "\(declaration)")
        }
        #expect(code(TestWorkbook("\(heads)\(TestWorkbook.row(2, "&unknown;|王|"))</sheetData>")) == .damagedWorkbook)
    }

    @Test(arguments: [
        "<row r=\"99999999999\"/>", "<row r=\"-1\"/>", "<row r=\"2\"><c r=\"ZZZZ2\"/></row>",
        "<row r=\"2\"><c t=\"s\"><v>7</v></c></row>",
        "<row r=\"2\"><c t=\"s\"><v>-1</v></c></row>", "<row r=\"2\"><c><v>abc</v></c></row>",
        "<row r=\"2\"><c><v>1e999</v></c></row>",
        "<row r=\"2\">", "</wrong>", "\u{0}", "<c><row r=\"2\"/></c>",
    ])
    func `a sheet that breaks its own rules is a damaged workbook`(part: String) {
        #expect(code(TestWorkbook("\(heads)\(part)</sheetData>")) == .damagedWorkbook)
    }

    @Test func `a zip that lies is a damaged workbook, an encrypted one says so`() {
        let good = TestWorkbook("\(heads)\(TestWorkbook.row(2, "1|王|"))</sheetData>")
        #expect(code(good) == nil)
        var wrong = good
        wrong.change = { $0[5].checksum = 7 }
        #expect(code(wrong) == .damagedWorkbook)
        wrong.change = { $0.remove(at: 5) }
        #expect(code(wrong) == .damagedWorkbook)
        wrong.change = { $0.remove(at: 0) }
        #expect(code(wrong) == .damagedWorkbook)
        wrong.change = { $0[5].flags = 1 }
        #expect(code(wrong) == .sealedWorkbook)
        wrong.change = { $0[5].isStored = true }
        #expect(code(wrong) == nil)
        let file = good.file
        for end in stride(from: 4, to: file.count, by: 97) {
            #expect(throws: ImportError.self) { try Workbook.plan(Array(file[..<end]), into: table, names: .none) }
        }
        // Single bytes that are changed end nothing and read nothing outside the file.
        for place in stride(from: 0, to: file.count, by: 3) {
            var changed = file
            changed[place] ^= 0xFF
            _ = try? Workbook.plan(changed, into: table, names: .none)
        }
    }

    @Test func `cells far to the right and rows without end are bounded`() throws {
        let far =
            "<row r=\"2\"><c r=\"A2\" t=\"inlineStr\"><is><t>1</t></is></c><c r=\"B2\" t=\"inlineStr\"><is><t>王</t></is></c><c r=\"XFD2\" t=\"inlineStr\"><is><t>远</t></is></c></row>"
        let plan = try plan(TestWorkbook("\(heads)\(far)</sheetData>"))
        #expect(plan.problems.map(\.value) == ["远"])
        let rows = String(
            repeating: "<row><c t=\"inlineStr\"><is><t>1</t></is></c></row>", count: ImportLimits.rowsMax + 1)
        #expect(code(TestWorkbook("\(heads)\(rows)</sheetData>")) == .tooManyRows)
    }

    @Test func `headings that mean nothing are given to be chosen`() throws {
        let book = TestWorkbook("\(TestWorkbook.row(1, "编号|老师"))\(TestWorkbook.row(2, "007|王"))</sheetData>")
        #expect(code(book) == .missingHeadings)
        #expect(try Workbook.headings(of: book.file, for: table) == ["编号", "老师"])
        let plan = try Workbook.plan(book.file, into: table, chosen: ["编号": "staff_no", "老师": "name"], names: .none)
        #expect(plan.problems == [] && plan.rows.count == 1)
    }
}
