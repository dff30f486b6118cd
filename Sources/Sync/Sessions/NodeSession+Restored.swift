import Alliance
import CRDT
import Crypto
import Wire

/// A node whose hub went back to a backup: it goes back to where the journals part, returns what it has beyond, and
/// merges on from there.
extension NodeSession {
    /// Own orphans in one request, bytes.
    private static let returnSize = 8 << 20
    /// A hub that sends a node back again and again is not to be followed.
    private static let rewindsMax = 4

    /// Keeps the hub's signed word on where its journal stands, in place of an earlier one.
    ///
    /// - Parameter isOfBundle: then one under a key that this node has not heard of yet is left out: a bundle is signed as
    ///   a whole, by whoever the journal in it says.
    func keepWord(of answer: ExchangeResponse, in transaction: any ReplicaTransaction, isOfBundle: Bool = false) throws
    {
        guard !answer.headSignature.isEmpty, let journal = answer.journal,
            try transaction.signedHead()?.position != answer.head
        else { return }
        let word = SignedHead(position: answer.head, journal: journal, signature: answer.headSignature)
        let key = try Curve25519.Signing.PublicKey(rawRepresentation: transaction.state.hubKey)
        do { try word.verify(key) } catch {
            guard isOfBundle else { throw error }
            return
        }
        try transaction.setSignedHead(word)
    }

    /// Whether what a hub that went back says of its journal is of a later epoch than its word that is kept. Until then
    /// that word is the proof.
    func isOfLaterEpoch(_ answer: ExchangeResponse, in transaction: any ReplicaTransaction) throws -> Bool {
        try answer.head.epoch.number > transaction.signedHead()?.position.epoch.number ?? 0
    }

    /// What a request returns to a hub that has asked for it.
    mutating func offerOrphans(_ request: inout ExchangeRequest, in transaction: any ReplicaTransaction) throws {
        request.orphans = try transaction.orphanCount()
        returned = []
        guard request.orphans > 0, !hubHeads.isEmpty else { return }
        let (epoch, entries) = try transaction.orphans(beyond: hubHeads, size: Self.returnSize)
        request.returned = entries
        request.returnedEpoch = epoch
        returned = entries
    }

    /// The hub does not hold this node's cursor, or gathers what it lost.
    mutating func goBack(
        _ answer: ExchangeResponse, in transaction: any ReplicaTransaction, _ surroundings: Surroundings
    ) throws -> Effect {
        try transaction.raise(
            Alarm(
                .restored, subject: "hub", detail: "the hub is in epoch \(answer.head.epoch)", since: surroundings.wall)
        )
        // What was returned to a hub that went back again since is lost again, unless it stood in the journal.
        if answer.head.epoch != transaction.state.cursor.epoch {
            try transaction.unsettleOrphans()
            returned = []
        }
        hubHeads = Dictionary(answer.heads.map { ($0.replica, $0.seq) }, uniquingKeysWith: max)
        try transaction.settleOrphans(returned, covered: hubHeads)
        if !answer.waypoints.isEmpty {
            rewinds += 1
            guard rewinds <= Self.rewindsMax else {
                throw JournalFault(rev: answer.head.rev, "the hub sends this node back again and again")
            }
            try rewind(answer.waypoints, in: transaction)
        }
        try forgetReceipts(beyond: answer.receipt, in: transaction)
        let cursor = transaction.state.cursor
        transaction.state.cursor = JournalPosition(epoch: answer.head.epoch, rev: cursor.rev)
        return try ask(in: transaction, surroundings)
    }

    /// Goes back to the last place that both journals share.
    private func rewind(_ waypoints: [ExchangeResponse.Waypoint], in transaction: any ReplicaTransaction) throws {
        let first = try transaction.firstRev() ?? .max
        let shared = try waypoints.first {
            try $0.rev == 0 || $0.rev >= first && transaction.journalHash(at: $0.rev) == $0.journal
        }
        var (rev, journal) = shared.map { ($0.rev, $0.journal) } ?? (0, .zero)
        // Waypoints are thin. What was dropped here stands in a backup that the hub said it keeps, so it has that place.
        // Who began with a later snapshot has dropped nothing, and goes back to the beginning.
        let (cursor, collected) = (transaction.state.cursor.rev, transaction.state.collected)
        if rev < collected, first <= collected {
            guard cursor > collected, let hash = try transaction.journalHash(at: collected) else {
                throw JournalFault(
                    rev: collected, "the hub went back to before rev \(collected), which its kept backups cover")
            }
            (rev, journal) = (collected, hash)
        }
        try transaction.rewind(to: rev)
        transaction.state.cursor = JournalPosition(epoch: transaction.state.cursor.epoch, rev: rev)
        transaction.state.journal = journal
    }

    /// Own segments that a restored hub lacks are sent again, as they were cut.
    private func forgetReceipts(beyond receipt: Receipt?, in transaction: any ReplicaTransaction) throws {
        let state = transaction.state
        let seq = receipt.flatMap { $0.head.replica == state.replica ? $0.head.seq : nil } ?? 0
        if seq < state.acknowledgedSeq { transaction.state.acknowledgedSeq = seq }
        // Others have returned more of this replica than its file knows of: it was put back too.
        if seq > state.own?.seq ?? 0 { transaction.state.isEnding = true }
    }
}
