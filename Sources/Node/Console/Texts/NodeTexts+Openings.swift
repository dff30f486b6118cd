import Alliance
import Web

extension NodeTexts {
    static let openingsText = Phrase(
        "哪天哪几节可以预约。节次长短不一也按节次表计时；没有规则就是全天开放。",
        "On which days and periods it can be booked. Periods are timed by the timetable, however uneven; without rules it is open at all hours."
    )
    static let weekByPeriods = Phrase("一周节次", "The week by periods")
    static let byClock = Phrase("按钟点开放", "Open by the clock")
    static let noClockHours = Phrase("没有按钟点的规则。", "No rules by the clock.")
    static let addClockHours = Phrase("添加", "Add")
    static let whatHolds = Phrase("现在怎样算", "What holds now")
    static let noBases = Phrase("还没有实训基地", "No training bases yet")
    static let noBasesText = Phrase("先登记基地和实训室，再设开放时间。", "Enter a base and its spaces first.")
    static let noTimetable = Phrase("没有节次表", "No timetable")
    static let noTimetableText = Phrase(
        "本校区今天没有在用的节次表，或基地还没有实训室。请先在“全部数据”里登记节次表和节次。",
        "No timetable of this campus holds today, or the base has no space yet. Enter a timetable and its periods under All data first."
    )
    static let alwaysOpen = Phrase("没有规则：全天开放。", "No rules: open at all hours.")
    static let baseRules = Phrase("本室没有自己的规则：按整个基地的规则。", "This space has no rules of its own: the base's hold.")
    static let openingsSeen = Phrase(
        "联盟各成员都能看到开放时间；只有本校能改。节假日和调休由秘书处的校历决定。",
        "All members of the alliance see when it is open; only this school changes it. Holidays and made-up days are the secretariat's calendar."
    )
    static let clearBase = Phrase("删去全部规则（全天开放）", "Take all rules away (open at all hours)")
    static let clearSpace = Phrase("删去本室规则（按基地的）", "Take this space's rules away (the base's hold)")
    static let timetables = Phrase("节次表", "Timetables")
    static let periodRows = Phrase("节次", "Periods")
    static let policies = Phrase("预约规则", "Booking policy")
    static let openingRows = Phrase("逐行查看", "As rows")
    static let notYourBase = Phrase(
        "只有基地的所属单位可以改开放规则；未作改动。", "Only a base's owner may change its hours; nothing was changed.")
    static let isOpen = Phrase("开放", "open")
    static let isShut = Phrase("不开放", "shut")

    static func campusTimetable(_ campus: String) -> Phrase {
        Phrase("按 \(campus) 节次表", "by the timetable of \(campus)")
    }

    static func ownRules(_ isBase: Bool) -> Phrase {
        isBase
            ? Phrase("没有自己规则的实训室都按这里。", "This holds for every space without rules of its own.")
            : Phrase("本室按自己的规则，不按基地的。", "This space goes by its own rules, not by the base's.")
    }

    static func againstRules(_ count: Int) -> Phrase {
        Phrase("\(count) 个已有预约不合现在的规则，仍然有效", "\(count) bookings that stand are against today's rules")
    }

    private static let openingDays = [
        ("一", "Mon"), ("二", "Tue"), ("三", "Wed"), ("四", "Thu"), ("五", "Fri"), ("六", "Sat"), ("日", "Sun"), ("假", "Hol."),
    ]

    /// - Parameter weekday: 1 to 7, 8 for holidays.
    static func openingDayShort(_ weekday: Int) -> Phrase {
        Phrase(openingDays[weekday - 1].0, openingDays[weekday - 1].1)
    }

    static func openingDay(_ weekday: Int) -> Phrase {
        weekday == 8 ? Phrase("节假日", "Holidays") : Phrase("周\(openingDays[weekday - 1].0)", openingDays[weekday - 1].1)
    }

    static func openingCell(_ weekday: Int, _ period: Int) -> Phrase {
        Phrase("\(openingDay(weekday).zh) 第 \(period) 节", "\(openingDay(weekday).en), period \(period)")
    }
}
