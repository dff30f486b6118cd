import Alliance

/// The days that a workbook counts: from 1900-01-01 with a 29th of February that never was, or from 1904-01-01.
enum SerialDate {
    private static let secondsOfDay = 86_400.0
    /// The last day of the year 9999.
    private static let daysMax = 2_958_466.0

    /// The text of a number in a date's format, in the form that an import reads; `nil` for what is no date.
    /// - Parameter from1904: whether the workbook counts from there.
    static func text(_ number: Double, _ format: NumberFormat, from1904: Bool) -> String? {
        guard number >= 0, number < daysMax else { return nil }
        var days = number.rounded(.down)
        var seconds = ((number - days) * secondsOfDay).rounded()
        if seconds == secondsOfDay { (days, seconds) = (days + 1, 0) }
        let clock = text(ofSecond: Int(seconds))
        guard format != .time else { return clock }
        guard let date = date(Int(days), from1904: from1904) else { return nil }
        return format == .dateAndTime && seconds > 0 ? "\(date) \(clock)" : "\(date)"
    }

    /// The number of a date in a workbook that counts from 1900; `nil` before March 1900.
    static func number(of date: CalendarDate) -> Double? {
        let days = sinceEpoch(date) + 25_569
        return days >= 61 ? Double(days) : nil
    }

    private static func date(_ serial: Int, from1904: Bool) -> CalendarDate? {
        guard serial > 0 || from1904 else { return nil }
        return calendar(daysSinceEpoch: from1904 ? serial - 24_107 : serial >= 61 ? serial - 25_569 : serial - 25_568)
    }

    private static func text(ofSecond second: Int) -> String {
        let parts = [second / 3600, second / 60 % 60, second % 60].map { String(100 + $0).suffix(2) }
        return parts[2] == "00" ? "\(parts[0]):\(parts[1])" : parts.joined(separator: ":")
    }

    // MARK: Days since 1970-01-01, in eras of 400 years

    private static func calendar(daysSinceEpoch days: Int) -> CalendarDate? {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let year = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * year + year / 4 - year / 100)
        let month = (5 * dayOfYear + 2) / 153
        let isLate = month >= 10
        return CalendarDate(
            year: year + era * 400 + (isLate ? 1 : 0), month: isLate ? month - 9 : month + 3,
            day: dayOfYear - (153 * month + 2) / 5 + 1)
    }

    private static func sinceEpoch(_ date: CalendarDate) -> Int {
        let year = date.month <= 2 ? date.year - 1 : date.year
        let era = year / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (date.month > 2 ? date.month - 3 : date.month + 9) + 2) / 5 + date.day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
