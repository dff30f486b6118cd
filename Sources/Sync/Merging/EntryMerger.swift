import Alliance
import CRDT
import Crypto
import Wire

/// Merges the journal into a node, entry by entry in contiguous rev order, and believes nothing that it can check.
final class EntryMerger {
    let transaction: any ReplicaTransaction
    let register: Register
    let chain: PendingChain
    let writer: LocalWriter
    /// Struck transactions to be written anew once the page is merged.
    private var anew: [(time: HybridTime, changes: [RowState], seen: JournalPosition)] = []
    /// The largest time merged.
    var latest = HybridTime.zero
    /// Whether the last row that might have been new was: then the next is stored without looking for it first.
    private var expectsNew = true
    /// After the hub went back, entries come again to rows that have moved on: only what still wins is judged.
    let isReplaying: Bool
    private let schema: Schema
    private var lastTable: Table?
    let secretariat: MemberID

    init(
        _ transaction: any ReplicaTransaction, key: Curve25519.Signing.PrivateKey, surroundings: Surroundings
    ) throws {
        self.transaction = transaction
        schema = transaction.schema
        // Who began from a snapshot may hold rows of what the hub lost, and no entry.
        isReplaying = try transaction.hasOrphans() || transaction.alarms().contains { $0.kind == .restored }
        secretariat = transaction.state.secretariat
        let chain = try PendingChain(transaction, isReplaying: isReplaying)
        self.chain = chain
        // Who may sign is what the journal says, not what was written here and is on its way.
        register = Register(transaction) { try transaction.row($0).flatMap { try chain.journaled($0) } }
        writer = LocalWriter(transaction, key: key, surroundings: surroundings)
    }

    /// Merges a page.
    /// - Throws: `JournalFault` if the hub broke a rule, `WireError` for bytes that are none; the caller rolls back.
    func merge(_ entries: [JournalEntry]) throws {
        for entry in entries { try merge(entry) }
        try chain.save()
        witness()
        try rewriteStruck()
    }

    private func witness() {
        transaction.state.journalTime = max(transaction.state.journalTime, latest)
        transaction.state.clock.witness(latest)
    }

    /// Merges rows of a snapshot.
    func merge(snapshot rows: [RowState], audience: Audience) throws {
        try store(rows, audience, new: { _ in }, known: { try merge($0, over: transaction.stored($0.key), audience) })
        for row in rows {
            guard let stamp = row.latestStamp else { continue }
            guard stamp.time.milliseconds <= StampBound.farthest else {
                throw JournalFault(rev: transaction.state.cursor.rev, "row \(row.key.id) is of a time that can't be")
            }
            if !row.key.table.isLedger { latest = max(latest, stamp.time) }
        }
        try chain.save()
        witness()
    }

    private func merge(_ entry: JournalEntry) throws {
        let header = entry.segment.header
        // An answer that comes again, as when two sessions overlap, moves nothing.
        if entry.rev <= transaction.state.cursor.rev {
            guard let merged = try transaction.journalHash(at: entry.rev), merged != entry.hash else { return }
            throw JournalFault(rev: entry.rev, "another entry was merged at this rev")
        }
        guard entry.rev == transaction.state.cursor.rev + 1 else {
            throw JournalFault(rev: entry.rev, "a gap in the journal")
        }
        guard entry.hubTime <= StampBound.farthest else {
            throw JournalFault(rev: entry.rev, "the hub's time can't be")
        }
        guard entry.follows(transaction.state.journal) else {
            throw JournalFault(rev: entry.rev, "the journal hash does not match")
        }
        let node = try signer(of: entry)
        try checkChain(entry)
        if header.replica == transaction.state.replica {
            if try isLost(entry) { try takeUp(entry, author: node.author) } else { try acknowledge(entry) }
        } else {
            try merge(entry, author: node.author)
            try replaceOrphan(entry.segment)
            try transaction.save(entry.segment)
        }
        try transaction.append(entry)
        try transaction.setReplicaHead(
            .init(head: entry.segment.head, lastTime: header.times.upperBound, rev: entry.rev))
        transaction.state.cursor = JournalPosition(epoch: transaction.state.cursor.epoch, rev: entry.rev)
        transaction.state.journal = entry.hash
        if node.author.isHub { try pinHubKey() }
    }

    /// The hub's key is the one that its journal, signed by the key before it, says.
    func pinHubKey() throws {
        let state = transaction.state
        guard let hub = try register.node(of: state.cursor.epoch.replica), let row = try register.node(hub.id) else {
            return
        }
        transaction.state.hubKey = [UInt8](row.key.rawRepresentation)
    }

    private func checkChain(_ entry: JournalEntry) throws {
        let header = entry.segment.header
        let head = try transaction.replicaHead(header.replica)?.head
        guard header.seq == (head?.seq ?? 0) + 1, header.previous == head?.hash else {
            throw JournalFault(rev: entry.rev, "the chain of replica \(header.replica) is broken at seq \(header.seq)")
        }
    }

    // MARK: Others' segments

    private func merge(_ entry: JournalEntry, author: Author) throws {
        let segment = entry.segment
        for (index, section) in segment.header.sections.enumerated() {
            guard section.audience.includes(transaction.state.member) else { continue }
            guard let transactions = try segment.transactions(section: index) else {
                throw JournalFault(rev: entry.rev, "a section that this member may read was withheld")
            }
            for rows in transactions where !entry.verdict.strikes(rows.time) {
                // Records of the ledger may be stamped ahead, and move nobody's clock.
                let movesClock = rows.changes.contains { !$0.key.table.isLedger }
                try checkTime(rows.time, entry, isBounded: movesClock)
                try merge(rows.changes, of: author, audience: section.audience, entry.rev)
                if movesClock { latest = max(latest, rows.time) }
            }
        }
    }

    /// How far beyond the hub's time, or what the journal holds, a stamp may be here, milliseconds: 400 days. The hub lets
    /// five minutes pass, but by stamps of sections too that this node may not read.
    private static let aheadMax: UInt64 = 400 * 24 * 3_600_000

    /// A hub that let a stamp pass from far ahead would take everybody's clock there.
    /// - Parameter isBounded: false for records of the ledger, which move no clock.
    private func checkTime(_ time: HybridTime, _ entry: JournalEntry, isBounded: Bool) throws {
        let known = max(entry.hubTime, transaction.state.journalTime.milliseconds, latest.milliseconds)
        let bound = isBounded ? min(known + Self.aheadMax, StampBound.farthest) : StampBound.farthest
        guard time.milliseconds <= bound else {
            throw JournalFault(rev: entry.rev, "a transaction from too far ahead was let pass")
        }
    }

    /// Who may write is checked again by everyone who merges, on the row as the journal has it.
    private func checkRights(_ change: RowState, on journaled: RowState?, _ author: Author, _ rev: UInt64) throws {
        if lastTable?.id != change.key.table { lastTable = schema[change.key.table] }
        // Rows of an unknown table are kept until their rules are known.
        guard let lastTable else { return }
        let violations = lastTable.violations(of: change, on: journaled, by: author, secretariat: secretariat)
        if let violation = violations.first(where: { $0.code.isAboutRights }) {
            // After the hub went back, rows here still hold what it lost, and it judged without that. Who signs for whom
            // is never taken on trust.
            if isReplaying, change.key.table != .node,
                !lastTable.breaksRights(change, by: author, secretariat: secretariat)
            {
                return
            }
            throw JournalFault(rev: rev, "the hub let \(violation.code) pass in row \(violation.key.id)")
        }
        if change.key.table == .node, journaled == nil { try checkBirth(ofNode: change, rev) }
    }

    /// Only a member's first node is confirmed by the hub; the others by one of the member's.
    private func checkBirth(ofNode change: RowState, _ rev: UInt64) throws {
        guard case .bytes(let bytes)? = change[NodeColumn.member]?.value, let member = MemberID(bytes: bytes),
            change[NodeColumn.confirmed]?.value ?? .null != .null, try !register.mayBeBornConfirmed(member)
        else { return }
        throw JournalFault(rev: rev, "the hub made node \(change.key.id) in the name of a member that has one")
    }

    /// Merges what one transaction changes in rows of one audience.
    func merge(_ changes: [RowState], of author: Author, audience: Audience, _ rev: UInt64) throws {
        try store(changes, audience, new: { try checkRights($0, on: nil, author, rev) }) { change in
            let stored = try transaction.stored(change.key)
            let judged = isReplaying ? stored.map { change.winning(over: $0.state) } ?? change : change
            try checkRights(judged, on: stored.flatMap { try chain.journaled($0.state) }, author, rev)
            try merge(change, over: stored, audience)
        }
    }

    /// How many rows are stored together.
    private static let birthsMax = 64

    /// Stores rows at once that are likely to be new here: those that are born, as long as such were new before.
    ///
    /// - Parameters:
    ///   - new: called for each row that was stored so.
    ///   - known: called for each other; it stores what it makes of the row. Changes of one row keep their order.
    private func store(
        _ rows: [RowState], _ audience: Audience, new: (RowState) throws -> Void, known: (RowState) throws -> Void
    ) throws {
        var start = rows.startIndex
        while start < rows.endIndex {
            // A node's right to be born depends on the nodes that are there: it is checked before it is one of them.
            // By index, here and below: a row copied is its cells retained.
            let end =
                expectsNew
                ? rows[start...].prefix(Self.birthsMax).indices.first {
                    !rows[$0].isThere || rows[$0].key.table == .node
                } ?? min(start + Self.birthsMax, rows.endIndex)
                : start
            guard start < end else {
                try known(rows[start])
                start += 1
                continue
            }
            let stored = try transaction.insert(rows[start..<end]) { _ in audience }
            expectsNew = stored.allSatisfy { $0 }
            for index in start..<end { try stored[index - start] ? new(rows[index]) : known(rows[index]) }
            start = end
        }
    }

    private func merge(_ change: RowState, over stored: StoredRow?, _ audience: Audience) throws {
        guard let stored else {
            expectsNew = true
            return try transaction.put(change, over: nil, audience: audience)
        }
        try chain.hide(change, under: stored.state)
        var row = stored.state
        if row.merge(change) { try transaction.put(row, over: stored, audience: audience) }
    }

    // MARK: Own segments

    private func acknowledge(_ entry: JournalEntry) throws {
        let header = entry.segment.header
        guard let own = try transaction.segment(header.replica, header.seq), own.hash == entry.segment.hash else {
            throw JournalFault(rev: entry.rev, "a segment of this replica that it did not cut")
        }
        let transactions = try header.sections.indices.flatMap { try own.transactions(section: $0) ?? [] }
        // It was journaled before the hub went back, so its transactions have left the outbox.
        let lost = try transaction.lostVerdict(header.replica, header.seq)
        for strike in entry.verdict.strikes {
            let changes = transactions.filter { $0.time == strike.time }.flatMap(\.changes)
            guard !changes.isEmpty else {
                throw JournalFault(rev: entry.rev, "a verdict on a transaction that is not there")
            }
            guard let lost else {
                try withdraw(strike, changes, entry)
                continue
            }
            // What was struck out then, too, was written anew or stands in the inbox.
            if try !lost.strikes(strike.time) && !transaction.hasRejected(strike.time) {
                try reject(strike, changes, entry)
            }
        }
        try chain.save()
        if lost != nil { try mergeAgain(own, entry) }
        try transaction.dropOutbox(cutIn: header.seq)
        try chain.refresh()
        transaction.state.acknowledgedSeq = header.seq
        let later =
            lost == nil
            ? nil
            : try transaction.segment(header.replica, header.seq + 1)?.header.times.lowerBound
                ?? transaction.outboxTimes().min()
        let bound = StampBound(
            wall: entry.hubTime, journal: max(transaction.state.journalTime, latest), before: later)
        for rows in transactions where !entry.verdict.strikes(rows.time) {
            let movesClock = rows.changes.contains { !$0.key.table.isLedger }
            // A record that is stamped ahead holds nobody's clock up, its author's neither: what the hub struck out beside
            // it could not be written anew at the right time, and would be given stamps of before.
            if movesClock || bound.admits(rows.time) {
                transaction.state.acknowledged = max(transaction.state.acknowledged, rows.time)
            }
            if movesClock { latest = max(latest, rows.time) }
        }
    }

    /// What the hub accepts that it had struck out before it went back, was taken back here.
    private func mergeAgain(_ own: Segment, _ entry: JournalEntry) throws {
        let author = Author(member: transaction.state.member, isHub: false)
        for (index, section) in own.header.sections.enumerated() {
            for rows in try own.transactions(section: index) ?? []
            where !entry.verdict.strikes(rows.time) {
                try merge(rows.changes, of: author, audience: section.audience, entry.rev)
            }
        }
        try chain.save()
    }

    /// A segment of a former epoch that stands where the journal has another is no longer kept.
    private func replaceOrphan(_ segment: Segment) throws {
        let header = segment.header
        guard let kept = try transaction.headerHash(header.replica, header.seq), kept != segment.hash else { return }
        try transaction.dropSegments(of: header.replica, from: header.seq)
    }

    // MARK: Clocks

    /// Writes anew what was stamped so far ahead that the hub would strike it out, in the order in which it was written.
    ///
    /// The node asks for the hub's time before it cuts what it wrote while it was away, so such transactions are still
    /// in the outbox.
    /// - Parameter bound: what the hub accepts by its own time.
    func restampAhead(of bound: StampBound) throws {
        guard !bound.admits(transaction.state.clock.last) else { return }
        let uncut = try transaction.uncut(size: .max, rows: .max)
        let ahead = uncut.filter { !bound.admits($0.time) }
        try takeBack(ahead)
        let left = uncut.dropLast(ahead.count).last?.time ?? .zero
        let state = transaction.state
        // What was cut keeps its stamps, and what was written after it stays later.
        let cut = state.own.map { $0.seq > state.acknowledgedSeq ? $0.seq : 0 } ?? 0
        let onItsWay = try transaction.segment(state.replica, cut)?.header.times.upperBound ?? .zero
        transaction.state.clock = HybridClock(last: max(left, onItsWay, state.journalTime, state.acknowledged))
        for entry in ahead { try rewrite(entry) }
    }

    /// Writes anew what was struck out for its clock, and behind it what was written after it: the order stays.
    private func rewriteStruck() throws {
        guard let first = anew.first else { return }
        let later = try transaction.uncut(size: .max, rows: .max).filter { $0.time > first.time }
        try takeBack(later)
        let struck = try anew.map { ($0, try $0.changes.compactMap(withoutSuperseded)) }
        anew = []
        for (entry, changes) in struck where !changes.isEmpty {
            try writer.rewrite(changes, seen: entry.seen, wall: entry.time.milliseconds)
        }
        for entry in later { try rewrite(entry) }
    }

    private func rewrite(_ entry: OutboxEntry) throws {
        let changes = try entry.changes(of: transaction.state.replica)
        try writer.rewrite(changes, seen: entry.seen, wall: entry.wall)
    }

    /// Without what this replica has since written in a segment that can't be taken back; `nil` if nothing is left.
    func withoutSuperseded(_ change: RowState) throws -> RowState? {
        guard let row = try transaction.row(change.key) else { return change }
        // What came back of a lost life is nothing that this file's author wrote over its own.
        let mayCount: (Stamp) -> Bool = transaction.state.isEnding ? chain.isPending : { _ in true }
        func isSuperseded(_ mine: Stamp, by standing: Stamp?) -> Bool {
            standing.map { $0.replica == mine.replica && $0.time > mine.time && mayCount($0) } ?? false
        }
        let left = RowState(
            key: change.key,
            presence: change.presence.flatMap { isSuperseded($0.stamp, by: row.presence?.stamp) ? nil : $0 },
            cells: change.cells.filter { !isSuperseded($0.stamp, by: row[$0.column]?.stamp) })
        return left.isEmpty ? nil : left
    }

    /// Takes transactions that were not cut out of the rows and the outbox.
    func takeBack(_ entries: [OutboxEntry]) throws {
        try chain.refresh()
        for entry in entries.reversed() {
            for change in try entry.changes(of: transaction.state.replica) { try takeBack(change) }
        }
        try chain.save()
        for entry in entries { try transaction.dropOutbox(entry.time) }
    }

    /// Puts back what a struck transaction overwrote, and its values into the rejected inbox; one that was struck for
    /// its clock is written anew.
    private func withdraw(_ strike: Verdict.Strike, _ changes: [RowState], _ entry: JournalEntry) throws {
        for change in changes { try takeBack(change) }
        guard strike.code != .clock else {
            anew.append((strike.time, changes, entry.segment.header.seen))
            return
        }
        try reject(strike, changes, entry)
    }

    /// Puts the values of a struck transaction into the rejected inbox.
    func reject(_ strike: Verdict.Strike, _ changes: [RowState], _ entry: JournalEntry) throws {
        let wall = strike.time.milliseconds
        let offences = entry.detail?.offences.filter { $0.time == strike.time }.map(\.violation) ?? []
        try transaction.append(
            RejectedTransaction(time: strike.time, rev: entry.rev, wall: wall, offences: offences, changes: changes))
    }

    func takeBack(_ change: RowState) throws {
        guard let stored = try transaction.stored(change.key) else { return }
        if let row = try chain.withdraw(change, from: stored.state) {
            try transaction.put(row, over: stored, audience: transaction.audience(of: row))
        } else {
            try transaction.remove(stored, audience: transaction.audience(of: stored.state))
        }
    }
}

extension RowState {
    /// The part of this change that wins over a row. A birth stays one, though the row is there: it may write what is
    /// written once.
    func winning(over row: RowState) -> RowState {
        let stays = presence.map { mine in mine.isThere || row.presence.map { $0 < mine } ?? true } ?? false
        return RowState(
            key: key, presence: stays ? presence : nil,
            cells: cells.filter { cell in row[cell.column].map { cell.wins(over: $0) } ?? true })
    }
}
