import Alliance
public import CRDT
import Wire

/// Finds out what everybody has acknowledged and a kept backup covers, and drops it at the hub (回收).
///
/// A section goes once all nodes of its addressees have merged it; headers, verdicts and hashes stay, so the chain still
/// verifies, and so does every receipt.
public struct HubCollector {
    private let transaction: any ReplicaTransaction

    public init(_ transaction: any ReplicaTransaction) { self.transaction = transaction }

    /// What one replica has acknowledged.
    public struct Standing: Hashable, Sendable {
        public let replica: ReplicaID
        public let node: RowID
        public let member: MemberID
        public let acknowledged: UInt64
        /// The operator said that nobody waits for it.
        public let isLeftBehind: Bool
    }

    /// The replicas in force that were ever heard: neither ended nor revoked. One that never was begins with a snapshot.
    public func standings() throws -> [Standing] {
        let register = Register(transaction)
        return try transaction.nodeReports().compactMap { report in
            guard let node = try register.node(of: report.replica), !node.author.isHub, node.revoked == nil,
                node.isConfirmed, try !register.hasEnded(report.replica)
            else { return nil }
            return Standing(
                replica: report.replica, node: node.id, member: node.author.member, acknowledged: report.acknowledged,
                isLeftBehind: report.leftBehind > 0)
        }
    }

    /// For each of some revs, how many of the members that have nodes in force have acknowledged it; and of how many.
    func reached(_ revs: [UInt64]) throws -> (counts: [UInt32], members: UInt32) {
        var least: [MemberID: UInt64] = [:]
        for standing in try standings() where !standing.isLeftBehind {
            least[standing.member] = min(least[standing.member] ?? .max, standing.acknowledged)
        }
        return (revs.map { rev in UInt32(least.values.count { $0 >= rev }) }, UInt32(least.count))
    }

    /// Whether nothing may be dropped now: a restored hub still gathers what it lost.
    public func isRecovering() throws -> Bool {
        try transaction.epochs().last.map { $0.closed == nil } ?? false
    }

    /// Up to which rev each member's nodes have what they may read. A floor never falls, and never passes the oldest
    /// backup that is kept: a hub that goes back to it finds the rest at its nodes.
    public func floors() throws -> [MemberID: UInt64] {
        var floors = try transaction.memberFloors()
        guard try !isRecovering(), let table = transaction.schema[.member] else { return floors }
        let covered = min(transaction.state.backedUp, transaction.state.cursor.rev)
        var least: [MemberID: UInt64] = [:]
        for standing in try standings() where !standing.isLeftBehind {
            least[standing.member] = min(least[standing.member] ?? .max, standing.acknowledged)
        }
        let members = try transaction.rows(in: table).map { MemberID(rawValue: $0.key.id.rawValue) }
        for member in Set(members).union([transaction.state.secretariat]) {
            floors[member] = max(floors[member] ?? 0, min(least[member] ?? .max, covered))
        }
        return floors
    }

    /// Drops what nobody needs any more.
    /// - Parameter dryRun: only counts it.
    public func collect(dryRun: Bool = false) throws -> CollectionReport {
        let floors = try floors()
        let all = floors.values.min() ?? 0
        var report = CollectionReport(floor: all)
        report.floors = floors
        let highest = floors.values.max() ?? 0
        func isAcknowledged(_ rev: UInt64, by audience: Audience) -> Bool {
            switch audience {
            case .alliance: rev <= all
            case .members(let members): members.allSatisfy { rev <= floors[$0] ?? 0 }
            }
        }
        try transaction.dropSections(after: transaction.state.forgotten, through: highest) { rev, audience, size in
            guard isAcknowledged(rev, by: audience) else { return false }
            report.sections += 1
            report.bytes += size
            return !dryRun
        }
        // Bodies go first: what made a row that is forgotten can't make it again in a repair.
        try DeletedRows(transaction).collect(through: all, into: &report, keeps: dryRun)
        guard !dryRun else { return report }
        for (member, rev) in floors { try transaction.setMemberFloor(rev, of: member) }
        transaction.state.floor = max(transaction.state.floor, highest)
        transaction.state.collected = max(transaction.state.collected, highest)
        transaction.state.forgotten = max(transaction.state.forgotten, all)
        // Its parts hold rows as they were.
        if let snapshot = try transaction.snapshot(), snapshot.position.rev < highest {
            try transaction.setSnapshot(nil)
        }
        return report
    }
}
