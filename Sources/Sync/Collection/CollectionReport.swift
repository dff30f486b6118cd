public import CRDT

/// What a collection (回收) dropped, or would drop.
public struct CollectionReport: Hashable, Sendable {
    /// Up to this rev everybody has everything: deletions up to here are collected.
    public var floor: UInt64
    /// Up to which rev each member's nodes have what they may read, as far as a kept backup covers it.
    public var floors: [MemberID: UInt64] = [:]
    /// Bodies of sections, and their bytes.
    public var sections = 0
    public var bytes = 0
    /// Deleted rows that were forgotten, and those of which only the deletion stays.
    public var forgotten = 0
    public var emptied = 0

    public init(floor: UInt64) { self.floor = floor }
}
