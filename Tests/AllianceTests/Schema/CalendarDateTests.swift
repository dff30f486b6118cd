import Testing

@testable import Alliance

@Suite struct CalendarDateTests {
    @Test func `every day from 1970 to 9999 has the next number and reads back`() throws {
        var last: CalendarDate?
        for days in Int64(0)...2_932_896 {
            let date = try #require(CalendarDate(days: days))
            if date.days != days || last.map({ $0 >= date }) ?? false { Issue.record("day \(days) is \(date)") }
            last = date
        }
        #expect(last?.description == "9999-12-31")
        #expect(CalendarDate(days: 0)?.description == "1970-01-01")
        #expect(CalendarDate(days: -1) == nil)
        #expect(CalendarDate(days: 2_932_897) == nil)
    }

    @Test(arguments: ["2026-11-22", "2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31"])
    func `a date reads its own description`(text: String) { #expect(CalendarDate(text)?.description == text) }

    @Test(arguments: [
        "2026-02-29", "1900-02-29", "2026-13-01", "2026-00-01", "2026-01-00", "2026-04-31", "0000-01-01", "2026-1-01",
        "20261122",
        "2026/11/22", " 2026-11-22", "2026-11-22 ", "+026-11-22", "２０２６-11-22", "", "2026-11-22-01",
    ])
    func `nothing but a date of the calendar is a date`(text: String) { #expect(CalendarDate(text) == nil) }
}
