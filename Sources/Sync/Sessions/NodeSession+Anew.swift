import Alliance
import CRDT
import Crypto
import Wire

/// A node that is asked to begin with a snapshot: a new one, or one below the hub's floor.
extension NodeSession {
    /// The longest that a node is waited for without its operator's word, milliseconds: 400 days.
    static let silenceMax: UInt64 = 400 * 24 * 3_600_000

    /// After so long a silence, by its own clock, a node expects the hub to have dropped what it lacks.
    func noteSilence(in transaction: any ReplicaTransaction, _ surroundings: Surroundings) {
        let last = transaction.status.lastSuccess
        guard last > 0, surroundings.wall >= last + Self.silenceMax else { return }
        transaction.state.mayStartAnew = true
    }

    /// A snapshot's rows are not signed by their authors. Only who has nothing begins with one at the hub's word; who has
    /// merged the journal does so below the floor, and only if its person, or its own clock, says that this is due.
    mutating func beginWithSnapshot(
        _ answer: ExchangeResponse, in transaction: any ReplicaTransaction, _ surroundings: Surroundings
    ) throws -> Effect {
        let state = transaction.state
        if state.cursor.rev == 0, answer.receipt == nil { return .manifest }
        guard state.cursor.rev < answer.floor else {
            throw JournalFault(rev: answer.head.rev, "a snapshot for a node that has merged the journal")
        }
        guard state.mayStartAnew else {
            return .finished(.alarmed(try raiseBelowFloor(answer, in: transaction, surroundings)))
        }
        if let more = try pushFirst(answer, in: transaction, surroundings) { return more }
        // From here on it cuts nothing more under this id.
        transaction.state.isEnding = true
        return try transaction.snapshot() == nil ? .manifest : nextPart(in: transaction, surroundings)
    }

    /// Tells the person at the node that it can go on only from a snapshot, and only at their word.
    func raiseBelowFloor(
        _ answer: ExchangeResponse, in transaction: any ReplicaTransaction, _ surroundings: Surroundings
    ) throws -> Alarm {
        let alarm = Alarm(
            .belowFloor, subject: "hub", detail: "cursor \(transaction.state.cursor.rev), floor \(answer.floor)",
            since: surroundings.wall)
        try transaction.raise(alarm)
        return alarm
    }

    /// What can be sent goes up before the rows change under it: so it keeps its stamps.
    private mutating func pushFirst(
        _ answer: ExchangeResponse, in transaction: any ReplicaTransaction, _ surroundings: Surroundings
    ) throws -> Effect? {
        let state = transaction.state
        let received = answer.receipt?.head.seq ?? 0
        let hasMore = try received < state.own?.seq ?? 0 || transaction.hasUncut()
        let moved = received > pushed || !asked.mayCut
        pushed = max(pushed, received)
        guard hasMore, moved, answer.notYet == nil, !state.isEnding else { return nil }
        return try ask(in: transaction, surroundings)
    }

    /// Takes a whole snapshot for what the journal says, in one transaction; what is pending stays.
    func startAnew(
        _ manifest: SnapshotManifest, in transaction: any ReplicaTransaction, _ surroundings: Surroundings
    ) throws {
        let pending = try EntryMerger(transaction, key: key, surroundings: surroundings).clearForSnapshot()
        let merger = try EntryMerger(transaction, key: key, surroundings: surroundings)
        try merge(manifest, with: merger, in: transaction)
        let own = manifest.heads.first { $0.head.replica == transaction.state.replica }
        transaction.state.own = own?.head
        transaction.state.acknowledgedSeq = own?.head.seq ?? 0
        transaction.state.acknowledged = own?.lastTime ?? .zero
        transaction.state.collected = 0
        transaction.state.mayStartAnew = false
        try merger.putBack(pending, journaled: own?.lastTime ?? .zero, rev: manifest.position.rev)
        try transaction.clear(.belowFloor, subject: "hub")
    }
}
