public import CRDT

/// When a space is open (开放规则): on one weekday, by periods or by wall time.
public struct OpeningRule: Hashable, Sendable {
    /// `nil`: of every space of the base that has no rules of its own.
    public let space: RowID?
    /// 1 to 7; 8 for holidays.
    public let weekday: Int
    public let hours: Hours

    public enum Hours: Hashable, Sendable {
        case periods(ClosedRange<Int>)
        case wall(from: WallTime, to: WallTime)
    }

    public init(space: RowID?, weekday: Int, hours: Hours) {
        self.space = space
        self.weekday = weekday
        self.hours = hours
    }
}

/// A time at which a space, or a whole base, can't be used (停用). Half open.
public struct Closure: Hashable, Sendable {
    /// `nil`: of the whole base.
    public let space: RowID?
    public let from: Int64
    public let to: Int64
    public let kind: Phrase
    public let reason: String

    public init(space: RowID?, from: Int64, to: Int64, kind: Phrase, reason: String) {
        self.space = space
        self.from = from
        self.to = to
        self.kind = kind
        self.reason = reason
    }
}

/// What a base asks of those who book (预约规则). What is `nil` is not limited.
public struct BookingPolicy: Hashable, Sendable {
    /// Which of the owner's timetables count; empty for any.
    public var campus = ""
    public var noticeHours: Int?
    public var aheadDays: Int?
    public var longestMinutes: Int?
    /// Minutes that are taken before and after each booking.
    public var before = 0
    public var after = 0
    /// Whether the owner answers what others ask of the pool.
    public var needsApproval = false
    public var respondByHours: Int?

    public init() {}
}

/// All that says when a space can be used.
public struct SpaceRules: Hashable, Sendable {
    public let space: RowID
    public let timetables: [Timetable]
    private let openings: [OpeningRule]
    public let closures: [Closure]
    public let policy: BookingPolicy
    public let calendar: AllianceCalendar

    /// - Parameters:
    ///   - openings: those of its base.
    ///   - closures: those of its base.
    public init(
        space: RowID, timetables: [Timetable], openings: [OpeningRule], closures: [Closure], policy: BookingPolicy,
        calendar: AllianceCalendar
    ) {
        self.space = space
        self.timetables = timetables
        let own = openings.filter { $0.space == space }
        self.openings = own.isEmpty ? openings.filter { $0.space == nil } : own
        self.closures = closures.filter { $0.space == nil || $0.space == space }.sorted { $0.from < $1.from }
        self.policy = policy
        self.calendar = calendar
    }

    /// Whether anybody has said when it is open.
    public var hasOpenings: Bool { !openings.isEmpty }

    public func timetable(on date: CalendarDate) -> Timetable? {
        Timetable.choose(timetables, campus: policy.campus, on: date)
    }

    /// The parts of a date at which it is open, ascending, joined where they touch; closures are another matter.
    ///
    /// A space of which nothing is said is always open. On a day that follows another's timetable the other's weekday
    /// counts; on a holiday only what is said of holidays.
    public func windows(on date: CalendarDate) -> [(from: WallTime, to: WallTime)] {
        guard hasOpenings else { return [(.midnight, .endOfDay)] }
        let weekday = calendar.followed(on: date)?.weekday ?? 8
        let hours = openings.filter { $0.weekday == weekday }.compactMap { rule -> (from: WallTime, to: WallTime)? in
            switch rule.hours {
            case .wall(let from, let to): from < to ? (from, to) : nil
            case .periods(let numbers): timetable(on: date)?.times(numbers).map { ($0.starts, $0.ends) }
            }
        }
        return hours.sorted { $0.from < $1.from }.reduce(into: []) { joined, next in
            guard let last = joined.last, next.from <= last.to else { return joined.append(next) }
            joined[joined.count - 1].to = max(last.to, next.to)
        }
    }

    /// Whether it is open all the time of a range.
    public func isOpen(_ from: Int64, _ to: Int64) -> Bool {
        ChinaTime.days(from, to).allSatisfy { part in
            windows(on: part.date).contains { $0.from <= part.from && part.to <= $0.to }
        }
    }

    /// The first closure that has a moment of a range.
    public func closure(_ from: Int64, _ to: Int64) -> Closure? { closures.first { $0.from < to && from < $0.to } }
}
