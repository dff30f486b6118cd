import Foundation
public import Sync

/// The world as this process sees it: the machine's clock, shifted where the environment asks for it, and the
/// system's randomness.
public enum World {
    /// For tests of wrong clocks: milliseconds by which this process's clock is off. It is announced at start.
    public static let clockOffset: Int64 =
        ProcessInfo.processInfo.environment["JILIAN_CLOCK_OFFSET_MS"].flatMap { Int64($0) } ?? 0

    /// For tests of clocks that stand still: what this process's clock shows for ever, Unix milliseconds.
    public static let clockStopped: UInt64? =
        ProcessInfo.processInfo.environment["JILIAN_CLOCK_STOPPED_MS"].flatMap { UInt64($0) }

    /// Wall clock, Unix milliseconds.
    public static var wall: UInt64 {
        clockStopped ?? UInt64(clamping: Int64(Date().timeIntervalSince1970 * 1000) + clockOffset)
    }

    public static var surroundings: Surroundings {
        Surroundings(wall: wall, random: { UInt64.random(in: .min ... .max) })
    }
}
