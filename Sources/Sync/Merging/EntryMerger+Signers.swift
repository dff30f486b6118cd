import Alliance
import CRDT
import Wire

/// Who signed what is merged, as of then.
extension EntryMerger {
    /// The node that signed an entry, which must be in force, and have this key.
    ///
    /// What was merged here before the hub went back was looked at then: its node may have been revoked since, or have
    /// changed its key, and the rows say so.
    func signer(of entry: JournalEntry) throws -> Register.Node {
        let header = entry.segment.header
        let node = try register.signer(of: header)
        if let node, isReplaying, let known = try transaction.segment(header.replica, header.seq),
            known.hash == entry.segment.hash, known.signature == entry.segment.signature
        {
            return node
        }
        guard let node, try !isRevoked(node), node.isConfirmed else {
            throw JournalFault(
                rev: entry.rev,
                "the segment's replica \(header.replica) is not in the register, revoked, or not confirmed")
        }
        do { try entry.segment.verify(node.key) } catch {
            throw JournalFault(rev: entry.rev, "the segment is not signed by its node")
        }
        return node
    }

    /// Whether the journal says that a node is revoked. Where the hub went back, its row may say so of the lost part.
    private func isRevoked(_ node: Register.Node) throws -> Bool {
        guard node.revoked != nil, isReplaying else { return node.revoked != nil }
        let row = try transaction.row(Register.nodeKey(node.id, secretariat))
        guard let stamp = row?[NodeColumn.revoked]?.stamp else { return true }
        return try !transaction.segments(of: stamp).isEmpty || RowRemerger(transaction).isBeforeKept(stamp)
    }
}
