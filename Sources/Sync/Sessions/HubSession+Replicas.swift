import Alliance
import CRDT
public import Wire

/// Which replica a request comes from: one that goes on, one that was rolled back, or one of several copies.
extension HubSession {
    // MARK: The register

    private static let day: UInt64 = 24 * 3_600_000

    /// A replica's first exchange puts it into the register, so that everyone can tell whose its segments are. With one
    /// that goes on for another, that other ends.
    func registerReplica(of request: ExchangeRequest, from node: Register.Node) throws {
        let register = Register(transaction)
        let replica = request.own.replica
        if let known = try register.node(of: replica) {
            guard known.id == node.id else {
                throw refusal(.signature, "该副本属于另一个节点。", "This replica belongs to another node.")
            }
            return
        }
        let registrations = try register.registrations(of: node.id)
        let since = surroundings.wall - min(surroundings.wall, Self.day)
        // Each is an entry in everybody's journal, for ever.
        guard registrations.count(where: { $0 >= since }) < Limits.replicasOfDay else {
            throw refusal(
                .busy, "本节点今天登记的副本过多，请稍后再试；改动已存好。",
                "This node has registered too many replicas today; try again later; edits are safe.",
                retryAfter: 3_600_000)
        }
        guard let former = request.standsOn else {
            // The first came with the join; after it each goes on for another, unless the join's answer never arrived: then
            // the node drew another.
            let others = try register.replicas(of: node.id)
            guard try others.allSatisfy({ try transaction.nodeReport($0) == nil && !isJournaled(anyOf: $0) }) else {
                throw refusal(
                    .chain, "本节点的新副本没有写明接续哪一个副本。", "The new replica does not say which of its node's it stands on.")
            }
            return try journal.write { stamp in
                [registration(of: replica, node: node.id, standsOn: nil, stamp)] + others.map { ending(of: $0, stamp) }
            }
        }
        guard try register.node(of: former.replica)?.id == node.id, try isJournaled(former) else {
            throw refusal(
                .chain, "它所接续的副本不是本节点的，或中心还没有它的最后一段。",
                "The replica that it stands on is not its node's, or the hub lacks its last segment.")
        }
        let hasEnded = try register.hasEnded(former.replica)
        try journal.write { stamp in
            [registration(of: replica, node: node.id, standsOn: former.replica, stamp)]
                + (hasEnded ? [] : [ending(of: former.replica, stamp)])
        }
        for copy in try transaction.copies(of: former.replica) where copy.sent(request) {
            try transaction.dropCopy(copy)
        }
        try Copies(transaction).settle(former.replica)
    }

    /// A replica's first segment says where the one ended for which it goes on, as the register does.
    func standsRightly(_ header: SegmentHeader) throws -> Bool {
        guard header.seq == 1 else { return true }
        let former = try Register(transaction).standsOn(header.replica)
        guard former == header.standsOn?.replica else { return false }
        return try header.standsOn.map(isJournaled) ?? true
    }

    private func isJournaled(anyOf replica: ReplicaID) throws -> Bool { try transaction.replicaHead(replica) != nil }

    /// Whether a segment is in the journal; the empty head of a replica of which nothing is.
    private func isJournaled(_ head: Head) throws -> Bool {
        let known = try transaction.replicaHead(head.replica)?.head
        guard head.seq > 0 else { return known == nil }
        return try known?.seq ?? 0 >= head.seq && transaction.headerHash(head.replica, head.seq) == head.hash
    }

    func registration(of replica: ReplicaID, node: RowID, standsOn: ReplicaID?, _ stamp: Stamp) -> RowState {
        Register.registration(
            of: replica, node: node, standsOn: standsOn, at: surroundings.wall, transaction.state.secretariat, stamp)
    }

    private func ending(of replica: ReplicaID, _ stamp: Stamp) -> RowState {
        Register.ending(of: replica, at: surroundings.wall, transaction.state.secretariat, stamp)
    }

    // MARK: Own history

    private enum Standing {
        case goesOn
        /// Its file was put back: it ends.
        case rolledBack
        /// There are several files that write under its id.
        case copied
    }

    /// A replica's own history must go on from what the hub has of it; its token tells copies apart.
    func checkOwnHistory(_ request: ExchangeRequest, _ signed: UInt64?) throws {
        let standing = try standing(of: request)
        guard standing != .goesOn else { return }
        guard try !cameLate(request, signed) else { throw late }
        throw standing == .copied ? fork : ended
    }

    private func standing(of request: ExchangeRequest) throws -> Standing {
        let own = request.own
        let copies = try transaction.copies(of: own.replica)
        if !copies.isEmpty {
            guard copies.first(where: { $0.sent(request) })?.decision == .goesOn else { return .copied }
            return request.ends ? .goesOn : .rolledBack
        }
        if request.ends { return .goesOn }
        if try Register(transaction).hasEnded(own.replica) { return .copied }
        if own.seq > 0, let known = try transaction.headerHash(own.replica, own.seq), known != own.hash {
            return .copied
        }
        if let head = try transaction.replicaHead(own.replica)?.head, head.seq > own.seq { return .rolledBack }
        return try isNextToken(request) ? .goesOn : .copied
    }

    private func isNextToken(_ request: ExchangeRequest) throws -> Bool {
        guard let report = try transaction.nodeReport(request.own.replica) else { return true }
        let isRepeat = report.token == request.nextToken
        let isNext = report.token == request.token
        guard !isRepeat, !isNext, report.token != .none else { return true }
        // The node remembers an exchange that this hub does not: it is the hub that went back.
        return request.token.count > report.token.count
    }

    var fork: Refusal {
        refusal(
            .fork, "本机数据曾被回退或复制，为免混乱已停止接收其改动；请勿删除数据，并联系秘书处。",
            "This replica was rolled back or copied; its edits are no longer taken; keep the data and tell the secretariat."
        )
    }

    private var ended: Refusal {
        refusal(
            .ended, "本机数据曾被恢复，将以新的副本编号继续；已送达中心的改动会取回。",
            "This replica's file was put back; it goes on under a new id, and what had reached the hub comes back.")
    }

    /// Whether the request was on its way while a later one of the same replica was answered: it tells of the past and
    /// looks like a copy.
    private func cameLate(_ request: ExchangeRequest, _ signed: UInt64?) throws -> Bool {
        guard let signed, let report = try transaction.nodeReport(request.own.replica) else { return false }
        return signed + 1000 <= report.lastExchange
    }

    private var late: Refusal {
        refusal(
            .replayed, "这次请求在途中耽搁，之后的请求已经处理；未重复处理。",
            "This request was held up on its way; a later one has been answered, and it was not done.")
    }

    /// Whether a segment stands on another branch than the one that is journaled.
    func isBesideJournal(_ segment: Segment) throws -> Bool {
        let header = segment.header
        guard let head = try transaction.replicaHead(header.replica)?.head else { return false }
        if header.seq <= head.seq { return try transaction.headerHash(header.replica, header.seq) != segment.hash }
        return header.seq == head.seq + 1 && header.previous != head.hash
    }

    /// Copies of one replica that are remembered at most.
    private static let copiesMax = 64

    /// Remembers a copy whose request was refused as a fork, and the one that was served until then.
    public func noteFork(_ request: ExchangeRequest, _ refusal: Refusal) throws {
        let replica = request.own.replica
        let wall = surroundings.wall
        try transaction.raise(
            Alarm(.fork, subject: replica.description, detail: refusal.phrase.en, since: wall))
        let copies = try transaction.copies(of: replica)
        if copies.isEmpty, try !Register(transaction).hasEnded(replica),
            let report = try transaction.nodeReport(replica), report.token != .none
        {
            let head = try transaction.replicaHead(replica)?.head ?? Head(replica: replica, seq: 0, hash: .zero)
            try transaction.setCopy(
                ReplicaCopy(
                    replica: replica, token: report.token.random, head: head, firstSeen: report.lastExchange,
                    lastSeen: report.lastExchange, decision: .waiting))
        }
        // Real copies keep their token until they are answered; a node that draws a new one each time is one enough.
        guard copies.count < Self.copiesMax || copies.contains(where: { $0.sent(request) }) else { return }
        var copy =
            copies.first { $0.sent(request) }
            ?? ReplicaCopy(
                replica: replica, token: request.nextToken.random, head: request.own, firstSeen: wall, lastSeen: wall,
                decision: .waiting)
        copy.head = request.own
        copy.lastSeen = wall
        try transaction.setCopy(copy)
    }
}

/// The copies of a replica, and what the operator says of them.
public struct Copies {
    private let transaction: any ReplicaTransaction

    public init(_ transaction: any ReplicaTransaction) { self.transaction = transaction }

    /// The operator's word on one copy.
    public func decide(_ copy: ReplicaCopy, _ decision: ReplicaCopy.Decision) throws {
        var copy = copy
        copy.decision = decision
        try transaction.setCopy(copy)
        try settle(copy.replica)
    }

    /// The alarm ends when the operator has spoken of every copy.
    func settle(_ replica: ReplicaID) throws {
        guard try transaction.copies(of: replica).allSatisfy({ $0.decision != .waiting }) else { return }
        try transaction.clear(.fork, subject: replica.description)
    }
}

extension ReplicaCopy {
    /// Whether a request is this copy's.
    func sent(_ request: ExchangeRequest) -> Bool {
        token == request.nextToken.random || token == request.token.random
    }
}
