/// Points that the hub puts somewhere (授予): into one replica's holding, into the pool, or out of the world.
public struct Grant: Hashable, Sendable {
    public let id: RowID
    public let fence: Fence
    public let asset: AssetID
    public let spans: [Span]
    public let holder: Holder
    /// Live uses that go with the points. Whoever learns of the grant first must not take those points for free.
    public let carries: [Occupation]

    /// Where a grant puts its points.
    public enum Holder: Hashable, Sendable {
        case replica(ReplicaID)
        /// The hub's pool (公共池): a plan that is minted, or points that come back to it.
        case pool
        /// Nowhere: places by which a plan was cut (核减).
        case burnt
    }

    public init(
        id: RowID, fence: Fence, asset: AssetID, spans: [Span], holder: Holder, carries: [Occupation] = []
    ) {
        self.id = id
        self.fence = fence
        self.asset = asset
        self.spans = spans
        self.holder = holder
        self.carries = carries
    }
}

/// A holder gives points away (释放), with the bookings on them: to the pool, or with a wish for a member.
public struct Release: Hashable, Sendable {
    public let id: RowID
    public let author: ReplicaID
    public let asset: AssetID
    public let pieces: [Piece]
    public let wish: MemberID?

    public init(id: RowID, author: ReplicaID, asset: AssetID, pieces: [Piece], wish: MemberID?) {
        self.id = id
        self.author = author
        self.asset = asset
        self.pieces = pieces
        self.wish = wish
    }
}

/// An admission or a confirmed booking takes points (占用).
public struct Use: Hashable, Sendable {
    public let id: RowID
    public let author: ReplicaID
    public let asset: AssetID
    public let pieces: [Piece]

    public init(id: RowID, author: ReplicaID, asset: AssetID, pieces: [Piece]) {
        self.id = id
        self.author = author
        self.asset = asset
        self.pieces = pieces
    }
}

/// The end of a use (取消): its points are the holder's again.
public struct Cancel: Hashable, Sendable {
    public let id: RowID
    public let author: ReplicaID
    public let use: RowID
    /// The points of the use, under the grants by which its author held them.
    public let pieces: [Piece]

    public init(id: RowID, author: ReplicaID, use: RowID, pieces: [Piece]) {
        self.id = id
        self.author = author
        self.use = use
        self.pieces = pieces
    }
}

/// The hub's word that a use or a cancel does not count (争议), named beside what it lost to.
public struct Dispute: Hashable, Comparable, Sendable {
    /// The use or the cancel that does not count.
    public let record: RowID
    /// The use that stands there, if one does.
    public let winner: RowID?
    public let reason: Reason

    public enum Reason: String, CaseIterable, Hashable, Sendable {
        /// Another use stands there.
        case taken
        /// The points had gone to somebody else.
        case gone
        /// Who wrote it never held the points.
        case foreign
        /// A use under a later grant took its place.
        case displaced
    }

    public init(record: RowID, winner: RowID?, reason: Reason) {
        self.record = record
        self.winner = winner
        self.reason = reason
    }

    /// By the record, then by the winner, none first, then by the reason's name.
    public static func < (left: Self, right: Self) -> Bool {
        let zero = RowID(rawValue: 0)
        return (left.record, left.winner ?? zero, left.reason.rawValue)
            < (right.record, right.winner ?? zero, right.reason.rawValue)
    }
}
