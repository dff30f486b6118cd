public import CRDT
public import Wire

/// What a replica knows of itself and of where it stands: one row of its file.
public struct ReplicaState: Hashable, Sendable {
    public enum Role: String, Hashable, Sendable {
        case hub
        case node
    }

    public let role: Role
    /// The alliance's name.
    public var alliance: String
    public var replica: ReplicaID
    /// The member in whose name it writes.
    public let member: MemberID
    public let node: RowID
    public let secretariat: MemberID
    /// The hub's public key, 32 bytes: pinned when the node joined.
    public var hubKey: [UInt8]

    /// What of the journal is merged, and the journal hash there.
    public var cursor: JournalPosition
    public var journal: Hash256
    /// The largest time given out or witnessed.
    public var clock: HybridClock
    /// The last segment of this replica that was cut.
    public var own: Head?
    /// A new replica that goes on for another: where that one ended.
    public var standsOn: Head?
    /// This replica has ended, since its file was put back, or copied: it sends and merges what there is of it, cuts
    /// nothing more, and then goes on under a new id.
    public var isEnding: Bool
    /// Under which id this file may use, release and cancel points: under none from the moment at which it ends, since what
    /// it held then may have been used in a life of which this file knows nothing.
    public var holder: ReplicaID { isEnding ? ReplicaID(rawValue: 0) : replica }
    /// Every own segment up to this one is in the journal; 0 for none.
    public var acknowledgedSeq: UInt64
    /// The largest time of an own transaction that the journal holds and that was not struck out. Own stamps beyond it
    /// are pending.
    public var acknowledged: HybridTime
    /// The largest accepted time of the journal that was merged here.
    public var journalTime: HybridTime
    public var token: Token
    /// The token drawn for the exchange that is under way; `nil` if every one was answered.
    public var nextToken: Token?

    /// Hub time less own clock, milliseconds, as of the last exchange. Nodes only.
    public var hubOffset: Int64
    /// The hub's time as of the last exchange, Unix milliseconds; 0 if there was none. At the hub: of its last entry.
    public var hubTime: UInt64
    /// Up to this rev the hub has dropped sections that this member may read. At the hub: that any member may read.
    public var floor: UInt64
    /// Up to this rev deletions have been collected here.
    public var forgotten: UInt64
    /// Up to this rev sections may have been dropped here.
    public var collected: UInt64
    /// This node's person lets it take the hub's rows for its own where it stands below the floor, or it was away so
    /// long that nothing else is to be expected.
    public var mayStartAnew: Bool
    public var backedUp: UInt64
    /// Where the hub is reached. Nodes only.
    public var hubURL: String

    public init(
        role: Role, alliance: String, replica: ReplicaID, member: MemberID, node: RowID, secretariat: MemberID,
        hubKey: [UInt8], epoch: Epoch, hubURL: String
    ) {
        self.role = role
        self.alliance = alliance
        self.replica = replica
        self.member = member
        self.node = node
        self.secretariat = secretariat
        self.hubKey = hubKey
        self.hubURL = hubURL
        cursor = JournalPosition(epoch: epoch, rev: 0)
        journal = .zero
        clock = HybridClock(last: .zero)
        isEnding = false
        acknowledgedSeq = 0
        acknowledged = .zero
        journalTime = .zero
        token = .none
        hubOffset = 0
        hubTime = 0
        floor = 0
        forgotten = 0
        collected = 0
        mayStartAnew = false
        backedUp = 0
    }

    /// Whether a stamp is of an own transaction that is not in the journal yet.
    public func isPending(_ stamp: Stamp) -> Bool {
        stamp.replica == replica && stamp.time > acknowledged
    }
}
