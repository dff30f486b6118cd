/// Whether somebody may book at a time, and if not, why.
extension SpaceRules {
    private static let minute: Int64 = 60_000
    private static let day: Int64 = 86_400_000

    /// Why a time can't be booked.
    public enum Obstacle: Hashable, Sendable {
        case past
        case tooLate(hours: Int)
        case tooEarly(days: Int)
        case tooLong(minutes: Int)
        case closed(Closure)
        /// Not open then; the hours of the first date on which it is not.
        case outside(CalendarDate, holiday: String?, hours: String)
    }

    /// - Parameters:
    ///   - from: Unix milliseconds, as `to`, which is not one of them.
    ///   - now: Unix milliseconds.
    /// - Returns: the first that stands in the way, in the order of the cases.
    public func obstacle(_ from: Int64, _ to: Int64, now: Int64) -> Obstacle? {
        guard now < to else { return .past }
        if let hours = policy.noticeHours, from - now < Int64(hours) * 60 * Self.minute {
            return .tooLate(hours: hours)
        }
        if let days = policy.aheadDays, from - now > Int64(days) * Self.day { return .tooEarly(days: days) }
        if let longest = policy.longestMinutes, to - from > Int64(longest) * Self.minute {
            return .tooLong(minutes: longest)
        }
        return shut(from, to)
    }

    /// Why a space can't be used at a time, whenever it is booked: closed, or not open.
    public func shut(_ from: Int64, _ to: Int64) -> Obstacle? {
        if let closure = closure(from, to) { return .closed(closure) }
        for part in ChinaTime.days(from, to) {
            let windows = windows(on: part.date)
            guard !windows.contains(where: { $0.from <= part.from && part.to <= $0.to }) else { continue }
            let holiday = calendar[part.date].flatMap { $0.isOff ? $0.name : nil }
            return .outside(
                part.date, holiday: holiday, hours: windows.map { "\($0.from)–\($0.to)" }.joined(separator: "、"))
        }
        return nil
    }

    /// What a booking takes: its time with what is needed to prepare and to clear up.
    public func taken(_ from: Int64, _ to: Int64) -> (from: Int64, to: Int64) {
        (from - Int64(policy.before) * Self.minute, to + Int64(policy.after) * Self.minute)
    }

    /// Other times of the same length that may be booked, the nearest first: as many periods of the days until
    /// `daysMax` later, or without a timetable the same length hour by hour between 07:00 and 22:00.
    public func others(like from: Int64, _ to: Int64, now: Int64, daysMax: Int = 14) -> [(from: Int64, to: Int64)] {
        guard let first = ChinaTime.date(of: from) else { return [] }
        return (0...daysMax).compactMap { first.adding(days: $0) }.flatMap { date in
            starts(on: date, like: from, to).map { (from: $0, to: $1) }
        }.filter { other in
            (other.from, other.to) != (from, to) && obstacle(other.from, other.to, now: now) == nil
        }.sorted { abs($0.from - from) < abs($1.from - from) }
    }

    private func starts(on date: CalendarDate, like from: Int64, _ to: Int64) -> [(Int64, Int64)] {
        let (begin, end) = (ChinaTime.time(of: from), ChinaTime.time(of: to))
        if let timetable = timetable(on: date), let lessons = timetable.periods(from: begin, to: end),
            let times = timetable.times(lessons), times == (begin, end)
        {
            return timetable.periods.compactMap { period in
                timetable.times(period.number...(period.number + lessons.count - 1)).map {
                    (ChinaTime.instant(date, $0.starts), ChinaTime.instant(date, $0.ends))
                }
            }
        }
        guard to - from <= 15 * 60 * Self.minute else { return [] }
        return (7..<22).map { hour in
            let start = ChinaTime.instant(date, .midnight) + Int64(hour * 60 + begin.minutes % 60) * Self.minute
            return (start, start + to - from)
        }.filter { $0.1 <= ChinaTime.instant(date, .midnight) + 22 * 60 * Self.minute }
    }
}

extension SpaceRules.Obstacle {
    /// Stable, for programs.
    public var code: String {
        switch self {
        case .past: "past"
        case .tooLate: "too-late"
        case .tooEarly: "too-early"
        case .tooLong: "too-long"
        case .closed: "closed"
        case .outside: "outside-opening"
        }
    }

    public var phrase: Phrase {
        switch self {
        case .past: Phrase("该时段已经过去。", "That time is over.")
        case .tooLate(let hours):
            Phrase("至少须提前 \(hours) 小时预约；请另选时间。", "Book at least \(hours) hours ahead; choose another time.")
        case .tooEarly(let days):
            Phrase("最多可提前 \(days) 天预约；请届时再约。", "Book at most \(days) days ahead; try again then.")
        case .tooLong(let minutes):
            Phrase("一次最长 \(minutes) 分钟；请缩短或分次。", "At most \(minutes) minutes at once; shorten or divide it.")
        case .closed(let closure):
            Phrase(
                "\(ChinaTime.text(milliseconds: closure.from).dropLast(3)) 至 \(ChinaTime.text(milliseconds: closure.to).dropLast(3)) 停用（\(closure.kind.zh)\(closure.reason.isEmpty ? "" : "：" + closure.reason)）；请另选时间。",
                "Closed from \(ChinaTime.text(milliseconds: closure.from).dropLast(3)) to \(ChinaTime.text(milliseconds: closure.to).dropLast(3)) (\(closure.kind.en)); choose another time."
            )
        case .outside(let date, let holiday, let hours):
            Phrase(
                "\(date) \(holiday.map { "是\($0)，" } ?? "")该时段不开放；当日开放：\(hours.isEmpty ? "无" : hours)。",
                "Not open then on \(date)\(holiday.map { " (\($0))" } ?? ""); open that day: \(hours.isEmpty ? "not at all" : hours)."
            )
        }
    }
}
