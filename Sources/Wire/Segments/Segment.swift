public import Alliance
public import CRDT
public import Crypto
import Foundation
import SwiftProtobuf

/// Whole transactions of one replica, signed and chained; once cut, it never changes (数据段).
///
/// It may lack sections that its holder may not read.
public struct Segment: Sendable {
    public let header: SegmentHeader
    /// The bytes that were signed, as they came.
    public let headerBytes: [UInt8]
    /// Ed25519 over `headerBytes`.
    public let signature: [UInt8]
    /// By index in the header: the zstd frames that are here.
    public let bodies: [Int: [UInt8]]
    /// The SHA-256 of `headerBytes`: what the next header names.
    public let hash: Hash256

    /// Reads a segment, checking the form of the header and that each body is the one that the header names. The
    /// signature is another check.
    public init(headerBytes: [UInt8], signature: [UInt8], bodies: [Int: [UInt8]]) throws(WireError) {
        header = try SegmentHeader(bytes: headerBytes)
        guard signature.count == 64 else { throw .malformed("segment", "signature of \(signature.count) bytes") }
        for (index, body) in bodies {
            guard header.sections.indices.contains(index) else { throw .malformed("segment", "section \(index)") }
            guard body.count == header.sections[index].size, Hash256(of: body) == header.sections[index].hash else {
                throw WireError(.hash, "segment", "section \(index)")
            }
        }
        self.headerBytes = headerBytes
        self.signature = signature
        self.bodies = bodies
        hash = Hash256(of: headerBytes)
    }

    /// Where the chain stands with this segment.
    public var head: Head { Head(replica: header.replica, seq: header.seq, hash: hash) }

    /// Throws unless the key signed the header.
    public func verify(_ key: Curve25519.Signing.PublicKey) throws(WireError) {
        guard key.isValidSignature(signature, for: headerBytes) else {
            throw WireError(.signature, "segment", "\(header.replica) seq \(header.seq)")
        }
    }

    /// The transactions of one section that is here, ascending by time.
    public func transactions(section index: Int) throws(WireError) -> [TransactionRows]? {
        guard let body = bodies[index] else { return nil }
        let raw = try Section.decompress(body, size: header.sections[index].rawSize)
        let transactions = try Section.transactions(raw, of: header.replica)
        guard transactions.allSatisfy({ header.times.contains($0.time) }) else {
            throw .malformed("section", "a transaction outside the header's times")
        }
        return transactions
    }

    /// The bytes of all bodies that are here.
    public var size: Int { headerBytes.count + signature.count + bodies.values.reduce(0) { $0 + $1.count } }
}

/// A transaction before it is cut: its rows by audience.
public struct PendingTransaction: Hashable, Sendable {
    public let time: HybridTime
    public let seen: JournalPosition
    public let changes: [(audience: Audience, rows: [RowState])]

    public init(time: HybridTime, seen: JournalPosition, changes: [(audience: Audience, rows: [RowState])]) {
        self.time = time
        self.seen = seen
        self.changes = changes
    }

    public static func == (left: Self, right: Self) -> Bool { left.time == right.time }
    public func hash(into hasher: inout Hasher) { hasher.combine(time) }
}

extension Segment {
    /// Where a new segment is put in its chain.
    public struct Place: Sendable {
        public let replica: ReplicaID
        public let last: Head?
        public let standsOn: Head?
        public let schema: UInt32

        public init(replica: ReplicaID, last: Head?, standsOn: Head?, schema: UInt32) {
            self.replica = replica
            self.last = last
            self.standsOn = standsOn
            self.schema = schema
        }
    }

    /// Cuts transactions to a segment.
    ///
    /// - Precondition: there is at least one, they ascend by time, have one `seen`, and are within the limits.
    public static func cut(
        _ transactions: [PendingTransaction], at place: Place, key: Curve25519.Signing.PrivateKey
    ) throws -> Segment {
        guard let first = transactions.first, let last = transactions.last else {
            preconditionFailure("a segment needs a transaction")
        }
        var rows: [Audience: [TransactionRows]] = [:]
        for transaction in transactions {
            for (audience, changes) in transaction.changes {
                rows[audience, default: []].append(TransactionRows(time: transaction.time, changes: changes))
            }
        }
        let sections = rows.sorted { $0.key < $1.key }.map { (audience: $0.key, raw: Section.encode($0.value)) }
        return try cut(
            sections, times: first.time...last.time, seen: first.seen, transactions: transactions.count, at: place,
            key: key)
    }

    /// Cuts one transaction to a segment, the bytes of its section as they are.
    ///
    /// - Parameter section: change form of its rows, all of one audience.
    public static func cut(
        _ section: [UInt8], for audience: Audience, time: HybridTime, seen: JournalPosition, at place: Place,
        key: Curve25519.Signing.PrivateKey
    ) throws -> Segment {
        try cut([(audience, section)], times: time...time, seen: seen, transactions: 1, at: place, key: key)
    }

    private static func cut(
        _ sections: [(audience: Audience, raw: [UInt8])], times: ClosedRange<HybridTime>, seen: JournalPosition,
        transactions: Int, at place: Place, key: Curve25519.Signing.PrivateKey
    ) throws -> Segment {
        var heads: [SegmentHeader.SectionHead] = []
        var bodies: [Int: [UInt8]] = [:]
        for (audience, raw) in sections {
            let body = Section.compress(raw)
            bodies[heads.count] = body
            heads.append(.init(audience: audience, rawSize: raw.count, size: body.count, hash: Hash256(of: body)))
        }
        let header = SegmentHeader(
            replica: place.replica, seq: (place.last?.seq ?? 0) + 1, previous: place.last?.hash,
            standsOn: place.last == nil ? place.standsOn : nil, times: times, seen: seen, schema: place.schema,
            transactions: UInt32(transactions), sections: heads)
        let bytes = header.bytes
        return try Segment(headerBytes: bytes, signature: [UInt8](key.signature(for: bytes)), bodies: bodies)
    }
}

extension PBSegment {
    init(_ segment: Segment) {
        self.init()
        header = Data(segment.headerBytes)
        signature = Data(segment.signature)
        sections = PBSectionBody.list(segment.bodies)
    }

    func value() throws(WireError) -> Segment {
        try Segment(
            headerBytes: [UInt8](header), signature: [UInt8](signature), bodies: try PBSectionBody.bodies(sections))
    }
}

extension PBSectionBody {
    static func list(_ bodies: [Int: [UInt8]]) -> [PBSectionBody] {
        bodies.sorted { $0.key < $1.key }.map { index, bytes in
            var body = PBSectionBody()
            body.index = UInt32(index)
            body.body = Data(bytes)
            return body
        }
    }

    static func bodies(_ list: [PBSectionBody]) throws(WireError) -> [Int: [UInt8]] {
        var bodies: [Int: [UInt8]] = [:]
        for section in list {
            guard bodies.updateValue([UInt8](section.body), forKey: Int(section.index)) == nil else {
                throw .malformed("segment", "section \(section.index) twice")
            }
        }
        return bodies
    }
}
