public import Alliance
public import CRDT
import Foundation
import SwiftProtobuf

/// What a segment says of itself; signed by its node, and chained to the header before.
///
/// Everyone receives the header; the sections only whom they are addressed to. The chain verifies without them.
public struct SegmentHeader: Hashable, Sendable {
    public let replica: ReplicaID
    /// 1, 2, 3 … without gaps.
    public let seq: UInt64
    /// The hash of the header before; `nil` in the first.
    public let previous: Hash256?
    /// In the first header of a replica that goes on for another: where that one ended.
    public let standsOn: Head?
    /// The hybrid times of its first and last transaction.
    public let times: ClosedRange<HybridTime>
    /// What of the journal its node had merged when the transactions were written.
    public let seen: JournalPosition
    /// The schema version of its writer.
    public let schema: UInt32
    public let transactions: UInt32
    public let sections: [SectionHead]

    public struct SectionHead: Hashable, Sendable {
        public let audience: Audience
        public let rawSize: Int
        public let size: Int
        /// Of the zstd frame.
        public let hash: Hash256

        public init(audience: Audience, rawSize: Int, size: Int, hash: Hash256) {
            self.audience = audience
            self.rawSize = rawSize
            self.size = size
            self.hash = hash
        }
    }

    public init(
        replica: ReplicaID, seq: UInt64, previous: Hash256?, standsOn: Head?, times: ClosedRange<HybridTime>,
        seen: JournalPosition, schema: UInt32, transactions: UInt32, sections: [SectionHead]
    ) {
        self.replica = replica
        self.seq = seq
        self.previous = previous
        self.standsOn = standsOn
        self.times = times
        self.seen = seen
        self.schema = schema
        self.transactions = transactions
        self.sections = sections
    }
}

extension SegmentHeader {
    /// The serialised header. Made once, when the segment is cut; after that the bytes are kept and passed on.
    public var bytes: [UInt8] {
        var message = PBSegmentHeader()
        message.version = Limits.version
        message.replica = replica.rawValue
        message.seq = seq
        message.previous = Data(previous?.bytes ?? [])
        if let standsOn { message.standsOn = PBHead(standsOn) }
        message.firstTime = times.lowerBound.rawValue
        message.lastTime = times.upperBound.rawValue
        message.seenEpoch = PBEpoch(seen.epoch)
        message.seenRev = seen.rev
        message.schema = schema
        message.transactions = transactions
        message.sections = sections.map { section in
            var head = PBSectionHead()
            head.audience = Data(section.audience.bytes)
            head.rawSize = UInt32(section.rawSize)
            head.size = UInt32(section.size)
            head.hash = Data(section.hash.bytes)
            return head
        }
        return message.serialisedBytes
    }

    /// Whether a header has room for sections of these audiences.
    public static func holds(_ audiences: Set<Audience>) -> Bool {
        let heads = audiences.reduce(0) { $0 + $1.bytes.count + sectionHeadSize }
        return audiences.count <= Limits.sections && heads <= Limits.headerSize - fixedSize
    }

    /// What a section head takes beside its audience, and a header beside its section heads; bytes, rounded up.
    private static let sectionHeadSize = 64
    private static let fixedSize = 512

    private static let shape = ProtoShape([12: (Limits.sections, nil)])

    /// Reads a header, checking its form and every size that it announces.
    public init(bytes: [UInt8]) throws(WireError) {
        let subject = "segment header"
        guard bytes.count <= Limits.headerSize else { throw .limit(subject, "headerSize: \(bytes.count) bytes") }
        try Self.shape.check(bytes, subject)
        let message = try PBSegmentHeader(checked: bytes, subject)
        guard message.version == Limits.version else { throw WireError(.version, subject, "\(message.version)") }
        guard message.seq > 0, message.seq < UInt64(Int64.max) else { throw .malformed(subject, "seq") }
        let previous = Hash256(bytes: message.previous)
        guard (message.seq == 1) == (previous == nil), message.seq > 1 || message.previous.isEmpty else {
            throw .malformed(subject, "previous")
        }
        guard message.firstTime <= message.lastTime, message.lastTime <= UInt64(Int64.max) else {
            throw .malformed(subject, "times")
        }
        guard message.seenRev < UInt64(Int64.max) else { throw .malformed(subject, "seen") }
        guard (1...UInt32(Limits.transactions)).contains(message.transactions) else {
            throw .limit(subject, "transactions: \(message.transactions)")
        }
        self.init(
            replica: ReplicaID(rawValue: message.replica), seq: message.seq, previous: previous,
            standsOn: message.hasStandsOn ? try message.standsOn.value(subject) : nil,
            times: HybridTime(rawValue: message.firstTime)...HybridTime(rawValue: message.lastTime),
            seen: JournalPosition(epoch: message.seenEpoch.value, rev: message.seenRev), schema: message.schema,
            transactions: message.transactions, sections: try Self.sections(message.sections, subject))
        guard standsOn == nil || seq == 1 else {
            throw .malformed(subject, "stands on another replica, but isn't its first")
        }
    }

    private static func sections(_ messages: [PBSectionHead], _ subject: String) throws(WireError) -> [SectionHead] {
        var sections: [SectionHead] = []
        for message in messages {
            guard let audience = Audience(bytes: message.audience), let hash = Hash256(bytes: message.hash) else {
                throw .malformed(subject, "section head")
            }
            if let last = sections.last, last.audience >= audience {
                throw .malformed(subject, "sections do not ascend")
            }
            guard message.rawSize > 0, message.rawSize <= Limits.sectionRawSize else {
                throw .limit(subject, "sectionRawSize: \(message.rawSize)")
            }
            sections.append(
                SectionHead(audience: audience, rawSize: Int(message.rawSize), size: Int(message.size), hash: hash))
        }
        guard !sections.isEmpty else { throw .malformed(subject, "no section") }
        guard sections.reduce(0, { $0 + $1.size }) <= Limits.segmentSize else { throw .limit(subject, "segmentSize") }
        return sections
    }
}
