import Alliance
import CRDT
import Crypto
public import Wire

/// The exchange on a stick, at a node: what it would send, and taking what the hub sent.
extension NodeSession {
    /// What became of a bundle of the hub's.
    public enum TakenBundle: Hashable, Sendable {
        /// So many entries were merged that were not here before; `proved`: node and hub hold the same at that rev.
        case merged(Int, rev: UInt64, proved: Bool)
        /// Kept, with so many parts of its snapshot still to come.
        case incomplete(missing: Int)
        /// An alarm stands that stops the sync.
        case alarmed(Alarm)
    }

    // MARK: Making one

    /// Everything that no entry covers yet, cut, in as many requests as it takes, and at least one.
    ///
    /// A bundle draws no token: it may be lost, kept, or carried twice.
    /// - Parameter size: of the segments of one request beyond the first, bytes.
    /// - Throws: `CommandRefusal.stopped` under an alarm that stops this replica.
    public func requests(
        in transaction: any ReplicaTransaction, _ surroundings: Surroundings, size: Int = Limits.bundleShare
    ) throws -> [ExchangeRequest] {
        if let alarm = try transaction.alarms().first(where: \.kind.stopsWriting) {
            throw CommandRefusal.stopped(alarm.kind)
        }
        guard !transaction.state.isEnding else { throw BundleRefusal.ending }
        try cutByOwnClock(in: transaction, surroundings)
        let state = transaction.state
        let last = state.own?.seq ?? 0
        var after = state.acknowledgedSeq
        var requests: [ExchangeRequest] = []
        repeat {
            let segments = try transaction.segments(
                of: state.replica, after: after, size: size, count: Limits.segmentsInRequest)
            requests.append(try request(segments, tokens: (.none, .none), in: transaction, surroundings))
            after = segments.last?.header.seq ?? last
        } while after < last
        return requests
    }

    /// Nobody can be asked for the time, so the own clock is believed until the hub has struck something out for it.
    /// What is ahead even of that, after a clock was set right, is written anew; behind what was so sent, it waits.
    private func cutByOwnClock(in transaction: any ReplicaTransaction, _ surroundings: Surroundings) throws {
        let bound = ownBound(in: transaction, surroundings)
        try EntryMerger(transaction, key: key, surroundings: surroundings).restampAhead(of: bound)
        guard bound.admits(transaction.state.clock.last) else { return }
        try Cutter(transaction, key: key).cut(segments: .max)
    }

    /// What the hub will accept, by the own corrected clock.
    private func ownBound(in transaction: any ReplicaTransaction, _ surroundings: Surroundings) -> StampBound {
        let state = transaction.state
        let wall = LocalWriter(transaction, key: key, surroundings: surroundings).wall() ?? 0
        return StampBound(wall: max(wall, state.hubTime), journal: state.journalTime)
    }

    // MARK: Taking one

    /// Merges what a bundle of the hub's brings; what is here already moves nothing.
    /// - Throws: `BundleRefusal` if it can't be used here; `JournalFault` and `WireError` as `answered` does.
    public func take(
        _ bundle: HubBundle, in transaction: any ReplicaTransaction, _ surroundings: Surroundings
    ) throws -> TakenBundle {
        let answer = bundle.answer
        guard bundle.replica == transaction.state.replica else { throw BundleRefusal.replica }
        guard !transaction.state.isEnding else { throw BundleRefusal.ending }
        guard answer.head.epoch == transaction.state.cursor.epoch else { throw BundleRefusal.epoch }
        if let alarm = try alarm(of: answer, in: transaction, surroundings) {
            try transaction.raise(alarm)
            return .alarmed(alarm)
        }
        let before = transaction.state.cursor.rev
        if before > 0, before < answer.floor {
            return .alarmed(try raiseBelowFloor(answer, in: transaction, surroundings))
        }
        if let share = bundle.snapshot {
            let missing = try keep(share, in: transaction, surroundings)
            guard missing == 0 else { return .incomplete(missing: missing) }
        }
        let here = transaction.state.cursor.rev
        guard bundle.after <= here || bundle.snapshot != nil else {
            throw BundleRefusal.gap(after: bundle.after, here: here)
        }
        try hear(answer, in: transaction, surroundings)
        let merger = try EntryMerger(transaction, key: key, surroundings: surroundings)
        try merger.merge(answer.entries)
        try merger.restampAhead(of: ownBound(in: transaction, surroundings))
        let rev = transaction.state.cursor.rev
        let outcome = try compare(answer, in: transaction, surroundings)
        if case .alarmed(let alarm) = outcome { return .alarmed(alarm) }
        return .merged(Int(rev - before), rev: rev, proved: outcome == .proved(rev: rev))
    }

    /// Keeps parts of a snapshot, and installs it when all are here.
    /// - Returns: how many parts are missing; 0 also where the journal has come further than the snapshot.
    private func keep(
        _ share: HubBundle.SnapshotShare, in transaction: any ReplicaTransaction, _ surroundings: Surroundings
    ) throws -> Int {
        let manifest = share.manifest
        guard manifest.position.rev > transaction.state.cursor.rev else { return 0 }
        if try transaction.snapshot()?.bytes != manifest.bytes {
            try transaction.setSnapshot(nil)
            try transaction.setSnapshot(manifest)
        }
        for (index, frame) in share.parts { try transaction.setSnapshotPart(index, frame) }
        let missing = manifest.parts.count - (try transaction.snapshotParts().count)
        if missing == 0 { try install(manifest, in: transaction, surroundings) }
        return missing
    }

    /// Takes the hub's time as what it is: the present is not before it. An own clock that is behind it is moved on;
    /// one for which the hub struck something out is ahead, and taken back to it. Not so where what was struck out lies
    /// before it still: then the clock has been set right since.
    private func hear(
        _ answer: ExchangeResponse, in transaction: any ReplicaTransaction, _ surroundings: Surroundings
    ) throws {
        var state = transaction.state
        guard answer.hubTime > state.hubTime else { return }
        let corrected = Int64(clamping: surroundings.wall) + state.hubOffset
        let isStruck = answer.entries.contains { entry in
            entry.rev > state.cursor.rev && entry.segment.header.replica == state.replica
                && entry.verdict.strikes.contains {
                    $0.code == .clock && Int64(clamping: $0.time.milliseconds) <= corrected
                }
        }
        if isStruck || corrected < Int64(clamping: answer.hubTime) {
            state.hubOffset = Int64(clamping: answer.hubTime) - Int64(clamping: surroundings.wall)
        }
        state.hubTime = answer.hubTime
        state.floor = answer.floor
        state.backedUp = answer.backedUp
        transaction.state = state
        try keepWord(of: answer, in: transaction, isOfBundle: true)
        transaction.status.hubHead = max(transaction.status.hubHead, answer.head.rev)
        try transaction.clear(.journal, subject: "hub")
        try transaction.clear(.revoked, subject: state.node.description)
    }

    /// Compares digests where the bundle reached the head that it tells of; once a rev, unless they differed.
    private func compare(
        _ answer: ExchangeResponse, in transaction: any ReplicaTransaction, _ surroundings: Surroundings
    ) throws -> Outcome {
        let state = transaction.state
        guard state.cursor.rev == answer.head.rev else { return .atHead(rev: state.cursor.rev) }
        guard state.journal == answer.journal else {
            throw JournalFault(rev: answer.head.rev, "the journal hash at the head is not the hub's")
        }
        let isAlarmed = try transaction.alarms().contains { $0.kind == .digest }
        guard transaction.status.provedRev < state.cursor.rev || isAlarmed else {
            return .proved(rev: state.cursor.rev)
        }
        return try compareDigests(answer, in: transaction, surroundings)
    }
}
