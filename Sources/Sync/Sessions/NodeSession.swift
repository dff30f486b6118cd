public import Alliance
import CRDT
public import Crypto
public import Wire

/// A node's side of the sync: events in, effects out; it merges through the transaction that it is given and does no
/// I/O of its own.
///
///     var session = NodeSession(program: "jilian 1.0", key: key)
///     var effect = try session.begin(in: transaction, surroundings)
///     // run the effect; feed what came of it to `answered` or `failed` in a transaction of its own; until `.finished`
///
/// It ends when node and hub have proved to each other that they hold the same, or when nothing more can be done now.
public struct NodeSession: Sendable {
    public enum Effect: Sendable {
        /// Send this body to the exchange.
        case exchange([UInt8])
        /// Get the manifest of a snapshot.
        case manifest
        /// Get one part of the snapshot.
        case part(Int)
        /// Send this body to the repair.
        case repair([UInt8])
        /// Wait so many milliseconds, then begin again.
        case pause(UInt64)
        /// Nothing more to do.
        case finished(Outcome)
    }

    public enum Outcome: Hashable, Sendable {
        /// At the head, nothing pending, digests equal.
        case proved(rev: UInt64)
        /// At the head and nothing to send; the digests differ, or could not be compared.
        case atHead(rev: UInt64)
        /// The hub asked to wait or refused.
        case refused(Refusal)
        /// What the hub sent was not taken, or an alarm stands that stops the sync.
        case alarmed(Alarm)
    }

    /// How much was done, for the person who watches.
    public struct Progress: Hashable, Sendable {
        public var exchanges = 0
        public var sent = 0
        public var received = 0
    }

    public private(set) var progress = Progress()
    private let program: String
    let key: Curve25519.Signing.PrivateKey
    /// What the last request said, to tell whether the answer moved anything.
    private(set) var asked: (cursor: UInt64, acknowledged: UInt64, mayCut: Bool) = (0, 0, false)
    /// Where the last request stood, and the journal hash there.
    private var stood: (position: JournalPosition, journal: Hash256)?
    private var stalled = 0
    /// Of which revs the last request asked who has them.
    private var awaited: [UInt64] = []
    /// Up to which own seq the hub has what a node below the floor sent.
    var pushed: UInt64 = 0
    /// How often it had to go back in this session.
    var rewinds = 0
    /// What a restored hub has of each replica, as of its last answer; empty while it asks for nothing.
    var hubHeads: [ReplicaID: UInt64] = [:]
    /// What the last request returned.
    var returned: [JournalEntry] = []
    private var clockTries = 0
    /// Whether the hub's time was heard in this session.
    private var knowsTime = false
    /// Whether to repair although nothing is known to be wrong.
    private let wantsRepair: Bool
    /// The repair that is under way, and at which revs there were any in this session.
    var repair: RepairRun?
    var repairedRevs: [UInt64] = []

    /// - Parameter repairs: compares every row with the hub's, whatever the digests say.
    public init(program: String, key: Curve25519.Signing.PrivateKey, repairs: Bool = false) {
        self.program = program
        self.key = key
        wantsRepair = repairs
    }

    // MARK: Events

    /// Begins the session, or goes on after an effect that has to be done again.
    public mutating func begin(
        in transaction: any ReplicaTransaction, _ surroundings: Surroundings
    ) throws -> Effect {
        if try transaction.snapshot() != nil { return try nextPart(in: transaction, surroundings) }
        return try ask(in: transaction, surroundings)
    }

    /// The hub answered an exchange.
    /// - Throws: `JournalFault` and `WireError` if the answer must not be taken; the transaction is rolled back and
    ///   `faulted` is called in a new one.
    public mutating func answered(
        status: Int, body: [UInt8], in transaction: any ReplicaTransaction, _ surroundings: Surroundings
    ) throws -> Effect {
        guard status == 200 else { return try refused(body, in: transaction, surroundings) }
        var answer = try ExchangeResponse(bytes: body)
        if answer.journal == nil {
            guard let stood, stood.position == answer.head else {
                throw JournalFault(rev: answer.head.rev, "no journal hash at the head")
            }
            answer.journal = stood.journal
        }
        knowsTime = true
        clockTries = 0
        try take(answer, in: transaction, surroundings)
        if !answer.heads.isEmpty || !answer.waypoints.isEmpty {
            return try goBack(answer, in: transaction, surroundings)
        }
        if let alarm = try alarm(of: answer, in: transaction, surroundings) {
            try transaction.raise(alarm)
            return .finished(.alarmed(alarm))
        }
        let merger = try EntryMerger(transaction, key: key, surroundings: surroundings)
        try merger.merge(answer.entries)
        try merger.restampAhead(of: StampBound(wall: answer.hubTime, journal: transaction.state.journalTime))
        progress.received += answer.entries.count
        return try next(after: answer, in: transaction, surroundings)
    }

    /// The manifest of a snapshot came.
    public mutating func manifest(
        status: Int, body: [UInt8], in transaction: any ReplicaTransaction, _ surroundings: Surroundings
    ) throws -> Effect {
        guard status == 200 else { return try refused(body, in: transaction, surroundings) }
        let manifest = try SnapshotManifest(bytes: body)
        // Parts of an older one, which another session may have fetched, are not of this one.
        try transaction.setSnapshot(nil)
        try transaction.setSnapshot(manifest)
        return try nextPart(in: transaction, surroundings)
    }

    /// A part of the snapshot came.
    public mutating func part(
        _ index: Int, status: Int, body: [UInt8], in transaction: any ReplicaTransaction, _ surroundings: Surroundings
    ) throws -> Effect {
        guard status == 200 else {
            // The hub has made a newer one since: begin again with that. After any other refusal go on where it was.
            if try Refusal(bytes: body).code == .notFound { try transaction.setSnapshot(nil) }
            return try refused(body, in: transaction, surroundings)
        }
        guard let manifest = try transaction.snapshot(), manifest.parts.indices.contains(index),
            Hash256(of: body) == manifest.parts[index].hash
        else { throw WireError(.hash, "snapshot", "part \(index)") }
        try transaction.setSnapshotPart(index, body)
        return try nextPart(in: transaction, surroundings)
    }

    /// What the hub sent was not taken: remember why, and stop.
    public func faulted(
        _ detail: String, in transaction: any ReplicaTransaction, _ surroundings: Surroundings
    ) throws -> Effect {
        .finished(.alarmed(try fault(detail, in: transaction, surroundings)))
    }

    /// The alarm that what the hub sent breaks the rules.
    public func fault(
        _ detail: String, in transaction: any ReplicaTransaction, _ surroundings: Surroundings
    ) throws -> Alarm {
        let alarm = Alarm(.journal, subject: "hub", detail: detail, since: surroundings.wall)
        try transaction.raise(alarm)
        return alarm
    }

    // MARK: Asking

    /// How long after the last exchange a node still trusts its corrected clock for cutting, milliseconds.
    private static let trustMax: UInt64 = 3_600_000
    /// Own segments in one request, bytes.
    private static let pushSize = 8 << 20

    mutating func ask(
        in transaction: any ReplicaTransaction, _ surroundings: Surroundings
    ) throws -> Effect {
        noteSilence(in: transaction, surroundings)
        let isEnding = transaction.state.isEnding
        let stopped = try !isEnding && transaction.alarms().contains { $0.kind == .fork }
        let mayCut = try !stopped && !isEnding && mayCut(in: transaction, surroundings)
        if mayCut { try Cutter(transaction, key: key).cut(segments: Limits.segmentsInRequest / 4) }
        if transaction.state.nextToken == nil {
            transaction.state.nextToken = Token(
                count: transaction.state.token.count + 1, random: surroundings.random())
        }
        var state = transaction.state
        // Below the floor no own entry comes that says so: what has a receipt is not sent again.
        if isEnding { pushed = 0 }
        state.acknowledgedSeq = max(state.acknowledgedSeq, pushed)
        let segments =
            stopped
            ? []
            : try transaction.segments(
                of: state.replica, after: state.acknowledgedSeq, size: Self.pushSize, count: Limits.segmentsInRequest)
        let tokens = (state.token, state.nextToken ?? state.token)
        var request = try request(segments, tokens: tokens, in: transaction, surroundings)
        request.ends = isEnding
        if state.standsOn != nil, try Register(transaction).node(of: state.replica) == nil {
            request.standsOn = state.standsOn
        }
        if let word = try transaction.signedHead(), word.position != state.cursor { request.signedHead = word }
        try offerOrphans(&request, in: transaction)
        awaited = try Set(transaction.openErasures().map(\.rev)).sorted().prefix(Limits.awaited).map { $0 }
        request.awaited = awaited
        stood = (state.cursor, state.journal)
        asked = (state.cursor.rev, state.acknowledgedSeq, mayCut || stopped || isEnding)
        transaction.status.lastAttempt = surroundings.wall
        progress.exchanges += 1
        progress.sent += segments.count
        return .exchange(request.bytes)
    }

    /// What this replica says of itself.
    func request(
        _ segments: [Segment], tokens: (last: Token, next: Token), in transaction: any ReplicaTransaction,
        _ surroundings: Surroundings
    ) throws -> ExchangeRequest {
        let state = transaction.state
        let (pending, since) = try transaction.pending()
        let alarms = try transaction.alarms()
        let isDamaged = alarms.contains { $0.kind == .row }
        return ExchangeRequest(
            schema: transaction.schema.version, program: program, cursor: state.cursor, journal: state.journal,
            own: state.own ?? Head(replica: state.replica, seq: 0, hash: .zero), token: tokens.last,
            nextToken: tokens.next, segments: segments, pending: pending, pendingSince: since,
            digests: pending == 0 && !isDamaged ? try transaction.digests(for: state.member) : [],
            clock: surroundings.wall,
            pageSize: Limits.pageSize, alarms: Set(alarms.map(\.kind.rawValue)).sorted())
    }

    /// What was written while the node was away may carry a wrong clock's stamps: the hub's time is asked for first.
    private func mayCut(in transaction: any ReplicaTransaction, _ surroundings: Surroundings) throws -> Bool {
        let state = transaction.state
        if knowsTime { return true }
        let corrected = Int64(clamping: surroundings.wall) + state.hubOffset
        let bound = StampBound(wall: state.hubTime + Self.trustMax, journal: state.journalTime)
        return corrected >= Int64(clamping: state.hubTime)
            && corrected <= Int64(clamping: state.hubTime + Self.trustMax)
            && bound.admits(state.clock.last)
    }

    // MARK: Taking the answer

    private func take(
        _ answer: ExchangeResponse, in transaction: any ReplicaTransaction, _ surroundings: Surroundings
    ) throws {
        guard answer.hubTime <= StampBound.farthest else {
            throw JournalFault(rev: answer.head.rev, "the hub's time can't be")
        }
        var state = transaction.state
        if let receipt = answer.receipt {
            let hubKey = try Curve25519.Signing.PublicKey(rawRepresentation: state.hubKey)
            try receipt.verify(hubKey)
        }
        // What it said before it went back is the proof that it did.
        if try answer.heads.isEmpty && answer.waypoints.isEmpty || isOfLaterEpoch(answer, in: transaction) {
            try keepWord(of: answer, in: transaction)
        }
        state.hubOffset = Int64(clamping: answer.hubTime) - Int64(clamping: surroundings.wall)
        state.hubTime = answer.hubTime
        state.floor = answer.floor
        state.backedUp = answer.backedUp
        if let next = state.nextToken, next == answer.token, !state.isEnding {
            state.token = next
            state.nextToken = nil
        }
        transaction.state = state
        try noteReached(answer, in: transaction)
        transaction.status.lastSuccess = surroundings.wall
        transaction.status.failingSince = 0
        transaction.status.failureZh = ""
        transaction.status.failureEn = ""
        transaction.status.hubHead = answer.head.rev
    }

    /// How many members have what was erased here.
    private func noteReached(_ answer: ExchangeResponse, in transaction: any ReplicaTransaction) throws {
        guard !awaited.isEmpty, answer.reached.count == awaited.count else { return }
        for (erasure, rev) in try transaction.openErasures() {
            guard let index = awaited.firstIndex(of: rev) else { continue }
            var noted = erasure
            noted.reached = (answer.reached[index], answer.members)
            try transaction.setErasure(noted)
        }
    }

    /// What the answer says of this replica's and the hub's history that must stop the sync.
    func alarm(
        of answer: ExchangeResponse, in transaction: any ReplicaTransaction, _ surroundings: Surroundings
    ) throws -> Alarm? {
        let state = transaction.state
        if answer.head.epoch != state.cursor.epoch {
            return Alarm(
                .journal, subject: "hub",
                detail: "the hub is in epoch \(answer.head.epoch), this node in \(state.cursor.epoch)",
                since: surroundings.wall)
        }
        guard let receipt = answer.receipt, receipt.head.replica == state.replica, !state.isEnding else { return nil }
        let mine = try transaction.headerHash(state.replica, receipt.head.seq)
        guard mine == receipt.head.hash else {
            return Alarm(
                .fork, subject: state.replica.description,
                detail:
                    "the hub holds segment \(receipt.head.seq) of this replica, and it is not the one that was cut here",
                since: surroundings.wall)
        }
        return nil
    }

    private mutating func next(
        after answer: ExchangeResponse, in transaction: any ReplicaTransaction, _ surroundings: Surroundings
    ) throws -> Effect {
        if answer.snapshot { return try beginWithSnapshot(answer, in: transaction, surroundings) }
        if transaction.state.cursor.rev == answer.head.rev, transaction.state.journal != answer.journal {
            throw JournalFault(rev: answer.head.rev, "the journal hash at the head is not the hub's")
        }
        try transaction.clear(.journal, subject: "hub")
        try transaction.clear(.revoked, subject: transaction.state.node.description)
        let state = transaction.state
        if let notYet = answer.notYet {
            try note(notYet, in: transaction, surroundings)
            // What can't be sent now does not keep others' changes away.
            let isBehind = state.cursor.rev > asked.cursor && state.cursor.rev < answer.head.rev
            return isBehind ? try ask(in: transaction, surroundings) : .finished(.refused(notYet))
        }
        try transaction.clear(.segment, subject: state.replica.description)
        let unsent = try state.acknowledgedSeq < (state.own?.seq ?? 0) || transaction.hasUncut()
        let atHead = state.cursor.rev == answer.head.rev
        if state.isEnding, atHead, state.acknowledgedSeq == state.own?.seq ?? 0 {
            try goOn(after: answer, in: transaction, surroundings)
            return try ask(in: transaction, surroundings)
        }
        if !unsent, atHead, asked.cursor == answer.head.rev {
            return try prove(answer, in: transaction, surroundings)
        }
        let moved = state.cursor.rev > asked.cursor || state.acknowledgedSeq > asked.acknowledged || !asked.mayCut
        stalled = moved ? 0 : stalled + 1
        guard stalled < Self.stallMax else { return .finished(.atHead(rev: state.cursor.rev)) }
        return try ask(in: transaction, surroundings)
    }

    /// All that there is of this replica is in the journal, and merged here: its node goes on under a new id.
    private func goOn(
        after answer: ExchangeResponse, in transaction: any ReplicaTransaction, _ surroundings: Surroundings
    ) throws {
        let former = transaction.state.replica
        let id = ReplicaID(rawValue: max(1, surroundings.random()))
        try EntryMerger(transaction, key: key, surroundings: surroundings)
            .goOn(as: id, standingOn: answer.receipt?.head ?? Head(replica: former, seq: 0, hash: .zero))
    }

    /// The hub left segments where they are: if no waiting helps, a person has to know.
    private func note(_ notYet: Refusal, in transaction: any ReplicaTransaction, _ surroundings: Surroundings) throws {
        guard notYet.code == .malformed || notYet.code == .chain else { return }
        try transaction.raise(
            Alarm(
                .segment, subject: transaction.state.replica.description, detail: notYet.phrase.en,
                since: surroundings.wall))
    }

    /// Exchanges without progress after which a session gives up until the next.
    private static let stallMax = 3

    /// Proved, or a repair of what is not so.
    private mutating func prove(
        _ answer: ExchangeResponse, in transaction: any ReplicaTransaction, _ surroundings: Surroundings
    ) throws -> Effect {
        if wantsRepair, repairedRevs.isEmpty, let effect = try beginRepair(in: transaction, surroundings) {
            return effect
        }
        let outcome = try compareDigests(answer, in: transaction, surroundings)
        if case .alarmed = outcome, let effect = try beginRepair(in: transaction, surroundings) { return effect }
        return .finished(outcome)
    }

    /// Compares what is kept here with what the hub said of its own, at its head.
    func compareDigests(
        _ answer: ExchangeResponse, in transaction: any ReplicaTransaction, _ surroundings: Surroundings
    ) throws -> Outcome {
        let state = transaction.state
        let (pending, _) = try transaction.pending()
        guard pending == 0, !answer.digests.isEmpty else { return .atHead(rev: state.cursor.rev) }
        // The kept digest can't prove rows that are known not to be what it was kept for.
        if let damage = try transaction.alarms().first(where: { $0.kind == .row }) { return .alarmed(damage) }
        let mine = try transaction.digests(for: state.member)
        let differing = DigestComparison.differing(mine, answer.digests)
        guard differing.isEmpty else {
            let alarm = Alarm(
                .digest, subject: "audiences", detail: differing.map(\.description).joined(separator: ", "),
                since: surroundings.wall)
            try transaction.raise(alarm)
            return .alarmed(alarm)
        }
        try transaction.clear(.digest, subject: "audiences")
        try transaction.clear(.restored, subject: "hub")
        transaction.status.provedAt = surroundings.wall
        transaction.status.provedRev = state.cursor.rev
        transaction.state.mayStartAnew = false
        try transaction.clear(.belowFloor, subject: "hub")
        try NodeCollector(transaction).collect(answer)
        return .proved(rev: state.cursor.rev)
    }

    mutating func refused(
        _ body: [UInt8], in transaction: any ReplicaTransaction, _ surroundings: Surroundings
    ) throws -> Effect {
        let refusal = try Refusal(bytes: body)
        if refusal.code == .clock, clockTries < 3 {
            // Sign anew by the hub's time; a hub that has just started asks for a moment first.
            clockTries += 1
            transaction.state.hubOffset = Int64(clamping: refusal.hubTime) - Int64(clamping: surroundings.wall)
            return .pause(refusal.retryAfter ?? 0)
        }
        if refusal.code == .ended, !transaction.state.isEnding {
            transaction.state.isEnding = true
            return try ask(in: transaction, surroundings)
        }
        let alarm: Alarm? =
            switch refusal.code {
            case .fork:
                Alarm(
                    .fork, subject: transaction.state.replica.description, detail: refusal.phrase.en,
                    since: surroundings.wall)
            case .revoked:
                Alarm(
                    .revoked, subject: transaction.state.node.description, detail: refusal.phrase.en,
                    since: surroundings.wall)
            case .journal: Alarm(.journal, subject: "hub", detail: refusal.phrase.en, since: surroundings.wall)
            default: nil
            }
        if let alarm { try transaction.raise(alarm) }
        return .finished(.refused(refusal))
    }
}

/// Compares two lists of digests; an audience that one side lacks counts as empty.
enum DigestComparison {
    static func differing(_ left: [AudienceDigest], _ right: [AudienceDigest]) -> [Audience] {
        func byAudience(_ list: [AudienceDigest]) -> [Audience: CRDT.Digest] {
            Dictionary(list.map { ($0.audience, $0.digest) }, uniquingKeysWith: { first, _ in first })
        }
        let (mine, theirs) = (byAudience(left), byAudience(right))
        return Set(mine.keys).union(theirs.keys).filter { mine[$0] ?? CRDT.Digest() != theirs[$0] ?? CRDT.Digest() }
            .sorted()
    }
}

extension Audience: CustomStringConvertible {
    /// `alliance`, or the members' ids joined by `+`.
    public var description: String {
        switch self {
        case .alliance: "alliance"
        case .members(let members): members.map(\.description).joined(separator: "+")
        }
    }
}
