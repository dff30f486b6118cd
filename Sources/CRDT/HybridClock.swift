/// A hybrid logical clock (Kulkarni et al., 2014): never behind what it has seen, never twice the same.
///
///     var clock = HybridClock(last: .zero)
///     clock.next(wall: 1_700_000_000_000)   // …000.0
///     clock.next(wall: 1_700_000_000_000)   // …000.1
///
/// Wall time only labels: when it stands still, runs backwards or is missing, the clock goes on from its last time + 1,
/// so that work never stops.
public struct HybridClock: Hashable, Sendable {
    /// The largest time given out or witnessed.
    public private(set) var last: HybridTime

    public init(last: HybridTime) { self.last = last }

    /// The time of the next transaction: larger than all before it, and at least `wall` (Unix milliseconds) where
    /// that is given.
    public mutating func next(wall: UInt64?) -> HybridTime {
        let following = HybridTime(rawValue: last.rawValue + 1)
        last = wall.map { max(following, HybridTime(milliseconds: $0)) } ?? following
        return last
    }

    /// Takes note of a time that the hub has accepted, so that what is written next is later than what was read.
    public mutating func witness(_ time: HybridTime) { last = max(last, time) }
}

/// Which stamps the hub accepts: none further ahead than five minutes of the larger of its clock and the largest
/// stamp that the journal holds. A transaction beyond the bound is struck out and moves nobody's clock.
public struct StampBound: Hashable, Sendable {
    /// How far ahead a stamp may be, in milliseconds.
    public static let aheadMax: UInt64 = 5 * 60 * 1000

    /// The latest moment that anybody believes, Unix milliseconds, in the year 4199: half of what a hybrid time holds, so
    /// that whoever has witnessed it can still count on.
    public static let farthest: UInt64 = 1 << 46

    /// The largest hybrid time that is accepted.
    public let latest: HybridTime

    /// - Parameters:
    ///   - wall: the hub's clock, Unix milliseconds.
    ///   - journal: the largest accepted stamp of the journal.
    ///   - next: the first time of what the same replica is known to have written later, if that is a bound as well.
    public init(wall: UInt64, journal: HybridTime, before next: HybridTime? = nil) {
        let latest = HybridTime(milliseconds: max(wall, journal.milliseconds) + Self.aheadMax)
        self.latest = next.map { min(latest, HybridTime(rawValue: max($0.rawValue, 1) - 1)) } ?? latest
    }

    public func admits(_ time: HybridTime) -> Bool { time <= latest }
}
