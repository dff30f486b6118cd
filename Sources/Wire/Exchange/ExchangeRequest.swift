import Alliance
import CRDT
import Foundation
import SwiftProtobuf

/// What a node says in an exchange: where it stands, what it has written, and what it wants.
public struct ExchangeRequest: Sendable {
    public var schema: UInt32
    /// Name and version of the program, for the operator.
    public var program: String
    /// What the node has merged; rev 0 for nothing.
    public var cursor: JournalPosition
    /// The journal hash at the cursor.
    public var journal: Hash256
    /// The replica and the last segment that it has cut; seq 0 and the zero hash for none.
    public var own: Head
    public var token: Token
    public var nextToken: Token
    /// Of this replica, ascending by seq.
    public var segments: [Segment]
    /// What was wrong with the first segment that could not be read: `segments` ends before it.
    public private(set) var segmentFault: WireError?
    /// Transactions that no receipt covers, and the Unix milliseconds of the oldest.
    public var pending: UInt64
    public var pendingSince: UInt64
    /// When nothing is pending: the digests at the cursor.
    public var digests: [AudienceDigest]
    /// The node's own clock, Unix milliseconds.
    public var clock: UInt64
    public var pageSize: Int
    /// The numbers of the alarms that stand at the node.
    public var alarms: [UInt32]
    /// The replica has ended: the hub takes what it still has, and then it goes on under a new id.
    public var ends = false
    /// Where the replica ended for which this one goes on; until the first answer.
    public var standsOn: Head?
    /// Entries that a restored hub lacks, as they stood in a former epoch; the number of that epoch; and how many there
    /// are still, these included.
    public var returned: [JournalEntry] = []
    public var returnedEpoch: UInt32 = 0
    public var orphans: UInt64 = 0
    /// Where the hub said that its journal stood, if that is not the cursor.
    public var signedHead: SignedHead?
    /// Revs of which the node wants to know how many members have acknowledged them.
    public var awaited: [UInt64] = []

    public init(
        schema: UInt32, program: String, cursor: JournalPosition, journal: Hash256, own: Head, token: Token,
        nextToken: Token, segments: [Segment], pending: UInt64, pendingSince: UInt64, digests: [AudienceDigest],
        clock: UInt64, pageSize: Int, alarms: [UInt32]
    ) {
        self.schema = schema
        self.program = program
        self.cursor = cursor
        self.journal = journal
        self.own = own
        self.token = token
        self.nextToken = nextToken
        self.segments = segments
        self.pending = pending
        self.pendingSince = pendingSince
        self.digests = digests
        self.clock = clock
        self.pageSize = pageSize
        self.alarms = alarms
    }

    public var bytes: [UInt8] {
        var message = PBExchangeRequest()
        message.version = Limits.version
        message.schema = schema
        message.program = program
        message.epoch = PBEpoch(cursor.epoch)
        message.rev = cursor.rev
        message.journal = Data(journal.bytes)
        message.own = PBHead(own)
        message.token = PBToken(token)
        message.nextToken = PBToken(nextToken)
        message.segments = segments.map { PBSegment($0) }
        message.pending = pending
        message.pendingSince = pendingSince
        message.digests = digests.map { PBAudienceDigest($0) }
        message.clock = clock
        if pageSize != Limits.pageSize { message.pageSize = UInt32(pageSize) }
        message.alarms = alarms
        message.ends = ends
        if let standsOn { message.standsOn = PBHead(standsOn) }
        message.returned = returned.map { PBJournalEntry($0) }
        message.returnedEpoch = returnedEpoch
        message.orphans = orphans
        if let signedHead { message.signedHead = signedHead.message }
        message.awaited = awaited
        return message.serialisedBytes
    }

    private static let shape = ProtoShape([
        10: (Limits.segmentsInRequest, ProtoShape([3: (Limits.sections, nil)])), 13: (Limits.digests, nil),
        19: (Limits.entriesInPage, ProtoShape([7: (Limits.sections, nil)])),
    ])

    public init(bytes: [UInt8]) throws(WireError) {
        let subject = "exchange request"
        guard bytes.count <= Limits.messageSize else { throw .limit(subject, "messageSize: \(bytes.count) bytes") }
        try Self.shape.check(bytes, subject)
        let message = try PBExchangeRequest(checked: bytes, subject)
        guard message.version == Limits.version else { throw WireError(.version, subject, "\(message.version)") }
        guard let journal = Hash256(bytes: message.journal) else { throw .malformed(subject, "journal hash") }
        guard message.program.utf8.count <= Limits.nameSize else { throw .limit(subject, "nameSize") }
        guard message.alarms.count <= Limits.alarms else { throw .limit(subject, "alarms") }
        let own = try message.own.value(subject)
        guard own.replica.rawValue != 0 else { throw .malformed(subject, "replica") }
        var segments: [Segment] = []
        var fault: WireError?
        for segment in message.segments {
            do throws(WireError) { segments.append(try segment.value()) } catch {
                fault = error
                break
            }
        }
        self.init(
            schema: message.schema, program: message.program,
            cursor: JournalPosition(epoch: message.epoch.value, rev: try message.rev.checked(subject, "rev")),
            journal: journal,
            own: own, token: try message.token.value(subject),
            nextToken: try message.nextToken.value(subject),
            segments: segments, pending: try message.pending.checked(subject, "pending"),
            pendingSince: try message.pendingSince.checked(subject, "pending since"),
            digests: try message.digests.map { (digest) throws(WireError) in try digest.value(subject) },
            clock: try message.clock.checked(subject, "clock"),
            pageSize: message.pageSize == 0 ? Limits.pageSize : Int(min(message.pageSize, UInt32(Limits.pageSize))),
            alarms: message.alarms)
        segmentFault = fault
        ends = message.ends
        standsOn = message.hasStandsOn ? try message.standsOn.value(subject) : nil
        returnedEpoch = message.returnedEpoch
        orphans = try message.orphans.checked(subject, "orphans")
        returned = try message.returned.map { (entry) throws(WireError) in try entry.value() }
        signedHead = message.hasSignedHead ? try SignedHead(message.signedHead) : nil
        guard message.awaited.count <= Limits.awaited else { throw .limit(subject, "awaited") }
        awaited = message.awaited
    }
}
