public import Alliance
public import CRDT
public import Wire

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
