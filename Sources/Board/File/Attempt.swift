public import Alliance
public import CRDT

/// A request of a node that the hub has answered, whose signature was verified: nobody else can have made it.
public struct Attempt: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable {
        case exchange
        case repair
        case snapshot
    }

    public let node: RowID
    public let kind: Kind
    /// Unix milliseconds by the hub's clock.
    public let time: UInt64
    /// Why the hub did not do what was asked; `nil` if it did.
    public let refusal: Reason?
    /// Bytes of the request's and of the answer's body.
    public let bytes: Traffic
    /// Transactions sent and received.
    public let items: Traffic
    /// How long it took the hub.
    public let milliseconds: UInt64

    public init(
        node: RowID, kind: Kind, time: UInt64, refusal: Reason?, bytes: Traffic, items: Traffic, milliseconds: UInt64
    ) {
        self.node = node
        self.kind = kind
        self.time = time
        self.refusal = refusal
        self.bytes = bytes
        self.items = items
        self.milliseconds = milliseconds
    }

    public struct Reason: Hashable, Sendable {
        public let code: String
        public let phrase: Phrase

        public init(code: String, phrase: Phrase) {
            self.code = code
            self.phrase = phrase
        }

        /// Whether the node mends it by trying again: nobody need look.
        public var isPassing: Bool { ["busy", "clock", "replayed", "unwell"].contains(code) }
    }
}

/// So much towards the hub, and so much from it.
public struct Traffic: Hashable, Sendable {
    public var up: UInt64
    public var down: UInt64

    public init(up: UInt64, down: UInt64) {
        self.up = up
        self.down = down
    }

    public static let none = Traffic(up: 0, down: 0)

    /// Whether there was none at all.
    public var isNone: Bool { up == 0 && down == 0 }
}

/// What the hub has counted of a node since it observes.
public struct Tally: Hashable, Sendable {
    /// Unix milliseconds of the first attempt that was counted.
    public let since: UInt64
    public let attempts: UInt64
    public let refusals: UInt64
    public let bytes: Traffic
    public let items: Traffic
    /// Unix milliseconds; 0 for never.
    public let lastAttempt: UInt64
    /// The last that the hub did as it was asked, likewise.
    public let lastSuccess: UInt64
    /// The last refusal and its time; `nil` without any.
    public let lastRefusal: Refused?

    public struct Refused: Hashable, Sendable {
        public let reason: Attempt.Reason
        /// Unix milliseconds.
        public let time: UInt64

        public init(reason: Attempt.Reason, time: UInt64) {
            self.reason = reason
            self.time = time
        }
    }

    /// The refusal that stands: nothing has succeeded since, and no new try will mend it.
    public var standingRefusal: Attempt.Reason? {
        guard let lastRefusal, lastRefusal.time >= lastSuccess, !lastRefusal.reason.isPassing else { return nil }
        return lastRefusal.reason
    }

    public init(
        since: UInt64, attempts: UInt64, refusals: UInt64, bytes: Traffic, items: Traffic, lastAttempt: UInt64,
        lastSuccess: UInt64, lastRefusal: Refused?
    ) {
        self.since = since
        self.attempts = attempts
        self.refusals = refusals
        self.bytes = bytes
        self.items = items
        self.lastAttempt = lastAttempt
        self.lastSuccess = lastSuccess
        self.lastRefusal = lastRefusal
    }
}

/// A line of a node's story: attempts that were alike and followed one another.
public struct AttemptLine: Hashable, Sendable {
    public let node: RowID
    public let kind: Attempt.Kind
    /// Unix milliseconds of the first and of the last.
    public let first: UInt64
    public let last: UInt64
    public let times: UInt64
    public let refusal: Attempt.Reason?
    public let bytes: Traffic
    public let items: Traffic
    /// The longest.
    public let milliseconds: UInt64
}
