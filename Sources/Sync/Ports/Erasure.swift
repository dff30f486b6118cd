public import CRDT

/// A row whose personal values are to go everywhere (删除).
public struct Erasure: Sendable {
    public let key: RowKey
    /// Of the deletion.
    public var stamp: Stamp
    /// When it was asked for, Unix milliseconds.
    public let wall: UInt64
    /// Whose withdrawal asked for it; `nil` where somebody erased the row alone.
    public let person: RowID?
    /// When everybody had it, Unix milliseconds; `nil` until then.
    public var done: UInt64?
    /// How many members had acknowledged the deletion when the hub was last asked, and of how many.
    public var reached: (count: UInt32, of: UInt32)?

    public init(key: RowKey, stamp: Stamp, wall: UInt64, person: RowID?) {
        self.key = key
        self.stamp = stamp
        self.wall = wall
        self.person = person
    }
}

extension ReplicaTransaction {
    /// The rev of the last entry that wrote something of an erased row; `nil` while a part of it waits to be sent.
    public func lastRev(of erasure: Erasure) throws -> UInt64? {
        let stamps = try row(erasure.key).map { Set($0.stamps) } ?? []
        var last: UInt64?
        for stamp in stamps.union([erasure.stamp]) {
            guard !state.isPending(stamp) else { return nil }
            guard let rev = try place(of: stamp)?.rev else { continue }
            last = max(last ?? 0, rev)
        }
        return last
    }

    /// The erasures that are not done, with the revs of which the hub can say who has them.
    func openErasures() throws -> [(erasure: Erasure, rev: UInt64)] {
        try erasures().compactMap { erasure in
            guard erasure.done == nil, let rev = try lastRev(of: erasure) else { return nil }
            return (erasure, rev)
        }
    }
}
