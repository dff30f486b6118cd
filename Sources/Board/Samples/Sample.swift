public import CRDT

/// How fine a ring of samples is, and how far back it reaches.
public enum Tier: Int, Hashable, Sendable, CaseIterable {
    /// 60 minutes.
    case hour = 0
    /// 144 times ten minutes.
    case day = 1
    /// 168 hours.
    case week = 2

    /// Milliseconds that one slot covers.
    public var width: UInt64 {
        switch self {
        case .hour: 60_000
        case .day: 600_000
        case .week: 3_600_000
        }
    }

    /// Slots of the ring: what is older is overwritten.
    public var count: Int {
        switch self {
        case .hour: 60
        case .day: 144
        case .week: 168
        }
    }

    /// Slots that become one where all nodes stand beneath each other: their lines are narrow.
    public var coarseness: Int {
        switch self {
        case .hour: 2
        case .day: 3
        case .week: 4
        }
    }

    /// The name that a page and a command use.
    public var name: String {
        switch self {
        case .hour: "1h"
        case .day: "24h"
        case .week: "7d"
        }
    }

    public init?(name: String) {
        guard let tier = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = tier
    }

    /// When the slot of a moment begins.
    public func slot(of time: UInt64) -> UInt64 { time - time % width }

    /// Where in the ring a slot stands.
    func position(of slot: UInt64) -> UInt64 { slot / width % UInt64(count) }

    /// The slots up to that of a moment, the oldest first.
    public func slots(to now: UInt64) -> [UInt64] {
        let last = slot(of: now)
        return (0..<UInt64(count)).reversed().compactMap { back in
            let age = back * width
            return age <= last ? last - age : nil
        }
    }
}

/// What was seen of one node in a slot of time. What was not seen is `nil`, never 0.
public struct NodeSample: Hashable, Sendable {
    /// The worst in the slot, milliseconds.
    public var lag: UInt64?
    public var pending: UInt64?
    /// Transactions that were exchanged in it.
    public var items: Traffic
}

/// What was seen of the whole alliance in a slot of time.
public struct AllianceSample: Hashable, Sendable {
    /// Nodes that were heard lately; the fewest in the slot.
    public var heard: UInt64?
    /// The median of the nodes' lags, and the lag that nine in ten stay under; the worst in the slot, milliseconds.
    public var middle: UInt64?
    public var high: UInt64?
    public var pending: UInt64?
    public var conflicts: UInt64?
    public var requests: UInt64?
    public var items: Traffic

    public init(
        heard: UInt64?, middle: UInt64?, high: UInt64?, pending: UInt64?, conflicts: UInt64?, requests: UInt64?,
        items: Traffic = .none
    ) {
        self.heard = heard
        self.middle = middle
        self.high = high
        self.pending = pending
        self.conflicts = conflicts
        self.requests = requests
        self.items = items
    }

    static let unseen = AllianceSample(
        heard: nil, middle: nil, high: nil, pending: nil, conflicts: nil, requests: nil)
}
