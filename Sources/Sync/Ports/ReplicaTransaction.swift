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
    /// Stores each of these rows unless something is stored under its key already, be it a deletion. Those of one table that
    /// came into being together are stored together.
    /// - Parameter audience: of the birth at an index of theirs.
    /// - Returns: of each whether it was stored; if not, what stood there is as it was.
    func insert(_ births: ArraySlice<RowState>, audience: (Int) -> Audience) throws -> [Bool]
    /// Stores the row's full state over what `stored` last gave for its key in this transaction. A row that is not
    /// there, or of an unknown table, is kept where readers of the table do not see it.
    func put(_ row: RowState, over stored: StoredRow?, audience: Audience) throws
    /// Writes cells of rows that are there, many rows in one go and without reading the rest of them.
    ///
    /// - Parameters:
    ///   - wanted: the cells that may be written: of rows of one table and owner, ascending by id; all under one stamp, and of
    ///     each row the same columns, ascending.
    ///   - columns: of which `change` is to see the cells beside those that may be written.
    ///   - change: called in the order of the rows with the index of one in `wanted` and its presence and cells of these columns
    ///     as they are stored; the change of `wanted` to be written, with the audience of the row; `nil` to leave the row as it
    ///     is. What it leaves out stands in the row with an equal value.
    /// - Returns: of each row whether `change` was called. If not, the row has to be looked at as a whole.
    func write(
        _ wanted: [RowState], seeing columns: [ColumnID],
        _ change: (Int, RowState) throws -> (change: RowState, audience: Audience)?
    ) throws -> [Bool]
    /// Forgets what `stored` last gave for a key in this transaction.
    func remove(_ stored: StoredRow, audience: Audience) throws
    /// Whether a row of this table and id has another owner.
    func isTaken(_ id: RowID, in table: TableID, besides owner: MemberID) throws -> Bool
    func digests(for reader: MemberID) throws -> [AudienceDigest]
    /// The rows of a table that are there. For small tables: they come all at once.
    func rows(in table: Table) throws -> [RowState]
    /// Rows of a table with a value in a column, by owner.
    func rows(in table: Table, where column: Column, is value: Value) throws -> [RowState]
    /// Rows of a table with an id, whoever owns them.
    func rows(in table: Table, id: RowID) throws -> [RowState]

    // Ledger
    /// The maps follow every row of the ledger that is stored, in the same transaction.
    var ledger: any LedgerStore { get }

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
    /// What the journal of the last epoch that held a segment, and was lost, said of it; `nil` if none was.
    func lostVerdict(_ replica: ReplicaID, _ seq: UInt64) throws -> Verdict?
    /// The rows that were erased by a command here.
    func erasures() throws -> [Erasure]
    func setErasure(_ erasure: Erasure) throws
    /// Whether a segment that the hub lost, and that is kept here, may hold a transaction.
    func isOrphaned(_ stamp: Stamp) throws -> Bool
    /// How many are left to be returned.
    func orphanCount() throws -> UInt64
    /// Notes that orphans need not be returned (again): those at or before a seq that `heads` gives, and `entries`.
    func settleOrphans(_ entries: [JournalEntry], covered heads: [ReplicaID: UInt64]) throws
    /// Notes that all orphans have to be returned (again).
    func unsettleOrphans() throws
    /// Keeps a segment, and where it stood, that the journal does not hold yet.
    func save(orphan: JournalEntry, epoch: UInt32) throws
    /// The segments that wait to be journaled again, in the order that they had.
    func waitingOrphans() throws -> [WaitingSegment]
    /// How many segments of a replica wait, and the bytes of them.
    func waitingSize(of replica: ReplicaID) throws -> (count: Int, size: Int)
    /// The replicas of which segments wait that stood in a former epoch's journal up to a rev.
    func waitingReplicas(epoch: UInt32, upTo rev: UInt64) throws -> Set<ReplicaID>
    /// The epochs that were opened after restorations, ascending.
    func epochs() throws -> [EpochRecord]
    func setEpoch(_ record: EpochRecord) throws
    /// The hub's last signed word on where its journal stood. Nodes only.
    func signedHead() throws -> SignedHead?
    func setSignedHead(_ head: SignedHead) throws

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
    /// The journaled segments that are kept here and may hold the transaction of a stamp: those between whose first and
    /// last times it lies. Nearly always one.
    func segments(of stamp: Stamp) throws -> [(seq: UInt64, verdict: Verdict)]
    /// The first time of the journaled segments of a replica that are kept here; `nil` if none is.
    func firstTime(of replica: ReplicaID) throws -> HybridTime?
    func append(_ report: RepairReport) throws

    // Collection
    /// Up to which rev sections that a member may read were dropped. Hub only.
    func memberFloors() throws -> [MemberID: UInt64]
    func setMemberFloor(_ rev: UInt64, of member: MemberID) throws
    /// Walks over the kept sections of the entries after a rev and up to another, and drops those of which `drops`
    /// says so. Headers, verdicts and hashes stay.
    func dropSections(
        after low: UInt64, through high: UInt64, where drops: (UInt64, Audience, _ size: Int) -> Bool) throws
    /// The rows that were deleted, in chunks.
    func eachDeleted(_ body: ([(row: RowState, audience: Audience)]) throws -> Void) throws
    /// Forgets agreements whose stamp is such.
    func forgetAgreements(where isOld: (Stamp) throws -> Bool) throws
    /// Forgets all rows and the whole journal: what is there now comes as a snapshot.
    func forgetEverything() throws

    // The hub's own tables: what its nodes reported, and whom it has invited
    func nodeReport(_ replica: ReplicaID) throws -> NodeReport?
    func nodeReports() throws -> [NodeReport]
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
    /// Stores a row unless something is stored under its key already, be it a deletion.
    /// - Returns: whether it was stored; if not, nothing has changed.
    public func insert(_ row: RowState, audience: Audience) throws -> Bool {
        try insert([row]) { _ in audience }[0]
    }

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
