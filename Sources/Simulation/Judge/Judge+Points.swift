import Alliance
import CRDT
import Store
import Sync
import Wire

/// I7: each point is in one place, and has at most one live use; what was confirmed stays.
extension Judge {
    // MARK: The journal

    /// Looks at the records that came since.
    /// - Parameter isRecovering: whether the hub decides nothing, since what it sees is not all that stands.
    func judgePoints(since known: Int, isRecovering: Bool) throws {
        if isRecovering { isUnaware = false }
        let news = truth.points.since(known)
        guard !news.isEmpty else { return }
        for (rev, record) in news { try judge(record, rev) }
        undecided.formUnion(news.map(\.record.asset))
        guard !isRecovering else { return }
        for asset in undecided { try judgeUses(of: asset) }
        undecided = []
    }

    private func judge(_ record: PointRecord, _ rev: UInt64) throws {
        switch record.content {
        case .grant(let fence, let stretches, let holder, _):
            guard fence.epoch == truth.epoch else { return }
            if isUnaware { contested.insert(record.id) }
            try judgeGrant(record, stretches, holder, rev)
        case .dispute(let id):
            let state = PointState(truth.points.records(of: record.asset))
            guard let use = state.uses[id], isMembers(use.by, use.owner) else { return }
            try expect(
                unwarranted.contains(use.by) || use.parts.contains { contested.contains($0.id) }
                    || wasEnded(id, of: record.asset), "I7",
                "rev \(rev): use \(id) of \(record.asset.row), confirmed by \(use.by), is taken back")
        default: return
        }
    }

    /// The hub moves points only that lie in the pool, are on their way, or were an ended replica's of the same node.
    private func judgeGrant(
        _ record: PointRecord, _ stretches: [PointRecord.Stretch], _ holder: PointRecord.Holder, _ rev: UInt64
    ) throws {
        let others = truth.points.records(of: record.asset, upTo: rev).filter { $0.id != record.id }
        let before = PointState(others)
        let target: ReplicaID? = if case .replica(let replica) = holder { replica } else { nil }
        for (stretch, place) in stretches.flatMap(before.places) {
            let isRight =
                switch place {
                case .nowhere: true
                case .pool: holder != .burnt || before.occupant(stretch) == nil
                case .burnt: false
                case .onItsWay(let member): target.flatMap { truth.standing(of: $0) }?.member == member
                case .held(let from, _):
                    truth.standing(of: from)?.hasEnded ?? false
                        && truth.standing(of: from)?.node == target.flatMap { truth.standing(of: $0) }?.node
                }
            try expect(
                isRight, "I7",
                "rev \(rev): the hub grants \(stretch) of \(record.asset.row), which is \(place), to \(holder)")
        }
    }

    /// Whether who held a use had ended it in a journal that the hub lost: its points may be somebody else's since, also
    /// where the recovery was closed without that.
    private func wasEnded(_ use: RowID, of asset: PointRecord.Asset) -> Bool {
        former.contains { PointState($0.points.records(of: asset)).hasEnded(use) }
    }

    private func isMembers(_ replica: ReplicaID, _ owner: MemberID) -> Bool {
        truth.isHub(replica) || truth.standing(of: replica)?.member == owner
    }

    /// By rows alone: no point has two live uses, each use is of points that there are, and each end of a use is of who
    /// wrote it or was granted its points.
    func judgeUses(of asset: PointRecord.Asset) throws {
        let state = PointState(truth.points.records(of: asset))
        if let (one, other) = state.doubleUse {
            throw Breach(invariant: "I7", detail: "rev \(rev): \(one) and \(other) use the same points of \(asset.row)")
        }
        for use in state.live {
            let hole = use.parts.flatMap { state.places($0.stretch) }.first {
                $0.place == .nowhere || $0.place == .burnt
            }
            if let hole {
                throw Breach(
                    invariant: "I7", detail: "rev \(rev): \(use.id) uses \(hole.stretch), which is \(hole.place)")
            }
            try expect(isMembers(use.by, use.owner), "I7", "rev \(rev): \(use.id) is in another member's name")
        }
        for cancel in state.cancels.values where !state.disputed.contains(cancel.id) {
            guard let use = state.uses[cancel.use], use.by != cancel.by else { continue }
            let own = cancel.parts.filter { part in
                guard let grant = state.grants[part.id], grant.holder == .replica(cancel.by) else { return false }
                return grant.stretches.contains { $0.common(part.stretch) == part.stretch }
            }
            let isWhole = use.parts.allSatisfy { part in
                own.reduce(0) { $0 + ($1.stretch.common(part.stretch).map { $0.to - $0.from } ?? 0) }
                    == part.stretch.to - part.stretch.from
            }
            try expect(isWhole, "I7", "rev \(rev): \(cancel.by) ends use \(use.id), whose points it never held")
        }
    }

    // MARK: At a node

    /// What a node knows of an asset: the journal at its cursor, what it held of lost ones, and its pending records.
    func points(of asset: PointRecord.Asset, _ file: NodeFile) -> PointState {
        let places = [NodeFile.Base(branch: file.branch, rev: file.cursor)] + file.bases
        let merged = places.flatMap { journal($0.branch).points.records(of: asset, upTo: $0.rev) }
        let stray = file.stray.compactMap { PointRecord($0.value.row($0.key)) }
        let pending = file.pending.flatMap(\.changes).compactMap { PointRecord($0) }
        return PointState(merged + (stray + pending).filter { $0.asset == asset })
    }

    /// A node told a person that something was taken, given or ended: by all that it knows it may do so.
    func acted(_ written: Written, by node: Node) throws {
        guard let file = files[node.index] else { return }
        try expect(written.time > file.clock, "I5", "\(node.name): its clock stands at \(file.clock)")
        for record in written.changes.compactMap({ PointRecord($0) }) {
            let state = points(of: record.asset, file)
            switch record.content {
            case .use(let by, let parts, _, _):
                for part in parts {
                    try expectHeld(part, by, node, state, file)
                    try expect(
                        state.occupant(part.stretch) == nil, "I7",
                        "\(node.name) confirms \(part.stretch), which is used")
                }
            case .release(let by, let parts, _): for part in parts { try expectHeld(part, by, node, state, file) }
            case .cancel(let by, let use, let parts):
                try expect(state.isLive(use), "I7", "\(node.name) ends use \(use), which has ended")
                for part in parts { try expectHeld(part, by, node, state, file) }
            default: continue
            }
        }
        wrote(written, by: node)
        acknowledged += 1
    }

    private func expectHeld(
        _ part: PointRecord.Part, _ by: ReplicaID, _ node: Node, _ state: PointState, _ file: NodeFile
    ) throws {
        for (stretch, place) in state.places(part.stretch) {
            try expect(
                !file.isEnding && place == .held(file.replica, under: part.id) && by == file.replica, "I7",
                "\(node.name) acts on \(stretch) as \(by), which is \(place)")
        }
    }

    /// A person was told that a whole wish is confirmed: one use has all of it.
    func confirmed(_ wish: PointRecord.Wish, as use: RowID, in written: [Written], by node: Node) throws {
        var lanes: [Int: Int64] = [:]
        for record in written.flatMap(\.changes).compactMap({ PointRecord($0) }) where record.id == use {
            guard case .use(_, let parts, _, _) = record.content else { continue }
            for part in parts where part.stretch.from >= wish.from && part.stretch.to <= wish.to {
                lanes[part.stretch.lane, default: 0] += part.stretch.to - part.stretch.from
            }
        }
        let count = wish.areLanes ? lanes.values.count { $0 == wish.to - wish.from } : Int(lanes.values.reduce(0, +))
        try expect(count == wish.count, "I6", "\(node.name) confirms \(wish), and use \(use) has \(count) of it")
    }

    /// Whether a node holds, free, all that somebody wishes for.
    func holds(_ wish: PointRecord.Wish, of asset: PointRecord.Asset, _ node: Node) -> Bool {
        guard let file = files[node.index] else { return false }
        // Of what it held before it was put back it can't know what was used since.
        return !file.isEnding
            && points(of: asset, file).has(wish) { if case .held(file.replica, _) = $0 { true } else { false } }
    }

    /// Whether the hub has all that a node wrote.
    func hasSentAll(_ node: Node) -> Bool { files[node.index].map { $0.pending.isEmpty && $0.anew.isEmpty } ?? false }

    // MARK: At rest

    /// P3 and P4 once more by all rows, and every request is answered whose points somebody within reach has.
    /// - Parameter reachable: the nodes that have come to rest.
    func judgePointsAtRest(_ reachable: [Node]) throws {
        let holders = Set(reachable.compactMap { files[$0.index]?.replica })
        let members = Set(reachable.map(\.member))
        for asset in truth.points.assets {
            try judgeUses(of: asset)
            let state = PointState(truth.points.records(of: asset))
            for request in state.open {
                let isPool = state.has(request.wish) { $0 == .pool }
                try expect(!isPool, "I15", "request \(request.id) is not answered, and the pool has what it asks for")
                let answerer = state.lanes.lazy.flatMap { lane in
                    state.places(.init(lane: lane, from: request.wish.from, to: request.wish.to))
                }.first { _, place in
                    switch place {
                    case .held(let replica, _): holders.contains(replica)
                    case .onItsWay(let member): members.contains(member)
                    case .pool, .burnt, .nowhere: false
                    }
                }
                try expect(
                    answerer == nil, "I15",
                    "request \(request.id) is not answered; \(answerer.map { "\($0.stretch) is \($0.place)" } ?? "")")
            }
        }
    }
}
