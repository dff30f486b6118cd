/// Points of one lane that are in one place: what the latest grant made of them, and whether its holder gave them away.
public struct Holding: Hashable, Sendable {
    public let span: Span
    public let grant: RowID
    public let fence: Fence
    public let holder: Grant.Holder
    /// The release under that grant; of several, as of a clone's, the one with the smallest id.
    public let release: Given?

    /// That points were given away.
    public struct Given: Hashable, Sendable {
        public let release: RowID
        public let wish: MemberID?

        public init(release: RowID, wish: MemberID?) {
            self.release = release
            self.wish = wish
        }
    }

    public init(span: Span, grant: RowID, fence: Fence, holder: Grant.Holder, release: Given?) {
        self.span = span
        self.grant = grant
        self.fence = fence
        self.holder = holder
        self.release = release
    }

    /// Whose the points are now.
    public var place: Place {
        if let release { return release.wish.map { .wished($0) } ?? .pool }
        return switch holder {
        case .replica(let replica): .held(replica)
        case .pool: .pool
        case .burnt: .burnt
        }
    }

    /// Where points are. Those of a replica that ended are in quarantine: the register tells, not the ledger.
    public enum Place: Hashable, Sendable {
        case pool
        case held(ReplicaID)
        /// On their way: given away with a wish for a member, and not granted on yet.
        case wished(MemberID)
        case burnt
    }

    /// The same on fewer points.
    public func clipped(to span: Span) -> Holding {
        Holding(span: span, grant: grant, fence: fence, holder: holder, release: release)
    }

    /// Whether it hides another on the same points.
    func isLater(than other: Holding) -> Bool { (fence, grant) > (other.fence, other.grant) }
}

/// Points that a live use takes.
public struct Occupation: Hashable, Sendable {
    public let use: RowID
    public let piece: Piece

    public init(use: RowID, piece: Piece) {
        self.use = use
        self.piece = piece
    }
}

/// A live use that a grant carries, and that has not come yet, nor a cancel of it (待到占用).
public struct Awaited: Hashable, Sendable {
    public let occupation: Occupation
    /// The grant that carries it.
    public let carrier: RowID

    public init(_ occupation: Occupation, by carrier: RowID) {
        self.occupation = occupation
        self.carrier = carrier
    }
}

/// What the ledger needs of whoever keeps it: the records by their ids, and three maps that follow from them.
///
/// A map is never the truth: it is what `Ledger` makes of the set of records, and can be made anew from it at any time.
public protocol LedgerIndex {
    func grant(_ id: RowID) throws -> Grant?
    func use(_ id: RowID) throws -> Use?
    func cancel(_ id: RowID) throws -> Cancel?
    func cancels(of use: RowID) throws -> [Cancel]
    /// Whether a dispute names this use or cancel.
    func isDisputed(_ record: RowID) throws -> Bool
    /// Releases of the grant's asset with a piece under it.
    func releases(under grant: Grant) throws -> [Release]

    /// Holdings that share points with a span, in order; they do not overlap.
    func holdings(of asset: AssetID, in span: Span) throws -> [Holding]
    /// Puts these holdings, which lie within a span, in the place of all points of the span.
    mutating func setHoldings(_ holdings: [Holding], of asset: AssetID, in span: Span) throws
    /// Live uses that share points with a span.
    func occupations(of asset: AssetID, in span: Span) throws -> [Occupation]
    /// The first of these lanes on which no live use has a point of `from..<to`; `nil` if there is none.
    func firstUnused(_ lanes: Range<UInt16>, of asset: AssetID, from: Int64, to: Int64) throws -> UInt16?
    mutating func occupy(_ asset: AssetID, by use: Use) throws
    mutating func vacate(_ asset: AssetID, by use: Use) throws
    /// Awaited uses with points of a span, whichever grant carries them.
    func awaited(of asset: AssetID, in span: Span) throws -> [Awaited]
    mutating func expect(_ awaited: Awaited, of asset: AssetID) throws
    /// A use has come, or a cancel of it: no grant's carrying it says anything more.
    mutating func arrived(_ use: RowID) throws
}

extension LedgerIndex {
    public func firstUnused(_ lanes: Range<UInt16>, of asset: AssetID, from: Int64, to: Int64) throws -> UInt16? {
        try lanes.first { lane in
            try Span(lane: lane, from: from, to: to).map { try occupations(of: asset, in: $0).isEmpty } ?? false
        }
    }
}
