import Alliance
import Replica

/// The hub does not start far from its journal's last time without its operator: its clock bounds everyone's stamps.
enum ClockCheck {
    /// How far behind the last entry the clock may be, milliseconds: 5 minutes.
    static let behindMax: UInt64 = 5 * 60_000
    /// How far after it: 400 days, the longest summer.
    static let aheadMax: UInt64 = 400 * 24 * 3_600_000

    static func atStart(wall: UInt64, journal: UInt64) throws {
        guard journal > 0 else { return }
        if wall + behindMax < journal {
            throw refusal("慢于", "behind", minutes: (journal - wall) / 60_000)
        }
        if wall > journal + aheadMax {
            throw refusal("快于", "ahead of", minutes: (wall - journal) / 60_000)
        }
    }

    private static func refusal(_ zh: String, _ en: String, minutes: UInt64) -> CommandError {
        CommandError(
            .refused, "clock",
            Phrase(
                "本机时钟\(zh)日志最后时间 \(minutes) 分钟，中心未启动，数据未受影响；请校正时钟，确认无误可加 --accept-clock。",
                "The clock is \(minutes) minutes \(en) the journal's last entry; the hub did not start and nothing was touched; set the clock, or give --accept-clock if it is right."
            ))
    }
}
