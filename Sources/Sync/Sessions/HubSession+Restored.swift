import Alliance
import CRDT
import Crypto
public import Wire

/// A hub that went back to a backup: a new epoch, and what came after the backup returned by its nodes.
///
/// Members' segments are journaled anew, as they were signed, once all their sections are here. What a lost hub's
/// replica wrote the hub writes anew in its own name: its chain may have gone on differently since.
extension HubSession {
    // MARK: Noticing

    /// Whether the journal at the request's cursor is this one.
    func holds(_ request: ExchangeRequest) throws -> Bool {
        let rev = request.cursor.rev
        guard rev > 0 else { return true }
        return try transaction.journalHash(at: rev) == request.journal
    }

    /// Whether a node comes from another epoch, or from a journal that this is not, or still has something to return.
    func comesFromElsewhere(_ request: ExchangeRequest) throws -> Bool {
        if request.orphans > 0 || !request.returned.isEmpty { return true }
        return try request.cursor.epoch != transaction.state.cursor.epoch || !holds(request)
    }

    /// Opens a new epoch: this hub went back to a backup.
    /// - Parameter former: the largest number of an epoch that anyone has told of.
    public func openEpoch(after former: UInt32, because cause: String) throws {
        let state = transaction.state
        let number = max(former, state.cursor.epoch.number)
        guard number < .max else { throw epochTooFar }
        let replica = ReplicaID(rawValue: max(1, surroundings.random()))
        let epoch = Epoch(number: number + 1, replica: replica)
        try transaction.setEpoch(
            EpochRecord(
                epoch: epoch, fromRev: state.cursor.rev, opened: surroundings.wall, closed: nil, cause: cause))
        // A replica that wrote nothing is in no register: what it stood on is what the next stands on.
        transaction.state.standsOn = state.own ?? state.standsOn
        transaction.state.own = nil
        transaction.state.replica = replica
        transaction.state.cursor = JournalPosition(epoch: epoch, rev: state.cursor.rev)
        try transaction.raise(
            Alarm(.restored, subject: "epoch \(epoch.number)", detail: cause, since: surroundings.wall))
    }

    // MARK: Answering

    /// Answers a node from elsewhere: takes what it returns, and tells it what is still missing and where to go back to.
    func answerFromElsewhere(
        _ request: ExchangeRequest, from node: Register.Node, key: Curve25519.Signing.PrivateKey
    ) throws -> ExchangeResponse {
        if let known = try Register(transaction).node(of: request.own.replica), known.id != node.id {
            throw refusal(.signature, "该副本属于另一个节点。", "This replica belongs to another node.")
        }
        // Epochs are counted by restorations: a number far beyond this hub's is nobody's memory.
        let known = UInt64(transaction.state.cursor.epoch.number)
        guard UInt64(request.returnedEpoch) <= known + Self.epochsMax else { throw epochTooFar }
        try take(request.returned, epoch: request.returnedEpoch)
        let isHeld = try holds(request)
        let state = transaction.state
        var answer = ExchangeResponse(
            hubTime: surroundings.wall, head: state.cursor, journal: state.journal,
            floor: try floor(of: node.author.member),
            backedUp: state.backedUp, receipt: try receipt(for: request.own.replica, key: key), entries: [],
            digests: [], notYet: nil, snapshot: false, token: request.token)
        answer.heads = try heads(for: node.author.member)
        answer.headSignature = try SignedHead(position: state.cursor, journal: state.journal, key: key).signature
        if !isHeld {
            answer.waypoints = try waypoints(below: request.cursor.rev, of: node.author.member)
            try transaction.raise(
                Alarm(
                    .restored, subject: "journal",
                    detail: "replica \(request.own.replica) has merged another journal up to rev \(request.cursor.rev)",
                    since: surroundings.wall))
        }
        return answer
    }

    /// By how many restorations a node may be ahead of a hub that went back.
    private static let epochsMax: UInt64 = 1_000

    private var epochTooFar: Refusal {
        refusal(.journal, "交还的改动来自本中心不可能有过的纪元。", "What was returned is of an epoch that this hub can't have had.")
    }

    /// What this hub has of each replica, waiting segments included unless the member may have sections that they lack.
    private func heads(for member: MemberID) throws -> [Head] {
        var heads = Dictionary(
            uniqueKeysWithValues: try transaction.replicaHeads().map { ($0.head.replica, $0.head) })
        var isOpen: Set<ReplicaID> = []
        for segment in try transaction.waitingOrphans() {
            let header = segment.header
            let lacks = header.sections.indices.contains {
                !segment.sections.contains($0) && header.sections[$0].audience.includes(member)
            }
            if lacks { isOpen.insert(header.replica) }
            guard !isOpen.contains(header.replica), header.seq == (heads[header.replica]?.seq ?? 0) + 1 else {
                continue
            }
            heads[header.replica] = segment.head
        }
        return Array(heads.values.sorted { $0.replica < $1.replica }.prefix(Limits.heads))
    }

    /// Places of this journal, thinner the further down, to the beginning; among them the floor, below which nobody need
    /// go: what lies there was in a kept backup.
    private func waypoints(below rev: UInt64, of member: MemberID) throws -> [ExchangeResponse.Waypoint] {
        let top = min(rev, transaction.state.cursor.rev)
        var waypoints: [ExchangeResponse.Waypoint] = []
        var step: UInt64 = 0
        while step < top, waypoints.count < Limits.waypoints - 1 {
            if let hash = try transaction.journalHash(at: top - step) {
                waypoints.append(.init(rev: top - step, journal: hash))
            }
            step = step == 0 ? 1 : step * 2
        }
        let floor = try floor(of: member)
        if floor > 0, floor < top, let hash = try transaction.journalHash(at: floor) {
            waypoints.removeAll { $0.rev <= floor }
            waypoints.append(.init(rev: floor, journal: hash))
        }
        return waypoints + [.init(rev: 0, journal: .zero)]
    }

    // MARK: Taking back

    /// Opens an epoch if this hub has signed a head that its journal does not hold: it went back to a backup.
    func heed(_ word: SignedHead?, signedBy key: Curve25519.Signing.PublicKey) throws {
        guard let word, try isGone(word), (try? word.verify(key)) != nil else { return }
        try openEpoch(
            after: word.position.epoch.number, because: "rev \(word.position.rev), which was signed, is not here")
    }

    private func isGone(_ word: SignedHead) throws -> Bool {
        let (state, position) = (transaction.state, word.position)
        // What a former epoch's journal held beyond this one's is known to be gone.
        guard position.epoch.number >= state.cursor.epoch.number else { return false }
        guard position.epoch == state.cursor.epoch else { return true }
        guard position.rev > 0, position.rev >= state.floor || position.rev > state.cursor.rev else { return false }
        return try transaction.journalHash(at: position.rev) != word.journal
    }

    /// Takes entries that a former epoch's journal held.
    ///
    /// A revocation comes last: what its node had sent before stood before it.
    private func take(_ returned: [JournalEntry], epoch: UInt32) throws {
        var room: [ReplicaID: WaitingRoom] = [:]
        var revocations: [Segment] = []
        for entry in returned {
            let segment = entry.segment
            let header = segment.header
            // Who can't be verified yet is not believed; others may bring the register's rows.
            guard let node = try Register(transaction).signer(of: header), isSigned(segment, by: node) else { continue }
            if node.author.isHub {
                try heed(segment)
                if revokes(segment) { revocations.append(segment) } else { try writeAnew(segment) }
                continue
            }
            let journaled = try transaction.headerHash(header.replica, header.seq)
            // Members could sign for each other what no journal ever held: unless this hub knows that it went back,
            // nothing is taken.
            guard try !transaction.epochs().isEmpty else {
                guard journaled != nil else { throw unproved }
                continue
            }
            guard journaled ?? segment.hash == segment.hash else { continue }
            var left = try room[header.replica] ?? WaitingRoom(transaction.waitingSize(of: header.replica))
            // A number that this hub has not come to, of an epoch that it forgot: what came back is of a former one.
            let former = min(epoch, transaction.state.cursor.epoch.number - 1)
            if journaled != nil || left.admits(segment) { try transaction.save(orphan: entry, epoch: former) }
            room[header.replica] = left
        }
        try placeWaiting()
        guard !revocations.isEmpty else { return }
        for segment in revocations { try writeAnew(segment) }
        try placeWaiting()
    }

    /// Whether a segment of the hub's ends that a node takes part.
    private func revokes(_ segment: Segment) -> Bool {
        segment.header.sections.indices.contains { index in
            ((try? segment.transactions(section: index)) ?? []).contains { rows in
                rows.changes.contains {
                    $0.key.table == .node && $0[NodeColumn.revoked].map { $0.value != .null } ?? false
                }
            }
        }
    }

    /// Whether a node signed a segment. The hub may have changed its key before it noticed that it went back.
    private func isSigned(_ segment: Segment, by node: Register.Node) -> Bool {
        let former = node.author.isHub ? formerKeys.map(\.publicKey) : []
        return ([node.key] + former).contains { (try? segment.verify($0)) != nil }
    }

    /// Opens an epoch if this is a segment that a replica of the hub signed in this epoch or a later one, and that is
    /// not here. What it had seen, and so the epoch, is signed with it.
    private func heed(_ segment: Segment) throws {
        let header = segment.header
        guard header.seen.epoch.number >= transaction.state.cursor.epoch.number, try isLost(segment) else { return }
        try openEpoch(
            after: header.seen.epoch.number, because: "segment \(header.seq) of replica \(header.replica) is not here")
    }

    private var unproved: Refusal {
        refusal(
            .journal, "交还的改动不在中心的日志中，也没有中心签名的凭证；请联系秘书处确认中心是否恢复过。",
            "What was returned is not in this hub's journal, and nothing that the hub has signed says that it was; ask the secretariat whether the hub was restored."
        )
    }

    /// Whether a segment that was journaled once is not in this journal.
    private func isLost(_ segment: Segment) throws -> Bool {
        let head = try transaction.replicaHead(segment.header.replica)?.head.seq ?? 0
        return try segment.header.seq > head
            || transaction.headerHash(segment.header.replica, segment.header.seq) != segment.hash
    }

    /// Writes in this replica's name what a lost one of the hub wrote and is not here: one tick later, so that it takes
    /// the place of the lost cells wherever they are, and of nothing that was written after them.
    private func writeAnew(_ segment: Segment) throws {
        for index in segment.header.sections.indices {
            for rows in (try? segment.transactions(section: index)) ?? [] {
                let changes = try rows.changes.compactMap(missing)
                let time = HybridTime(rawValue: rows.time.rawValue + 1)
                try journal.write(at: time) { stamp in changes.map { $0.stamped(stamp) } }
                // What it answered before it went back it may have given to somebody else since.
                try decide(changes.filter(\.key.table.isLedger), replica: transaction.state.replica)
            }
        }
    }

    /// What of a change is not here, and not overwritten.
    private func missing(_ change: RowState) throws -> RowState? {
        let stored = try transaction.row(change.key)
        let left = RowState(
            key: change.key,
            presence: change.presence.flatMap { mine in stored?.presence.map { $0 < mine } ?? true ? mine : nil },
            cells: change.cells.filter { cell in stored?[cell.column].map { $0.stamp < cell.stamp } ?? true })
        return left.isEmpty || stored == nil && !left.isThere ? nil : left
    }
}
