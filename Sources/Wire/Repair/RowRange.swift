public import CRDT

/// The rows of a table whose ids end in the same bits.
///
/// Both kinds of ids, random ones and hashes, are spread evenly by their last bits, so a range falls into parts of about
/// the same size wherever it is, and needs no bounds from anybody's rows.
///
///     level 0   every row of the table
///     level 1   rows whose id ends in `suffix`, 6 bits
///     level n   … 6 × n bits
public struct RowRange: Hashable, Sendable {
    /// Into how many ranges of the next level a range falls.
    public static let parts = 64
    /// Ranges of this level are not divided.
    public static let levelMax = 10
    private static let bits = 6

    public let table: TableID
    public let level: Int
    /// Below 64 to the power of `level`.
    public let suffix: UInt64

    /// - Precondition: the level is within 0 … `levelMax`, and the suffix has no more bits than it gives.
    public init(table: TableID, level: Int = 0, suffix: UInt64 = 0) {
        precondition((0...Self.levelMax).contains(level) && suffix & ~Self.mask(level) == 0, "\(suffix) at \(level)")
        self.table = table
        self.level = level
        self.suffix = suffix
    }

    /// The suffix of an id at a level.
    public static func suffix(of id: RowID, level: Int) -> UInt64 {
        UInt64(truncatingIfNeeded: id.rawValue) & mask(level)
    }

    /// The part of a range of this level to which an id belongs: 0 ..< `parts`.
    public static func part(of id: RowID, level: Int) -> Int {
        Int(truncatingIfNeeded: id.rawValue >> UInt128(bits * level)) & (parts - 1)
    }

    /// One of the ranges of the next level; `nil` where there is none.
    public func part(_ number: Int) -> RowRange? {
        guard level < Self.levelMax else { return nil }
        return RowRange(table: table, level: level + 1, suffix: suffix | UInt64(number) << UInt64(Self.bits * level))
    }

    static func mask(_ level: Int) -> UInt64 { (1 << UInt64(bits * level)) - 1 }
}

/// A row as a short list names it.
public struct RowMark: Hashable, Sendable {
    public let owner: MemberID
    public let id: RowID
    /// The last 64 bits of the row hash: enough to tell one state of a row from another, since the digests that are
    /// compared at the end have all of them.
    public let hash: UInt64

    public init(owner: MemberID, id: RowID, hash: UInt64) {
        self.owner = owner
        self.id = id
        self.hash = hash
    }
}
