import CRDT
import Testing

@testable import Alliance

@Suite struct TypedValueTests {
    private func value(_ text: String, _ type: ColumnType) throws(ValueProblem) -> Value {
        try Column(1, "x", "栏", "column", type).value(from: text, names: .none)
    }

    @Test(arguments: ["", " ", "\u{3000}\u{A0}\t", "\r\n", "\u{FEFF}"])
    func `blank text is null in every type`(text: String) throws {
        for column in Schema.current.tables.flatMap(\.columns) {
            #expect(try column.value(from: text, names: .none) == .null)
        }
    }

    @Test(arguments: [
        "00123", "０１２３", "𠮷", "👨‍👩‍👧", "e\u{301}", "é", "a\nb", "a\r\nb", "a\tb", "1,234", "2026/1/2", "TRUE", "1E5", "'x",
    ])
    func `text is kept to the letter`(text: String) throws {
        #expect(try value(" \u{3000}\(text)\u{A0}", .text(max: 20)) == .text(text))
    }

    @Test(arguments: [
        ("12", 12), ("１２", 12), ("007", 7), ("1,234", 1234), ("１，２３４，５６７", 1_234_567), ("45.00", 45), ("-5", -5),
        ("\u{2212}5", -5), ("－５", -5), ("+8", 8), ("0", 0), (" 30 ", 30),
    ])
    func `whole numbers are read as people write them`(text: String, number: Int64) throws {
        #expect(try value(text, .integer(-10...2_000_000)) == .integer(number))
    }

    @Test(arguments: [
        "12人", "1.5", "12,34", "1,2345", ",123", "1 2", "一", "--1", "1.", ".", "+", "0x10", "1..0", "1,234,56",
    ])
    func `what is no whole number is refused`(text: String) {
        #expect(throws: ValueProblem.notInteger(text)) { try value(text, .integer(-10...2_000_000)) }
    }

    @Test func `numbers out of range name the range, however long they are`() {
        for text in ["2001", "-1", "99999999999999999999999999"] {
            #expect(throws: ValueProblem.outOfRange(text, 0...2000)) { try value(text, .integer(0...2000)) }
        }
    }

    @Test(arguments: ["是", "有", "√", "✓", "yes", "YES", "Ｙｅｓ", "true", "TRUE", "1", "１"])
    func `yes in many ways`(text: String) throws { #expect(try value(text, .boolean) == .integer(1)) }

    @Test(arguments: ["否", "无", "×", "no", "False", "0", "０"])
    func `no in many ways`(text: String) throws { #expect(try value(text, .boolean) == .integer(0)) }

    @Test func `what is neither yes nor no is refused`() {
        #expect(throws: ValueProblem.notBoolean("大概")) { try value("大概", .boolean) }
    }

    @Test(arguments: [
        "2026-11-02", "2026/11/02", "2026.11.02", "2026年11月02日", "20261102", "2026-11-2", "2026/11/2", "2026年11月2日",
        "2026 年 11 月 2 日", "２０２６－１１－０２", "２０２６１１０２", "2026年11月2号", "2026/11/2 0:00:00", "2026-11-02 00:00",
        "2026年11月2日 星期一", "2026年11月2日星期一", "2026–11–02", "2026/11-2",
    ])
    func `dates are read as people and Excel write them`(text: String) throws {
        #expect(try value(text, .date) == .text("2026-11-02"))
    }

    @Test func `dates that are none say why`() {
        let cases: [(String, ValueProblem)] = [
            ("46348", .serialDate("46348")), ("1", .serialDate("1")), ("2026-31-01", .noMonth(31)),
            ("20261301", .noMonth(13)),
            ("2026-02-29", .noDay(29, month: 2, year: 2026)), ("2026年4月31日", .noDay(31, month: 4, year: 2026)),
            ("0000-01-01", .noYear(0)), ("11/22/2026", .notDate("11/22/2026")), ("26-11-22", .notDate("26-11-22")),
            ("2026-11", .notDate("2026-11")), ("2026年11月", .notDate("2026年11月")), ("昨天", .notDate("昨天")),
            ("2026-11-22-01", .notDate("2026-11-22-01")), ("2026--22", .notDate("2026--22")),
            ("1234567", .notDate("1234567")), ("2026-1１一-02", .notDate("2026-1１一-02")),
        ]
        for (text, problem) in cases {
            #expect(throws: problem, "\(text)") { try value(text, .date) }
        }
    }

    @Test(arguments: [
        ("2026-11-22 08:30:05", 1_795_307_405_000), ("2026/11/22 8:30:05", 1_795_307_405_000),
        ("2026年11月22日8时30分05秒", 1_795_307_405_000), ("2026-11-22T08:30:05", 1_795_307_405_000),
        ("2026-11-22T00:30:05Z", 1_795_307_405_000), ("2026-11-22 01:30:05+01:00", 1_795_307_405_000),
        ("2026-11-21 19:30:05 -0500", 1_795_307_405_000), ("２０２６－１１－２２　０８：３０：０５", 1_795_307_405_000),
        ("2026-11-22 08:30:05.123", 1_795_307_405_123), ("2026-11-22 08:30:05.5", 1_795_307_405_500),
        ("2026-11-22 8:30", 1_795_307_400_000), ("2026-11-22", 1_795_276_800_000), ("2026-11-22 8点", 1_795_305_600_000),
        ("1970-01-01 08:00", 0),
    ])
    func `instants are China time unless they say otherwise`(text: String, milliseconds: Int64) throws {
        #expect(try value(text, .instant) == .integer(milliseconds))
    }

    @Test(arguments: [
        "2026-11-22 24:00", "2026-11-22 08:60", "2026-11-22 08:30:60", "2026-11-22 :30", "2026-11-22 8:30:05.1234",
        "下午 3:05", "2026-11-31 08:30", "1969-12-31 08:00", "46348.5", "08:30", "2026-11-22 8:30 +9", "2026-11-22 ::",
        "::",
    ])
    func `what is no instant is refused`(text: String) {
        #expect(throws: ValueProblem.self) { try value(text, .instant) }
    }

    @Test(arguments: ["senior", "SENIOR", "高级讲师", "senior lecturer", "ｓｅｎｉｏｒ", "Senior  Lecturer", "高 级 讲 师"])
    func `choices are read by code and by title`(text: String) throws {
        #expect(try column("teacher.title").value(from: text, names: .none) == .text("senior"))
    }

    @Test func `an unknown choice lists the choices`() {
        #expect { try column("base.grade").value(from: "六星", names: .none) } throws: { error in
            let problem = error as! ValueProblem
            return problem.what.zh.contains("六星") && problem.remedy.zh.contains("五星")
                && problem.remedy.en.contains("5 stars")
        }
    }

    @Test func `bytes are hexadecimal, and empty ones are not null`() throws {
        #expect(try value("0x00fF", .bytes(max: 2)) == .bytes([0, 255]))
        #expect(try value("００ｆｆ", .bytes(max: 2)) == .bytes([0, 255]))
        #expect(try value("0x", .bytes(max: 2)) == .bytes([]))
        for text in ["0x0", "xyz", "0xé", "0x000000"] {
            #expect(throws: ValueProblem.self) { try value(text, .bytes(max: 2)) }
        }
    }

    @Test func `text that is too long names the limit and its length`() {
        #expect(throws: ValueProblem.tooLong(5, max: 4)) { try value("一二三四𠮷", .text(max: 4)) }
        #expect(ValueProblem.tooLong(5, max: 4).what.zh == "有 5 个字，最多 4 个")
    }

    @Test(arguments: ["a\u{0}b", "a\u{1}b", "a\u{7F}b", "a\u{85}b", "\u{1B}[0m"])
    func `control characters are refused`(text: String) {
        #expect(throws: ValueProblem.self) { try value(text, .text(max: 20)) }
    }

    @Test func `what Excel has spoiled is refused`() {
        for text in ["1.38E+10", "5E+11", "1.3800138E+10"] {
            #expect(throws: ValueProblem.scientific(text)) { try value(text, .text(max: 20)) }
            #expect(throws: ValueProblem.scientific(text)) { try value(text, .integer(0...Int64.max)) }
        }
        for type in [ColumnType.text(max: 20), .date, .boolean] {
            #expect(throws: ValueProblem.formulaError("#N/A")) { try value("#N/A", type) }
        }
    }
}
