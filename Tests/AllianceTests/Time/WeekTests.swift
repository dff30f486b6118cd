import Testing

@testable import Alliance

/// Dates, weeks, terms, the calendar.
@Suite struct WeekTests {
    private func date(_ text: String) throws -> CalendarDate { try #require(CalendarDate(text)) }

    @Test func `weekdays follow each other without end, over month ends, leap days and years`() throws {
        #expect(try date("2026-11-22").weekday == 7)
        #expect(try date("1970-01-01").weekday == 4)
        var expected = try date("1999-12-20").weekday
        var day = try date("1999-12-20")
        for _ in 0..<3000 {
            #expect(day.weekday == expected)
            expected = expected % 7 + 1
            day = try #require(day.adding(days: 1))
        }
        #expect(try date("2000-02-28").adding(days: 2) == date("2000-03-01"))
        #expect(try date("2026-12-31").adding(days: 1) == date("2027-01-01"))
        #expect(try date("2027-01-03").monday == date("2026-12-28"))
        #expect(try date("1970-01-01").adding(days: -1) == nil)
        #expect(try date("9999-12-31").adding(days: 1) == nil)
        #expect(try date("1970-01-02").monday == nil)
    }

    @Test func `teaching weeks run through week 53 and over the year`() throws {
        // 2026 has an ISO week 53, from 28 December to 3 January.
        let term = try #require(Term(name: "2026-2027-1", firstWeek: date("2026-08-31"), weeks: 20))
        #expect(term.week(of: try date("2026-08-30")) == nil)
        #expect(term.week(of: try date("2026-08-31")) == 1)
        #expect(term.week(of: try date("2026-11-18")) == 12)
        #expect(term.week(of: try date("2026-12-31")) == 18)
        #expect(term.week(of: try date("2027-01-03")) == 18)
        #expect(term.week(of: try date("2027-01-04")) == 19)
        #expect(term.week(of: try date("2027-01-17")) == 20)
        #expect(term.week(of: try date("2027-01-18")) == nil)
        #expect(try term.date(week: 18, weekday: 5) == date("2027-01-01"))
        #expect(term.date(week: 21, weekday: 1) == nil)
        #expect(term.date(week: 1, weekday: 8) == nil)
    }

    @Test func `the first week may be given by any of its days`() throws {
        let term = try #require(Term(name: "t", firstWeek: date("2026-09-03"), weeks: 1))
        #expect(try term.monday == date("2026-08-31"))
        #expect(Term(name: "t", firstWeek: try date("2026-09-03"), weeks: 0) == nil)
    }

    @Test func `a series leaves holidays out and goes to the days that make up for them, over the year as well`() throws
    {
        let calendar = AllianceCalendar([
            try date("2027-01-01"): .init(name: "元旦", isOff: true),
            try date("2026-12-27"): .init(name: "元旦调休", isOff: false, follows: try date("2027-01-01")),
            try date("2026-10-01"): .init(name: "国庆节", isOff: true),
            // A second day cannot hold the same lessons once more.
            try date("2026-12-26"): .init(name: "调休", isOff: false, follows: try date("2026-10-02")),
            try date("2027-01-09"): .init(name: "再补", isOff: false, follows: try date("2027-01-01")),
        ])
        let term = try #require(Term(name: "t", firstWeek: date("2026-08-31"), weeks: 20))
        func held(_ weeks: [Int], _ weekdays: [Int]) -> [AllianceCalendar.Held] {
            Series(term: term, weeks: weeks, weekdays: weekdays).items(calendar).map(\.held)
        }
        #expect(held([18], [5]) == [.madeUp(on: try date("2026-12-27"), insteadOf: "元旦")])
        #expect(held([5], [4]) == [.not(because: "国庆节")])
        #expect(held([17], [6, 7]) == [.not(because: "调休"), .not(because: "元旦调休")])
        // 2 October is no holiday in this calendar: its lessons stay where they are.
        #expect(held([5], [5]) == [.on(try date("2026-10-02"))])
        #expect(held([1, 21, 2], [1]) == [.on(try date("2026-08-31")), .on(try date("2026-09-07"))])
    }

    @Test func `on a working day that follows another the other's timetable holds, on a holiday none`() throws {
        let calendar = AllianceCalendar([
            try date("2026-10-10"): .init(name: "国庆调休", isOff: false, follows: try date("2026-10-08")),
            try date("2026-09-20"): .init(name: "中秋调休", isOff: false),
            try date("2026-10-01"): .init(name: "国庆节", isOff: true, follows: try date("2026-10-08")),
        ])
        #expect(try calendar.followed(on: date("2026-10-10")) == date("2026-10-08"))
        #expect(try calendar.followed(on: date("2026-09-20")) == date("2026-09-20"))
        #expect(try calendar.followed(on: date("2026-10-01")) == nil)
        #expect(try calendar.followed(on: date("2026-10-09")) == date("2026-10-09"))
    }

    @Test func `an instant range falls into the days of China, half open`() throws {
        // 16:00 UTC is midnight in China.
        let midnight = ChinaTime.instant(try date("2026-11-30"), .endOfDay)
        #expect(midnight == ChinaTime.instant(try date("2026-12-01"), .midnight))
        let parts = ChinaTime.days(midnight - 3_600_000, midnight + 1_800_000)
        #expect(parts.map(\.date) == [try date("2026-11-30"), try date("2026-12-01")])
        #expect(parts.map(\.from.description) == ["23:00", "00:00"])
        #expect(parts.map(\.to.description) == ["24:00", "00:30"])
        #expect(ChinaTime.days(midnight - 60_000, midnight).map(\.date) == [try date("2026-11-30")])
        #expect(ChinaTime.days(midnight, midnight).isEmpty)
        #expect(ChinaTime.days(midnight, midnight + 1).map(\.to.description) == ["00:01"])
        #expect(try ChinaTime.date(of: midnight) == date("2026-12-01"))
        #expect(ChinaTime.time(of: midnight - 1).description == "23:59")
    }

    @Test(arguments: [
        ("8:00", "08:00"), ("08:05", "08:05"), ("８：００", "08:00"), ("8点", "08:00"), ("8时30分", "08:30"),
        ("24:00", "24:00"),
        ("08:00:00", "08:00"), (" 0:00 ", "00:00"),
    ])
    func `wall times in many ways`(typed: String, time: String) throws {
        #expect(try WallTime(typed: typed).description == time)
    }

    @Test(arguments: ["24:01", "8:60", "8", "800", "", "8:0:1", "-1:00", "上午", "25:00", "8:00:30"])
    func `what is no time of day is refused`(typed: String) {
        #expect(throws: ValueProblem.notTime(typed)) { try WallTime(typed: typed) }
        #expect(WallTime(typed) == nil)
    }

    @Test func `lists of weeks and periods`() throws {
        #expect(try NumberList(typed: "3-5", in: 1...30).numbers == [3, 4, 5])
        #expect(try NumberList(typed: "1，3,5至6、4", in: 1...30).numbers == [1, 3, 4, 5, 6])
        #expect(try NumberList(typed: "７", in: 1...30).range("7") == 7...7)
        #expect(throws: ValueProblem.self) { try NumberList(typed: "0-3", in: 1...30) }
        #expect(throws: ValueProblem.self) { try NumberList(typed: "1-10000", in: 1...30) }
        #expect(throws: ValueProblem.self) { try NumberList(typed: "1-99999999999999999999", in: 1...30) }
        #expect(throws: ValueProblem.self) { try NumberList(typed: "5-3", in: 1...30) }
        #expect(throws: ValueProblem.self) { try NumberList(typed: "", in: 1...30) }
        #expect(throws: ValueProblem.self) { try NumberList(typed: "1-2-3", in: 1...30) }
        #expect(throws: ValueProblem.self) { try NumberList(typed: "1,3", in: 1...30).range("1,3") }
    }
}
