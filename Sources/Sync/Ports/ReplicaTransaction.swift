public import Alliance
public import CRDT
public import Wire

/// What the sync needs of a store, within one transaction that either happens as a whole or not at all.
///
/// The store keeps the digests: `insert`, `put` and `remove` change the digest of the row's audience with the row.
public protocol ReplicaTransaction: AnyObject {
    var schema: Schema { get }
    /// Read when the transaction begins, written when it ends.
    var state: ReplicaState { get set }
    /// How the last exchanges went. Nodes only.
    var status: SyncStatus { get set }

    // Rows
    /// The row's full state, also if it is deleted or its table unknown; `nil` if it was never there.
    func stored(_ key: RowKey) throws -> StoredRow?
    /// Stores a row unless something is stored under its key already, be it a deletion.
    /// - Returns: whether it was stored; if not, nothing has changed.
    func insert(_ row: RowState, audience: Audience) throws -> Bool
    /// Stores the row's full state over what `stored` last gave for its key in this transaction. A row that is not
    /// there, or of an unknown table, is kept where readers of the table do not see it.
    func put(_ row: RowState, over stored: StoredRow?, audience: Audience) throws
    /// Writes cells of a row that is there, in one go and without reading the rest of it.
    ///
    /// - Parameters:
    ///   - cells: what may be written; ascending by column, all under one stamp.
    ///   - columns: of which `change` is to see the cells beside those that may be written.
    ///   - change: given the row's presence and cells of these columns; the change of `cells` to be written, with the audience of
    ///     the row; `nil` to leave the row as it is. What it leaves out stands in the row with an equal value.
    /// - Returns: whether `change` was called. If not, the row has to be looked at as a whole.
    func write(
        _ cells: [Cell], to key: RowKey, seeing columns: [ColumnID],
        _ change: (RowState) throws -> (change: RowState, audience: Audience)?
    ) throws -> Bool
    /// Forgets what `stored` last gave for a key in this transaction.
    func remove(_ stored: StoredRow, audience: Audience) throws
    /// Whether a row of this table and id has another owner.
    func isTaken(_ id: RowID, in table: TableID, besides owner: MemberID) throws -> Bool
    func digests(for reader: MemberID) throws -> [AudienceDigest]
    /// The rows of a table that are there. For small tables: they come all at once.
    func rows(in table: Table) throws -> [RowState]

    // Outbox
    func append(_ written: WrittenTransaction) throws
    func beforeImages(of time: HybridTime) throws -> [RowState]?
    func setBeforeImages(_ images: [RowState], of time: HybridTime) throws
    /// Transactions that were not cut yet, in order of time: at most about `size` bytes,
    /// and no more once there are `rows` rows.
    func uncut(size: Int, rows: Int) throws -> [OutboxEntry]
    /// Whether there is any transaction that was not cut.
    func hasUncut() throws -> Bool
    func markCut(_ times: [HybridTime], in seq: UInt64) throws
    /// Forgets the transactions that were cut to a segment.
    func dropOutbox(cutIn seq: UInt64) throws
    /// Forgets one transaction.
    func dropOutbox(_ time: HybridTime) throws
    /// The times of all transactions of the outbox.
    func outboxTimes() throws -> Set<HybridTime>
    /// Gives a cut transaction its values back: it counts as uncut again.
    /// - Parameter changes: a section in change form.
    func markUncut(_ time: HybridTime, changes: [UInt8]) throws
    /// How many transactions no receipt covers, and the wall time of the oldest in Unix milliseconds.
    func pending() throws -> (count: UInt64, since: UInt64)

    // Segments and journal
    func save(_ segment: Segment) throws
    func segment(_ replica: ReplicaID, _ seq: UInt64) throws -> Segment?
    func headerHash(_ replica: ReplicaID, _ seq: UInt64) throws -> Hash256?
    /// Segments after a seq in order, at most about `size` bytes and `count` of them.
    func segments(of replica: ReplicaID, after seq: UInt64, size: Int, count: Int) throws -> [Segment]
    /// Forgets the segments of a replica from a seq on.
    func dropSegments(of replica: ReplicaID, from seq: UInt64) throws
    /// Appends to the journal; the segment has been saved.
    func append(_ entry: JournalEntry) throws
    /// Entries after a rev, with the sections that the member may read and at most about `size` bytes, at least one.
    /// Without the bodies of `except`, which has them.
    func entries(after rev: UInt64, for reader: MemberID, except: ReplicaID?, size: Int) throws -> [JournalEntry]
    /// The journal hash at a rev; `nil` if the journal does not hold it.
    func journalHash(at rev: UInt64) throws -> Hash256?
    func replicaHead(_ replica: ReplicaID) throws -> SnapshotManifest.ReplicaHead?
    func setReplicaHead(_ head: SnapshotManifest.ReplicaHead) throws
    func replicaHeads() throws -> [SnapshotManifest.ReplicaHead]
    /// Where the journaled segment stands that holds the transaction of a stamp; `nil` if none does.
    func place(of stamp: Stamp) throws -> JournalPlace?

    // Restorations
    /// The rev of the first entry that is here; `nil` if there is none.
    func firstRev() throws -> UInt64?
    /// Goes back to a rev: what came after it is no longer of the journal. Its segments stay, as orphans of this epoch.
    func rewind(to rev: UInt64) throws
    /// Segments of former epochs that the journal does not hold, of the earliest such epoch, in the order that they had
    /// there, hubs' first. Without those that were returned, or that stand at or before a seq that `heads` gives.
    func orphans(beyond heads: [ReplicaID: UInt64], size: Int) throws -> (epoch: UInt32, entries: [JournalEntry])
    /// Whether there was a former epoch whose journal held more than this one's.
    func hasOrphans() throws -> Bool
    /// Whether a former epoch's journal held a segment.
    func isOrphan(_ replica: ReplicaID, _ seq: UInt64) throws -> Bool
    /// How many are left to be returned.
    func orphanCount() throws -> UInt64
    /// Notes that orphans need not be returned (again): those at or before a seq that `heads` gives, and `entries`.
    func settleOrphans(_ entries: [JournalEntry], covered heads: [ReplicaID: UInt64]) throws
    /// Keeps a segment, and where it stood, that the journal does not hold yet.
    func save(orphan: JournalEntry, epoch: UInt32) throws
    /// The segments that wait to be journaled again, in the order that they had.
    func waitingOrphans() throws -> [Segment]
    /// The first rev that a waiting segment had in a former epoch; `nil` if none waits.
    func firstWaitingRev(epoch: UInt32) throws -> UInt64?
    /// The epochs that were opened after restorations, ascending.
    func epochs() throws -> [EpochRecord]
    func setEpoch(_ record: EpochRecord) throws

    // Inboxes and alarms
    func append(_ rejected: RejectedTransaction) throws
    func hasRejected(_ time: HybridTime) throws -> Bool
    func raise(_ alarm: Alarm) throws
    func clear(_ kind: Alarm.Kind, subject: String) throws
    func alarms() throws -> [Alarm]

    // Snapshots
    /// Every row that is stored, with its audience, in chunks.
    func eachRow(_ body: ([(row: RowState, audience: Audience)]) throws -> Void) throws
    /// Parts of a snapshot in the making or on its way; kept so that an interrupted transfer goes on where it was.
    func snapshot() throws -> SnapshotManifest?
    func setSnapshot(_ manifest: SnapshotManifest?) throws
    func snapshotPart(_ index: Int) throws -> [UInt8]?
    func setSnapshotPart(_ index: Int, _ frame: [UInt8]) throws
    /// The indices of the parts that are here.
    func snapshotParts() throws -> Set<Int>

    // Repair
    /// The tables of which rows stand here, unknown ones too.
    func tablesWithRows() throws -> [TableID]
    /// The kept hashes of a table's rows that are there and that a member may read.
    func eachHash(
        in table: TableID, for reader: MemberID, _ body: (MemberID, RowID, UInt128) throws -> Void) throws
    /// Makes kept hashes and digests what the rows' content says, and forgets rows that can't be read.
    /// - Returns: the rows whose content was not what their hash said.
    func rehash() throws -> [RowKey]
    /// The journaled segment that holds the transaction of a stamp, if any, and that is kept here.
    func segment(of stamp: Stamp) throws -> (seq: UInt64, verdict: Verdict)?
    /// The first time of the journaled segments of a replica that are kept here; `nil` if none is.
    func firstTime(of replica: ReplicaID) throws -> HybridTime?
    func append(_ report: RepairReport) throws

    // The hub's own tables: what its nodes reported, and whom it has invited
    func nodeReport(_ replica: ReplicaID) throws -> NodeReport?
    func setNodeReport(_ report: NodeReport) throws
    /// The copies of a replica that were found out, in the order in which they were first seen.
    func copies(of replica: ReplicaID) throws -> [ReplicaCopy]
    func setCopy(_ copy: ReplicaCopy) throws
    func dropCopy(_ copy: ReplicaCopy) throws
    /// Cells and deletions that agreed with a concurrent one and no longer stand in their row; `presence` for deletions,
    /// with the causal length as value.
    func hasAgreements() throws -> Bool
    func agreements(on key: RowKey, column: ColumnID) throws -> [Cell]
    func addAgreement(on key: RowKey, _ cell: Cell) throws
    func forgetAgreement(on key: RowKey, _ cell: Cell) throws
    func invitation(_ code: [UInt8]) throws -> InvitationRecord?
    func setInvitation(_ record: InvitationRecord) throws
}

extension ReplicaTransaction {
    /// The state alone, for those who only read.
    public func row(_ key: RowKey) throws -> RowState? { try stored(key)?.state }

    /// Stores the row's full state, whatever is stored under its key.
    public func put(_ row: RowState, audience: Audience) throws {
        try put(row, over: stored(row.key), audience: audience)
    }

    /// The audience of a row of a known table; of an unknown one nobody's but the alliance's, since it came that way.
    func audience(of row: RowState) -> Audience {
        schema[row.key.table]?.audience(of: row, secretariat: state.secretariat) ?? .alliance
    }

    /// The audience of the row that a change is of: the row is looked at only where its cells decide.
    func audience(ofChange change: RowState) throws -> Audience {
        guard case .parties? = schema[change.key.table]?.audience else { return audience(of: change) }
        return audience(of: try row(change.key) ?? change)
    }
}

/// A row as it is stored, and where, so that whoever overwrites it need not look for it again.
public struct StoredRow: Sendable {
    public let state: RowState
    public let place: Place

    /// Means something to the store only.
    public enum Place: Hashable, Sendable {
        /// Among the rows that its table's readers see, with the hash that the digest holds.
        case table(rowid: Int64, hash: UInt128)
        case inert
    }

    public init(_ state: RowState, at place: Place) {
        self.state = state
        self.place = place
    }
}

/// One transaction on its way to the outbox (待发箱), where it stays until the hub has acknowledged it.
public struct WrittenTransaction: Hashable, Sendable {
    public let time: HybridTime
    /// What of the journal was merged when it was written.
    public let seen: JournalPosition
    /// The writer's wall clock, Unix milliseconds.
    public let wall: UInt64
    /// Its rows: a section in change form.
    public let changes: [UInt8]
    /// Of each changed row the cells and the presence that the transaction overwrote: a section in state form, or
    /// nothing if it overwrote none.
    public let before: [UInt8]

    public init(time: HybridTime, seen: JournalPosition, wall: UInt64, changes: [UInt8], before: [UInt8]) {
        self.time = time
        self.seen = seen
        self.wall = wall
        self.changes = changes
        self.before = before
    }
}

/// One transaction of the outbox that was not cut yet.
public struct OutboxEntry: Hashable, Sendable {
    public let time: HybridTime
    public let seen: JournalPosition
    public let wall: UInt64
    /// Its rows: a section in change form.
    public let section: [UInt8]

    public init(time: HybridTime, seen: JournalPosition, wall: UInt64, section: [UInt8]) {
        self.time = time
        self.seen = seen
        self.wall = wall
        self.section = section
    }

    /// The rows, read from the section.
    public func changes(of replica: ReplicaID) throws -> [RowState] {
        try Section.transactions(section, of: replica).flatMap(\.changes)
    }
}

/// A transaction that the hub struck out, kept for its author (退回箱).
public struct RejectedTransaction: Hashable, Sendable {
    public let time: HybridTime
    /// The rev of the segment that held it.
    public let rev: UInt64
    /// The writer's wall clock when it was written, Unix milliseconds.
    public let wall: UInt64
    public let offences: [Violation]
    public let changes: [RowState]

    public init(time: HybridTime, rev: UInt64, wall: UInt64, offences: [Violation], changes: [RowState]) {
        self.time = time
        self.rev = rev
        self.wall = wall
        self.offences = offences
        self.changes = changes
    }
}

/// Something that is wrong and stays so until it is mended (告警).
public struct Alarm: Hashable, Sendable {
    public enum Kind: UInt32, Hashable, Sendable, CaseIterable {
        /// Node and hub hold different rows at the same rev.
        case digest = 1
        /// A stored row is not what its hash says: the file was changed from outside, or is damaged.
        case row = 2
        /// The hub's journal is not what the hub signed, or broke its own rules.
        case journal = 3
        /// A segment was malformed or wrongly signed, and its chain stopped.
        case segment = 4
        /// Two copies write under one replica id, or this one was rolled back.
        case fork = 5
        /// The secretariat has revoked this node.
        case revoked = 6
        /// The hub went back to a backup: what it lacks is being returned.
        case restored = 7

        /// Whether a replica with such an alarm writes nothing more: it could not be sent.
        public var stopsWriting: Bool { self == .fork || self == .revoked }

        /// For a person: what it means and what to do.
        public var phrase: Phrase {
            switch self {
            case .digest:
                Phrase(
                    "本机数据与中心不一致，下次同步时自动修复（也可运行 node repair）；若告警不消失，请联系秘书处。",
                    "This replica and the hub hold different rows; the next sync mends them (or run node repair); if this stays, tell the secretariat."
                )
            case .row:
                Phrase(
                    "数据文件中有行被外部改动或损坏；节点在下次同步时自动修复，中心请运行 hub repair。",
                    "Rows of the file were changed from outside or are damaged; a node's next sync mends them, at the hub run hub repair."
                )
            case .journal:
                Phrase(
                    "中心发来的日志不符合约定，已停止合并；已有数据不受影响，请联系秘书处。",
                    "The hub's journal breaks the rules and is no longer merged; what is stored is untouched; tell the secretariat."
                )
            case .segment:
                Phrase(
                    "有一段改动无法识别或签名不符，未被采用；请联系秘书处。",
                    "A segment can't be read or is wrongly signed and was not used; tell the secretariat.")
            case .fork:
                Phrase(
                    "本机数据被回退或复制过，已停止发送改动；请联系秘书处。",
                    "This replica was rolled back or copied and no longer sends; tell the secretariat.")
            case .restored:
                Phrase(
                    "中心曾从备份恢复，各节点正在交还它缺少的改动；可以照常工作。",
                    "The hub went back to a backup; the nodes are returning what it lacks; work goes on as usual.")
            case .revoked:
                Phrase(
                    "本节点已被秘书处吊销，不能再修改；已有数据仍可查看，请联系秘书处。",
                    "This node was revoked by the secretariat and writes no more; its data stay readable; ask the secretariat."
                )
            }
        }
    }

    public let kind: Kind
    /// What it is about: an audience, a row, a replica.
    public let subject: String
    public let detail: String
    /// Unix milliseconds.
    public let since: UInt64

    public init(_ kind: Kind, subject: String, detail: String, since: UInt64) {
        self.kind = kind
        self.subject = subject
        self.detail = detail
        self.since = since
    }
}

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

/// How a node's exchanges went. Times are Unix milliseconds by the node's own clock; 0 for never.
public struct SyncStatus: Hashable, Sendable {
    /// The last exchange that the hub answered.
    public var lastSuccess: UInt64
    public var lastAttempt: UInt64
    /// Since when exchanges fail; 0 while they do not.
    public var failingSince: UInt64
    /// Why the last one failed, in Chinese and in English; empty if it did not.
    public var failureZh: String
    public var failureEn: String
    /// When node and hub last proved to each other that they hold the same, and at which rev.
    public var provedAt: UInt64
    public var provedRev: UInt64
    /// The hub's head as of the last exchange.
    public var hubHead: UInt64

    public init() {
        lastSuccess = 0
        lastAttempt = 0
        failingSince = 0
        failureZh = ""
        failureEn = ""
        provedAt = 0
        provedRev = 0
        hubHead = 0
    }
}

/// What a session is given of the world: it has no clock and no randomness of its own.
public struct Surroundings: Sendable {
    /// Wall clock, Unix milliseconds.
    public let wall: UInt64
    /// A fresh 64-bit random number a call.
    public let random: @Sendable () -> UInt64

    public init(wall: UInt64, random: @escaping @Sendable () -> UInt64) {
        self.wall = wall
        self.random = random
    }
}
