public import CRDT

/// A time in which a member's machines are off on purpose (计划停机): a holiday, a move, a night without power.
public struct SilenceWindow: Hashable, Sendable {
    public let id: Int64
    public let member: MemberID
    /// Unix milliseconds, the end not included.
    public let range: Range<UInt64>
    public let reason: String
    /// Who entered it.
    public let author: String

    public init(id: Int64, member: MemberID, range: Range<UInt64>, reason: String, author: String) {
        self.id = id
        self.member = member
        self.range = range
        self.reason = reason
        self.author = author
    }
}

/// How long nothing was heard of somebody, counted only while one could have heard.
public enum HeardSilence {
    /// Milliseconds between `since` and `now` outside the ranges that do not count: those in which the hub itself was
    /// off, and those in which the member said that it would be. They may overlap.
    public static func length(since: UInt64, to now: UInt64, except: [Range<UInt64>]) -> UInt64 {
        guard since < now else { return 0 }
        var silence: UInt64 = 0
        var from = since
        for range in except.sorted(by: { $0.lowerBound < $1.lowerBound }) where range.upperBound > from {
            guard range.lowerBound < now else { break }
            if range.lowerBound > from { silence += range.lowerBound - from }
            from = min(now, range.upperBound)
        }
        return silence + (now - from)
    }
}
