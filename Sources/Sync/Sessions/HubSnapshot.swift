import Alliance
public import CRDT
public import Wire

/// Makes and hands out the hub's snapshot: all rows with their clocks, by audience, as of one rev.
///
/// It is made once and kept until the journal has moved on by `ageMax` entries, and every node gets those of its parts
/// that it may read.
public struct HubSnapshot {
    private let transaction: any ReplicaTransaction

    public init(_ transaction: any ReplicaTransaction) { self.transaction = transaction }

    /// Entries after which a new one is made.
    static let ageMax: UInt64 = 256
    /// Rows in one part, and roughly their bytes: well below what a section may have.
    static let partRows = 10_000
    static let partSize = 4 << 20

    /// The manifest with all parts; made anew if it is too old.
    private func manifest() throws -> SnapshotManifest {
        let state = transaction.state
        // From below the floor, or from another epoch, there is no way on: whoever had that would ask for one again.
        if let kept = try transaction.snapshot(), state.cursor.rev - kept.position.rev <= Self.ageMax,
            kept.position.rev >= state.floor, kept.position.epoch == state.cursor.epoch
        {
            return kept
        }
        try transaction.setSnapshot(nil)
        var parts: [SnapshotManifest.Part] = []
        var gathered: [Audience: [RowState]] = [:]
        var sizes: [Audience: Int] = [:]
        func finish(_ audience: Audience) throws {
            sizes[audience] = nil
            guard let rows = gathered.removeValue(forKey: audience), !rows.isEmpty else { return }
            let raw = Section.encode(states: rows)
            let frame = Section.compress(raw)
            try transaction.setSnapshotPart(parts.count, frame)
            parts.append(
                .init(
                    audience: audience, rawSize: raw.count, size: frame.count, hash: Hash256(of: frame),
                    rows: UInt64(rows.count)))
        }
        try transaction.eachRow { chunk in
            for (row, audience) in chunk {
                if sizes[audience, default: 0] + row.size > Self.partSize { try finish(audience) }
                gathered[audience, default: []].append(row)
                sizes[audience, default: 0] += row.size
                if gathered[audience]?.count == Self.partRows { try finish(audience) }
            }
        }
        for audience in gathered.keys.sorted() { try finish(audience) }
        let manifest = SnapshotManifest(
            position: state.cursor, journal: state.journal, heads: try transaction.replicaHeads(), digests: [],
            parts: parts)
        try transaction.setSnapshot(manifest)
        return manifest
    }

    /// What a member may read of the snapshot; part numbers count within it.
    public func manifest(for member: MemberID) throws -> SnapshotManifest {
        let all = try manifest()
        return SnapshotManifest(
            position: all.position, journal: all.journal, heads: all.heads, digests: all.digests,
            parts: all.parts.filter { $0.audience.includes(member) })
    }

    /// The frame of a part, by its number in the member's manifest; `nil` if there is none, or if the snapshot is of
    /// another rev than the manifest was.
    public func part(_ index: Int, rev: UInt64, for member: MemberID) throws -> [UInt8]? {
        guard let all = try transaction.snapshot(), all.position.rev == rev else { return nil }
        let readable = all.parts.indices.filter { all.parts[$0].audience.includes(member) }
        guard readable.indices.contains(index) else { return nil }
        return try transaction.snapshotPart(readable[index])
    }
}
