/// A point of hybrid time: 48 bits of Unix milliseconds and a 16-bit counter, as one number.
///
/// Adding 1 counts within a millisecond and carries into the next one.
public struct HybridTime: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The first hybrid time of a millisecond. Milliseconds beyond `millisecondsMax` are held at it.
    public init(milliseconds: UInt64) { rawValue = min(milliseconds, Self.millisecondsMax) << 16 }

    /// Unix milliseconds, UTC.
    public var milliseconds: UInt64 { rawValue >> 16 }
    public var counter: UInt16 { UInt16(truncatingIfNeeded: rawValue) }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    public static let zero = HybridTime(rawValue: 0)

    /// The largest Unix milliseconds that are used: 47 bits (the year 6429), so that the whole fits SQLite's signed
    /// 64-bit integer.
    public static let millisecondsMax: UInt64 = 1 << 47 - 1

    public var description: String { "\(milliseconds).\(counter)" }
}

/// The stamp (时间戳) of a transaction: hybrid time, then replica. A total order without ties: one replica's
/// transactions have strictly increasing times, and two replicas differ in their id.
public struct Stamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let time: HybridTime
    public let replica: ReplicaID

    public init(time: HybridTime, replica: ReplicaID) {
        self.time = time
        self.replica = replica
    }

    public static func < (left: Self, right: Self) -> Bool {
        left.time != right.time ? left.time < right.time : left.replica < right.replica
    }

    public var description: String { "\(time)@\(replica)" }
}

extension Stamp {
    /// Reads what `description` gives: `1764720000000.3@00d1f2a3b4c5d6e7`.
    public init?(_ text: some StringProtocol) {
        let halves = text.split(separator: "@", omittingEmptySubsequences: false)
        guard halves.count == 2, let replica = ReplicaID(halves[1]) else { return nil }
        let parts = halves[0].split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let milliseconds = UInt64(parts[0]), let counter = UInt16(parts[1]),
            milliseconds <= HybridTime.millisecondsMax
        else { return nil }
        self.init(time: HybridTime(rawValue: milliseconds << 16 | UInt64(counter)), replica: replica)
    }
}
