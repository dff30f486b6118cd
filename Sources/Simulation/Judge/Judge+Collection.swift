import Alliance
import CRDT

/// What may be dropped, and what never comes back.
extension Judge {
    /// The hub is about to collect.
    /// - Parameter covered: the rev of the backup that its operator keeps.
    func collects(upTo covered: UInt64, among nodes: [Node]) {
        var known = min(covered, rev)
        // One that was never answered holds nothing, and begins with what there is then.
        for node in nodes where isInForce(node) && !node.isStopped {
            guard let file = files[node.index], file.cursor > 0 else { continue }
            known = min(known, shared(with: journal(file.branch), upTo: file.cursor))
        }
        collectable = max(collectable, known)
        truth.collected(through: known)
        droppable = max(droppable, min(covered, rev))
    }

    /// Whether a node that has merged something is not confirmed, or not any more.
    func isOutside(_ node: Node) -> Bool {
        !node.isRevoked && !node.isStopped && !isInForce(node) && files[node.index].map { $0.cursor > 0 } ?? false
    }

    /// Up to which rev a journal is the present one.
    private func shared(with journal: Truth, upTo cursor: UInt64) -> UInt64 {
        guard journal.branch != truth.branch else { return cursor }
        var (low, high) = (UInt64(0), min(cursor, rev))
        while low < high {
            let middle = (low + high + 1) / 2
            if journal.hash(at: middle) == truth.hash(at: middle) { low = middle } else { high = middle - 1 }
        }
        return low
    }

    /// Whether a row is deleted, and everybody knew all of it when the hub collected.
    func mayBeCollected(_ row: ModelRow) -> Bool {
        guard collectable > 0, !row.isThere, row.presence != nil else { return false }
        return row.stamps.allSatisfy(mayBeCollected)
    }

    func mayBeCollected(_ stamp: Stamp) -> Bool { truth.rev(of: stamp).map { $0 <= collectable } ?? false }

    /// I12: a row that a file lacks was deleted, was known to all, and can't be made again; everything else is there.
    func expectForgotten(_ key: RowKey, _ row: ModelRow, by name: String) throws {
        let isDrawn = key.id.rawValue >> 76 & 0xF == 7
        try expect(
            isDrawn && mayBeCollected(row), isDrawn && !row.isThere ? "I12" : "I2",
            "\(name) has not got row \(key.table.rawValue)/\(key.id), which should be \(row)")
    }
}
