import Alliance
import CRDT
import Store
import Sync
import Wire

/// What people do with rooms, their time, and places: through the same acts as the program's commands.
extension World {
    func exercise(_ deed: Deed, at party: Party) throws {
        guard let node = party as? Node else { return try administerRights(deed) }
        switch deed {
        case .book: try book(at: node)
        case .endUse: try endUse(at: node)
        case .give: try give(at: node)
        case .answer: try answerRequests(at: node, all: false)
        default: try admit(at: node)
        }
    }

    /// Carries out one act on a node's ledger as one command.
    /// - Returns: what came of it, and what was written.
    @discardableResult
    private func act<Result>(
        at node: Node, _ name: String, _ body: (LocalLedger, SQLiteTransaction) throws -> Result
    ) throws -> Act<Result> {
        guard let store = node.store else { return .failed }
        do {
            let done = try store.write { transaction in
                let before = transaction.state.clock.last
                let surroundings = node.surroundings(now, tick: plan.tick)
                let result = try body(LocalLedger(transaction, key: node.key, surroundings: surroundings), transaction)
                let replica = transaction.state.replica
                let written =
                    try transaction.state.clock.last == before
                    ? []
                    : transaction.uncut(size: .max, rows: .max).filter { $0.time > before }.map {
                        Written(time: $0.time, seen: $0.seen.rev, changes: try $0.changes(of: replica))
                    }
                return (result, written)
            }
            for written in done.1 {
                tally.note("commands")
                noteTrace(written.time.rawValue)
                try judge.acted(written, by: node)
            }
            if !done.1.isEmpty {
                tally.note("rights: \(name)")
                tell(node, "权点 \(name) \(Self.told(done.1))")
            }
            return .done(done.0, done.1)
        } catch let refusal as LedgerRefusal {
            tally.note("rights refused: \(refusal.name)")
            return .refused
        } catch let refusal as CommandRefusal {
            tally.note("command refused: \(refusal.name)")
            try judge.refused([], by: node, refusal)
            if case .violations(let found) = refusal {
                throw Breach(invariant: "I12", detail: "\(node.name) may not write what its ledger says: \(found)")
            }
            return .failed
        } catch let error as StoreError {
            tell(node, "命令失败 a command fails: \(error.code.rawValue)")
            judge.uncertain(node)
            try broken(node, by: error)
            return .failed
        }
    }

    /// What became of an act.
    private enum Act<Result> {
        case done(Result, [Written])
        /// The ledger does not allow it.
        case refused
        /// The disk failed, or the replica writes nothing at all.
        case failed
    }

    private static func told(_ written: [Written]) -> String {
        written.flatMap(\.changes).map {
            "\($0.key.table.rawValue)/\(String($0.key.id.rawValue & 0xFFFF_FFFF, radix: 16))"
        }.joined(separator: ", ")
    }

    // MARK: Rooms

    /// Rooms that people book: few, so that two often mean the same one.
    private static let roomsOfMember = 2

    private func room(_ owner: MemberID) -> Records.Record {
        Records.record(
            .space, owner,
            [
                .bytes(Records.base(owner, draw.below(Self.roomsOfMember)).key.id.bytes), .text("室\(draw.below(2))"),
            ])
    }

    /// An own room, or another's, that the people at a node know of; an own one is made if there is none.
    private func room(at node: Node, isOwn: Bool) throws -> Records.Record? {
        let other = isOwn ? node.member : Records.member(draw.below(plan.members))
        for _ in 0..<3 {
            let room = room(other)
            if judge.isThere(room.key, at: node) { return room }
        }
        let room = room(node.member)
        guard !judge.isThere(room.key, at: node) else { return room }
        let values = [
            SpaceColumn.name: Value.text("实训室"), ColumnID(3): .integer(40), SpaceColumn.mode: .text("workstation"),
            SpaceColumn.workstations: .integer(Int64(draw.number(1...3))),
        ]
        try carryOut(
            [RowEdit(key: room.key, act: .create, values: room.natural.merging(values) { $1 })], by: node)
        return nil
    }

    /// Two or four hours of one of the next days, or a day and more: few different ones.
    private func hours() -> (from: Int64, to: Int64) {
        let day = Int64(now / Plan.day) + Int64(draw.number(1...3))
        let from = day * Int64(Plan.day) + Int64(draw.below(4)) * 7_200_000
        let length = draw.chance(5) ? 30 : draw.pick([2, 2, 4])
        return (from, from + Int64(length) * 3_600_000)
    }

    private func book(at node: Node) throws {
        guard let room = try room(at: node, isOwn: draw.chance(60)) else { return }
        let (from, to) = hours()
        let asset = AssetID(table: .space, row: room.key.id)
        let wish = PointRecord.Wish(areLanes: true, count: 1 + draw.below(2), from: from, to: to)
        guard let wanted = Wanted(.lanes, count: wish.count, from: from, to: to) else { return }
        let subject = newID()
        let booking = RowEdit(
            key: RowKey(table: .booking, owner: node.member, id: subject), act: .create,
            values: [
                AssetColumn.table: .integer(Int64(TableID.space.rawValue)), AssetColumn.row: Value(room.key.id),
                BookingColumn.host: Value(room.key.owner), BookingColumn.first: .integer(from),
                BookingColumn.last: .integer(to), BookingColumn.workstations: .integer(Int64(wish.count)),
                BookingColumn.purpose: .text("实训"),
            ])
        try take(wanted, wish, of: asset, subject: subject, beside: [booking], at: node, "booked")
    }

    private func newID() -> RowID { RowID(rawValue: UInt128(draw.next()) << 64 | UInt128(draw.next())) }

    private func take(
        _ wanted: Wanted, _ wish: PointRecord.Wish, of asset: AssetID, subject: RowID, beside edits: [RowEdit],
        at node: Node, _ name: String
    ) throws {
        let named = PointRecord.Asset(table: Int64(asset.table.rawValue), row: asset.row)
        let holdsAll = judge.holds(wish, of: named, node)
        let done = try act(at: node, "wishes") { ledger, _ in
            try ledger.take(wanted, of: asset, subject: subject, beside: edits)
        }
        switch done {
        case .failed: return
        case .done(.confirmed(let use), let written):
            tally.note("rights: \(name)")
            return try judge.confirmed(wish, as: use, in: written, by: node)
        case .done(.requested, _): tally.note("rights: asked")
        case .refused: break
        }
        // P5: what it holds and nobody uses it confirms.
        try expect(!holdsAll, "I7", "\(node.name) holds \(wish) of \(asset.row), and does not confirm it")
    }

    private func endUse(at node: Node) throws {
        guard let store = node.store, let table = store.schema[.use] else { return }
        let own = try store.read { transaction in
            try transaction.rows(in: table).filter { $0.memberID(UseColumn.member) == node.member }.compactMap(\.use)
                .filter { try Ledger.isLive($0, in: transaction.ledger) }
        }
        guard !own.isEmpty else { return try book(at: node) }
        let use = draw.pick(own)
        try act(at: node, use.asset.table == .plan ? "admission ended" : "cancelled") { ledger, _ in
            try ledger.cancel(use.id, reason: "")
        }
    }

    /// Gives time or places away, to the pool or to a member.
    private func give(at node: Node) throws {
        let wish = draw.chance(50) ? nil : Records.member(draw.below(plan.members))
        let name = wish == nil ? "released to the pool" : "released to a member"
        if draw.chance(40), let plan = try anyPlan(at: node) {
            let count = draw.number(1...3)
            try act(at: node, name) { ledger, _ in
                try ledger.release(places: count, of: plan, wish: wish, note: "")
            }
            return
        }
        guard let room = try room(at: node, isOwn: true) else { return }
        // With what is booked there.
        let day = Int64(now / Plan.day) + Int64(draw.number(1...3))
        let (from, to) = (day * Int64(Plan.day), (day + Int64(draw.number(1...5))) * Int64(Plan.day))
        guard let span = Span(lane: UInt16(draw.below(2)), from: from, to: to) else { return }
        try act(at: node, name) { ledger, _ in
            try ledger.release([span], of: AssetID(table: .space, row: room.key.id), wish: wish, note: "")
        }
    }

    // MARK: Requests

    /// Answers what others ask for, gives up what was taken beside a request that was declined, and may take own requests back.
    func answerRequests(at node: Node, all: Bool) throws {
        guard let store = node.store else { return }
        try act(at: node, "given up") { ledger, _ in try ledger.tidy() }
        guard node.isUp else { return }
        let open = try store.read { transaction -> [(id: RowID, isOwn: Bool, isHeld: Bool)] in
            try transaction.ledger.unsettled().flatMap { asset in
                let isHeld = try transaction.ledger.holdings(of: asset).contains {
                    $0.place == .held(transaction.state.holder)
                }
                return try transaction.ledger.openRequests(of: asset).map {
                    ($0.key.id, $0.key.owner == node.member, isHeld)
                }
            }
        }.filter { $0.isHeld || $0.isOwn }
        guard !open.isEmpty else { return }
        for (id, isOwn, isHeld) in all ? open : [draw.pick(open)] where node.isUp {
            if isHeld, !isOwn || all, all || draw.chance(75) {
                if case .done = try act(at: node, "approved", { ledger, _ in try ledger.approve(id) }) { continue }
            }
            guard node.isUp else { return }
            if isOwn, all && isHeld || draw.chance(30) {
                try act(at: node, "withdrawn") { ledger, _ in try ledger.withdraw(id, because: "") }
            } else if !isOwn, isHeld {
                try act(at: node, "declined") { ledger, _ in try ledger.decline(id, because: "已有安排") }
            }
        }
    }

    // MARK: Places

    private func anyPlan(at node: Node) throws -> AssetID? {
        guard let store = node.store, let table = store.schema[.plan] else { return nil }
        let plans = try store.read { try $0.rows(in: table) }
        return plans.isEmpty ? nil : AssetID(table: .plan, row: draw.pick(plans).key.id)
    }

    /// Admits somebody on an own place; now and then one is asked for.
    private func admit(at node: Node) throws {
        guard let plan = try anyPlan(at: node) else { return try write(.edit, at: node) }
        let wish = PointRecord.Wish(areLanes: false, count: 1, from: 1, to: 1 << 20)
        guard let wanted = Wanted(.places, count: 1, from: wish.from, to: wish.to) else { return }
        try take(wanted, wish, of: plan, subject: newID(), beside: [], at: node, "admitted")
    }
}

extension LedgerRefusal {
    var name: String {
        switch self {
        case .absent: "absent"
        case .taken: "taken"
        case .busy: "busy"
        case .elsewhere: "elsewhere"
        case .tooFew: "too few"
        case .noSuchUse: "no such use"
        case .over: "over"
        case .noSuchRequest: "no such request"
        }
    }
}
