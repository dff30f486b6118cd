/// A term and its teaching weeks (教学周).
public struct Term: Hashable, Sendable {
    public let name: String
    /// The Monday of teaching week 1.
    public let monday: CalendarDate
    public let weeks: Int

    /// - Parameter firstWeek: any day of the first teaching week.
    /// - Returns: `nil` for a week before 1970.
    public init?(name: String, firstWeek: CalendarDate, weeks: Int) {
        guard let monday = firstWeek.monday, weeks > 0 else { return nil }
        self.name = name
        self.monday = monday
        self.weeks = weeks
    }

    /// The teaching week of a date, from 1; `nil` outside the term.
    public func week(of date: CalendarDate) -> Int? {
        let days = monday.distance(to: date)
        guard days >= 0, days / 7 < weeks else { return nil }
        return days / 7 + 1
    }

    /// A weekday, 1 to 7, of a teaching week; `nil` if the term has no such week.
    public func date(week: Int, weekday: Int) -> CalendarDate? {
        guard (1...weeks).contains(week), (1...7).contains(weekday) else { return nil }
        return monday.adding(days: (week - 1) * 7 + weekday - 1)
    }
}

/// The same weekdays of several teaching weeks (系列).
public struct Series: Hashable, Sendable {
    public let term: Term
    /// Ascending.
    public let weeks: [Int]
    /// Ascending, 1 to 7.
    public let weekdays: [Int]

    public init(term: Term, weeks: [Int], weekdays: [Int]) {
        self.term = term
        self.weeks = weeks
        self.weekdays = weekdays
    }

    /// One of its dates.
    public struct Item: Hashable, Sendable {
        public let week: Int
        /// The date by the weekday.
        public let date: CalendarDate
        public let held: AllianceCalendar.Held
    }

    /// Its dates by the calendar, in order of the weekday's dates; weeks that the term does not have are left out.
    public func items(_ calendar: AllianceCalendar) -> [Item] {
        weeks.flatMap { week in
            weekdays.compactMap { weekday in
                term.date(week: week, weekday: weekday).map {
                    Item(week: week, date: $0, held: calendar.held($0))
                }
            }
        }
    }
}
