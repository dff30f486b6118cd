/// The alliance's calendar (校历): holidays, and working days that follow another day's timetable (调休).
public struct AllianceCalendar: Hashable, Sendable {
    public struct Day: Hashable, Sendable {
        public let name: String
        public let isOff: Bool
        /// The date whose lessons are held on this one; `nil`: its own.
        public let follows: CalendarDate?

        public init(name: String, isOff: Bool, follows: CalendarDate? = nil) {
            self.name = name
            self.isOff = isOff
            self.follows = follows
        }
    }

    public let days: [CalendarDate: Day]
    /// By the date whose lessons they hold, the first working day that does.
    private let madeUp: [CalendarDate: CalendarDate]

    public init(_ days: [CalendarDate: Day]) {
        self.days = days
        var madeUp: [CalendarDate: CalendarDate] = [:]
        for (date, day) in days {
            guard !day.isOff, let follows = day.follows else { continue }
            madeUp[follows] = min(date, madeUp[follows] ?? date)
        }
        self.madeUp = madeUp
    }

    public subscript(date: CalendarDate) -> Day? { days[date] }

    /// The date whose timetable is followed on a date; `nil` on a holiday.
    public func followed(on date: CalendarDate) -> CalendarDate? {
        guard let day = days[date] else { return date }
        return day.isOff ? nil : day.follows ?? date
    }

    /// When the lessons of a date are held.
    public enum Held: Hashable, Sendable {
        case on(CalendarDate)
        /// On a working day in place of a holiday (补课).
        case madeUp(on: CalendarDate, insteadOf: String)
        /// Not at all: a holiday, or a day that follows another's timetable.
        case not(because: String)
    }

    public func held(_ date: CalendarDate) -> Held {
        guard let day = days[date] else { return .on(date) }
        if day.isOff {
            return madeUp[date].map { .madeUp(on: $0, insteadOf: day.name) } ?? .not(because: day.name)
        }
        guard let follows = day.follows, follows != date else { return .on(date) }
        return .not(because: day.name)
    }
}
