/// Instants as the clocks of China show them: `2026-11-22 08:30:05`, Asia/Shanghai.
///
/// Always UTC+8, by arithmetic: there has been no summer time since 1992 (instants of the summers before are shown as
/// standard time), and `TimeZone(identifier:)` is `nil` where only FoundationEssentials is there.
public enum ChinaTime {
    private static let offset: Int64 = 8 * 3_600_000
    private static let day: Int64 = 86_400_000

    /// The text of Unix milliseconds: whole seconds, with `.123` behind if there are more; the bare number with `ms`
    /// for what no calendar has (before 1970, after the year 9999).
    public static func text(milliseconds: Int64) -> String {
        let (local, overflow) = milliseconds.addingReportingOverflow(offset)
        guard milliseconds >= 0, !overflow, let date = CalendarDate(days: local / day) else {
            return "\(milliseconds) ms"
        }
        let rest = Int(local % day)
        let seconds = rest / 1000
        let time = [seconds / 3600, seconds / 60 % 60, seconds % 60].map { String(100 + $0).suffix(2) }.joined(
            separator: ":")
        return "\(date) \(time)" + (rest % 1000 == 0 ? "" : "." + String(1000 + rest % 1000).suffix(3))
    }

    /// Unix milliseconds of a date and time that somebody typed, as imports read them.
    public static func instant(typed text: String) throws(ValueProblem) -> Int64 { try milliseconds(typed: text) }

    /// Reads a date and time: any form of a date, then `8:30`, `08:30:05`, `08:30:05.123` or `8时30分`, then nothing
    /// (China time), `Z` or an offset such as `+08:00`. A date alone is its first moment.
    static func milliseconds(typed text: String) throws(ValueProblem) -> Int64 {
        let units: [Character: Character?] = ["时": ":", "点": ":", "分": ":", "秒": nil]
        let plain = String(text.halfWidth.trimmed.compactMap { units[$0] ?? $0 })
        let (dateText, timeText) = split(plain)
        let date = try CalendarDate(typed: dateText)
        guard let time = timeText.isEmpty ? 0 - offset : sinceMidnight(timeText) else { throw .notInstant(text) }
        let result = date.days * day + time
        guard result >= 0 else { throw .beforeEpoch(text) }
        return result
    }

    /// Divides before the hour: up to two digits before the first colon.
    private static func split(_ text: String) -> (date: String, time: String) {
        guard let colon = text.firstIndex(of: ":") else { return (text, "") }
        let hour = text[..<colon].suffix(2).reversed().prefix { $0.isASCII && $0.isNumber }.count
        let start = text.index(colon, offsetBy: -hour)
        var date = text[..<start]
        if let last = date.last, last == "T" || last == "t" { date = date.dropLast() }
        return (String(date), String(text[start...]))
    }

    /// Milliseconds from midnight UTC of the date to a time with its zone.
    private static func sinceMidnight(_ text: String) -> Int64? {
        let clock = text.prefix { !"Zz+-".contains($0) }
        guard let zone = zone(text[clock.endIndex...]) else { return nil }
        var parts = String(clock).trimmed.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        if parts.last == "" { parts.removeLast() }
        let seconds = (parts.count == 3 ? parts.removeLast() : "0")
            .split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let fraction = seconds.count == 2 ? seconds[1] : "0"
        guard (1...2).contains(parts.count), fraction.isDigits, fraction.utf8.count <= 3,
            let hour = number(parts[0], below: 24), let minute = number(parts.count == 2 ? parts[1] : "0", below: 60),
            let second = number(seconds[0], below: 60),
            let milliseconds = Int64(fraction + String(repeating: "0", count: 3 - fraction.utf8.count))
        else { return nil }
        return (hour * 3600 + minute * 60 + second) * 1000 + milliseconds - zone
    }

    /// Milliseconds that a zone is ahead of UTC.
    private static func zone(_ text: Substring) -> Int64? {
        guard let sign = text.first else { return offset }
        let digits = text.dropFirst().filter { $0 != ":" }
        if sign == "Z" || sign == "z" { return digits.isEmpty ? 0 : nil }
        guard digits.utf8.count == 4, let hours = number(String(digits.prefix(2)), below: 15),
            let minutes = number(String(digits.suffix(2)), below: 60)
        else { return nil }
        return (hours * 60 + minutes) * 60_000 * (sign == "-" ? -1 : 1)
    }

    private static func number(_ text: String, below limit: Int64) -> Int64? {
        guard text.isDigits, text.utf8.count <= 2, let number = Int64(text), number < limit else { return nil }
        return number
    }
}
