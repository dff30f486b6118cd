import Alliance
import CRDT
import Crypto
import Store
import Sync
import Wire

/// A copy of a party's files that somebody keeps, and what the judge knew of them then.
struct Backup {
    let files: [String: DiskFile]
    let key: [UInt8]
    let holds: Content

    enum Content {
        case node(Judge.NodeFile)
        case hub(Truth)
    }
}

/// Backups put back, by the program or by hand, and files in use twice.
extension World {
    private static let fileNames = ["replica.sqlite", "replica.sqlite-wal"]

    func backUp(_ index: Int?) throws {
        guard let party = party(index), party.isUp else { return }
        if let node = party as? Node, node.isStopped { return }
        party.backup = copy(party)
        tally.note("backups")
        tell(party, "备份 is backed up")
        if index == nil { try keepBackup() }
    }

    /// The hub's operator keeps the last backup only: the one before is thrown away.
    private func keepBackup() throws {
        guard let store = hub.store else { return }
        do {
            try store.write { transaction in
                for old in try transaction.backups() { try transaction.forgetBackup(old.id) }
                try transaction.append(
                    BackupRecord(id: 0, made: hub.wall(now), rev: transaction.state.cursor.rev, file: "backup"))
            }
        } catch let error as StoreError {
            try broken(hub, by: error)
        }
    }

    // MARK: Collection

    /// The hub drops what everybody has, and says so to the nodes, which then do.
    func collect() throws {
        // Who has data and waits for a confirmation, which the hub has lost, is not counted: the operator waits for it.
        guard let store = hub.store, !nodes.contains(where: { $0.map { judge.isOutside($0) } ?? false }) else { return }
        do {
            let covered = try store.read { $0.state.backedUp }
            judge.collects(upTo: covered, among: nodes.compactMap { $0 })
            let report = try store.write { try HubCollector($0).collect() }
            tally.note("collections")
            if report.sections > 0 { tally.note("collected: sections", report.sections) }
            if report.forgotten > 0 { tally.note("collected: rows forgotten", report.forgotten) }
            if report.emptied > 0 { tally.note("collected: rows emptied", report.emptied) }
            tell(hub, "回收到第 \(report.floor) 号，忘记 \(report.forgotten) 行 collects up to \(report.floor)")
        } catch let error as StoreError {
            try broken(hub, by: error)
        }
    }

    private func copy(_ party: Party) -> Backup? {
        let content: Backup.Content
        if let node = party as? Node {
            guard let file = judge.files[node.index] else { return nil }
            content = .node(file)
        } else {
            content = .hub(judge.truth)
        }
        return Backup(
            files: party.disk.backup(Self.fileNames), key: [UInt8](party.key.publicKey.rawRepresentation),
            holds: content)
    }

    func putBack(_ index: Int?, byHand: Bool) throws {
        // A backup from before the key was changed has the former key, which the others no longer know.
        guard let party = party(index), let backup = party.backup, !((party as? Node)?.isStopped ?? false),
            backup.key == [UInt8](party.key.publicKey.rawRepresentation)
        else { return }
        (party as? Node)?.session = nil
        (party as? Node)?.forms = []
        party.crash()
        party.disk.powerOn()
        for name in Self.fileNames { party.disk.delete(party.disk.folder + "/" + name) }
        party.disk.restore(backup.files)
        tell(party, byHand ? "数据文件被换成旧的 its files are put back by hand" : "从备份恢复 is restored from its backup")
        switch backup.holds {
        case .node(let file):
            guard let node = party as? Node else { return }
            tally.note(byHand ? "fault: node put back by hand" : "fault: node restored")
            node.replica = file.replica
            node.lastOutcome = nil
            judge.putBack(node, to: file, unseen: byHand)
        case .hub(let journal):
            tally.note(byHand ? "fault: hub put back by hand" : "fault: hub restored")
            judge.putBack(hub, to: journal, unseen: byHand)
            askOperator()
        }
        try restart(index)
        if !byHand { try end(party) }
    }

    /// What the program's own restoration writes: `OpenReplica.restore`.
    private func end(_ party: Party) throws {
        try party.store?.write { transaction in
            switch transaction.state.role {
            case .node: transaction.state.isEnding = true
            case .hub:
                try HubSession(transaction, key: party.key, surroundings: party.surroundings(now))
                    .openEpoch(after: 0, because: "restored")
            }
        }
        if let node = party as? Node { judge.ends(node) } else { try judge.read(hub, now: now) }
    }

    /// Somebody copies a node's folder to another computer, and both go on.
    func clone(_ index: Int, as copyIndex: Int) throws {
        guard let node = nodes[index], nodes[copyIndex] == nil, node.isUp, !node.isStopped else { return }
        let disk = try Self.disk("node\(copyIndex)", folder, Seeded(plan.seed, stream: 1 << 43 | UInt64(copyIndex)))
        let twin = Node(
            copyIndex, name: node.name + "-副本", member: node.member, disk: disk, random: random, key: node.key,
            schema: node.schema, replica: node.replica, row: node.row)
        twin.formerKeys = node.formerKeys
        twin.isRevoked = node.isRevoked
        disk.restore(node.disk.backup(Self.fileNames))
        nodes[copyIndex] = twin
        judge.copied(node, as: twin)
        tally.note("fault: clone")
        tell(node, "文件夹被复制到另一台电脑 its folder is copied to another computer")
        try restart(copyIndex)
    }

    /// The person at a node below the floor lets it take a snapshot: `OpenReplica.allowStartAnew`.
    func allowStartAnew(_ node: Node) throws {
        guard let store = node.store, plan.collects else { return }
        do {
            try store.write { $0.state.mayStartAnew = true }
            judge.startsAnew(node)
            tally.note("nodes that start anew")
            tell(node, "按中心的快照重新开始 may start anew")
            queue.add(.retry(node: node.index), at: now + 3_600_000)
        } catch let error as StoreError {
            try broken(node, by: error)
        }
    }

    // MARK: The operator

    /// Somebody tells the operator, who looks some days later.
    func askOperator() {
        guard !operatorIsAsked else { return }
        operatorIsAsked = true
        queue.add(.operatorLooks, at: now + UInt64(draw.number(1...15)) * Plan.day)
    }

    func operatorLooks() throws {
        operatorIsAsked = false
        try decide(stopping: 15)
        try closeRecovery(waiting: draw.chance(70))
    }

    /// Speaks of every copy that waits: one whose computer is gone is stopped; of the others most go on.
    func decide(stopping percent: Int) throws {
        guard let store = hub.store else { return }
        do {
            let waiting = try store.read { try $0.copies().filter { $0.decision == .waiting } }
            for copy in waiting {
                let node = try nodes.compactMap { $0 }.first { try isCopy(copy, $0) }
                let stops = node == nil || draw.chance(percent)
                try store.write { try Copies($0).decide(copy, stops ? .stopped : .goesOn) }
                if stops { node?.isStopped = true }
                tally.note(stops ? "copies stopped" : "copies that go on")
                tell(node, stops ? "操作员停用这一份 the operator stops a copy" : "操作员让这一份继续 the operator lets it go on")
            }
        } catch let error as StoreError {
            try broken(hub, by: error)
        }
    }

    private func isCopy(_ copy: ReplicaCopy, _ node: Node) throws -> Bool {
        guard let state = try node.store?.read({ $0.state }), state.replica == copy.replica else { return false }
        return state.token.random == copy.token || state.nextToken?.random == copy.token
    }

    /// Closes the recovery of a hub that went back.
    /// - Parameter waiting: whether only once every node was heard.
    func closeRecovery(waiting: Bool) throws {
        guard !judge.former.isEmpty, let store = hub.store else { return }
        do {
            var silent: Set<ReplicaID> = []
            let isClosed = try store.write { transaction in
                guard let record = try transaction.epochs().last, record.closed == nil else { return true }
                let heard = Set(
                    try transaction.nodeReports().filter { $0.epoch >= record.epoch.number }.map(\.replica))
                let all = nodes.compactMap { $0 }.filter { !$0.isRevoked && !$0.isStopped && judge.isInForce($0) }
                guard !waiting || all.allSatisfy({ heard.contains($0.replica) }) else { return false }
                silent = Set(nodes.compactMap { $0?.replica }).subtracting(heard)
                for alarm in try transaction.alarms() where alarm.kind == .restored {
                    try transaction.clear(.restored, subject: alarm.subject)
                }
                var desk = HubDesk(transaction, key: hub.key, surroundings: hub.surroundings(now))
                try desk.closeRecovery(at: hub.wall(now))
                try desk.file()
                return true
            }
            judge.closedRecovery(unheard: silent)
            try judge.read(hub, now: now)
            if isClosed { tally.note("recovery closed") } else { askOperator() }
        } catch let error as StoreError {
            try broken(hub, by: error)
        }
    }
}
