/// How long to wait after a failure: full jitter under a bound that doubles (Brooker, 2015), so that schools that lost
/// the hub together do not come back together.
public struct Backoff: Hashable, Sendable {
    /// Milliseconds.
    public static let first: UInt64 = 1_000
    public static let most: UInt64 = 300_000

    public private(set) var failures: UInt64 = 0

    public init() {}

    public mutating func succeeded() { failures = 0 }

    /// Milliseconds until the next attempt.
    /// - Parameters:
    ///   - random: any 64 random bits.
    ///   - atLeast: what the hub asked for (Retry-After).
    public mutating func failed(random: UInt64, atLeast: UInt64 = 0) -> UInt64 {
        let bound = min(Self.most, Self.first << min(failures, 20))
        failures += 1
        return atLeast + random % (bound + 1)
    }
}
