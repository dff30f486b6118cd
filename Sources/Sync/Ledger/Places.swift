import Alliance
import CRDT

/// The places of a plan: a point of the first lane, and of a plan whose training has a later stage that of the second
/// lane with the same number. Both are granted together, and part when a student goes on to the lead school.
extension Ledger {
    /// Places that are free, in every lane, where somebody looks for them.
    ///
    /// - Parameter holdings: all of the plan.
    /// - Returns: spans of the first lane, ascending.
    static func freePlaces(
        of plan: AssetID, lanes: Range<UInt16>, in place: Holding.Place, _ holdings: [Holding],
        index: some LedgerIndex
    ) throws -> [Span] {
        var free: [Span]?
        for lane in lanes {
            let here = try holdings.filter { $0.place == place && $0.span.lane == lane }.flatMap {
                try Ledger.free($0.span, of: plan, in: place, index: index)
            }.map { $0.span.inLane(0) }
            free = free.map { before in before.flatMap { span in here.compactMap { $0.intersection(span) } } } ?? here
        }
        return (free ?? []).sorted()
    }
}

extension Span {
    /// The same points of another lane.
    func inLane(_ lane: UInt16) -> Span { Span(lane: lane, from: from, to: to) ?? self }
}

extension [Span] {
    /// The same points of all these lanes.
    func inLanes(_ lanes: Range<UInt16>) -> [Span] { lanes.flatMap { lane in map { $0.inLane(lane) } } }

    /// How many points they have.
    var points: Int { reduce(0) { $0 + Int($1.to - $1.from) } }

    /// The first, or last, so many of their points; `nil` if they have fewer.
    func some(_ count: Int, isLast: Bool) -> [Span]? {
        guard points >= count else { return nil }
        var left = Int64(count)
        var chosen: [Span] = []
        for span in isLast ? sorted().reversed() : sorted() where left > 0 {
            let length = Swift.min(left, span.to - span.from)
            let some =
                isLast
                ? Span(lane: span.lane, from: span.to - length, to: span.to)
                : Span(lane: span.lane, from: span.from, to: span.from + length)
            if let some { chosen.append(some) }
            left -= length
        }
        return chosen.sorted()
    }
}
