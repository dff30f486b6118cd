import Alliance

extension NodeTexts {
    // MARK: A week

    static let week = Phrase("周视图", "Week")
    static let hour = Phrase("节次", "Period")
    static let weekGrid = Phrase("一周的节次", "The week's periods")
    static let weekBlocks = Phrase("本周的预约和停用", "What stands in this week")
    static let previousWeek = Phrase("上一周", "Week before")
    static let thisWeek = Phrase("本周", "This week")
    static let nextWeek = Phrase("下一周", "Next week")
    static let days = Phrase("选择日期", "Choose a day")
    static let todayShort = Phrase("今天", "today")
    static let outsideTerms = Phrase("不在学期内", "outside of terms")
    static let needsApproval = Phrase("他校预约须批准", "others need approval")
    static let allotment = Phrase("本周时段", "Own time this week")
    static let lessonsUsed = Phrase("课时已用", "periods used")
    static let noAllotment = Phrase("本周没有本校时段，预约须申请。", "No time of your own this week: bookings are requests.")
    static let window = Phrase("本校时段", "own time")
    static let closedDay = Phrase("闭馆", "Closed")
    static let holidayDay = Phrase("放假", "Holiday")
    static let occupied = Phrase("已占用", "in use")
    static let confirmedOffline = Phrase("离线已确认", "confirmed offline")
    static let notBookable = Phrase("不可预约", "can't be booked")
    static let released = Phrase("松开即可预约", "let go to book")
    static let letGoToMove = Phrase("松开后确认改到这里", "let go, then confirm the move here")
    static let tapAgain = Phrase("点此预约；再点一节可延长", "tap here to book, another period to extend")
    static let dragHint = Phrase("拖动空格预约，拖动预约改时间；或", "Drag over free cells to book, drag a booking to move it; or")
    static let arrows = Phrase("方向键", "Arrows")
    static let beside = Phrase("不在节次内", "Outside of the periods")
    static let detail = Phrase("预约详情", "The booking")
    static let seatsOf = Phrase("工位号", "Workstations")
    static let bookingHistory = Phrase("处理经过", "What happened")
    static let hubTook = Phrase("中心收到", "the hub has it since")
    static let movedTo = Phrase("改到", "to")
    static let movedFrom = Phrase("原为", "was")
    static let whyNot = Phrase("为什么没有成功", "Why not")
    static let moveTo = Phrase("可改约到", "Other times")
    static let wait = Phrase("候补：空出后按先后答复", "Wait for it: answered when it is free")
    static let ownAlternative = Phrase("本校时段内，当即确认，断网也可以", "own time: confirmed at once, also offline")
    static let askAlternative = Phrase("需要申请，联网后答复", "a request, answered with a line")
    static let move = Phrase("改期", "Move")
    static let moveHere = Phrase("改约", "Take it")
    static let askHere = Phrase("申请", "Ask")
    static let displace = Phrase("让出", "End it")
    static let displaced = Phrase("被让出", "displaced")
    static let moved = Phrase("已改期", "moved")
    static let printWeek = Phrase("打印", "Print")
    static let list = Phrase("列表", "List")
    static let noSuchBooking = Phrase("没有这个预约；可能尚未同步到本校。", "There is no such booking; perhaps it is not synced here.")
    static let notYourBooking = Phrase(
        "这不是您的预约，未作改动；请找预约人或学校管理员。",
        "This is not your booking; nothing was changed; ask who made it, or an administrator.")

    static func weekOf(_ from: CalendarDate, _ to: CalendarDate) -> Phrase {
        let (first, last) = (shortDate(from), shortDate(to))
        let isOneMonth = first.month == last.month
        return Phrase(
            "\(first.month)月\(first.day)日 – \(isOneMonth ? "" : "\(last.month)月")\(last.day)日",
            "\(first.day)\(isOneMonth ? "" : " \(monthName(first.month))") – \(last.day) \(monthName(last.month))")
    }
    static func teachingWeek(_ number: Int, _ term: String) -> Phrase {
        Phrase("第 \(number) 教学周", "teaching week \(number)")
    }
    static func dayTitle(_ date: CalendarDate) -> Phrase {
        let name = CalendarDate.weekdayName(date.weekday)
        let short = shortDate(date)
        return Phrase("\(name.zh) \(short.month)月\(short.day)日", "\(name.en) \(short.day) \(monthName(short.month))")
    }
    static func follows(_ date: CalendarDate) -> Phrase {
        Phrase("上\(CalendarDate.weekdayName(date.weekday).zh)的课", "as \(CalendarDate.weekdayName(date.weekday).en)")
    }
    static func ahead(_ days: Int) -> Phrase { Phrase("可提前 \(days) 天预约", "book up to \(days) days ahead") }
    static func periods(_ lines: [WeekView.Line]) -> Phrase {
        guard let first = lines.first, let last = lines.last else { return Phrase("", "") }
        guard let from = first.number, let to = last.number else {
            return Phrase("\(first.starts)–\(last.ends)", "\(first.starts)–\(last.ends)")
        }
        return from == to
            ? Phrase("第 \(from) 节", "period \(from)") : Phrase("第 \(from)–\(to) 节", "periods \(from)–\(to)")
    }
    static func free(_ count: Int) -> Phrase { Phrase("余 \(count)", "\(count) free") }
    static func freeOf(_ free: Int, _ all: Int) -> Phrase { Phrase("空闲 \(free) / \(all)", "\(free) of \(all) free") }
    static func used(_ used: Int, _ held: Int) -> Phrase {
        Phrase("\(used) / \(held) 课时已用", "\(used) of \(held) periods used")
    }
    static func needs(_ count: Int) -> Phrase { Phrase("需 \(count) 个工位", "\(count) workstations") }
    static func queue(_ place: Int) -> Phrase { Phrase("排队第 \(place)", "number \(place) in line") }
    static func alternativeCount(_ count: Int) -> Phrase { Phrase("\(count) 个替代时段", "\(count) other times") }
    static func more(_ count: Int) -> Phrase { Phrase("另 \(count) 项", "\(count) more") }
    static func numbers(_ seats: [Int]) -> String {
        var parts: [ClosedRange<Int>] = []
        for seat in seats {
            if let last = parts.last, last.upperBound == seat - 1 {
                parts[parts.count - 1] = last.lowerBound...seat
            } else {
                parts.append(seat...seat)
            }
        }
        return parts.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)–\($0.upperBound)" }
            .joined(separator: ", ")
    }

    private static func shortDate(_ date: CalendarDate) -> (month: Int, day: Int) {
        let parts = "\(date)".split(separator: "-").compactMap { Int($0) }
        return parts.count == 3 ? (parts[1], parts[2]) : (0, 0)
    }
}
