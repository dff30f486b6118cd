import Alliance
import CRDT
import Store
import Sync
import Wire

/// Watches a run and knows, from the commands and the hub's journal alone, what must stand where.
final class Judge {
    var truth: Truth
    /// What the journal was before the hub went back, by branch.
    private(set) var former: [Truth] = []
    /// By place of the node.
    var files: [Int: NodeFile] = [:]
    /// Files that are no more; what they had pending may still be on its way.
    private var lost: [NodeFile] = []
    /// Replica ids of which a file was put back or copied: only these may be called forks.
    private(set) var copied: Set<ReplicaID> = []
    /// Replica ids of which two lives confirmed without knowing of each other, or that the operator said had nothing more
    /// and that had: what they confirmed can't be kept for sure (specification 21.4).
    var unwarranted: Set<ReplicaID> = []
    /// Grants that a hub gave out and knew nothing of later, or gave out while it knew nothing of others, having been put
    /// back by hand: what was confirmed under them may be contested (DESIGN, section 5).
    var contested: Set<RowID> = []
    /// Whether the hub was put back by hand and has not noticed.
    var isUnaware = false
    /// Assets of which the hub has decided nothing since it went back.
    var undecided: Set<PointRecord.Asset> = []
    /// Up to this rev every node in force had merged all when the hub collected, and a kept backup covered it: deletions
    /// up to here may be forgotten.
    var collectable: UInt64 = 0
    /// What the backup covered: up to here sections may be dropped.
    var droppable: UInt64 = 0
    /// Replica ids that were in use.
    private var used: Set<ReplicaID> = []
    /// Full comparisons of a node's rows that were made.
    private(set) var comparisons = 0
    var acknowledged = 0

    init(secretariat: MemberID) { truth = Truth(secretariat: secretariat) }

    var rev: UInt64 { truth.rev }

    /// What the judge knows of one node's file.
    struct NodeFile {
        let member: MemberID
        let nodeRow: RowID
        var replica: ReplicaID
        var isEnding = false
        /// Whether it may take a snapshot for all that it has: what it can't write then stands in its rejected inbox.
        var startsAnew = false
        var hasStartedAnew = false
        /// Whether what is written anew is written in its old order.
        var keepsOrder = true
        /// Of which journal its cursor is: the hub may have gone back since.
        var branch = 0
        /// What of journals that the hub has lost its rows still hold.
        var bases: [Base] = []
        /// Rows that a repair left otherwise than they should be until it ends.
        var stray: [RowKey: ModelRow] = [:]
        var cursor: UInt64 = 0
        var clock = HybridTime.zero
        /// Acknowledged and not merged back yet, in order of writing.
        var pending: [Written] = []
        /// Journaled and struck out for their clock: to be found again under new stamps.
        var anew: [Written] = []
        /// Struck out for good: they must stand in the rejected inbox.
        var rejected: [HybridTime] = []
        /// Whether the store failed while something was written: that may come back whole, or not at all.
        var isUncertain = false
        var proofs = 0

        struct Base {
            let branch: Int
            let rev: UInt64
        }
    }

    // MARK: The journal

    /// Reads what the hub has journaled since.
    /// - Returns: whether it could.
    @discardableResult
    func read(_ hub: Hub, now: UInt64) throws -> Bool {
        guard let store = hub.store else { return false }
        // Whoever judges sees through a disk that fails.
        let fault = hub.disk.fault
        hub.disk.fault = .none
        defer { hub.disk.fault = fault }
        do {
            try store.read { transaction in
                guard transaction.state.cursor.rev > rev else { return }
                let known = truth.points.all.count
                if former.isEmpty {
                    truth.enter([], as: transaction.state.cursor.epoch.replica)
                } else {
                    truth.enter(try transaction.epochs(), as: transaction.state.cursor.epoch.replica)
                }
                let page = try transaction.entries(
                    after: rev, for: Records.secretariat, except: ReplicaID(rawValue: 0), size: 1 << 30)
                for entry in page {
                    try truth.read(
                        entry, wall: hub.wall(now), former: { try? transaction.place(of: $0)?.former },
                        written: journaled)
                }
                let isRecovering = try !former.isEmpty && transaction.epochs().contains { $0.closed == nil }
                try judgePoints(since: known, isRecovering: isRecovering)
            }
        } catch is StoreError {
            return false
        }
        if let missing = truth.conflicts.missing {
            throw Breach(invariant: "I3", detail: "not in the conflict inbox: \(missing)")
        }
        return true
    }

    /// I2, I4: what is journaled under a stamp is what its author was told was written.
    private func journaled(_ replica: ReplicaID, _ time: HybridTime, _ changes: [RowState]) throws {
        guard used.contains(replica) else { return }
        var written: [RowState]?
        var uncertain: Int?
        func look(_ file: NodeFile, _ place: Int?) -> Bool {
            guard file.replica == replica else { return false }
            if file.isUncertain { uncertain = max(uncertain ?? -1, place ?? -1) }
            guard let mine = file.pending.first(where: { $0.time == time }) else { return false }
            written = mine.changes
            return mine.says(changes)
        }
        for (place, file) in files where look(file, place) { return }
        for file in lost where look(file, nil) { return }
        // Journaled before the hub went back, and now again.
        let stamp = Stamp(time: time, replica: replica)
        for journal in former {
            guard let said = journal.changes(stamp) else { continue }
            if Written(time: time, seen: 0, changes: said).says(changes) { return }
            written = said
        }
        if let written {
            throw Breach(invariant: "I4", detail: "\(stamp) is journaled as \(changes), and was written as \(written)")
        }
        guard let uncertain else {
            throw Breach(invariant: "I4", detail: "\(stamp) is journaled, and nobody was told of it")
        }
        guard uncertain >= 0, let file = files[uncertain] else { return }
        files[uncertain]?.pending.append(Written(time: time, seen: file.cursor, changes: changes))
        files[uncertain]?.pending.sort { $0.time < $1.time }
    }

    func isInForce(_ node: Node) -> Bool {
        guard let file = files[node.index] else { return false }
        let key = RowKey(table: .node, owner: Records.secretariat, id: file.nodeRow)
        guard let row = truth.row(key, at: .max) else { return false }
        return row.value(NodeColumn.revoked) == .null && row.value(NodeColumn.confirmed) != .null
    }

    func joined(_ node: Node, nodeRow: RowID) {
        files[node.index] = NodeFile(
            member: node.member, nodeRow: nodeRow, replica: node.replica, branch: truth.branch)
        used.insert(node.replica)
    }

    // MARK: Copies

    /// A node's file was put back to what it was.
    /// - Parameter unseen: whether the program does not know, and goes on with the holdings of then.
    func putBack(_ node: Node, to file: NodeFile, unseen: Bool) {
        if unseen { unwarranted.insert(file.replica) }
        if let now = files[node.index] {
            lost.append(now)
            copied.insert(now.replica)
        }
        copied.insert(file.replica)
        files[node.index] = file
    }

    func startsAnew(_ node: Node) {
        guard let file = files[node.index] else { return }
        copied.insert(file.replica)
        files[node.index]?.startsAnew = true
        files[node.index]?.hasStartedAnew = false
    }

    func ends(_ node: Node) { files[node.index]?.isEnding = true }

    /// Another node has a copy of a node's file.
    func copied(_ node: Node, as copy: Node) {
        guard let file = files[node.index] else { return }
        copied.insert(file.replica)
        unwarranted.insert(file.replica)
        files[copy.index] = file
    }

    /// A node goes on under a new id.
    func renewed(_ file: inout NodeFile, as replica: ReplicaID, _ node: Node) throws {
        try expect(
            file.isEnding && used.insert(replica).inserted, "I4",
            "\(node.name) goes on under an id that was in use: \(replica)")
        file.replica = replica
        node.replica = replica
    }

    /// The hub's file was put back to what it was when this was its journal.
    /// - Parameter unseen: whether its program does not know.
    func putBack(_ hub: Hub, to journal: Truth, unseen: Bool) {
        if unseen {
            isUnaware = true
            contested.formUnion(truth.points.since(journal.points.all.count).map(\.record.id))
        }
        former.append(truth)
        truth = journal.branched(as: former.count, after: truth)
    }

    func journal(_ branch: Int) -> Truth { branch < former.count ? former[branch] : truth }
}

extension Judge {
    /// Changes what is known of a node's file.
    func update(_ node: Node, _ body: (inout NodeFile) throws -> Void) rethrows {
        guard var file = files[node.index] else { return }
        try body(&file)
        files[node.index] = file
    }

    func noteComparison() { comparisons += 1 }
}
