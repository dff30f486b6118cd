public import Alliance
public import CRDT
import Store
import Sync

/// Points of a node's former replicas, which nobody may use until the operator states that no record of theirs is still
/// on its way.
public struct Quarantine: Sendable, Identifiable {
    public let id: RowID
    public let name: String
    public let memberName: String
    /// To which the points would go; `nil` while the node has none in force.
    public let present: ReplicaID?
    public let former: [Former]

    /// One replica that has ended.
    public struct Former: Sendable, Identifiable {
        public let id: ReplicaID
        /// Unix milliseconds.
        public let registered: UInt64
        public let ended: UInt64
        /// Spaces, teachers and plans of which it holds points.
        public let assets: Int
        /// Bookings and admissions that stand on them.
        public let uses: Int
    }

    public var assets: Int { former.reduce(0) { $0 + $1.assets } }
    public var uses: Int { former.reduce(0) { $0 + $1.uses } }
}

extension OpenReplica {
    /// The nodes whose former replicas still hold points. The hub's.
    public func quarantines() throws -> [Quarantine] {
        try require(.hub)
        let names = try names()
        let (replicas, nodes) = (try table("replica"), try table("node"))
        return try store.read { transaction in
            var former: [RowID: [Quarantine.Former]] = [:]
            for row in try transaction.rows(in: replicas) where row.integer(ReplicaColumn.ended) != 0 {
                guard let id = row.replicaID(ReplicaColumn.number), let node = row.rowID(ReplicaColumn.node) else {
                    continue
                }
                let held = try transaction.ledger.holdings(by: id)
                guard !held.isEmpty else { continue }
                let uses = try held.reduce(into: Set<RowID>()) { uses, held in
                    for holding in held.holdings {
                        for used in try transaction.ledger.occupations(of: held.asset, in: holding.span) {
                            uses.insert(used.use)
                        }
                    }
                }
                former[node, default: []].append(
                    .init(
                        id: id, registered: UInt64(clamping: row.integer(ReplicaColumn.registered)),
                        ended: UInt64(clamping: row.integer(ReplicaColumn.ended)), assets: held.count,
                        uses: uses.count))
            }
            let register = Register(transaction)
            return try transaction.rows(in: nodes).compactMap { row in
                guard let ended = former[row.key.id] else { return nil }
                return Quarantine(
                    id: row.key.id, name: row.text(NodeColumn.name),
                    memberName: row.member(NodeColumn.member).flatMap { names.memberName($0) } ?? "",
                    present: try register.replicas(of: row.key.id).last,
                    former: ended.sorted { $0.registered < $1.registered })
            }.sorted { $0.memberName < $1.memberName }
        }
    }
}
