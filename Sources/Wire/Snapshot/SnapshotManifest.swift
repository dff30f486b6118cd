public import Alliance
public import CRDT
import Foundation
import SwiftProtobuf

/// A snapshot (快照): all rows of the audiences that a node may read, as of one rev, in parts.
public struct SnapshotManifest: Sendable {
    public let position: JournalPosition
    public let journal: Hash256
    /// Where each replica's chain stood, and the hybrid time of its last accepted transaction.
    public let heads: [ReplicaHead]
    public let digests: [AudienceDigest]
    public let parts: [Part]

    public struct ReplicaHead: Hashable, Sendable {
        public let head: Head
        public let lastTime: HybridTime
        public let rev: UInt64

        public init(head: Head, lastTime: HybridTime, rev: UInt64) {
            self.head = head
            self.lastTime = lastTime
            self.rev = rev
        }
    }

    public struct Part: Hashable, Sendable {
        public let audience: Audience
        public let rawSize: Int
        public let size: Int
        /// Of the zstd frame.
        public let hash: Hash256
        public let rows: UInt64

        public init(audience: Audience, rawSize: Int, size: Int, hash: Hash256, rows: UInt64) {
            self.audience = audience
            self.rawSize = rawSize
            self.size = size
            self.hash = hash
            self.rows = rows
        }
    }

    public init(
        position: JournalPosition, journal: Hash256, heads: [ReplicaHead], digests: [AudienceDigest], parts: [Part]
    ) {
        self.position = position
        self.journal = journal
        self.heads = heads
        self.digests = digests
        self.parts = parts
    }

    public var bytes: [UInt8] {
        var message = PBSnapshotManifest()
        message.version = Limits.version
        message.epoch = PBEpoch(position.epoch)
        message.rev = position.rev
        message.journal = Data(journal.bytes)
        message.heads = heads.map { entry in
            var head = PBHead(entry.head)
            head.lastTime = entry.lastTime.rawValue
            head.rev = entry.rev
            return head
        }
        message.digests = digests.map { PBAudienceDigest($0) }
        message.parts = parts.enumerated().map { index, part in
            var entry = PBSnapshotPart()
            entry.index = UInt32(index)
            entry.audience = Data(part.audience.bytes)
            entry.rawSize = UInt32(part.rawSize)
            entry.size = UInt32(part.size)
            entry.hash = Data(part.hash.bytes)
            entry.rows = part.rows
            return entry
        }
        return message.serialisedBytes
    }

    private static let shape = ProtoShape([
        5: (Limits.heads, nil), 6: (Limits.digests, nil), 7: (Limits.snapshotParts, nil),
    ])

    public init(bytes: [UInt8]) throws(WireError) {
        let subject = "snapshot manifest"
        guard bytes.count <= Limits.manifestSize else { throw .limit(subject, "manifestSize: \(bytes.count) bytes") }
        try Self.shape.check(bytes, subject)
        let message = try PBSnapshotManifest(checked: bytes, subject)
        guard message.version == Limits.version else { throw WireError(.version, subject, "\(message.version)") }
        guard let journal = Hash256(bytes: message.journal) else { throw .malformed(subject, "journal hash") }
        self.init(
            position: JournalPosition(epoch: message.epoch.value, rev: try message.rev.checked(subject, "rev")),
            journal: journal,
            heads: try message.heads.map { (head) throws(WireError) in
                guard head.lastTime <= UInt64(Int64.max) else { throw .malformed(subject, "time") }
                return ReplicaHead(
                    head: try head.value(subject), lastTime: HybridTime(rawValue: head.lastTime),
                    rev: try head.rev.checked(subject, "rev"))
            },
            digests: try message.digests.map { (digest) throws(WireError) in try digest.value(subject) },
            parts: try message.parts.enumerated().map { (index, part) throws(WireError) in
                guard part.index == UInt32(index), let audience = Audience(bytes: part.audience),
                    let hash = Hash256(bytes: part.hash), part.rawSize <= Limits.sectionRawSize
                else { throw .malformed(subject, "part \(index)") }
                return Part(
                    audience: audience, rawSize: Int(part.rawSize), size: Int(part.size), hash: hash,
                    rows: try part.rows.checked(subject, "rows"))
            })
    }

    /// The rows of a part that was fetched; throws unless it is the one that the manifest names.
    public func rows(part index: Int, frame: [UInt8]) throws(WireError) -> StateRows {
        let part = parts[index]
        guard frame.count == part.size, Hash256(of: frame) == part.hash else {
            throw WireError(.hash, "snapshot", "part \(index)")
        }
        return try Section.stateRows(Section.decompress(frame, size: part.rawSize))
    }
}
