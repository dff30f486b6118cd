public import Alliance
public import CRDT
public import Sync

/// What the hub's own file tells of one node: where it stands in the register, and what it last said of itself.
public struct NodeFacts: Hashable, Sendable, Identifiable {
    public let id: RowID
    public let name: String
    public let member: MemberID
    public let memberName: String
    /// Where the member is, as the register has it; empty if that is not known.
    public let place: String
    /// Unix milliseconds.
    public let joined: UInt64
    /// Likewise; 0 while it is in force.
    public let revoked: UInt64
    public let isConfirmed: Bool
    /// The replica that it goes on as; `nil` before its first exchange.
    public let replica: ReplicaID?
    /// Of its present replica; `nil` before its first exchange.
    public let report: NodeReport?
    /// Its replicas that have ended: how often it was restored, copied or joined anew.
    public let endedReplicas: [ReplicaID]
    /// Files that write, or wrote, under one of its replica ids, and what the operator said of each.
    public let copies: [ReplicaCopy]
    /// What stands at the hub about its replicas.
    public let alarms: [Alarm]
    /// Conflicts of its member's that nobody has resolved: of rows that it owns, and of its values that lost.
    public let openConflicts: Int
    /// When the oldest of them was written, Unix milliseconds; 0 without any.
    public let oldestConflict: UInt64
    /// When the hub journaled the first entry that the node has not merged, Unix milliseconds; 0 if it is at the head.
    public let missingSince: UInt64

    public init(
        id: RowID, name: String, member: MemberID, memberName: String, place: String, joined: UInt64, revoked: UInt64,
        isConfirmed: Bool, replica: ReplicaID?, report: NodeReport?, endedReplicas: [ReplicaID], copies: [ReplicaCopy],
        alarms: [Alarm], openConflicts: Int, oldestConflict: UInt64, missingSince: UInt64
    ) {
        self.id = id
        self.name = name
        self.member = member
        self.memberName = memberName
        self.place = place
        self.joined = joined
        self.revoked = revoked
        self.isConfirmed = isConfirmed
        self.replica = replica
        self.report = report
        self.endedReplicas = endedReplicas
        self.copies = copies
        self.alarms = alarms
        self.openConflicts = openConflicts
        self.oldestConflict = oldestConflict
        self.missingSince = missingSince
    }

    /// When anything of it last reached the hub, by line or by stick; 0 for never.
    public var lastHeard: UInt64 { report.map { max($0.lastExchange, $0.lastBundle) } ?? 0 }
}

/// What the hub's file tells of the whole alliance, as of one moment.
public struct AllianceFacts: Hashable, Sendable {
    public let alliance: String
    public let head: UInt64
    public let schema: UInt32
    /// All nodes of the register but the hub's own.
    public let nodes: [NodeFacts]
    public let openConflicts: Int
    /// When the oldest open conflict was written, Unix milliseconds; 0 without any.
    public let oldestConflict: UInt64
    /// Requests for points that nobody has answered.
    public let openRequests: Int
    /// Whether the hub gathers what a restoration cost it, and since when, Unix milliseconds; 0 if it does not.
    public let recoveringSince: UInt64
    /// When the newest kept backup was made, Unix milliseconds; 0 for none.
    public let lastBackup: UInt64
    /// When the hub was founded, Unix milliseconds.
    public let founded: UInt64
    /// What stands about the hub's own file.
    public let alarms: [Alarm]

    public init(
        alliance: String, head: UInt64, schema: UInt32, nodes: [NodeFacts], openConflicts: Int, oldestConflict: UInt64,
        openRequests: Int, recoveringSince: UInt64, lastBackup: UInt64, founded: UInt64, alarms: [Alarm]
    ) {
        self.alliance = alliance
        self.head = head
        self.schema = schema
        self.nodes = nodes
        self.openConflicts = openConflicts
        self.oldestConflict = oldestConflict
        self.openRequests = openRequests
        self.recoveringSince = recoveringSince
        self.lastBackup = lastBackup
        self.founded = founded
        self.alarms = alarms
    }
}
