import Alliance
import CRDT
import Foundation
import SwiftProtobuf

/// What the hub answers in an exchange.
public struct ExchangeResponse: Sendable {
    /// The hub's clock, Unix milliseconds.
    public var hubTime: UInt64
    public var head: JournalPosition
    /// The journal hash at the head; `nil` where that is the request's cursor, and its hash.
    public var journal: Hash256?
    /// Up to this rev the hub has dropped sections that the asking member may read: who stands below starts anew from a
    /// snapshot.
    public var floor: UInt64
    /// Up to this rev the hub has collected deletions.
    public var forgotten: UInt64 = 0
    /// Everything up to this rev is in a backup of the hub's.
    public var backedUp: UInt64
    /// `nil` if nothing of the replica is in the journal.
    public var receipt: Receipt?
    /// In contiguous rev order after the request's cursor.
    public var entries: [JournalEntry]
    /// At the head, if the request was at the head.
    public var digests: [AudienceDigest]
    /// Segments were left where they are: send the same bytes again later.
    public var notYet: Refusal?
    /// A snapshot is the shorter way to the head.
    public var snapshot: Bool
    /// The request's `nextToken`, now the one that counts.
    public var token: Token
    /// Of this hub's journal, from the last down, when it does not hold the request's cursor: the node goes back to the
    /// first that it knows.
    public var waypoints: [Waypoint] = []
    /// While the hub gathers what a restoration cost it: what it has of each replica. The node returns what goes beyond.
    public var heads: [Head] = []
    /// The hub's signature over `head` and `journal`; a node keeps it as proof.
    public var headSignature: [UInt8] = []
    /// For each rev that the request awaits, how many members have acknowledged it; and of how many.
    public var reached: [UInt32] = []
    public var members: UInt32 = 0

    /// A place in a journal.
    public struct Waypoint: Hashable, Sendable {
        public let rev: UInt64
        public let journal: Hash256

        public init(rev: UInt64, journal: Hash256) {
            self.rev = rev
            self.journal = journal
        }
    }

    public init(
        hubTime: UInt64, head: JournalPosition, journal: Hash256?, floor: UInt64, backedUp: UInt64, receipt: Receipt?,
        entries: [JournalEntry], digests: [AudienceDigest], notYet: Refusal?, snapshot: Bool, token: Token
    ) {
        self.hubTime = hubTime
        self.head = head
        self.journal = journal
        self.floor = floor
        self.backedUp = backedUp
        self.receipt = receipt
        self.entries = entries
        self.digests = digests
        self.notYet = notYet
        self.snapshot = snapshot
        self.token = token
    }

    public var bytes: [UInt8] {
        var message = PBExchangeResponse()
        message.version = Limits.version
        message.hubTime = hubTime
        message.epoch = PBEpoch(head.epoch)
        message.head = head.rev
        if let journal { message.journal = Data(journal.bytes) }
        message.floor = floor
        message.backedUp = backedUp
        if let receipt { message.receipt = receipt.message }
        message.entries = entries.map { PBJournalEntry($0) }
        message.digests = digests.map { PBAudienceDigest($0) }
        if let notYet { message.notYet = notYet.message }
        message.snapshot = snapshot
        message.token = PBToken(token)
        message.waypoints = waypoints.map { waypoint in
            var message = PBWaypoint()
            message.rev = waypoint.rev
            message.journal = Data(waypoint.journal.bytes)
            return message
        }
        message.heads = heads.map { PBHead($0) }
        message.forgotten = forgotten
        message.headSignature = Data(headSignature)
        message.reached = reached
        message.members = members
        return message.serialisedBytes
    }

    private static let shape = ProtoShape([
        9: (Limits.entriesInPage, ProtoShape([7: (Limits.sections, nil)])), 10: (Limits.digests, nil),
        14: (Limits.waypoints, nil), 15: (Limits.heads, nil),
    ])

    public init(bytes: [UInt8]) throws(WireError) {
        let subject = "exchange answer"
        guard bytes.count <= Limits.messageSize else { throw .limit(subject, "messageSize: \(bytes.count) bytes") }
        try Self.shape.check(bytes, subject)
        let message = try PBExchangeResponse(checked: bytes, subject)
        guard message.version == Limits.version else { throw WireError(.version, subject, "\(message.version)") }
        let journal = Hash256(bytes: message.journal)
        guard journal != nil || message.journal.isEmpty else { throw .malformed(subject, "journal hash") }
        self.init(
            hubTime: try message.hubTime.checkedTime(subject, "hub time"),
            head: JournalPosition(epoch: message.epoch.value, rev: try message.head.checked(subject, "head")),
            journal: journal, floor: try message.floor.checked(subject, "floor"),
            backedUp: try message.backedUp.checked(subject, "backed up"),
            receipt: message.hasReceipt ? try Receipt(message.receipt) : nil,
            entries: try message.entries.map { (entry) throws(WireError) in try entry.value() },
            digests: try message.digests.map { (digest) throws(WireError) in try digest.value(subject) },
            notYet: message.hasNotYet ? try Refusal(message.notYet) : nil, snapshot: message.snapshot,
            token: try message.token.value(subject))
        waypoints = try message.waypoints.map { (waypoint) throws(WireError) in
            guard let journal = Hash256(bytes: waypoint.journal) else { throw .malformed(subject, "waypoint") }
            return Waypoint(rev: try waypoint.rev.checked(subject, "waypoint"), journal: journal)
        }
        forgotten = try message.forgotten.checked(subject, "forgotten")
        heads = try message.heads.map { (head) throws(WireError) in try head.value(subject) }
        headSignature = [UInt8](message.headSignature)
        guard message.reached.count <= Limits.awaited else { throw .limit(subject, "awaited") }
        (reached, members) = (message.reached, message.members)
        guard headSignature.isEmpty || headSignature.count == 64 else { throw .malformed(subject, "head signature") }
    }
}
