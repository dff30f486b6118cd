import Alliance
import CRDT
import Store
import Sync
import Wire

extension World {
    func act(_ action: Action) throws {
        switch action.kind {
        case .deed(let node, let deed): try perform(deed, at: node)
        case .sync(let node): try begin(node)
        case .crash(let node):
            guard let party = party(node), party.isUp else { return }
            tell(party, "断电 loses power")
            tally.note("fault: crash")
            party.disk.crash()
            try fell(party)
        case .disk(let node, let kind): spoilDisk(node, kind)
        case .line(let node, let kind): spoilLine(node, kind)
        case .clock(let node, let kind): spoilClock(node, kind)
        case .restart(let node):
            guard let party = party(node), party.isUp else { return }
            tally.note("fault: restart")
            (party as? Node)?.session = nil
            party.stop()
            try restart(node)
        case .tamper(let node, let kind): nodes[node]?.tamper = kind
        case .join(let node):
            if nodes[node] == nil, try !join(node) { return queue.add(.action(action), at: now + 3_600_000) }
            try confirm(node)
        default: try administer(action)
        }
    }

    private func administer(_ action: Action) throws {
        switch action.kind {
        case .rotate(let node): try rotate(node)
        case .upgrade(let node): try upgrade(node)
        case .revoke(let node):
            guard let target = nodes[node] else { return }
            try setRevoked(target, .integer(Int64(hub.wall(now))))
        case .reinstate(let node):
            guard let target = nodes[node], target.isRevoked else { return }
            try setRevoked(target, .null)
        case .leave(let node): try leave(node)
        case .backUp(let node): try backUp(node)
        case .putBack(let node, let byHand): try putBack(node, byHand: byHand)
        case .clone(let node, let copy): try clone(node, as: copy)
        case .collect: try collect()
        case .gather(let exchanges):
            guard tally["exchanges"] < exchanges else { return }
            for node in nodes.compactMap({ $0 }) { try begin(node.index) }
            queue.add(.action(action), at: now + Plan.day / 4)
        case .makeUp(let commands):
            guard tally["commands"] < commands else { return }
            draw = Seeded(plan.seed, stream: now)
            for _ in 0..<20 { try perform(.edit, at: draw.below(nodes.count)) }
            queue.add(.action(action), at: now + Plan.day / 8)
        default: return
        }
    }

    // MARK: Power

    /// A party's power failed: it is switched on again later.
    func fell(_ party: Party) throws {
        let node = party as? Node
        node?.session = nil
        node?.forms = []
        party.crash()
        tally.note("crashes")
        queue.add(.restart(node: node?.index), at: now + UInt64(draw.number(2_000...7_200_000)))
    }

    func restart(_ index: Int?) throws {
        guard let party = party(index), !party.isUp, !((party as? Node)?.isLost ?? false) else { return }
        party.disk.powerOn()
        do { try party.start() } catch let error as StoreError {
            // A disk that fails while the program starts: it is started again once the disk is mended.
            party.stop()
            tally.note("start failed")
            if party.disk.isDown { return try fell(party) }
            try expect(party.disk.fault != .none, "I10", "\(party.name) can't open its file: \(error)")
            queue.add(.restart(node: index), at: now + 3_600_000)
            return
        }
        tell(party, "重新启动 starts again")
        if let node = party as? Node {
            try judge.recovered(node, now: now)
        } else {
            hub.started(now)
            try judge.recovered(hub, now: now)
        }
    }

    /// What the store threw at somebody: a power failure, or a disk that fails.
    func broken(_ party: Party, by error: StoreError) throws {
        tally.note("store error: \(error.code.rawValue)")
        if party.disk.isDown { try fell(party) }
    }

    // MARK: Things that break

    private func spoilDisk(_ index: Int?, _ kind: DiskFault) {
        guard let party = party(index), party.isUp, party.disk.fault == .none else { return }
        let fault: Disk.Fault =
            switch kind {
            case .full: .full(draw.below(40_000))
            case .errorOnce: .errorOnce(draw.number(1...30))
            case .errors: .errors(draw.number(1...30))
            case .closed: .closed
            case .crash: .crash(draw.number(1...40))
            }
        party.disk.fault = fault
        tally.note("fault: disk \(kind.rawValue)")
        tell(party, "磁盘 its disk: \(fault)")
        queue.add(.mend(.disk(node: index)), at: now + UInt64(draw.number(60_000...(3 * 86_400_000))))
    }

    private func spoilLine(_ index: Int, _ kind: LineFault) {
        guard let node = nodes[index] else { return }
        switch kind {
        case .cutUp: node.line.up = false
        case .cutDown: node.line.down = false
        case .cut: (node.line.up, node.line.down) = (false, false)
        case .loss: node.line.loss = draw.number(5...40)
        case .repeats: node.line.repeats = draw.number(10...60)
        case .delays: node.line.delays = draw.number(10...60)
        }
        tally.note("fault: line \(kind.rawValue)")
        tell(node, "线路 its line: \(kind.rawValue)")
        queue.add(.mend(.line(node: index)), at: now + UInt64(draw.number(3_600_000...(20 * 86_400_000))))
    }

    private func spoilClock(_ index: Int?, _ kind: ClockFault) {
        guard let party = party(index) else { return }
        guard index != nil else {
            // The hub's own clock bounds everybody's: it is kept within what its operator would not notice.
            party.skew = Int64(draw.number(-60_000...60_000))
            return tally.note("fault: hub clock")
        }
        switch kind {
        case .second: party.skew = Int64(draw.number(-1_000...1_000))
        case .hour: party.skew = Int64(draw.number(-3_600_000...3_600_000))
        case .dayBack: party.skew = -86_400_000
        case .twentyYears: party.skew = 20 * 365 * 86_400_000
        case .frozen: party.frozen = party.wall(now)
        case .ahead: party.skew = Int64(draw.number(300_000...4_000_000_000))
        }
        tally.note("fault: clock \(kind.rawValue)")
        tell(party, "时钟 its clock: \(kind.rawValue)")
        queue.add(.mend(.clock(node: index)), at: now + UInt64(draw.number(3_600_000...(15 * 86_400_000))))
    }

    func mend(_ mending: Mending) {
        switch mending {
        case .line(let index): nodes[index]?.line = Line()
        case .disk(let index): party(index)?.disk.fault = .none
        case .clock(let index):
            party(index)?.skew = 0
            party(index)?.frozen = nil
        }
    }

    // MARK: Keys, versions, members

    private func rotate(_ index: Int?) throws {
        guard let party = party(index), party.isUp, (party as? Node)?.session == nil else { return }
        if let node = party as? Node {
            // Copies that went on share their node's key: a new one would lock the other out.
            guard !nodes.contains(where: { $0 !== node && $0?.row == node.row }) else { return }
            // A node sends everything first: `SyncDriver.rotateKey`.
            guard case .proved = node.lastOutcome, try node.store?.read({ try $0.pending().count }) == 0 else { return }
        }
        let next = try World.key(&draw)
        do {
            let (edits, time) = try party.rotateKey(next, now: now)
            tally.note("key rotated")
            tell(party, "更换密钥 rotates its key")
            try acknowledged(edits, by: party, at: time)
        } catch let error as StoreError {
            judge.uncertain(party)
            try broken(party, by: error)
        } catch is CommandRefusal {
            party.nextKey = nil
        }
    }

    private func upgrade(_ index: Int?) throws {
        guard let party = party(index), party.isUp, party.schema.version == 1 else { return }
        if party is Node, hub.schema.version == 1, !draw.chance(30) { return }
        (party as? Node)?.session = nil
        party.stop()
        party.schema = NextSchema.schema
        tally.note("upgraded")
        tell(party, "升级程序 upgrades its program")
        try restart(index)
    }

    private func setRevoked(_ node: Node, _ value: Value) throws {
        let edit = RowEdit(
            key: Register.nodeKey(node.row, Records.secretariat), act: .edit, values: [NodeColumn.revoked: value])
        guard try carryOut([edit], by: hub) else { return }
        for copy in nodes.compactMap({ $0 }) where copy.row == node.row { copy.isRevoked = value != .null }
        tally.note(node.isRevoked ? "revoked" : "reinstated")
        tell(node, node.isRevoked ? "被吊销 is revoked" : "恢复效力 is reinstated")
    }

    private func leave(_ index: Int) throws {
        guard let node = nodes[index] else { return }
        let member = RowEdit(
            key: Records.memberRow(node.member), act: .edit, values: [MemberColumn.left: .integer(Int64(hub.wall(now)))]
        )
        guard try carryOut([member], by: hub) else { return }
        tally.note("member left")
        for other in nodes.compactMap({ $0 }) where other.member == node.member {
            try setRevoked(other, .integer(Int64(hub.wall(now))))
        }
    }

    /// Another node of the same member confirms a new one.
    func confirm(_ index: Int) throws {
        guard let new = nodes[index], let id = try new.store?.read({ $0.state.node }),
            let earlier = nodes.compactMap({ $0 }).first(where: { $0.member == new.member && $0 !== new && $0.isUp })
        else { return }
        let key = Register.nodeKey(id, Records.secretariat)
        guard try earlier.store?.read({ try $0.row(key) })?.isThere ?? false else {
            // It has not heard of the new one yet.
            try begin(earlier.index)
            queue.add(.action(Action(number: 1 << 30 | index, at: 0, kind: .join(node: index))), at: now + Plan.day)
            return
        }
        let edit = RowEdit(key: key, act: .edit, values: [NodeColumn.confirmed: .integer(Int64(earlier.wall(now)))])
        if try carryOut([edit], by: earlier) { tally.note("confirmed") }
    }
}
