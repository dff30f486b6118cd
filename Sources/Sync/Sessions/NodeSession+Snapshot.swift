import CRDT
import Wire

/// A node that fetches a snapshot part by part, and merges it when it has all.
extension NodeSession {
    mutating func nextPart(
        in transaction: any ReplicaTransaction, _ surroundings: Surroundings
    ) throws -> Effect {
        guard let manifest = try transaction.snapshot() else { return .manifest }
        let here = try transaction.snapshotParts()
        if let missing = manifest.parts.indices.first(where: { !here.contains($0) }) { return .part(missing) }
        try install(manifest, in: transaction, surroundings)
        return try ask(in: transaction, surroundings)
    }

    /// Merges a whole snapshot, in one transaction.
    func install(
        _ manifest: SnapshotManifest, in transaction: any ReplicaTransaction, _ surroundings: Surroundings
    ) throws {
        let state = transaction.state
        let mayStartAnew = state.isEnding && state.mayStartAnew
        guard manifest.position.epoch == state.cursor.epoch, state.cursor.rev == 0 || mayStartAnew,
            manifest.position.rev > state.cursor.rev
        else { return try transaction.setSnapshot(nil) }
        if mayStartAnew { return try startAnew(manifest, in: transaction, surroundings) }
        try merge(manifest, with: EntryMerger(transaction, key: key, surroundings: surroundings), in: transaction)
    }

    /// How many rows of a snapshot are in memory at a time: they fit into the processor's caches.
    private static let stretch = 512

    func merge(
        _ manifest: SnapshotManifest, with merger: EntryMerger, in transaction: any ReplicaTransaction
    ) throws {
        for (index, part) in manifest.parts.enumerated() {
            guard let frame = try transaction.snapshotPart(index) else {
                throw WireError(.malformed, "snapshot", "part \(index) is missing")
            }
            var rows = try manifest.rows(part: index, frame: frame)
            while case let stretch = try rows.next(Self.stretch), !stretch.isEmpty {
                try merger.merge(snapshot: stretch, audience: part.audience)
            }
        }
        for head in manifest.heads { try transaction.setReplicaHead(head) }
        try merger.pinHubKey()
        transaction.state.cursor = manifest.position
        transaction.state.journal = manifest.journal
        try transaction.setSnapshot(nil)
    }
}
