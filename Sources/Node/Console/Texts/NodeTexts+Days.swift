import Alliance
import Web

extension NodeTexts {
    private static let weekdays = [
        Phrase("星期四", "Thursday"), Phrase("星期五", "Friday"), Phrase("星期六", "Saturday"), Phrase("星期日", "Sunday"),
        Phrase("星期一", "Monday"), Phrase("星期二", "Tuesday"), Phrase("星期三", "Wednesday"),
    ]
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    /// The English name of a month, from 1.
    static func monthName(_ month: Int) -> String { months.indices.contains(month - 1) ? months[month - 1] : "" }

    /// A day of China's calendar, with its weekday.
    static func day(_ milliseconds: Int64) -> Phrase {
        // The first of January 1970 was a Thursday.
        let weekday = weekdays[Int((milliseconds / 3_600_000 + 8) / 24 % 7)]
        let date = date(milliseconds)
        return Phrase("\(date.zh) \(weekday.zh)", "\(weekday.en), \(date.en)")
    }

    /// A date without its year.
    static func date(_ milliseconds: Int64) -> Phrase {
        let parts = ChinaTime.text(milliseconds: milliseconds).prefix(10).split(separator: "-").compactMap { Int($0) }
        guard parts.count == 3, months.indices.contains(parts[1] - 1) else { return Texts.never }
        return Phrase("\(parts[1])月\(parts[2])日", "\(parts[2]) \(months[parts[1] - 1])")
    }
}
