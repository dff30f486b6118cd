extension CalendarDate {
    /// Reads a date as people and Excel write it.
    ///
    /// `2026-11-22`, `2026/1/5`, `2026.11.22`, `2026年11月22日`, `20261122`; full-width digits; a weekday or a midnight
    /// that Excel put behind it. The year has four digits and comes first: `11/22/26` could be read in three ways.
    init(typed text: String) throws(ValueProblem) {
        let plain = Self.withoutTail(text.halfWidth.trimmed).unspaced
        if plain.isDigits {
            guard plain.utf8.count == 8 else {
                throw plain.utf8.count <= 6 ? .serialDate(text) : .notDate(text)
            }
            let digits = Substring(plain)
            try self.init(digits.prefix(4), digits.dropFirst(4).prefix(2), digits.suffix(2), text: text)
            return
        }
        let unit = plain.last.map { "日号".contains($0) } ?? false
        let parts = (unit ? plain.dropLast() : Substring(plain))
            .split(omittingEmptySubsequences: false) { "-/.年月–—−".contains($0) }
        guard parts.count == 3 else { throw .notDate(text) }
        try self.init(parts[0], parts[1], parts[2], text: text)
    }

    private init(_ year: Substring, _ month: Substring, _ day: Substring, text: String) throws(ValueProblem) {
        guard year.utf8.count == 4, (1...2).contains(month.utf8.count), (1...2).contains(day.utf8.count),
            [year, month, day].allSatisfy({ String($0).isDigits }),
            let year = Int(year), let month = Int(month), let day = Int(day)
        else { throw .notDate(text) }
        guard year > 0 else { throw .noYear(year) }
        guard (1...12).contains(month) else { throw .noMonth(month) }
        guard let date = CalendarDate(year: year, month: month, day: day) else {
            throw .noDay(day, month: month, year: year)
        }
        self = date
    }

    /// Takes off what Excel's date formats add: a weekday, or a midnight.
    private static func withoutTail(_ text: String) -> String {
        for midnight in [" 0:00:00", " 00:00:00", " 0:00", " 00:00"] where text.hasSuffix(midnight) {
            return String(text.dropLast(midnight.count))
        }
        for weekday in ["星期", "周"] where text.dropLast().hasSuffix(weekday) {
            guard let last = text.last, "一二三四五六日天".contains(last) else { continue }
            return String(text.dropLast(weekday.count + 1))
        }
        return text
    }
}

// MARK: Days

extension CalendarDate {
    /// Days since 1970-01-01 (Hinnant, “chrono-compatible low-level date algorithms”, 2013).
    var days: Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return Int64(era * 146_097 + dayOfEra - 719_468)
    }

    /// The date so many days after 1970-01-01; `nil` beyond the year 9999, or before 1970.
    init?(days: Int64) {
        guard (0...2_932_896).contains(days) else { return nil }
        let shifted = Int(days) + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth + (shiftedMonth < 10 ? 3 : -9)
        self.init(
            year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month,
            day: dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
