public import CRDT
import Foundation
import SwiftProtobuf

/// What a bundle of the hub's holds: an answer to what it last knew of a replica, and parts of a snapshot where the
/// replica needs one first. A node's bundle holds an `ExchangeRequest`.
public struct HubBundle: Sendable {
    /// For which of the node's replicas it was made.
    public let replica: ReplicaID
    public let answer: ExchangeResponse
    public let snapshot: SnapshotShare?

    /// Some parts of a snapshot, and what all of it is.
    public struct SnapshotShare: Sendable {
        public let manifest: SnapshotManifest
        /// By index in the manifest: the zstd frames that are here.
        public let parts: [Int: [UInt8]]

        public init(manifest: SnapshotManifest, parts: [Int: [UInt8]]) {
            self.manifest = manifest
            self.parts = parts
        }
    }

    public init(replica: ReplicaID, answer: ExchangeResponse, snapshot: SnapshotShare? = nil) {
        self.replica = replica
        self.answer = answer
        self.snapshot = snapshot
    }

    /// After which rev its entries begin; where it has none, they would begin after the head.
    public var after: UInt64 { answer.entries.first.map { $0.rev - 1 } ?? answer.head.rev }

    public var bytes: [UInt8] {
        var message = PBHubBundle()
        message.replica = replica.rawValue
        message.answer = Data(answer.bytes)
        if let snapshot {
            message.manifest = Data(snapshot.manifest.bytes)
            message.parts = PBSectionBody.list(snapshot.parts)
        }
        return message.serialisedBytes
    }

    private static let shape = ProtoShape([4: (Limits.snapshotParts, nil)])

    public init(bytes: [UInt8]) throws(WireError) {
        let subject = "hub's bundle"
        try Self.shape.check(bytes, subject)
        let message = try PBHubBundle(checked: bytes, subject)
        replica = ReplicaID(rawValue: message.replica)
        answer = try ExchangeResponse(bytes: [UInt8](message.answer))
        guard !message.manifest.isEmpty else {
            guard message.parts.isEmpty else { throw .malformed(subject, "parts without a manifest") }
            snapshot = nil
            return
        }
        let manifest = try SnapshotManifest(bytes: [UInt8](message.manifest))
        let parts = try PBSectionBody.bodies(message.parts)
        for (index, frame) in parts {
            guard manifest.parts.indices.contains(index), frame.count == manifest.parts[index].size,
                Hash256(of: frame) == manifest.parts[index].hash
            else { throw WireError(.hash, subject, "part \(index)") }
        }
        snapshot = SnapshotShare(manifest: manifest, parts: parts)
    }
}

extension Bundle {
    /// What a node's bundle says.
    public func request() throws(BundleRefusal) -> ExchangeRequest {
        do { return try ExchangeRequest(bytes: content) } catch { throw .content(error.description) }
    }

    /// What the hub's bundle says.
    public func hubBundle() throws(BundleRefusal) -> HubBundle {
        do { return try HubBundle(bytes: content) } catch { throw .content(error.description) }
    }
}
