import CRDT
import Testing

@testable import Alliance

@Suite struct HeadingTests {
    @Test(arguments: [
        "capacity", "CAPACITY", "容纳人数", "人数", "容量", " 容 纳 人 数 ", "容纳人数*", "*容纳人数", "容纳人数（必填）", "容纳人数(required)",
        "容纳人数（人）", "容纳人数(人) *", "容纳人数【单位：人】", "ｃａｐａｃｉｔｙ", "容纳\n人数", "容纳人数：", "Capacity (persons)",
    ])
    func `a heading is found by name, title and other headings`(heading: String) throws {
        let quoted = "\"\(heading)\""
        let plan = try ImportPlan.read(
            "实训基地,实训室名称,使用方式,\(quoted)\n\(RowID(rawValue: 5)),一号,独占,30\n", into: "space")
        #expect(plan.problems == [])
        #expect(plan.rows.first?.values[ColumnID(3)] == .integer(30))
        #expect(plan.mapping[3].column?.name == "capacity")
    }

    @Test func `unknown headings are listed and their cells not read`() throws {
        let plan = try ImportPlan.read("序号,工号,姓名,,性别,\n1,00123,王芳,x,女,\n", into: "teacher")
        #expect(plan.ignored == ["序号", "第 4 栏 column 4", "性别"])
        #expect(plan.mapping.map(\.heading) == ["序号", "工号", "姓名", "", "性别"])
        #expect(plan.mapping.map { $0.column?.name } == [nil, "staff_no", "name", nil, nil])
        #expect(
            plan.rows == [
                ImportPlan.Row(line: 2, owner: nil, values: [ColumnID(1): .text("00123"), ColumnID(2): .text("王芳")])
            ])
    }

    @Test func `two headings for one column are an error that names both`() {
        let error = importError { () throws(ImportError) in try .read("工号,姓名,教工号\n", into: "teacher") }
        #expect(error?.code == .repeatedHeading)
        #expect(error?.what.zh == "标题「工号」和「教工号」都是「工号」这一栏")
        let owners = importError { () throws(ImportError) in try .read("名称,所属单位,建设单位\n", into: "base") }
        #expect(owners?.code == .repeatedHeading)
    }

    @Test func `a required column that is missing names the headings it would accept`() {
        let error = importError { () throws(ImportError) in try .read("姓名,职称\n王芳,讲师\n", into: "teacher") }
        #expect(error?.code == .missingHeadings)
        #expect(error?.what.zh == "缺少必填栏：工号")
        #expect(error?.remedy.zh.contains("工号／staff_no／staff number／教工号／职工号") == true)
        #expect(
            importError { () throws(ImportError) in try .read("foo\n1\n", into: "teacher") }?.code == .missingHeadings)
    }

    @Test(arguments: ["所属单位", "建设单位", "owner", "Owner", "所属单位（必填）"])
    func `a heading names the row's owner`(heading: String) throws {
        var world = World()
        world.add(member: "甲校", MemberID(1))
        let names = world.names(for: MemberID(1))
        let plan = try ImportPlan.read(
            "实训基地名称,\(heading)\nA,甲校\nB,\nC,乙校\nA,\n", into: "base", names: names)
        #expect(plan.rows.map(\.owner) == [MemberID(1), nil, nil])
        #expect(plan.rows.map(\.line) == [2, 3, 5])
        #expect(plan.problems.map(\.line) == [4])
        #expect(plan.problems[0].column == heading && plan.problems[0].value == "乙校")
        #expect(plan.ignored == [])
    }

    @Test func `a title above the headings and empty lines are passed over`() throws {
        let plan = try ImportPlan.read("\n某校师资表（2026）,,\n,,\n工号,姓名,\n00123,王芳,\n,,\n", into: "teacher")
        #expect(plan.texts("teacher.staff_no") == ["00123"])
        #expect(plan.rows.map(\.line) == [5])
    }

    @Test func `a file without anything is an error`() {
        for text in ["", "\n\r\n", "sep=;\n", ",,,\n\n", "\u{FEFF}"] {
            #expect(importError { () throws(ImportError) in try .read(text, into: "teacher") }?.code == .empty)
        }
    }

    @Test func `headings have a limit, and broken ones are an error with line and column`() {
        let many = (0...ImportLimits.columnsMax).map { "h\($0)" }.joined(separator: ",")
        #expect(importError { () throws(ImportError) in try .read(many, into: "teacher") }?.code == .tooManyColumns)
        let broken = importError { () throws(ImportError) in try .read("工号,\"姓名\n1,2", into: "teacher") }
        #expect(broken?.code == .brokenHeadings)
        #expect(broken?.what.zh.contains("第 1 行第 4 个字符") == true)
    }
}
