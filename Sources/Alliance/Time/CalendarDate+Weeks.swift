/// Weekdays and days between dates.
extension CalendarDate {
    /// 1 for Monday to 7 for Sunday.
    public var weekday: Int {
        // The first of January 1970 was a Thursday; dates before it count down.
        Int(((days + 3) % 7 + 7) % 7) + 1
    }

    /// The Monday of its week; `nil` before 1970.
    public var monday: CalendarDate? { adding(days: 1 - weekday) }

    /// The date so many days later, or earlier; `nil` before 1970 and after the year 9999.
    public func adding(days count: Int) -> CalendarDate? { CalendarDate(days: days + Int64(count)) }

    /// How many days another date is later.
    public func distance(to other: CalendarDate) -> Int { Int(other.days - days) }

    /// Reads a date as people type it; throws what is wrong with it.
    public static func typed(_ text: String) throws(ValueProblem) -> CalendarDate { try CalendarDate(typed: text) }

    /// `周一` to `周日`.
    public static func weekdayName(_ weekday: Int) -> Phrase {
        let names = [
            Phrase("周一", "Mon"), Phrase("周二", "Tue"), Phrase("周三", "Wed"), Phrase("周四", "Thu"), Phrase("周五", "Fri"),
            Phrase("周六", "Sat"), Phrase("周日", "Sun"),
        ]
        return names.indices.contains(weekday - 1) ? names[weekday - 1] : Phrase("放假日", "holidays")
    }
}

extension ChinaTime {
    /// Unix milliseconds of a wall time of a date.
    public static func instant(_ date: CalendarDate, _ time: WallTime) -> Int64 {
        date.days * 86_400_000 + Int64(time.minutes) * 60_000 - 8 * 3_600_000
    }

    /// The date that the clocks of China show; `nil` before 1970 and after the year 9999.
    public static func date(of milliseconds: Int64) -> CalendarDate? {
        let (local, overflow) = milliseconds.addingReportingOverflow(8 * 3_600_000)
        guard local >= 0, !overflow else { return nil }
        return CalendarDate(days: local / 86_400_000)
    }

    /// The time of day that the clocks of China show, to the minute.
    public static func time(of milliseconds: Int64) -> WallTime {
        let local = (milliseconds % 86_400_000 + 8 * 3_600_000 + 86_400_000) % 86_400_000
        return WallTime(minutes: Int(local / 60_000)) ?? .midnight
    }

    /// An instant range as the parts of it that lie on each date: date, minutes of the day from and to.
    ///
    /// What begins within a minute counts from its first moment, what ends within one to its last.
    public static func days(_ from: Int64, _ to: Int64) -> [(date: CalendarDate, from: WallTime, to: WallTime)] {
        var parts: [(date: CalendarDate, from: WallTime, to: WallTime)] = []
        var next = from
        while next < to, let date = date(of: next) {
            let end = instant(date, .endOfDay)
            let until = (min(to, end) - instant(date, .midnight) + 59_999) / 60_000
            parts.append((date, time(of: next), WallTime(minutes: Int(until)) ?? .endOfDay))
            next = end
        }
        return parts
    }
}
