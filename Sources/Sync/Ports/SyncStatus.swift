/// How a node's exchanges went. Times are Unix milliseconds by the node's own clock; 0 for never.
public struct SyncStatus: Hashable, Sendable {
    /// The last exchange that the hub answered.
    public var lastSuccess: UInt64
    public var lastAttempt: UInt64
    /// Since when exchanges fail; 0 while they do not.
    public var failingSince: UInt64
    /// Why the last one failed, in Chinese and in English; empty if it did not.
    public var failureZh: String
    public var failureEn: String
    /// When node and hub last proved to each other that they hold the same, and at which rev.
    public var provedAt: UInt64
    public var provedRev: UInt64
    /// The hub's head as of the last exchange.
    public var hubHead: UInt64

    public init() {
        lastSuccess = 0
        lastAttempt = 0
        failingSince = 0
        failureZh = ""
        failureEn = ""
        provedAt = 0
        provedRev = 0
        hubHead = 0
    }
}

/// What a session is given of the world: it has no clock and no randomness of its own.
public struct Surroundings: Sendable {
    /// Wall clock, Unix milliseconds.
    public let wall: UInt64
    /// A fresh 64-bit random number a call.
    public let random: @Sendable () -> UInt64

    public init(wall: UInt64, random: @escaping @Sendable () -> UInt64) {
        self.wall = wall
        self.random = random
    }
}
