import CRDT

/// Where the points of one asset are, by all records of it that somebody has: rule by rule as specification 21.3 says,
/// looking at every record each time.
struct PointState {
    typealias Stretch = PointRecord.Stretch

    struct Grant {
        let id: RowID
        let fence: PointRecord.Fence
        let stretches: [Stretch]
        let holder: PointRecord.Holder
        let carries: [PointRecord.Part]
    }

    struct Use {
        let id: RowID
        let owner: MemberID
        let by: ReplicaID
        let parts: [PointRecord.Part]
        let member: MemberID
        let answers: RowID?
    }

    struct Cancel {
        let id: RowID
        let owner: MemberID
        let by: ReplicaID
        let use: RowID
        let parts: [PointRecord.Part]
    }

    /// Where a point is.
    enum Place: Hashable {
        case held(ReplicaID, under: RowID)
        case pool, burnt
        case onItsWay(MemberID)
        /// There is no such point.
        case nowhere
    }

    private(set) var grants: [RowID: Grant] = [:]
    private(set) var uses: [RowID: Use] = [:]
    private(set) var cancels: [RowID: Cancel] = [:]
    private(set) var disputed: Set<RowID> = []
    /// By id.
    private(set) var live: [Use] = []
    private(set) var requests: [(id: RowID, owner: MemberID, wish: PointRecord.Wish)] = []
    private var releases: [RowID: (by: ReplicaID, parts: [PointRecord.Part], wish: MemberID?)] = [:]
    private var answered: Set<RowID> = []
    private var ended: [RowID: [RowID]] = [:]

    init(_ records: some Sequence<PointRecord>) {
        for record in records {
            switch record.content {
            case .grant(let fence, let stretches, let holder, let carries):
                grants[record.id] = Grant(
                    id: record.id, fence: fence, stretches: stretches, holder: holder, carries: carries)
            case .release(let by, let parts, let wish): releases[record.id] = (by, parts, wish)
            case .use(let by, let parts, let member, let answers):
                uses[record.id] = Use(
                    id: record.id, owner: record.owner, by: by, parts: parts, member: member, answers: answers)
                if let answers { answered.insert(answers) }
            case .cancel(let by, let use, let parts):
                let isNew =
                    cancels.updateValue(
                        Cancel(id: record.id, owner: record.owner, by: by, use: use, parts: parts), forKey: record.id)
                    == nil
                if isNew { ended[use, default: []].append(record.id) }
            case .dispute(let id): disputed.insert(id)
            case .request(let wish):
                if !requests.contains(where: { $0.id == record.id }) {
                    requests.append((record.id, record.owner, wish))
                }
            case .answer(let id): answered.insert(id)
            }
        }
        live = uses.values.filter { isLive($0.id) }.sorted { $0.id < $1.id }
    }

    // MARK: Uses

    func isLive(_ use: RowID) -> Bool { !disputed.contains(use) && !hasEnded(use) }

    /// Whether there is a cancel of a use that no dispute names.
    func hasEnded(_ use: RowID) -> Bool { (ended[use] ?? []).contains { !disputed.contains($0) } }

    /// Requests that nobody has answered or taken back.
    var open: [(id: RowID, owner: MemberID, wish: PointRecord.Wish)] { requests.filter { !answered.contains($0.id) } }

    /// Two live uses of one point, if there are such.
    var doubleUse: (RowID, RowID)? {
        let taken = live.flatMap { use in use.parts.map { ($0.stretch, use.id) } }
            .sorted { ($0.0.lane, $0.0.from) < ($1.0.lane, $1.0.from) }
        var last: (Stretch, RowID)?
        for next in taken {
            if let last, last.0.common(next.0) != nil { return (last.1, next.1) }
            if last.map({ $0.0.lane != next.0.lane || $0.0.to < next.0.to }) ?? true { last = next }
        }
        return nil
    }

    /// A live use that shares points with a stretch, or one that a grant there carries and that is not here yet.
    func occupant(_ stretch: Stretch, besides id: RowID? = nil) -> RowID? {
        if let use = live.first(where: { $0.id != id && $0.parts.contains { $0.stretch.common(stretch) != nil } }) {
            return use.id
        }
        for piece in cut(stretch) {
            guard let grant = latest(piece.lane, piece.from) else { continue }
            let missing = grant.carries.first { carried in
                carried.id != id && carried.stretch.common(piece) != nil && uses[carried.id] == nil
                    && !cancels.values.contains { $0.use == carried.id }
            }
            if let missing { return missing.id }
        }
        return nil
    }

    // MARK: Places

    /// The grant of a point: the latest that names it.
    func latest(_ lane: Int, _ point: Int64) -> Grant? {
        grants.values.filter { grant in
            grant.stretches.contains { $0.lane == lane && $0.from <= point && point < $0.to }
        }.max { ($0.fence, $0.id) < ($1.fence, $1.id) }
    }

    func place(_ lane: Int, _ point: Int64) -> Place {
        guard let grant = latest(lane, point) else { return .nowhere }
        switch grant.holder {
        case .pool: return .pool
        case .burnt: return .burnt
        case .replica(let holder):
            let given = releases.filter { _, release in
                release.by == holder
                    && release.parts.contains {
                        $0.id == grant.id && $0.stretch.lane == lane && $0.stretch.from <= point
                            && point < $0.stretch.to
                    }
            }.min { $0.key < $1.key }
            guard let given else { return .held(holder, under: grant.id) }
            return given.value.wish.map { .onItsWay($0) } ?? .pool
        }
    }

    /// A stretch in pieces each of which is in one place.
    func cut(_ stretch: Stretch) -> [Stretch] {
        var bounds: Set<Int64> = [stretch.from]
        func add(_ other: Stretch) {
            guard let common = other.common(stretch) else { return }
            bounds.formUnion([common.from, common.to])
        }
        for grant in grants.values { grant.stretches.forEach(add) }
        for release in releases.values { release.parts.forEach { add($0.stretch) } }
        bounds.remove(stretch.to)
        let sorted = bounds.sorted()
        return zip(sorted, sorted.dropFirst() + [stretch.to]).map {
            Stretch(lane: stretch.lane, from: $0, to: $1)
        }
    }

    func places(_ stretch: Stretch) -> [(stretch: Stretch, place: Place)] {
        cut(stretch).map { ($0, place($0.lane, $0.from)) }
    }

    /// The lanes that there are.
    var lanes: [Int] { Set(grants.values.flatMap { $0.stretches.map(\.lane) }).sorted() }

    /// Whether a replica holds free points enough for a wish.
    func has(_ wish: PointRecord.Wish, _ isThere: (Place) -> Bool) -> Bool {
        var count = 0
        for lane in lanes {
            let whole = Stretch(lane: lane, from: wish.from, to: wish.to)
            if wish.areLanes {
                let isFree = places(whole).allSatisfy { isThere($0.place) } && occupant(whole) == nil
                count += isFree ? 1 : 0
            } else {
                for (piece, place) in places(bounded(whole)) where isThere(place) {
                    count += (piece.from..<piece.to).count { point in
                        occupant(Stretch(lane: lane, from: point, to: point + 1)) == nil
                    }
                }
            }
        }
        return count >= wish.count
    }

    /// The part of a stretch that was ever granted: a plan has far fewer places than somebody may look at.
    private func bounded(_ stretch: Stretch) -> Stretch {
        let ends = grants.values.flatMap { $0.stretches.map(\.to) }.max() ?? stretch.from + 1
        return Stretch(lane: stretch.lane, from: stretch.from, to: max(stretch.from + 1, min(stretch.to, ends)))
    }
}

/// The records of a journal in their order, by asset. A value: it goes with each copy of the journal.
struct PointLog {
    private(set) var all: [(rev: UInt64, record: PointRecord)] = []
    private var byAsset: [PointRecord.Asset: [Int]] = [:]

    mutating func add(_ record: PointRecord, rev: UInt64) {
        byAsset[record.asset, default: []].append(all.count)
        all.append((rev, record))
    }

    var assets: [PointRecord.Asset] { byAsset.keys.sorted { ($0.table, $0.row) < ($1.table, $1.row) } }

    /// What there is of an asset up to a rev.
    func records(of asset: PointRecord.Asset, upTo rev: UInt64 = .max) -> [PointRecord] {
        (byAsset[asset] ?? []).lazy.map { all[$0] }.filter { $0.rev <= rev }.map(\.record)
    }

    /// What came after the first so many.
    func since(_ count: Int) -> ArraySlice<(rev: UInt64, record: PointRecord)> { all[min(count, all.count)...] }
}
