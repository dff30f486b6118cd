/// What is cut into points (点): a plan of places, a space, a teacher. The row that describes it gives it its name.
public struct AssetID: Hashable, Comparable, Sendable {
    public let table: TableID
    /// Ids of rows are unique in a table, whoever owns them.
    public let row: RowID

    public init(table: TableID, row: RowID) {
        self.table = table
        self.row = row
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.table, left.row) < (right.table, right.row)
    }
}

/// Points in a row on one lane of an asset, half open: numbered places of a plan, or milliseconds of one workstation.
public struct Span: Hashable, Comparable, Sendable {
    /// The workstation of a space, from 0; always 0 where there is but one line of points.
    public let lane: UInt16
    /// The first point: a place's number, or Unix milliseconds.
    public let from: Int64
    /// The point after the last; greater than `from`.
    public let to: Int64

    /// - Returns: `nil` if it would hold no point.
    public init?(lane: UInt16, from: Int64, to: Int64) {
        guard from < to else { return nil }
        self.lane = lane
        self.from = from
        self.to = to
    }

    /// The point of one place (21.1); `nil` for a number that no place can have.
    public init?(lane: UInt16, place: Int64) {
        guard (1..<1 << 53).contains(place) else { return nil }
        self.init(lane: lane, from: place, to: place + 1)
    }

    /// The points that both hold; `nil` if there are none.
    public func intersection(_ other: Span) -> Span? {
        guard lane == other.lane else { return nil }
        return Span(lane: lane, from: max(from, other.from), to: min(to, other.to))
    }

    /// What is left of it without the points of others.
    public func subtracting(_ others: some Sequence<Span>) -> [Span] {
        var left: [Span] = []
        var next = from
        for other in others.compactMap(intersection).sorted() {
            if let before = Span(lane: lane, from: next, to: other.from) { left.append(before) }
            next = max(next, other.to)
        }
        if let after = Span(lane: lane, from: next, to: to) { left.append(after) }
        return left
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.lane, left.from, left.to) < (right.lane, right.from, right.to)
    }
}

/// Points, and the grant under which somebody acts on them.
public struct Piece: Hashable, Comparable, Sendable {
    public let span: Span
    public let grant: RowID

    public init(_ span: Span, under grant: RowID) {
        self.span = span
        self.grant = grant
    }

    public static func < (left: Self, right: Self) -> Bool { (left.span, left.grant) < (right.span, right.grant) }
}

/// The number of a grant (围栏): of two grants of a point the one with the larger fence is the later.
public struct Fence: Hashable, Comparable, Sendable {
    /// The hub epoch that issued it.
    public let epoch: UInt32
    /// Its number in that epoch, from 1.
    public let counter: UInt64

    public init(epoch: UInt32, counter: UInt64) {
        self.epoch = epoch
        self.counter = counter
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.epoch, left.counter) < (right.epoch, right.counter)
    }
}
