/// The periods of a campus's day (节次表): uneven, with breaks between them.
public struct Timetable: Hashable, Sendable {
    /// One period (节).
    public struct Period: Hashable, Sendable {
        public let number: Int
        public let starts: WallTime
        public let ends: WallTime
        /// What the break behind it is called, such as 午休; empty for an ordinary one.
        public let breakAfter: String

        public init?(number: Int, starts: WallTime, ends: WallTime, breakAfter: String = "") {
            guard starts < ends else { return nil }
            self.number = number
            self.starts = starts
            self.ends = ends
            self.breakAfter = breakAfter
        }
    }

    public let campus: String
    public let validFrom: CalendarDate
    /// The last day on which it holds; `nil` while no end is known.
    public let validTo: CalendarDate?
    /// Ascending by number.
    public let periods: [Period]

    public init(campus: String, validFrom: CalendarDate, validTo: CalendarDate?, periods: [Period]) {
        self.campus = campus
        self.validFrom = validFrom
        self.validTo = validTo
        self.periods = periods.sorted { $0.number < $1.number }
    }

    public func isValid(on date: CalendarDate) -> Bool {
        validFrom <= date && validTo.map { date <= $0 } ?? true
    }

    /// From the start of the first to the end of the last; `nil` if it has not all of these periods.
    public func times(_ numbers: ClosedRange<Int>) -> (starts: WallTime, ends: WallTime)? {
        let chosen = periods.filter { numbers.contains($0.number) }
        guard chosen.count == numbers.count, let first = chosen.first, let last = chosen.last,
            first.starts < last.ends
        else { return nil }
        return (first.starts, last.ends)
    }

    /// The periods that share a moment with a part of a day; `nil` if none does.
    public func periods(from: WallTime, to: WallTime) -> ClosedRange<Int>? {
        let touched = periods.filter { $0.starts < to && from < $0.ends }
        guard let first = touched.first, let last = touched.last, first.number <= last.number else { return nil }
        return first.number...last.number
    }

    /// Of several that hold on a date, the one that began last; of those the first by its campus.
    ///
    /// - Parameter campus: empty for any.
    public static func choose(_ all: [Timetable], campus: String, on date: CalendarDate) -> Timetable? {
        let valid = all.filter { $0.isValid(on: date) && (campus.isEmpty || $0.campus == campus) }
        return valid.max { ($0.validFrom, $1.campus) < ($1.validFrom, $0.campus) }
    }
}
