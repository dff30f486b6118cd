import Alliance
public import CRDT
import Crypto
public import Wire

/// The exchange on a stick: what a node's bundle says is taken in as if it had come by the line, but for tokens, of
/// which a bundle has none.
extension HubSession {
    /// What became of a node's bundle.
    public struct TakenBundle: Sendable {
        public let replica: ReplicaID
        /// Segments that were not in the journal before.
        public let segments: UInt64
        /// Why the rest was left where it is.
        public let notYet: Refusal?
    }

    /// Takes in what a node's bundle brings; one that is older than what is here brings nothing.
    /// - Throws: `Refusal` and `BundleRefusal`; the caller rolls back, and raises the alarm of a fork in a new transaction.
    public func take(_ request: ExchangeRequest, from node: Register.Node) throws -> TakenBundle {
        try node.mayExchange(hubTime: surroundings.wall)
        let replica = request.own.replica
        guard try !comesFromElsewhere(request) else { throw foreignJournal }
        try registerReplica(of: request, from: node)
        try checkNamedHeaders(request)
        // The verdicts on what it has written stand in the journal only, of which it is not to be given the beginning.
        guard try !wantsSnapshot(replica, of: node.author.member, after: request.cursor.rev) else {
            throw BundleRefusal.snapshot
        }
        let before = try transaction.replicaHead(replica)?.head.seq ?? 0
        if let first = request.segments.first?.header.seq, first > before + 1 {
            throw BundleRefusal.gap(beforeSegment: first, here: before)
        }
        let digests = try isAtHead(request) ? transaction.digests(for: node.author.member) : []
        let notYet = try takeIn(request, of: node)
        try note(request, digests: digests, before: before)
        let after = try transaction.replicaHead(replica)?.head.seq ?? 0
        return TakenBundle(replica: replica, segments: after - before, notYet: notYet)
    }

    /// A bundle may be of long ago, so its head may be behind the hub's; what it names of its chain must be what the
    /// journal has, as far as that goes.
    private func checkNamedHeaders(_ request: ExchangeRequest) throws {
        var named = [(request.own.seq, request.own.hash)]
        for segment in request.segments {
            named.append((segment.header.seq, segment.hash))
            if let previous = segment.header.previous { named.append((segment.header.seq - 1, previous)) }
        }
        for (seq, hash) in named {
            guard try transaction.headerHash(request.own.replica, seq).map({ $0 == hash }) ?? true else { throw fork }
        }
    }

    /// A stick can't ask back: what a restoration parted is settled over a line.
    private var foreignJournal: Refusal {
        refusal(
            .journal, "离线包所依据的日志与中心的不同，可能中心曾被恢复；请让该节点经网络同步一次。",
            "The bundle stands on another journal than this hub's, which may have been restored; let that node sync once over a line."
        )
    }

    private func isAtHead(_ request: ExchangeRequest) -> Bool { request.cursor == transaction.state.cursor }

    /// Notes what the node says of itself, unless it has said something newer since. Its token and the time of its last
    /// exchange stay: what comes by the line is compared with them. What tells nothing new changes nothing.
    private func note(_ request: ExchangeRequest, digests: [AudienceDigest], before: UInt64) throws {
        let known = try transaction.nodeReport(request.own.replica) ?? NodeReport(replica: request.own.replica)
        var report = known
        guard request.cursor.rev >= report.cursor, request.own.seq >= before else { return }
        report.cursor = request.cursor.rev
        report.pending = request.pending
        report.pendingSince = request.pendingSince
        report.program = request.program
        report.schema = request.schema
        report.alarms = request.alarms
        report.acknowledge(request)
        if !digests.isEmpty, report.provedRev < request.cursor.rev { try prove(&report, by: request, digests) }
        guard try report != known || transaction.replicaHead(request.own.replica)?.head.seq ?? 0 > before else {
            return
        }
        report.lastBundle = surroundings.wall
        try transaction.setNodeReport(report)
    }

    // MARK: Making one

    /// The bundles that bring a snapshot to a replica, where it needs one to go on after a rev; none where it does not.
    /// - Parameter limit: of the parts in one bundle beyond the first, bytes.
    public func snapshotBundles(
        for node: Register.Node, replica: ReplicaID, after rev: UInt64, size limit: Int = Limits.bundleShare
    ) throws -> [HubBundle] {
        try node.mayExchange(hubTime: surroundings.wall)
        guard try wantsSnapshot(replica, of: node.author.member, after: rev) else { return [] }
        let manifest = try HubSnapshot(transaction).manifest(for: node.author.member)
        let answer = try answer(to: replica, of: node, [], digests: [])
        var shares: [[Int: [UInt8]]] = [[:]]
        var size = 0
        for index in manifest.parts.indices {
            guard
                let frame = try HubSnapshot(transaction).part(
                    index, rev: manifest.position.rev, for: node.author.member)
            else { throw WireError(.malformed, "snapshot", "part \(index) is missing") }
            if size > 0, size + frame.count > limit {
                shares.append([:])
                size = 0
            }
            shares[shares.count - 1][index] = frame
            size += frame.count
        }
        return shares.map {
            HubBundle(replica: replica, answer: answer, snapshot: .init(manifest: manifest, parts: $0))
        }
    }

    /// A bundle of what the journal has after a rev: the receipt, and as many entries as one bundle holds.
    public func bundle(
        for node: Register.Node, replica: ReplicaID, after rev: UInt64, size: Int = Limits.bundleShare
    ) throws -> HubBundle {
        try node.mayExchange(hubTime: surroundings.wall)
        let entries = try transaction.entries(
            after: rev, for: node.author.member, except: replica, size: size)
        let isLast = (entries.last?.rev ?? rev) == transaction.state.cursor.rev
        let digests = isLast ? try transaction.digests(for: node.author.member) : []
        return HubBundle(replica: replica, answer: try answer(to: replica, of: node, entries, digests: digests))
    }

    private func answer(
        to replica: ReplicaID, of node: Register.Node, _ entries: [JournalEntry], digests: [AudienceDigest]
    ) throws -> ExchangeResponse {
        let state = transaction.state
        var answer = ExchangeResponse(
            hubTime: surroundings.wall, head: state.cursor, journal: state.journal,
            floor: try floor(of: node.author.member),
            backedUp: state.backedUp, receipt: try receipt(for: replica, key: key), entries: entries, digests: digests,
            notYet: nil, snapshot: false, token: .none)
        answer.forgotten = state.forgotten
        answer.headSignature = try SignedHead(position: state.cursor, journal: state.journal, key: key).signature
        return answer
    }
}
