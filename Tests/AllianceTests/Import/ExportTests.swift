import CRDT
import Testing

@testable import Alliance

@Suite struct ExportTests {
    private static let stamp = Stamp(time: .zero, replica: ReplicaID(rawValue: 1))
    private let world: World = {
        var world = World()
        world.add(member: "甲校", MemberID(1))
        world.add(member: "=cmd|' /C calc'!A0", MemberID(2))
        for table in Schema.current.tables {
            world.add(
                World.Entry(owner: MemberID(1), id: RowID(rawValue: 7), first: "00123", whole: "00123/x"), to: table.id)
            world.add(
                World.Entry(owner: MemberID(1), id: RowID(rawValue: 8), first: "@evil", whole: "@evil"), to: table.id)
        }
        return world
    }()

    private func row(_ table: Table, _ id: Int, _ values: [ColumnID: Value], owner: MemberID) -> RowState {
        let cells = values.sorted { $0.key < $1.key }.map { Cell(column: $0.key, value: $0.value, stamp: Self.stamp) }
        return RowState(
            key: RowKey(table: table.id, owner: owner, id: RowID(rawValue: UInt128(id))),
            presence: Presence(length: 1, stamp: Self.stamp), cells: cells)
    }

    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func `what is exported is imported unchanged, in every table`(seed: UInt64) throws {
        let names = world.names(for: MemberID(1))
        var generated = Generated(
            seed: seed, members: [MemberID(1), MemberID(2)], rows: [7, 8].map { RowID(rawValue: $0) })
        for table in Schema.current.tables {
            let rows = (1...5).map { index in
                var values: [ColumnID: Value] = [:]
                for column in table.columns {
                    let isNull = !column.required && generated.random.number(in: 0...3) == 0
                    values[column.id] = isNull ? .null : generated.value(of: column.type)
                }
                return row(table, index, values, owner: MemberID(1 + index % 2))
            }
            let plan = try ImportPlan.read(
                CSVFile.csv(table: table, rows: rows, names: names), into: table, names: names)
            let repeated = plan.problems.filter { $0.what.zh.contains("相同") }
            #expect(plan.problems == repeated)
            for imported in plan.rows {
                let isThere = rows.contains { row in
                    (table.ownership == .secretariat || row.key.owner == imported.owner)
                        && table.columns.allSatisfy { row[$0.id]?.value == imported.values[$0.id] }
                }
                #expect(isThere, "\(table.name) line \(imported.line)")
            }
            #expect(plan.rows.count + repeated.count == rows.count)
        }
    }

    @Test(arguments: [
        "=cmd|' /C calc'!A0", "+86", "-1", "@SUM(1)", "\tx", "\rx", "\nx", "'", "''=x", "'=x", "'x", "＝1", "\"", "\"\"",
        "=\"x\"",
        "a,b", "a;b", "a\tb", "a\nb", "a\r\nb", "👨‍👩‍👧", "𠮷", "00123", "0", "1", "123456789012", "1-2", "3/4", "1e5",
        "2026-11-22",
        "12:30", ".5", "50%", " x", "x ", "\u{3000}", " ", "x\n", "' x", "sep=,", "TRUE", "1,234",
    ])
    func `hostile cells come back to the letter and are harmless on the way`(text: String) throws {
        let table = table("major")
        let values: [ColumnID: Value] = [ColumnID(1): .text("示例01"), ColumnID(2): .text("x"), ColumnID(4): .text(text)]
        let bytes = CSVFile.csv(table: table, rows: [row(table, 1, values, owner: MemberID(1))], names: .none)
        let plan = try ImportPlan.read(bytes, into: table, names: .none)
        #expect(plan.problems == [])
        #expect(plan.rows.map { $0.values[ColumnID(4)] } == [.text(text)])
        let cell = ExcelGuard.cell(for: text)
        let isSelfText = cell == "=\"\(text)\"" && text.allSatisfy { "0123456789.,:/-+eE% ".contains($0) }
        #expect(isSelfText || !"=+-@\t\r\n＝".unicodeScalars.contains(cell.unicodeScalars.first!))
    }

    @Test func `a guarded text has one form, and no other text has it`() {
        var generated = Generated(seed: 3)
        var texts: [[UInt8]: [UInt8]] = [:]
        for _ in 0..<20_000 {
            let text = generated.text(max: 40)
            let cell = ExcelGuard.cell(for: text)
            switch ExcelGuard.content(of: cell) {
            case .typed(let back), .verbatim(let back): #expect(Array(back.utf8) == Array(text.utf8))
            }
            let before = texts.updateValue(Array(text.utf8), forKey: Array(cell.utf8))
            #expect(before == nil || before == Array(text.utf8))
        }
    }

    @Test func `the file is what Excel in China opens`() {
        let table = table("teacher_contact")
        let values: [ColumnID: Value] = [
            ColumnID(1): .bytes(RowID(rawValue: 7).bytes), ColumnID(2): .text("+86 1"), ColumnID(3): .text("a\"b"),
        ]
        let bytes = CSVFile.csv(
            table: table, rows: [row(table, 1, values, owner: MemberID(1))], names: world.names(for: MemberID(1)))
        let expected = "\u{FEFF}所属单位,教师,手机,邮箱\r\n甲校,00123/x,'+86 1,\"a\"\"b\"\r\n"
        #expect(bytes == [UInt8](expected.utf8))
    }
}
