/// A time of day as clocks on the wall show it, Asia/Shanghai: `08:00`; `24:00` is the end of a day.
public struct WallTime: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// After midnight, 0 to 1440.
    public let minutes: Int

    public static let midnight = WallTime(unchecked: 0)
    public static let endOfDay = WallTime(unchecked: 1440)

    private init(unchecked minutes: Int) { self.minutes = minutes }

    /// `nil` unless the day has so many minutes.
    public init?(minutes: Int) {
        guard (0...1440).contains(minutes) else { return nil }
        self.minutes = minutes
    }

    /// Reads `08:00`, and no other form.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [2, 2], parts.allSatisfy({ String($0).isDigits }), let hour = Int(parts[0]),
            let minute = Int(parts[1]), minute < 60
        else { return nil }
        self.init(minutes: hour * 60 + minute)
    }

    /// Reads a time as people and Excel write it: `8:00`, `08:00:00`, `８：００`, `8点`, `8时30分`.
    public init(typed text: String) throws(ValueProblem) {
        var parts = text.halfWidth.unspaced.map { "时点分:".contains($0) ? ":" : $0 }
            .split(separator: ":", omittingEmptySubsequences: false).map { String($0) }
        if parts.last == "", parts.count > 1 { parts.removeLast() }
        if parts.count == 3, parts[2] == "00" { parts.removeLast() }
        let isHourOnly = parts.count == 1 && text.contains { "时点".contains($0) }
        guard parts.count == 2 || isHourOnly, parts.allSatisfy({ $0.isDigits && $0.utf8.count <= 2 }),
            let hour = Int(parts[0]), let minute = Int(parts.count == 2 ? parts[1] : "0"), minute < 60,
            let time = WallTime(minutes: hour * 60 + minute)
        else { throw .notTime(text) }
        self = time
    }

    public var description: String {
        [minutes / 60, minutes % 60].map { String(String(100 + $0).suffix(2)) }.joined(separator: ":")
    }

    public static func < (left: Self, right: Self) -> Bool { left.minutes < right.minutes }
}
