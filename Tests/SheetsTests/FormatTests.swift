import Alliance
import Testing

@testable import Sheets

/// Formats and days, and what is written and read back.
@Suite struct FormatTests {
    @Test(
        arguments: [
            ("General", .plain), ("0.00", .plain), ("0", .plain), ("#,##0", .plain), ("@", .plain),
            ("00000", .zeros(5)),
            ("00", .zeros(2)), ("yyyy-mm-dd", .date), ("yyyy\"年\"m\"月\"", .date), ("[$-804]yyyy/m/d;@", .date),
            ("mmm", .date),
            ("h:mm", .time), ("[h]:mm:ss", .time), ("[mm]:ss", .time), ("yyyy/m/d h:mm", .dateAndTime),
            ("m/d/yy h:mm AM/PM", .dateAndTime), ("[Red]0.0", .plain), ("\"days\" 0", .plain), ("0 \\d", .plain),
            ("_-* #,##0_-", .plain),
        ] as [(String, NumberFormat)])
    func `a format's code says what is shown`(code: String, format: NumberFormat) {
        #expect(NumberFormat(code: code) == format)
    }

    @Test(arguments: [
        (1.0, "1900-01-01"), (59, "1900-02-28"), (61, "1900-03-01"), (25_569, "1970-01-01"), (45_983, "2025-11-22"),
        (2_958_465, "9999-12-31"), (36_585, "2000-02-29"), (73_109, "2100-02-28"), (73_110, "2100-03-01"),
    ])
    func `days count from 1900 with a day that never was`(number: Double, date: String) {
        #expect(SerialDate.text(number, .date, from1904: false) == date)
        if number >= 61 { #expect(CalendarDate(date).flatMap(SerialDate.number) == number) }
    }

    @Test func `times of day, the last second, and what is no date`() {
        #expect(SerialDate.text(0.5, .time, from1904: false) == "12:00")
        #expect(SerialDate.text(45_983.999_999_9, .dateAndTime, from1904: false) == "2025-11-23")
        #expect(SerialDate.text(0.333_344_907, .time, from1904: false) == "08:00:01")
        #expect(SerialDate.text(0, .date, from1904: true) == "1904-01-01")
        for wrong in [-1, 2_958_466, 1e300, .infinity] {
            #expect(SerialDate.text(wrong, .date, from1904: false) == nil)
        }
        #expect(SerialDate.text(0, .date, from1904: false) == nil)
    }

    @Test func `marks of characters are characters, and what looks like one stays`() {
        #expect(CellText.unescaped("a_x000A_b") == "a\nb")
        #expect(CellText.unescaped("_x005F_x000A_") == "_x000A_")
        for text in ["_x000A_", "a_x0041_x0042_", "\n", "_x005F_", "_x005F_x000A_"] {
            #expect(CellText.unescaped(CellText.escaped(text)) == text)
        }
        for text in ["_x", "_xZZZZ_", "_x12", "a_xb", "_xD800_"] { #expect(CellText.unescaped(text) == text) }
    }
}
