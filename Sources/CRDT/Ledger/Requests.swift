/// Somebody asks for points that another holds (申请).
public struct Request: Hashable, Sendable {
    public let id: RowID
    /// The replica that asks; what it is given is granted to it, or to its member's present one.
    public let author: ReplicaID
    public let asset: AssetID
    public let wanted: Wanted
    /// Whether it stays open while its points are used (候补): it is answered when they are free.
    public let waits: Bool

    public init(id: RowID, author: ReplicaID, asset: AssetID, wanted: Wanted, waits: Bool = false) {
        self.id = id
        self.author = author
        self.asset = asset
        self.wanted = wanted
        self.waits = waits
    }
}

/// How many points somebody wants, and where; which ones is for the one who gives them to choose.
public struct Wanted: Hashable, Sendable {
    /// Of a space or a teacher: that many lanes, each for the whole of `from..<to`. Of a plan, where a lane is one line
    /// of places: that many places between `from` and `to`.
    public let count: Int
    public let from: Int64
    public let to: Int64
    public let kind: Kind

    public enum Kind: Hashable, Sendable { case lanes, places }

    /// - Returns: `nil` if it asks for nothing.
    public init?(_ kind: Kind, count: Int, from: Int64, to: Int64) {
        guard count > 0, from < to else { return nil }
        self.kind = kind
        self.count = count
        self.from = from
        self.to = to
    }
}
