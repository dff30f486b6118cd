import CRDT
import Testing

@testable import Alliance

/// When a space is open and may be booked.
@Suite struct SpaceRulesTests {
    private let space = RowID(rawValue: 1)

    private func date(_ text: String) throws -> CalendarDate { try #require(CalendarDate(text)) }

    private func at(_ text: String) throws -> Int64 { try ChinaTime.instant(typed: text) }

    private func period(_ number: Int, _ from: String, _ to: String, _ rest: String = "") throws -> Timetable.Period {
        try #require(
            Timetable.Period(number: number, starts: WallTime(typed: from), ends: WallTime(typed: to), breakAfter: rest)
        )
    }

    private func timetable(_ campus: String = "本部", from: String = "2026-01-01", to: String? = nil) throws -> Timetable
    {
        Timetable(
            campus: campus, validFrom: try date(from), validTo: try to.map(date),
            periods: try [
                period(5, "13:30", "14:15"), period(1, "08:00", "08:45"), period(2, "08:55", "09:40"),
                period(3, "10:00", "10:45"), period(4, "10:55", "11:40", "午休"),
            ])
    }

    private func rules(
        _ openings: [OpeningRule], closures: [Closure] = [], calendar: AllianceCalendar = AllianceCalendar([:]),
        change: (inout BookingPolicy) -> Void = { _ in }
    ) throws -> SpaceRules {
        var policy = BookingPolicy()
        change(&policy)
        return SpaceRules(
            space: space, timetables: [try timetable()], openings: openings, closures: closures, policy: policy,
            calendar: calendar)
    }

    private func wall(_ weekday: Int, _ from: String, _ to: String, space: RowID? = nil) throws -> OpeningRule {
        try OpeningRule(
            space: space, weekday: weekday, hours: .wall(from: WallTime(typed: from), to: WallTime(typed: to)))
    }

    @Test func `periods are uneven and found by their numbers and by their times`() throws {
        let table = try timetable()
        #expect(table.times(3...4)?.starts.description == "10:00")
        #expect(table.times(4...5)?.ends.description == "14:15")
        #expect(table.times(5...6) == nil)
        #expect(try table.periods(from: WallTime(typed: "09:40"), to: WallTime(typed: "10:00")) == nil)
        #expect(try table.periods(from: WallTime(typed: "09:39"), to: WallTime(typed: "10:01")) == 2...3)
        #expect(try Timetable.Period(number: 1, starts: WallTime(typed: "9:00"), ends: WallTime(typed: "9:00")) == nil)
    }

    @Test func `the timetable that began last holds, as long as it is valid`() throws {
        let summer = try timetable(from: "2026-05-01", to: "2026-09-30")
        let all = [try timetable(), summer, try timetable("东校区", from: "2026-06-01")]
        #expect(Timetable.choose(all, campus: "本部", on: try date("2026-09-30")) == summer)
        #expect(Timetable.choose(all, campus: "本部", on: try date("2026-10-01")) == all[0])
        #expect(Timetable.choose(all, campus: "", on: try date("2026-10-01")) == all[2])
        #expect(Timetable.choose(all, campus: "西校区", on: try date("2026-10-01")) == nil)
        #expect(Timetable.choose(all, campus: "", on: try date("2025-10-01")) == nil)
    }

    @Test func `a space is open within its hours, and to their last moment`() throws {
        // 18 November 2026 is a Wednesday.
        let rules = try rules([
            wall(3, "08:00", "12:00"), wall(3, "12:00", "17:00"), wall(4, "00:00", "24:00"), wall(5, "00:00", "01:00"),
        ])
        #expect(rules.isOpen(try at("2026-11-18 08:00"), try at("2026-11-18 17:00")))
        #expect(!rules.isOpen(try at("2026-11-18 07:59"), try at("2026-11-18 09:00")))
        #expect(!rules.isOpen(try at("2026-11-18 16:00"), try at("2026-11-18 17:00") + 1))
        #expect(rules.isOpen(try at("2026-11-19 20:00"), try at("2026-11-20 01:00")), "over midnight")
        #expect(!rules.isOpen(try at("2026-11-19 20:00"), try at("2026-11-20 01:01")))
        #expect(!rules.isOpen(try at("2026-11-17 09:00"), try at("2026-11-17 10:00")), "no rule for Tuesday")
        #expect(try self.rules([]).isOpen(at("2026-11-17 03:00"), at("2026-11-17 04:00")), "nobody has said anything")
    }

    @Test func `rules of the space itself go before those of its base`() throws {
        let rules = try rules([
            wall(3, "08:00", "17:00"), wall(3, "18:00", "20:00", space: space),
            wall(3, "06:00", "24:00", space: RowID(rawValue: 2)),
        ])
        #expect(!rules.isOpen(try at("2026-11-18 09:00"), try at("2026-11-18 10:00")))
        #expect(rules.isOpen(try at("2026-11-18 18:00"), try at("2026-11-18 20:00")))
    }

    @Test func `hours by periods follow the timetable`() throws {
        let rules = try rules([OpeningRule(space: nil, weekday: 3, hours: .periods(1...4))])
        #expect(rules.isOpen(try at("2026-11-18 08:00"), try at("2026-11-18 11:40")))
        #expect(!rules.isOpen(try at("2026-11-18 11:00"), try at("2026-11-18 12:00")))
        let gone = try self.rules([OpeningRule(space: nil, weekday: 3, hours: .periods(4...9))])
        #expect(!gone.isOpen(try at("2026-11-18 11:00"), try at("2026-11-18 11:30")), "there is no period 9")
    }

    @Test func `a holiday has hours of its own, a made-up day those of the weekday that it follows`() throws {
        let calendar = AllianceCalendar([
            try date("2026-10-01"): .init(name: "国庆节", isOff: true),
            try date("2026-10-10"): .init(name: "调休", isOff: false, follows: try date("2026-10-08")),
        ])
        let rules = try rules([wall(4, "08:00", "17:00"), wall(8, "09:00", "11:00")], calendar: calendar)
        #expect(!rules.isOpen(try at("2026-10-01 08:00"), try at("2026-10-01 10:00")))
        #expect(rules.isOpen(try at("2026-10-01 09:00"), try at("2026-10-01 11:00")))
        #expect(rules.isOpen(try at("2026-10-10 08:00"), try at("2026-10-10 17:00")), "Saturday as Thursday")
        #expect(!rules.isOpen(try at("2026-10-17 08:00"), try at("2026-10-17 17:00")), "another Saturday")
    }

    @Test func `what stands in the way is said, the first first`() throws {
        let closure = Closure(
            space: nil, from: try at("2026-11-18 12:00"), to: try at("2026-11-19 00:00"),
            kind: Phrase("维护", "maintenance"),
            reason: "换刀具")
        let elsewhere = Closure(
            space: RowID(rawValue: 2), from: 0, to: .max, kind: Phrase("考试", "exam"), reason: "")
        let rules = try rules([wall(3, "08:00", "24:00")], closures: [elsewhere, closure]) {
            $0.noticeHours = 24
            $0.aheadDays = 14
            $0.longestMinutes = 120
        }
        let now = try at("2026-11-16 08:00")
        func obstacle(_ from: String, _ to: String) throws -> String? {
            rules.obstacle(try at(from), try at(to), now: now)?.code
        }
        #expect(try obstacle("2026-11-16 06:00", "2026-11-16 08:00") == "past")
        #expect(try obstacle("2026-11-17 07:59", "2026-11-17 09:00") == "too-late")
        #expect(try obstacle("2026-11-30 08:01", "2026-11-30 09:00") == "too-early")
        #expect(try obstacle("2026-11-18 08:00", "2026-11-18 10:01") == "too-long")
        #expect(try obstacle("2026-11-18 10:00", "2026-11-18 12:00") == nil, "ends as the closure begins")
        #expect(try obstacle("2026-11-18 11:00", "2026-11-18 12:01") == "closed")
        #expect(try obstacle("2026-11-19 08:00", "2026-11-19 09:00") == "outside-opening")
        guard
            case .closed(let found)? = rules.obstacle(try at("2026-11-18 13:00"), try at("2026-11-18 14:00"), now: now)
        else {
            Issue.record("not closed")
            return
        }
        #expect(found.reason == "换刀具")
    }

    @Test func `what is taken reaches before and after`() throws {
        let rules = try rules([]) {
            $0.before = 15
            $0.after = 10
        }
        let taken = rules.taken(try at("2026-11-18 08:00"), try at("2026-11-18 09:00"))
        #expect(taken.from == (try at("2026-11-18 07:45")))
        #expect(taken.to == (try at("2026-11-18 09:10")))
    }

    @Test func `other times have as many periods and are those that may be booked`() throws {
        let rules = try rules([OpeningRule(space: nil, weekday: 3, hours: .periods(1...5)), wall(4, "10:00", "12:00")])
        let now = try at("2026-11-16 08:00")
        let others = rules.others(like: try at("2026-11-18 08:00"), try at("2026-11-18 09:40"), now: now, daysMax: 7)
        #expect(
            others.map(\.from) == [
                try at("2026-11-18 08:55"), try at("2026-11-18 10:00"), try at("2026-11-18 10:55"),
                try at("2026-11-19 10:00"),
                try at("2026-11-25 08:00"), try at("2026-11-25 08:55"), try at("2026-11-25 10:00"),
                try at("2026-11-25 10:55"),
            ])
        #expect(others.first?.to == (try at("2026-11-18 10:45")))
        // No periods of the timetable: the same length by the hour.
        let hourly = rules.others(like: try at("2026-11-19 10:30"), try at("2026-11-19 11:30"), now: now, daysMax: 0)
        #expect(hourly.isEmpty)
        let free = try self.rules([]).others(
            like: try at("2026-11-18 08:10"), try at("2026-11-18 10:00"), now: now, daysMax: 0)
        #expect(free.count == 13 && free.allSatisfy { $0.to <= (try! at("2026-11-18 22:00")) })
    }
}
