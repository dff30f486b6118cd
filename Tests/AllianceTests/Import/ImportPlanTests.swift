import CRDT
import Testing

@testable import Alliance

@Suite struct ImportPlanTests {
    @Test func `only columns whose heading is in the file are in the values`() throws {
        let plan = try ImportPlan.read("工号,姓名,周课时\n00123,王芳,\n", into: "teacher")
        #expect(
            plan.rows.map(\.values) == [[ColumnID(1): .text("00123"), ColumnID(2): .text("王芳"), ColumnID(7): .null]])
    }

    @Test func `Excel's guard is taken off, quoted or not`() throws {
        let text = "工号,姓名\n=\"00123\",a\n\"=\"\"00124\"\"\",b\n=\"a\"\"b\",c\n'=x,d\n=\"a\"&\"b\",e\n=\"\",f\n"
        let plan = try ImportPlan.read(text, into: "teacher")
        #expect(plan.texts("teacher.staff_no") == ["00123", "00124", "a\"b", "=x", "=\"a\"&\"b\""])
        #expect(plan.problems.map(\.line) == [7])
    }

    @Test(arguments: [",", "\t", ";"])
    func `each separator is found, and sep= names one`(mark: String) throws {
        for first in ["", "sep=\(mark)\r\n", "SEP=\(mark)\n"] {
            let plan = try ImportPlan.read("\(first)工号\(mark)姓名\r\n00123\(mark)\"王\(mark)芳\"\r\n", into: "teacher")
            #expect(plan.texts("teacher.name") == ["王\(mark)芳"])
            #expect(plan.rows.map(\.line) == [first.isEmpty ? 2 : 3])
        }
    }

    @Test func `every problem of a line is reported with its heading and value`() throws {
        let plan = try ImportPlan.read("教工号 *,姓名,职称,周课时\n00123,,院士,41\n00124,李,讲师,2\n", into: "teacher")
        #expect(plan.rows.map(\.line) == [3])
        #expect(plan.problems.map(\.column) == ["姓名", "职称", "周课时"])
        #expect(plan.problems.map(\.value) == ["", "院士", "41"])
        #expect(plan.problems.allSatisfy { $0.line == 2 && !$0.what.en.isEmpty && !$0.remedy.en.isEmpty })
        #expect(plan.problemCount == 3)
    }

    @Test func `a problem in a record of several lines is reported in its cell's line`() throws {
        let plan = try ImportPlan.read("工号,姓名,备注,周课时\n1,甲,\"x\ny\n\",99\n", into: "teacher")
        #expect(plan.problems.map(\.line) == [4])
    }

    @Test func `more cells than headings are reported with line and column, empty ones are no matter`() throws {
        let plan = try ImportPlan.read("工号,姓名\n1,甲,,,\n2,乙,,丙\n3\n", into: "teacher")
        #expect(plan.rows.map(\.line) == [2])
        #expect(plan.problems[0].line == 3 && plan.problems[0].value == "丙")
        #expect(plan.problems[0].what.zh.contains("第 3 行有 4 栏，标题只有 2 栏；第 6 个字符"))
        #expect(plan.problems[1].line == 4 && plan.problems[1].column == "姓名")
    }

    @Test func `thousands of empty cells are no matter, and what stands after them is found`() throws {
        let commas = String(repeating: ",", count: 16_000)
        let plan = try ImportPlan.read("工号,姓名\(commas)\n1,甲\(commas)\n2,乙\(commas)丙,\n", into: "teacher")
        #expect(plan.rows.map(\.line) == [2])
        #expect(plan.problems.map(\.value) == ["丙"])
        #expect(plan.problems[0].what.en.contains("16003 cells"))
    }

    @Test func `faults of the grammar are problems, and what follows is still read`() throws {
        let plan = try ImportPlan.read("工号,姓名\n1,\"甲\"x\n2,乙\n3,\"丙\n4,丁\n", into: "teacher")
        #expect(plan.rows.map(\.line) == [3, 5])
        #expect(plan.problems.map(\.line) == [2, 4])
        #expect(plan.problems[0].what.zh.contains("第 2 行第 6 个字符"))
        #expect(plan.problems[1].what.zh.contains("第 4 行第 3 个字符"))
    }

    @Test func `rows with one natural key name both lines`() throws {
        let plan = try ImportPlan.read("工号,姓名\n00123,甲\n00124,乙\n 00123,丙\n123,丁\n", into: "teacher")
        #expect(plan.rows.map(\.line) == [2, 3, 5])
        #expect(plan.problems.map(\.line) == [4])
        #expect(plan.problems[0].value == "00123")
        #expect(plan.problems[0].what == Phrase("第 4 行与第 2 行的工号相同", "Lines 2 and 4 have the same staff number"))
    }

    @Test func `problems are reported in full up to a limit and then counted`() throws {
        let lines = (1...1_500).map { "\($0),,x" }.joined(separator: "\n")
        let plan = try ImportPlan.read("工号,姓名,周课时\n" + lines, into: "teacher")
        #expect(plan.problems.count == ImportLimits.problemsMax)
        #expect(plan.problemCount == 3_000)
        #expect(plan.rows == [])
    }

    @Test func `files and rows have a limit`() {
        let large = [UInt8](repeating: 0x2C, count: ImportLimits.fileSizeMax + 1)
        #expect(
            importError { () throws(ImportError) in try .read(large, into: table("teacher"), names: .none) }?.code
                == .fileTooLarge)
        let rows = "工号,姓名\n" + String(repeating: "1,a\n", count: ImportLimits.rowsMax + 1)
        #expect(importError { () throws(ImportError) in try .read(rows, into: "teacher") }?.code == .tooManyRows)
    }

    @Test func `a long value is shortened in its problem`() throws {
        let plan = try ImportPlan.read("工号,姓名\n1,\(String(repeating: "长", count: 500))\n", into: "teacher")
        #expect(plan.problems[0].value.count == 61)
        #expect(plan.problems[0].what.zh == "有 500 个字，最多 40 个")
    }

    @Test func `what a heading means can be chosen, but not whose a row is`() throws {
        let table = try #require(Schema.current["teacher"])
        let bytes = Array("名单\n编号,老师,姓名,所属单位\n1,王芳,旧名,\n".utf8)
        #expect(try ImportPlan.headings(of: bytes, for: table) == ["编号", "老师", "姓名", "所属单位"])
        let chosen = ["编号": "staff_no", "老师": "name", "姓名": "", "所属单位": "note"]
        let plan = try ImportPlan.read(bytes, into: table, chosen: chosen, names: .none)
        #expect(plan.mapping.map { $0.column?.name } == ["staff_no", "name", nil, nil])
        #expect(plan.ignored == ["姓名"])
        #expect(plan.texts("teacher.name") == ["王芳"])
    }
}
