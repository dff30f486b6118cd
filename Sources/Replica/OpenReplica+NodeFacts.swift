import Alliance
import CRDT
import Store
import Sync
import Wire

extension OpenReplica {
    /// What the hub's file tells of the alliance now, for the board.
    public func allianceFacts() throws -> AllianceFacts {
        try require(.hub)
        return try store.read { try FactReader($0).facts() }
    }
}

/// Reads the hub's file once for all nodes.
private struct FactReader {
    let transaction: SQLiteTransaction
    let reports: [ReplicaID: NodeReport]
    let alarms: [Alarm]
    let copies: [ReplicaCopy]

    init(_ transaction: SQLiteTransaction) throws {
        self.transaction = transaction
        reports = Dictionary(uniqueKeysWithValues: try transaction.nodeReports().map { ($0.replica, $0) })
        alarms = try transaction.alarms()
        copies = try transaction.copies()
    }

    func facts() throws -> AllianceFacts {
        let conflicts = try openConflicts()
        let members = try rows(.member).reduce(into: [MemberID: RowState]()) {
            $0[MemberID(rawValue: $1.key.id.rawValue)] = $1
        }
        let replicas = try replicasByNode()
        let nodes = try rows(.node)
        let hub = nodes.first { $0.integer(NodeColumn.isHub) != 0 }
        let epoch = try transaction.epochs().last
        return AllianceFacts(
            alliance: transaction.state.alliance, head: transaction.state.cursor.rev,
            schema: transaction.schema.version,
            nodes: try nodes.filter { $0.integer(NodeColumn.isHub) == 0 }.map {
                try facts($0, replicas[$0.key.id] ?? [], members, conflicts)
            },
            openConflicts: conflicts.count, oldestConflict: conflicts.map(\.time).min() ?? 0,
            openRequests: try transaction.openRequestCount(),
            recoveringSince: epoch.flatMap { $0.closed == nil ? $0.opened : nil } ?? 0,
            lastBackup: try transaction.backups().map(\.made).max() ?? 0,
            founded: UInt64(clamping: hub?.integer(NodeColumn.joined) ?? 0),
            alarms: alarms.filter { ReplicaID($0.subject) == nil })
    }

    private func rows(_ id: TableID) throws -> [RowState] {
        try transaction.schema[id].map { try transaction.rows(in: $0) } ?? []
    }

    /// The replicas of each node, in the order of their registration.
    private func replicasByNode() throws -> [RowID: [(id: ReplicaID, hasEnded: Bool)]] {
        var byNode: [RowID: [(id: ReplicaID, hasEnded: Bool)]] = [:]
        let rows = try rows(.replica).sorted {
            $0.integer(ReplicaColumn.registered) < $1.integer(ReplicaColumn.registered)
        }
        for row in rows {
            guard let id = row.bytes(ReplicaColumn.number).flatMap({ Register.replica(bytes: $0) }),
                let node = row.bytes(ReplicaColumn.node).flatMap({ RowID(bytes: $0) })
            else { continue }
            byNode[node, default: []].append((id, row.integer(ReplicaColumn.ended) != 0))
        }
        return byNode
    }

    private struct OpenConflict {
        let members: Set<MemberID>
        /// When the hub found it, Unix milliseconds.
        let time: UInt64
    }

    private func openConflicts() throws -> [OpenConflict] {
        guard let table = transaction.schema[.conflict], let column = table.column(ConflictColumn.resolution) else {
            return []
        }
        return try transaction.rows(in: table, where: column, is: .null).map { row in
            let author = row.member(ConflictColumn.author)
            let rev = UInt64(clamping: row.integer(ConflictColumn.rev))
            let time = try transaction.journalTime(at: rev) ?? row.presence?.stamp.time.milliseconds ?? 0
            return OpenConflict(members: Set([row.key.owner] + (author.map { [$0] } ?? [])), time: time)
        }
    }

    private func facts(
        _ row: RowState, _ replicas: [(id: ReplicaID, hasEnded: Bool)], _ members: [MemberID: RowState],
        _ conflicts: [OpenConflict]
    ) throws -> NodeFacts {
        let member = row.member(NodeColumn.member) ?? MemberID(rawValue: 0)
        let ids = Set(replicas.map(\.id))
        let subjects = Set(ids.map(\.description))
        let present = replicas.last { !$0.hasEnded }?.id
        let heard = replicas.compactMap { reports[$0.id] }
        // What an ended replica last said is old: it only tells when the node was last heard.
        let report = present.flatMap { reports[$0] } ?? heard.max { $0.lastExchange < $1.lastExchange }
        let head = transaction.state.cursor.rev
        let isBehind = report.map { $0.cursor < head } ?? false
        let mine = conflicts.filter { $0.members.contains(member) }
        return NodeFacts(
            id: row.key.id, name: row.text(NodeColumn.name), member: member,
            memberName: members[member]?.text(MemberColumn.name) ?? "",
            place: members[member]?.text(MemberColumn.place) ?? "",
            joined: UInt64(clamping: row.integer(NodeColumn.joined)),
            revoked: UInt64(clamping: row.integer(NodeColumn.revoked)),
            isConfirmed: row.integer(NodeColumn.confirmed) != 0, replica: present, report: report,
            endedReplicas: replicas.filter(\.hasEnded).map(\.id), copies: copies.filter { ids.contains($0.replica) },
            alarms: alarms.filter { subjects.contains($0.subject) }, openConflicts: mine.count,
            oldestConflict: mine.map(\.time).min() ?? 0,
            missingSince: isBehind ? try transaction.journalTime(at: (report?.cursor ?? 0) + 1) ?? 0 : 0)
    }
}
