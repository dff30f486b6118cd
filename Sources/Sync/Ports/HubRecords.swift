public import CRDT
public import Wire

/// What a node last said to the hub, for its operator.
public struct NodeReport: Hashable, Sendable {
    public let replica: ReplicaID
    public var token: Token
    /// Unix milliseconds by the hub's clock.
    public var lastExchange: UInt64
    /// When a bundle last told something new, likewise; 0 for never.
    public var lastBundle: UInt64
    public var cursor: UInt64
    public var pending: UInt64
    public var pendingSince: UInt64
    public var program: String
    public var schema: UInt32
    /// Node's clock less hub's, milliseconds.
    public var clockOffset: Int64
    /// When the digests last agreed at the head with nothing pending, and at which rev; 0 for never.
    public var provedAt: UInt64
    public var provedRev: UInt64
    /// Numbers of the alarms that stand at the node.
    public var alarms: [UInt32]
    /// The number of the epoch in which it was last heard with nothing left to return; 0 for none.
    public var epoch: UInt32
    /// The cursor as of when it last had nothing pending: it has merged so much, and what it still writes has seen it.
    public var acknowledged: UInt64
    /// When the operator said that nobody waits for it any more, Unix milliseconds; 0 while it counts.
    public var leftBehind: UInt64

    public init(replica: ReplicaID) {
        self.replica = replica
        token = .none
        lastExchange = 0
        lastBundle = 0
        cursor = 0
        pending = 0
        pendingSince = 0
        program = ""
        schema = 0
        clockOffset = 0
        provedAt = 0
        provedRev = 0
        alarms = []
        epoch = 0
        acknowledged = 0
        leftBehind = 0
    }

    /// Notes what a node has merged. What it has pending has seen less: as long as there is any, nothing more counts.
    mutating func acknowledge(_ request: ExchangeRequest) {
        acknowledged = request.pending == 0 ? request.cursor.rev : min(acknowledged, request.cursor.rev)
    }
}

/// One of several files that write under one replica id, and what the operator says of it.
public struct ReplicaCopy: Hashable, Sendable {
    public enum Decision: String, Hashable, Sendable {
        case waiting
        /// It goes on, under a new id.
        case goesOn = "goes_on"
        case stopped
    }

    public let replica: ReplicaID
    /// The random half of the token by which it is known again: a stopped copy draws no other.
    public let token: UInt64
    /// Its own head when it was last seen.
    public var head: Head
    /// Unix milliseconds by the hub's clock.
    public let firstSeen: UInt64
    public var lastSeen: UInt64
    public var decision: Decision

    public init(
        replica: ReplicaID, token: UInt64, head: Head, firstSeen: UInt64, lastSeen: UInt64, decision: Decision
    ) {
        self.replica = replica
        self.token = token
        self.head = head
        self.firstSeen = firstSeen
        self.lastSeen = lastSeen
        self.decision = decision
    }
}

/// A one-time code that the hub has given out.
public struct InvitationRecord: Hashable, Sendable {
    public let code: [UInt8]
    public let member: MemberID
    /// Emptied when the code is used.
    public var secret: [UInt8]
    /// Unix milliseconds.
    public let expires: UInt64
    /// The public key of the node that used it.
    public var usedBy: [UInt8]?

    public init(code: [UInt8], member: MemberID, secret: [UInt8], expires: UInt64, usedBy: [UInt8]?) {
        self.code = code
        self.member = member
        self.secret = secret
        self.expires = expires
        self.usedBy = usedBy
    }
}

/// Where a segment stands in the journal, and where it stood in a former epoch that ended with a restoration.
public struct JournalPlace: Hashable, Sendable {
    public let rev: UInt64
    public let former: Former?

    public struct Former: Hashable, Sendable {
        public let epoch: UInt32
        public let rev: UInt64

        public init(epoch: UInt32, rev: UInt64) {
            self.epoch = epoch
            self.rev = rev
        }
    }

    public init(rev: UInt64, former: Former?) {
        self.rev = rev
        self.former = former
    }
}

/// An epoch that began with a restoration of the hub.
public struct EpochRecord: Hashable, Sendable {
    public let epoch: Epoch
    /// The head when it began: what came after it in the epoch before has to come back from the nodes.
    public let fromRev: UInt64
    /// Unix milliseconds.
    public let opened: UInt64
    /// When the operator closed the recovery; `nil` while it goes on.
    public var closed: UInt64?
    /// How it was noticed, for the operator.
    public let cause: String

    public init(epoch: Epoch, fromRev: UInt64, opened: UInt64, closed: UInt64?, cause: String) {
        self.epoch = epoch
        self.fromRev = fromRev
        self.opened = opened
        self.closed = closed
        self.cause = cause
    }
}

/// A segment that came back and waits to be journaled again, without its bodies.
public struct WaitingSegment: Sendable {
    public let header: SegmentHeader
    public let hash: Hash256
    /// The sections that are here, by index in the header.
    public let sections: Set<Int>

    public init(header: SegmentHeader, hash: Hash256, sections: Set<Int>) {
        self.header = header
        self.hash = hash
        self.sections = sections
    }

    /// Where its chain stands with it.
    public var head: Head { Head(replica: header.replica, seq: header.seq, hash: hash) }
    public var isWhole: Bool { sections.count == header.sections.count }
}
