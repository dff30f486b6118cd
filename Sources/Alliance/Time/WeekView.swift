public import CRDT

/// The week of a space as a page or a terminal draws it: lines down, days across, blocks on top.
///
/// All instants are Unix milliseconds, ranges half open.
public struct WeekView: Hashable, Sendable {
    public struct Space: Hashable, Sendable {
        public let id: RowID
        public let name: String
        public let base: String
        /// The member whose space it is.
        public let owner: String
        public let place: String
        public let workstations: Int
        /// How many days ahead one may book at most; `nil`: no limit.
        public let aheadDays: Int?
        public let needsApproval: Bool

        public init(
            id: RowID, name: String, base: String, owner: String, place: String, workstations: Int, aheadDays: Int?,
            needsApproval: Bool
        ) {
            self.id = id
            self.name = name
            self.base = base
            self.owner = owner
            self.place = place
            self.workstations = workstations
            self.aheadDays = aheadDays
            self.needsApproval = needsApproval
        }
    }

    /// A line of the grid: a period, or without a timetable an hour.
    public struct Line: Hashable, Sendable {
        /// `nil` for an hour.
        public let number: Int?
        public let starts: WallTime
        public let ends: WallTime
        /// What the break behind it is called (午休); empty for an ordinary one.
        public let breakAfter: String

        public init(number: Int?, starts: WallTime, ends: WallTime, breakAfter: String) {
            self.number = number
            self.starts = starts
            self.ends = ends
            self.breakAfter = breakAfter
        }
    }

    public struct Day: Hashable, Sendable {
        public let date: CalendarDate
        public let isToday: Bool
        /// What the calendar calls it (国庆节, 调休); empty for an ordinary day.
        public let name: String
        /// The date whose timetable it follows; `nil` on a holiday.
        public let follows: CalendarDate?
        /// Whether it is not open at any time (闭馆).
        public let isClosed: Bool
        /// One for each line.
        public let cells: [Cell]
        /// Ranges of lines in which this replica holds points: it confirms there without a network (本校时段).
        public let windows: [ClosedRange<Int>]

        public init(
            date: CalendarDate, isToday: Bool, name: String, follows: CalendarDate?, isClosed: Bool, cells: [Cell],
            windows: [ClosedRange<Int>]
        ) {
            self.date = date
            self.isToday = isToday
            self.name = name
            self.follows = follows
            self.isClosed = isClosed
            self.cells = cells
            self.windows = windows
        }
    }

    /// One line of one day, in workstations: used, held here and free, free in the pool, free with others.
    public struct Cell: Hashable, Sendable {
        public let from: Int64
        public let to: Int64
        public let used: Int
        public let own: Int
        public let pool: Int
        public let others: Int
        public let isOpen: Bool
        public let isPast: Bool

        public init(
            from: Int64, to: Int64, used: Int, own: Int, pool: Int, others: Int, isOpen: Bool, isPast: Bool
        ) {
            self.from = from
            self.to = to
            self.used = used
            self.own = own
            self.pool = pool
            self.others = others
            self.isOpen = isOpen
            self.isPast = isPast
        }
    }

    /// What stands on the grid: a booking, somebody else's use, a closure.
    public struct Block: Hashable, Sendable {
        /// Of the week, 0 for Monday.
        public let day: Int
        /// The lines that it covers; `nil` if it lies beside all of them, as at night.
        public let lines: ClosedRange<Int>?
        public let from: Int64
        public let to: Int64
        public let state: State
        /// The booking's id; `nil` for a closure, and for a use of which nothing more is known here.
        public let booking: RowID?
        /// Purpose, or what a closure is for; empty where others may not know.
        public let title: String
        public let className: String
        public let teacher: String
        public let heads: Int
        public let workstations: Int
        /// Which workstations it has, ascending from 1; empty while it has none.
        public let seats: [Int]
        /// Whose it is.
        public let member: String
        /// Why not; empty if there is nothing to say.
        public let reason: String
        /// Of a request, its place among those that wait for the same, from 1.
        public let queue: Int?
        /// When else it would be possible, of what was declined.
        public let alternatives: [Alternative]

        public enum State: String, Hashable, Sendable, CaseIterable {
            /// Confirmed, and the hub has it.
            case confirmed
            /// Confirmed here, final, and not sent yet.
            case confirmedUnsent
            /// Asked for, and the hub has it.
            case waiting
            /// Asked for, and not sent yet.
            case waitingUnsent
            case declined
            /// Ended by who held the points.
            case displaced
            /// Used by another member.
            case busyElsewhere
            case closed

            public var phrase: Phrase {
                switch self {
                case .confirmed: Phrase("已确认", "confirmed")
                case .confirmedUnsent: Phrase("离线已确认，待上传", "confirmed offline, to be sent")
                case .waiting: Phrase("待批复", "waiting for a decision")
                case .waitingUnsent: Phrase("待上传", "to be sent")
                case .declined: Phrase("已驳回", "declined")
                case .displaced: Phrase("已让出", "displaced")
                case .busyElsewhere: Phrase("他校占用", "used by others")
                case .closed: Phrase("停用", "closed")
                }
            }
        }

        public init(
            day: Int, lines: ClosedRange<Int>?, from: Int64, to: Int64, state: State, booking: RowID?, title: String,
            className: String = "", teacher: String = "", heads: Int = 0, workstations: Int = 0, seats: [Int] = [],
            member: String = "", reason: String = "", queue: Int? = nil, alternatives: [Alternative] = []
        ) {
            self.day = day
            self.lines = lines
            self.from = from
            self.to = to
            self.state = state
            self.booking = booking
            self.title = title
            self.className = className
            self.teacher = teacher
            self.heads = heads
            self.workstations = workstations
            self.seats = seats
            self.member = member
            self.reason = reason
            self.queue = queue
            self.alternatives = alternatives
        }
    }

    /// Another time for what was declined.
    public struct Alternative: Hashable, Sendable {
        public let from: Int64
        public let to: Int64
        /// Whether this replica could confirm it by itself, network or not.
        public let isOwn: Bool

        public init(from: Int64, to: Int64, isOwn: Bool) {
            self.from = from
            self.to = to
            self.isOwn = isOwn
        }
    }

    /// What this replica holds in the week (本周时段), in lines of a day with at least one workstation.
    public struct Allotment: Hashable, Sendable {
        public let held: Int
        public let used: Int

        public init(held: Int, used: Int) {
            self.held = held
            self.used = used
        }
    }

    public let space: Space
    /// Of seven days.
    public let monday: CalendarDate
    /// The term and its teaching week; `nil` outside of terms.
    public let term: String?
    public let teachingWeek: Int?
    public let now: Int64
    /// When this replica last heard of others' bookings; `nil`: never.
    public let asOf: Int64?
    public let lines: [Line]
    /// Monday to Sunday.
    public let days: [Day]
    /// By day, then by time.
    public let blocks: [Block]
    public let allotment: Allotment

    public init(
        space: Space, monday: CalendarDate, term: String?, teachingWeek: Int?, now: Int64, asOf: Int64?, lines: [Line],
        days: [Day], blocks: [Block], allotment: Allotment
    ) {
        self.space = space
        self.monday = monday
        self.term = term
        self.teachingWeek = teachingWeek
        self.now = now
        self.asOf = asOf
        self.lines = lines
        self.days = days
        self.blocks = blocks
        self.allotment = allotment
    }

    /// The lines that a part of a day covers; `nil` if none.
    public static func lines(_ lines: [Line], from: WallTime, to: WallTime) -> ClosedRange<Int>? {
        let covered = lines.indices.filter { lines[$0].starts < to && from < lines[$0].ends }
        guard let first = covered.first, let last = covered.last else { return nil }
        return first...last
    }

    /// The lines of a day with this timetable; the hours from 07:00 to 22:00 without one.
    public static func lines(_ timetable: Timetable?) -> [Line] {
        guard let timetable, !timetable.periods.isEmpty else {
            return (7..<22).compactMap { hour in
                guard let starts = WallTime(minutes: hour * 60), let ends = WallTime(minutes: hour * 60 + 60) else {
                    return nil
                }
                return Line(number: nil, starts: starts, ends: ends, breakAfter: "")
            }
        }
        return timetable.periods.sorted { $0.starts < $1.starts }.map {
            Line(number: $0.number, starts: $0.starts, ends: $0.ends, breakAfter: $0.breakAfter)
        }
    }
}
