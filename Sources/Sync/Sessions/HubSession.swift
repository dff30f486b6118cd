import Alliance
import CRDT
public import Crypto
public import Wire

/// The hub's side of the sync, within one transaction that holds the hub's lock: it reads all it needs from the store,
/// so that several processes can serve one hub.
public struct HubSession {
    let transaction: any ReplicaTransaction
    let key: Curve25519.Signing.PrivateKey
    /// The keys that signed before, under which a hub that went back knows its own former segments too.
    let formerKeys: [Curve25519.Signing.PrivateKey]
    let surroundings: Surroundings
    let journal: HubJournal

    public init(
        _ transaction: any ReplicaTransaction, key: Curve25519.Signing.PrivateKey,
        formerKeys: [Curve25519.Signing.PrivateKey] = [], surroundings: Surroundings
    ) {
        self.transaction = transaction
        self.key = key
        self.formerKeys = formerKeys
        self.surroundings = surroundings
        journal = HubJournal(transaction, key: key, surroundings: surroundings)
    }

    // MARK: Exchange

    /// Answers an exchange of a node whose signature has been verified.
    /// - Parameter signed: when the request was signed, in Unix milliseconds by the node's reckoning of the hub's time;
    ///   whole seconds, rounded down. It tells a request that came late from one of a copy.
    /// - Parameter answerKey: the key under which the node knows this hub, where that is a former one.
    /// - Throws: `Refusal`. The caller rolls the transaction back, so that a refused request leaves nothing, and calls
    ///   `noteFork` in a new one where the code is `.fork`.
    public func exchange(
        _ request: ExchangeRequest, from node: Register.Node, signed: UInt64? = nil,
        answerKey: Curve25519.Signing.PrivateKey? = nil
    ) throws -> ExchangeResponse {
        try node.mayExchange(hubTime: surroundings.wall)
        let answerKey = answerKey ?? key
        try heed(request.signedHead, signedBy: answerKey.publicKey)
        if try comesFromElsewhere(request) {
            return try answerFromElsewhere(request, from: node, key: answerKey)
        }
        try registerReplica(of: request, from: node)
        try checkOwnHistory(request, signed)
        let member = node.author.member
        let snapshot = try wantsSnapshot(request.own.replica, of: member, after: request.cursor.rev)
        // A new node sends what it has afterwards: the verdicts on it stand in the journal only. One below the floor
        // sends it before its rows change under it.
        let isNew = try snapshot && request.cursor.rev == 0 && transaction.replicaHead(request.own.replica) == nil
        let notYet = isNew ? nil : try takeIn(request, of: node)
        let entries =
            snapshot
            ? []
            : try transaction.entries(
                after: request.cursor.rev, for: member,
                except: request.ends ? nil : request.own.replica,
                size: min(request.pageSize, Limits.pageSize))
        let state = transaction.state
        let atHead = request.cursor.rev == state.cursor.rev
        let digests = atHead ? try transaction.digests(for: member) : []
        let floor = try floor(of: member)
        try report(request, atHead: atHead, digests: digests, floor: floor)
        var answer = ExchangeResponse(
            hubTime: surroundings.wall, head: state.cursor, journal: atHead ? nil : state.journal, floor: floor,
            backedUp: state.backedUp, receipt: try receipt(for: request.own.replica, key: answerKey),
            entries: entries,
            digests: digests, notYet: notYet, snapshot: snapshot,
            token: request.ends ? request.token : request.nextToken)
        answer.forgotten = state.forgotten
        if !request.awaited.isEmpty {
            (answer.reached, answer.members) = try HubCollector(transaction).reached(request.awaited)
        }
        answer.headSignature = try SignedHead(position: state.cursor, journal: state.journal, key: answerKey).signature
        return answer
    }

    /// A node that has nothing is given a snapshot once the journal is longer than this.
    private static let snapshotFrom: UInt64 = 64

    /// Up to which rev sections that a member may read are gone.
    func floor(of member: MemberID) throws -> UInt64 {
        let state = transaction.state
        return try state.floor == 0 ? 0 : transaction.memberFloors()[member] ?? state.floor
    }

    func wantsSnapshot(_ replica: ReplicaID, of member: MemberID, after rev: UInt64) throws -> Bool {
        let state = transaction.state
        if try rev < floor(of: member) { return true }
        return try rev == 0 && (state.cursor.rev > Self.snapshotFrom || hasChangedKey())
            && transaction.replicaHead(replica) == nil
    }

    /// Whether this hub has had another key. Who knows only the present one can't verify what the former one signed.
    private func hasChangedKey() throws -> Bool {
        let row = try transaction.row(Register.nodeKey(transaction.state.node, transaction.state.secretariat))
        return row?[NodeColumn.key]?.stamp != row?.presence?.stamp
    }

    // MARK: Segments

    /// Takes in segments in order of their chain.
    /// - Returns: why the rest was left where it is; `nil` if nothing was.
    func takeIn(_ request: ExchangeRequest, of node: Register.Node) throws -> Refusal? {
        for (place, segment) in request.segments.enumerated() {
            // What a copy cut beside the branch that is journaled it writes anew when it goes on.
            if request.ends, try isBesideJournal(segment) { return nil }
            // Read anew: the segment before may have brought another key.
            let node = try Register(transaction).node(node.id) ?? node
            let next = request.segments.dropFirst(place + 1).first?.header
            if let refusal = try takeIn(segment, of: node, as: request.own.replica, before: next) { return refusal }
        }
        return try request.segmentFault.map { try malformed($0, from: request.own.replica) }
    }

    /// A segment that can't be read or is wrongly signed stops its chain; the operator is told, and so is its node.
    private func malformed(_ error: WireError, from replica: ReplicaID) throws -> Refusal {
        try transaction.raise(
            Alarm(.segment, subject: replica.description, detail: error.description, since: surroundings.wall))
        return refusal(error.code == .version ? .version : .malformed, error.phrase.zh, error.phrase.en)
    }

    /// - Parameter next: the header of the segment that came behind it.
    func takeIn(
        _ segment: Segment, of node: Register.Node, as replica: ReplicaID, before next: SegmentHeader? = nil
    ) throws -> Refusal? {
        let header = segment.header
        guard header.replica == replica else {
            return refusal(.signature, "该段属于另一个副本。", "The segment is another replica's.")
        }
        let head = try transaction.replicaHead(header.replica)
        if header.seq <= head?.head.seq ?? 0 {
            // Sent again, as after a lost answer.
            guard try transaction.headerHash(header.replica, header.seq) == segment.hash else {
                throw refusal(
                    .fork, "同一副本有两个不同的第 \(header.seq) 段。",
                    "There are two different segments \(header.seq) of one replica.")
            }
            return nil
        }
        guard header.seq == (head?.head.seq ?? 0) + 1, header.previous == head?.head.hash, try standsRightly(header)
        else {
            return refusal(
                .chain, "改动段不连续（第 \(header.seq) 段）。", "The chain of segments has a gap before \(header.seq).")
        }
        guard header.schema <= transaction.schema.version else {
            return refusal(
                .schema, "中心的程序版本较旧，请等秘书处升级；改动已存好，会自动重发。",
                "The hub runs an older version; your edits are safe and are sent again once it is upgraded.",
                retryAfter: 3_600_000)
        }
        guard hasIssued(header.seen) else {
            return refusal(
                .journal, "改动所依据的日志不是本中心的。", "The segment has seen a journal that is not this hub's.")
        }
        guard try !standsOnWaiting(header) else {
            return refusal(
                .busy, "中心恢复后，这些改动所依据的数据还未全部交还；改动已存好，会自动重发。",
                "The hub was restored, and what these edits stand on is not back yet; they are safe and are sent again.",
                retryAfter: 60_000)
        }
        let transactions: [GatheredTransaction]
        do throws(WireError) {
            try segment.verify(node.key)
            transactions = try segment.gathered()
        } catch {
            return try malformed(error, from: header.replica)
        }
        try transaction.clear(.segment, subject: header.replica.description)
        try judge(segment, transactions, node, after: head?.lastTime ?? .zero, before: firstTime(behind: segment, next))
        return nil
    }

    /// Whether a place is of this journal, or of a former epoch's.
    private func hasIssued(_ seen: JournalPosition) -> Bool {
        let cursor = transaction.state.cursor
        return seen.epoch == cursor.epoch ? seen.rev <= cursor.rev : seen.epoch.number < cursor.epoch.number
    }

    private func judge(
        _ segment: Segment, _ transactions: [GatheredTransaction], _ node: Register.Node, after last: HybridTime,
        before next: HybridTime?
    ) throws {
        let state = transaction.state
        let bound = StampBound(wall: surroundings.wall, journal: state.journalTime, before: next)
        let judgement = try Judge(transaction, author: node.author, bound: bound)
            .judge(transactions, of: segment.header, lastTime: last)
        try journal.append(
            segment, verdict: judgement.verdict, detail: judgement.detail, lastTime: judgement.lastTime)
        let withdrawn = WithdrawnPersons(transaction)
        if !judgement.conflicts.isEmpty { try file(withdrawn.without(judgement.conflicts)) }
        for key in try withdrawn.affected(by: transactions.lazy.flatMap(\.rows).map(\.change)) {
            try journal.write { stamp in [WithdrawnPersons.emptying(key, stamp)] }
        }
        try decide(transactions, judgement.verdict, replica: segment.header.replica)
    }

    /// Files conflicts as rows of the hub's own, right behind the segment that made them.
    private func file(_ conflicts: [Conflict]) throws {
        let register = Register(transaction)
        let rev = transaction.state.cursor.rev
        var members: [ReplicaID: MemberID] = [:]
        func member(_ replica: ReplicaID) throws -> MemberID {
            if let member = members[replica] { return member }
            let member = try register.member(of: replica)
            members[replica] = member
            return member
        }
        var byKey: [RowKey: Conflict] = [:]
        for conflict in conflicts where try transaction.row(conflict.rowKey()) == nil {
            byKey[conflict.rowKey()] = conflict
        }
        var sides = try byKey.values.sorted { $0.rowKey() < $1.rowKey() }.map {
            Sides(
                conflict: $0, winning: try member($0.winner.stamp.replica), losing: try member($0.loser.stamp.replica))
        }[...]
        while !sides.isEmpty {
            let some = sides.prefix(while: Sides.fitting())
            sides.removeFirst(some.count)
            try journal.write { stamp in
                some.map {
                    $0.conflict.change(rev: rev, winningMember: $0.winning, losingMember: $0.losing, stamp: stamp)
                }
            }
        }
    }

    /// A conflict and whose the two values are.
    private struct Sides {
        let conflict: Conflict
        let winning: MemberID
        let losing: MemberID

        /// Tells of one conflict after the other whether it still fits into the same transaction: by rows, by bytes,
        /// and by sections, of which each audience needs one.
        static func fitting() -> (Sides) -> Bool {
            var rows = 0
            var size = 0
            var audiences: Set<Set<MemberID>> = []
            return { sides in
                rows += 1
                size += 128 + sides.conflict.winner.value.size + sides.conflict.loser.value.size
                audiences.insert([sides.conflict.key.owner, sides.winning, sides.losing])
                return rows == 1
                    || rows <= Limits.transactionRows && size <= Limits.transactionSize
                        && audiences.count <= Limits.sections
            }
        }
    }

    // MARK: Answering

    func receipt(for replica: ReplicaID, key: Curve25519.Signing.PrivateKey) throws -> Receipt? {
        guard let head = try transaction.replicaHead(replica) else { return nil }
        let position = JournalPosition(epoch: transaction.state.cursor.epoch, rev: head.rev)
        return try Receipt(head: head.head, position: position, key: key)
    }

    private func report(
        _ request: ExchangeRequest, atHead: Bool, digests: [AudienceDigest], floor: UInt64
    ) throws {
        var report = try transaction.nodeReport(request.own.replica) ?? NodeReport(replica: request.own.replica)
        // By its token a copy that ends is known again.
        if !request.ends { report.token = request.nextToken }
        report.lastExchange = surroundings.wall
        report.cursor = request.cursor.rev
        report.pending = request.pending
        report.pendingSince = request.pendingSince
        report.program = request.program
        report.schema = request.schema
        report.clockOffset = Int64(clamping: request.clock) - Int64(clamping: surroundings.wall)
        report.alarms = request.alarms
        report.epoch = request.cursor.epoch.number
        report.acknowledge(request)
        if request.cursor.rev >= floor { report.leftBehind = 0 }
        if atHead { try prove(&report, by: request, digests) }
        try transaction.setNodeReport(report)
    }

    /// Compares what a node at the head holds with what is here.
    func prove(_ report: inout NodeReport, by request: ExchangeRequest, _ digests: [AudienceDigest]) throws {
        guard request.pending == 0, !request.digests.isEmpty else { return }
        let differing = DigestComparison.differing(request.digests, digests)
        if differing.isEmpty {
            report.provedAt = surroundings.wall
            report.provedRev = request.cursor.rev
            try transaction.clear(.digest, subject: request.own.replica.description)
        } else {
            try transaction.raise(
                Alarm(
                    .digest, subject: request.own.replica.description,
                    detail: differing.map(\.description).joined(separator: ", "), since: surroundings.wall))
        }
    }

    // MARK: Joining

    /// Takes a node in under a one-time code.
    /// - Throws: `Refusal` with code `.code` for a wrong, used or old code.
    public func join(_ request: JoinRequest) throws -> JoinResponse {
        let state = transaction.state
        let publicKey = [UInt8](request.key.rawRepresentation)
        guard var invitation = try transaction.invitation(request.code) else { throw wrongCode() }
        if let usedBy = invitation.usedBy {
            // The answer may have been lost: the same key is answered again.
            guard usedBy == publicKey else {
                throw refusal(.code, "邀请码已被使用；请向秘书处索取新的。", "The code was used; ask the secretariat for a new one.")
            }
        } else {
            guard surroundings.wall <= invitation.expires else {
                throw refusal(
                    .code, "邀请码已过期（72 小时）；请向秘书处索取新的。",
                    "The code is older than 72 hours; ask the secretariat for a new one.")
            }
            guard request.isProved(by: invitation.secret) else { throw wrongCode() }
            let node = Register.nodeID(key: publicKey, state.secretariat)
            let register = Register(transaction)
            let known = try register.node(node)
            guard try !hasLeft(invitation.member) else {
                throw refusal(
                    .code, "该成员已退出联盟；请联系秘书处。", "This member has left the alliance; ask the secretariat.")
            }
            guard known?.revoked == nil, known.map({ $0.author.member == invitation.member }) ?? true,
                try register.node(of: request.replica) == nil
            else {
                throw refusal(
                    .code, "这把密钥或这个副本已登记在册；请清空文件夹后用新邀请码重新加入。",
                    "This key or replica is in the register already; join anew from an empty folder with a new code.")
            }
            // A node that comes again under its key is in the register; its row is written once.
            let isConfirmed = try register.mayBeBornConfirmed(invitation.member)
            try journal.write { stamp in
                (known == nil
                    ? [
                        self.node(
                            node, key: publicKey, member: invitation.member, name: request.name, isHub: false,
                            isConfirmed: isConfirmed, stamp)
                    ]
                    : []) + [registration(of: request.replica, node: node, standsOn: nil, stamp)]
            }
            invitation.usedBy = publicKey
            invitation.secret = []
            try transaction.setInvitation(invitation)
        }
        return JoinResponse(
            hubKey: key.publicKey, epoch: state.cursor.epoch, member: invitation.member,
            node: Register.nodeID(key: publicKey, state.secretariat), secretariat: state.secretariat,
            alliance: state.alliance, memberName: try name(of: invitation.member), hubTime: surroundings.wall)
    }

    private func wrongCode() -> Refusal {
        refusal(.code, "邀请码不对；请核对后重试，或向秘书处索取新的。", "The code is wrong; check it, or ask the secretariat for a new one.")
    }

    private func name(of member: MemberID) throws -> String {
        let key = RowKey(table: .member, owner: transaction.state.secretariat, id: RowID(rawValue: member.rawValue))
        guard case .text(let name)? = try transaction.row(key)?[MemberColumn.name]?.value else { return "" }
        return name
    }

    private func hasLeft(_ member: MemberID) throws -> Bool {
        let key = RowKey(table: .member, owner: transaction.state.secretariat, id: RowID(rawValue: member.rawValue))
        return try transaction.row(key)?[MemberColumn.left]?.value ?? .null != .null
    }

    private func node(
        _ id: RowID, key: [UInt8], member: MemberID, name: String, isHub: Bool, isConfirmed: Bool, _ stamp: Stamp
    ) -> RowState {
        RowState(
            key: Register.nodeKey(id, transaction.state.secretariat), presence: Presence(length: 1, stamp: stamp),
            cells: [
                Cell(column: NodeColumn.member, value: .bytes(member.bytes), stamp: stamp),
                Cell(column: NodeColumn.key, value: .bytes(key), stamp: stamp),
                Cell(column: NodeColumn.name, value: .text(name), stamp: stamp),
                Cell(column: NodeColumn.isHub, value: .integer(isHub ? 1 : 0), stamp: stamp),
                Cell(column: NodeColumn.joined, value: .integer(Int64(surroundings.wall)), stamp: stamp),
                Cell(column: NodeColumn.revoked, value: .null, stamp: stamp),
                Cell(
                    column: NodeColumn.confirmed,
                    value: isConfirmed ? .integer(Int64(surroundings.wall)) : .null, stamp: stamp),
            ])
    }

    /// Writes the first entry of a new hub's journal: the secretariat, the hub's node and its replica.
    public func found() throws {
        let state = transaction.state
        let publicKey = [UInt8](key.publicKey.rawRepresentation)
        try journal.write { stamp in
            let table = transaction.schema[.member]
            let values: [ColumnID: Value] = [
                MemberColumn.name: .text(state.alliance + "秘书处"), MemberColumn.kind: .text("secretariat"),
            ]
            let secretariat = RowState(
                key: RowKey(table: .member, owner: state.secretariat, id: RowID(rawValue: state.secretariat.rawValue)),
                presence: Presence(length: 1, stamp: stamp),
                cells: (table?.columns ?? []).map { Cell(column: $0.id, value: values[$0.id] ?? .null, stamp: stamp) })
            return [
                secretariat,
                node(
                    state.node, key: publicKey, member: state.secretariat, name: "hub", isHub: true, isConfirmed: true,
                    stamp),
                registration(of: state.replica, node: state.node, standsOn: nil, stamp),
            ]
        }
    }

    func refusal(
        _ code: Refusal.Code, _ zh: String, _ en: String, retryAfter: UInt64? = nil
    ) -> Refusal {
        Refusal(code, Phrase(zh, en), retryAfter: retryAfter, hubTime: surroundings.wall)
    }
}
