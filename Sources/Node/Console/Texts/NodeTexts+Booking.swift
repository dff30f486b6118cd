import Alliance

extension NodeTexts {
    // MARK: Booking, moving, cancelling

    static let cancelBooking = Phrase("取消预约", "Cancel it")
    static let cancelReason = Phrase("原因", "Why")
    static let reasonIsSeen = Phrase("对方会看到。", "Its school will see it.")
    static let moveHint = Phrase(
        "本校持有新旧两个时段时当即改好；否则先申请新的，确认之前旧的仍然有效。",
        "Where this school holds both times it is done at once; else the new one is asked for, and the old one stands until then."
    )
    static let teacherHint = Phrase("姓名或工号；同一时间只能在一处。", "Name or staff number; nobody is in two places at once.")
    static let asSeries = Phrase("连续多周预约……", "The same over several weeks …")
    static let mine = Phrase("我的", "Mine")
    static let wholeSchool = Phrase("全校", "The school's")

    static func upTo(_ count: Int) -> Phrase { Phrase("最多 \(count) 个", "at most \(count)") }
    static func notANumber(_ text: String) -> Phrase {
        Phrase("“\(text)”不是数字；没有预约。", "“\(text)” is no number; nothing was booked.")
    }

    // MARK: Series

    static let series = Phrase("连续多周预约", "A series")
    static let seriesText = Phrase(
        "相同的节次，按教学周逐日答复；放假的日子跳过，调休的照补。",
        "The same periods over teaching weeks, answered date by date; holidays are left out, made-up days are used.")
    static let seriesWeekdays = Phrase("星期", "Weekdays")
    static let teachingWeeks = Phrase("教学周", "Teaching weeks")
    static let weeksHint = Phrase("例如 3-16 或 1,3,5-9", "Such as 3-16 or 1,3,5-9")
    static let parity = Phrase("单双周", "Odd or even")
    static let everyWeek = Phrase("每周", "every week")
    static let oddWeeks = Phrase("单周", "odd weeks")
    static let evenWeeks = Phrase("双周", "even weeks")
    static let bookSeries = Phrase("逐日预约", "Book each date")
    static let skipped = Phrase("跳过", "left out")
    static let notHad = Phrase("未约到", "not had")

    static func weekNumber(_ week: Int) -> Phrase { Phrase("第 \(week) 周", "week \(week)") }
    static func insteadOf(_ date: CalendarDate) -> Phrase {
        Phrase("补 \(dayTitle(date).zh)", "instead of \(dayTitle(date).en)")
    }
    static func seriesCounts(_ confirmed: Int, _ requested: Int, _ refused: Int, _ skipped: Int) -> Phrase {
        Phrase(
            "已确认 \(confirmed)，待批复 \(requested)，未约到 \(refused)，跳过 \(skipped)。",
            "\(confirmed) confirmed, \(requested) waiting, \(refused) not had, \(skipped) left out.")
    }

    // MARK: Finding

    static let findSpace = Phrase("找实训室", "Find a space")
    static let findText = Phrase(
        "按名称、地点、时间和工位数查找；本校时段当即确认，其余提交申请。",
        "By name, place, time and workstations; the school's own time is confirmed at once, the rest is asked for.")
    static let words = Phrase("名称、基地、地点或学校", "Name, base, place or school")
    static let wordsHint = Phrase("几个词用空格隔开", "Several words with spaces")
    static let fromPeriod = Phrase("从第几节", "From period")
    static let toPeriod = Phrase("到第几节", "To period")
    static let periodHint = Phrase("如 3，或时间 10:00", "Such as 3, or a time, 10:00")
    static let find = Phrase("查找", "Find")
    static let nothingFound = Phrase("没有符合的实训室", "No space fits")
    static let nothingFoundText = Phrase("换个时间或减少工位数再试。", "Try another time, or fewer workstations.")

    // MARK: Feeds

    static let feeds = Phrase("日历订阅", "Calendar feeds")
    static let feedsText = Phrase(
        "把预约订阅到手机或电脑的日历里。地址相当于密码，谁有谁能看；可随时停用或更换。",
        "Your bookings in the calendar of a phone or computer. Who has an address can read it; revoke or change it at any time."
    )
    static let usedIn = Phrase("用在哪里", "Used in")
    static let usedInHint = Phrase("例如：我的手机", "Such as: my phone")
    static let madeAt = Phrase("生成时间", "Made")
    static let lastRead = Phrase("上次读取", "Last read")
    static let rotate = Phrase("更换地址", "New address")
    static let revoke = Phrase("停用", "Revoke")
    static let makeFeed = Phrase("生成订阅地址", "Make an address")
    static let noFeeds = Phrase("还没有订阅地址", "No addresses yet")
    static let noFeedsText = Phrase("生成一个，填进日历软件的“订阅”里。", "Make one and put it into a calendar's “subscribe”.")
    static let feedMade = Phrase("订阅地址已生成，只显示这一次", "The address is made, and shown this once")
    static let feedMadeText = Phrase(
        "在前面加上本站的网址，填进日历软件。丢失了就更换一个。",
        "Put this site's address before it, and give it to the calendar. If it is lost, make another.")
    static let noFeed = Phrase("没有这个订阅，或已停用。", "There is no such feed, or it is revoked.")
}
