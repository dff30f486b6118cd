import Alliance
import CRDT
import Store
import Sync
import Wire

/// What the secretariat does with places and points at the hub.
extension World {
    func administerRights(_ deed: Deed) throws {
        switch deed {
        case .book, .admit: try setPlan()
        case .give, .endUse: try allot()
        default: try attestAll()
        }
    }

    private static let plansMax = 3

    private func plan(_ number: Int) -> (key: RowKey, values: [ColumnID: Value]) {
        let record = Records.record(
            .plan, Records.secretariat,
            [.integer(2027), .bytes(Records.major(number).key.id.bytes), .text("senior"), .text("2+2")])
        return (record.key, record.natural)
    }

    /// One decision of the hub as one transaction.
    private func decide(_ name: String, _ body: (SQLiteTransaction, inout HubDesk) throws -> Bool) throws {
        guard let store = hub.store else { return }
        do {
            let isDone = try store.write { transaction in
                var desk = HubDesk(transaction, key: hub.key, surroundings: hub.surroundings(now))
                guard try !desk.isFrozen, try body(transaction, &desk) else { return false }
                try desk.file()
                return true
            }
            if isDone {
                tally.note("rights: \(name)")
                tell(hub, "权点 \(name)")
            }
            try judge.read(hub, now: now)
        } catch let refusal as LedgerRefusal {
            tally.note("rights refused: \(refusal.name)")
        } catch let error as StoreError {
            try broken(hub, by: error)
        }
    }

    /// Makes a plan, or changes how many places it has.
    private func setPlan() throws {
        let plan = plan(draw.below(Self.plansMax))
        let isNew = !judge.isThere(plan.key, at: hub)
        if isNew {
            guard try carryOut([RowEdit(key: plan.key, act: .create, values: plan.values)], by: hub) else { return }
        }
        let total = draw.number(5...25)
        try decide("plan set") { _, desk in
            try desk.setTotal(total, of: AssetID(table: .plan, row: plan.key.id))
            return true
        }
        // A new plan goes to schools at once.
        if isNew { for _ in 0..<self.plan.members { try allot(plan.key) } }
    }

    private func allot() throws {
        let plan = plan(draw.below(Self.plansMax))
        guard judge.isThere(plan.key, at: hub) else { return try setPlan() }
        try allot(plan.key)
    }

    private func allot(_ plan: RowKey) throws {
        let (count, member) = (draw.number(1...6), Records.member(draw.below(self.plan.members)))
        try decide("allotted") { _, desk in
            try !desk.allot(count, of: AssetID(table: .plan, row: plan.id), to: member).isEmpty
        }
    }

    /// Grants former points to nodes of whose earlier lives nothing is left: backups that hold one are destroyed.
    func attestAll() throws {
        for node in nodes.compactMap({ $0 }) where !node.isLost && !node.isStopped && !node.isRevoked {
            guard judge.isInForce(node), let former = try formerReplicas(of: node), !former.isEmpty else { continue }
            let copies = nodes.compactMap { $0 }.filter { $0.row == node.row && !$0.isLost && !$0.isStopped }
            guard copies.allSatisfy({ !former.contains($0.replica) && judge.hasSentAll($0) }) else { continue }
            for copy in nodes.compactMap({ $0 }) where copy.row == node.row { copy.backup = nil }
            try decide("attested") { transaction, desk in
                guard let present = try Register(transaction).replicas(of: node.row).last else { return false }
                desk.reason = "attest"
                try Ledger.attest(former, to: present, at: &desk)
                return true
            }
        }
    }

    /// The replicas of a node that have ended and still hold points.
    private func formerReplicas(of node: Node) throws -> Set<ReplicaID>? {
        guard let store = hub.store, let table = store.schema[.replica] else { return nil }
        return try store.read { transaction in
            let register = Register(transaction)
            return Set(
                try transaction.rows(in: table).filter { $0[ReplicaColumn.node]?.value == .bytes(node.row.bytes) }
                    .compactMap { $0.replicaID(ReplicaColumn.number) }
                    .filter { try register.hasEnded($0) && !transaction.ledger.holdings(by: $0).isEmpty })
        }
    }
}
