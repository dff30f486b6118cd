public import CRDT

/// What a repair (修复) did, for the person who looks.
public struct RepairReport: Hashable, Sendable {
    /// Unix milliseconds.
    public var began: UInt64
    public var ended: UInt64
    /// The cursor.
    public var rev: UInt64
    public var exchanges = 0
    /// Bytes of the requests' bodies and of the answers'.
    public var sent = 0
    public var received = 0
    /// Ranges of which both sides' sums or rows were compared, and rows that were compared one by one.
    public var ranges = 0
    public var compared = 0
    /// Rows that the hub re-merged in its own file.
    public var hubMended = 0
    public var rows: [RowKey: Outcome] = [:]

    /// What became of a row.
    public enum Outcome: String, Hashable, Sendable, CaseIterable {
        /// Merged anew from the signed segments that are kept here.
        case segments
        /// Taken from the hub, as a row of a snapshot is: it is older than the segments that are kept here.
        case hub
        /// Nobody's journaled change made it: it is gone.
        case removed
        /// What stood here is what the segments say.
        case right
        /// Left as it is: under a pending edit, or the hub's row holds what is not in the journal here. Next time.
        case left
    }

    public init(began: UInt64, rev: UInt64) {
        self.began = began
        self.ended = began
        self.rev = rev
    }

    /// How many rows ended so.
    public func count(_ outcome: Outcome) -> Int { rows.values.count { $0 == outcome } }
}
