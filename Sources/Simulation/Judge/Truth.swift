import Alliance
import CRDT
import Crypto
import Sync
import Wire

/// The journal as the judge reads it: what every row was at every rev, who may write, and what had to be filed.
///
/// A value: a copy of it goes with each backup of the hub, and what the hub lost stays as it was.
struct Truth {
    /// How often the hub went back before this journal.
    private(set) var branch = 0
    private(set) var rev: UInt64 = 0
    private(set) var hashes: [Hash256] = [.zero]
    /// The largest accepted time.
    private(set) var journalTime: UInt64 = 0
    private var versions: [RowKey: [(rev: UInt64, row: ModelRow)]] = [:]
    /// In order of their birth.
    private(set) var keys: [RowKey] = []
    private(set) var readers: [RowKey: Set<MemberID>] = [:]
    private(set) var notes: [Note] = []
    private var revs: [Stamp: UInt64] = [:]
    private var heads: [ReplicaID: Head] = [:]
    private var lastTimes: [ReplicaID: HybridTime] = [:]
    private(set) var conflicts = ConflictOracle()
    let rights: Rights
    /// The hub's replicas, one for each epoch.
    private var hubs: Set<ReplicaID> = []
    /// The present epoch's number, and at which rev each restoration began one.
    private(set) var epoch: UInt32 = 1
    private var restorations: [(number: UInt32, fromRev: UInt64)] = []
    private var struck: [Stamp: Violation.Code] = [:]
    /// By replica: the largest time beyond the bound, in this journal or one that was lost. Whether what was stamped up to
    /// there is accepted once the hub went back depends on what it gets back first (11.10).
    private var ahead: [ReplicaID: HybridTime] = [:]
    /// By replica: the hashes of its headers.
    private var chains: [ReplicaID: [Hash256]] = [:]
    private var written: [Stamp: [RowState]] = [:]
    /// The records of the ledger.
    private(set) var points = PointLog()
    /// Up to this rev the hub may have collected.
    private var collected: UInt64 = 0

    /// What one entry was.
    struct Note {
        let replica: ReplicaID
        let seen: UInt64
        /// By time: what it changes, whether it was struck out, and why.
        let transactions: [Transaction]
        let size: Int

        struct Transaction {
            let time: HybridTime
            let strike: Violation.Code?
            let changes: [RowState]
        }
    }

    init(secretariat: MemberID) { rights = Rights(schema: NextSchema.schema, secretariat: secretariat) }

    func hash(at rev: UInt64) -> Hash256? { rev < hashes.count ? hashes[Int(rev)] : nil }
    func head(of replica: ReplicaID) -> Head? { heads[replica] }

    /// A row as of a rev.
    func row(_ key: RowKey, at rev: UInt64) -> ModelRow? {
        guard let list = versions[key] else { return nil }
        if let last = list.last, last.rev <= rev { return last.row }
        return list.last { $0.rev <= rev }?.row
    }

    func isStruck(_ stamp: Stamp) -> Bool { struck[stamp] != nil }
    /// Whether its author wrote a transaction anew under another stamp.
    func isStruckForClock(_ stamp: Stamp) -> Bool { struck[stamp] == .clock }
    /// Whether a transaction is in the journal, whatever became of it.
    func holds(_ stamp: Stamp) -> Bool { written[stamp] != nil }
    func changes(_ stamp: Stamp) -> [RowState]? { written[stamp] }
    func rev(of stamp: Stamp) -> UInt64? { revs[stamp] }

    private func isOld(_ stamp: Stamp) -> Bool { revs[stamp].map { $0 <= collected } ?? false }
    mutating func collected(through rev: UInt64) { collected = max(collected, rev) }

    /// Whether a row was not there at some rev after its first.
    func wasDeleted(_ key: RowKey) -> Bool { versions[key]?.contains { !$0.row.isThere } ?? false }

    func firstRev(_ key: RowKey) -> UInt64 { versions[key]?.first?.rev ?? .max }

    func mayRead(_ key: RowKey, _ member: MemberID) -> Bool { readers[key].map { $0.contains(member) } ?? true }

    // MARK: The hub goes back

    /// The same journal, which goes on another way than one that was lost.
    func branched(as branch: Int, after lost: Truth) -> Truth {
        var other = self
        other.branch = branch
        other.conflicts.lose(lost.conflicts)
        other.ahead.merge(lost.ahead) { max($0, $1) }
        return other
    }

    /// The hub says in which epoch it is.
    mutating func enter(_ epochs: [EpochRecord], as replica: ReplicaID) {
        hubs.insert(replica)
        restorations = epochs.map { ($0.epoch.number, $0.fromRev) }
        epoch = epochs.last?.epoch.number ?? 1
    }

    // MARK: Reading

    /// Where the hub says that a stamp stood in a former epoch; `nil` if it does not know.
    typealias FormerPlace = (Stamp) -> JournalPlace.Former?

    /// Reads the next entry; `written` is told of each transaction.
    mutating func read(
        _ entry: JournalEntry, wall: UInt64, former: FormerPlace,
        written told: (ReplicaID, HybridTime, [RowState]) throws -> Void
    ) throws {
        let header = entry.segment.header
        try expect(entry.rev == rev + 1, "I11", "rev \(entry.rev) after \(rev)")
        let hash = Self.hash(hashes[Int(rev)], entry)
        try expect(hash == entry.hash, "I11", "the journal hash at rev \(entry.rev)")
        let last = heads[header.replica]
        try expect(
            header.seq == (last?.seq ?? 0) + 1 && header.previous == last?.hash, "I11",
            "the chain of \(header.replica) at seq \(header.seq)")
        try checkStanding(header, entry)
        let author = try author(of: header.replica, entry)
        var transactions: [HybridTime: [RowState]] = [:]
        for index in header.sections.indices {
            for rows in try entry.segment.transactions(section: index) ?? [] {
                transactions[rows.time, default: []] += rows.changes
                try checkAudience(rows.changes, header.sections[index].audience, entry)
            }
        }
        var noted: [Note.Transaction] = []
        let bounds = [min(wall, entry.hubTime), max(wall, entry.hubTime)].map { max($0, journalTime >> 16) + 300_000 }
        for (time, changes) in transactions.sorted(by: { $0.key < $1.key }) {
            let strike = entry.verdict.strikes.first { $0.time == time }
            let stamp = Stamp(time: time, replica: header.replica)
            if !author.isHub {
                try expect(
                    self.written.updateValue(changes, forKey: stamp) == nil, "I4", "two transactions under \(stamp)")
                try checkVerdict(strike, time, changes, author, bounds, entry, former)
            }
            noted.append(.init(time: time, strike: strike?.code, changes: changes))
            try told(header.replica, time, changes)
            if let strike {
                struck[stamp] = strike.code
                if strike.code == .clock { noteAhead(stamp) }
                continue
            }
            // Records of the ledger that are stamped ahead are accepted, and move no clock.
            let isAhead = isOfLedger(changes) && (time.rawValue > bounds[1] << 16 || wasAhead(stamp))
            if isAhead { noteAhead(stamp) }
            accept(changes, stamp, movesClock: !isAhead, entry, former)
        }
        heads[header.replica] = entry.segment.head
        chains[header.replica, default: []].append(entry.segment.hash)
        hashes.append(entry.hash)
        notes.append(
            Note(replica: header.replica, seen: header.seen.rev, transactions: noted, size: entry.segment.size))
        rev = entry.rev
        if let fault = conflicts.fault { throw Breach(invariant: "I3", detail: fault) }
    }

    /// SHA-256 of previous · rev · hub time · header hash · SHA-256 of the verdict, as the specification has it.
    private static func hash(_ previous: Hash256, _ entry: JournalEntry) -> Hash256? {
        var sum = SHA256()
        sum.update(data: previous.bytes)
        for number in [entry.rev, entry.hubTime] {
            withUnsafeBytes(of: number.bigEndian) { sum.update(bufferPointer: $0) }
        }
        sum.update(data: [UInt8](SHA256.hash(data: entry.segment.headerBytes)))
        sum.update(data: [UInt8](SHA256.hash(data: entry.verdictBytes)))
        return Hash256(bytes: [UInt8](sum.finalize()))
    }

    // MARK: The register

    struct Author {
        let member: MemberID
        let isHub: Bool
    }

    private func author(of replica: ReplicaID, _ entry: JournalEntry) throws -> Author {
        if hubs.contains(replica) { return Author(member: rights.secretariat, isHub: true) }
        let replicaRow = row(key(.replica, [.bytes(Self.bytes(replica))]), at: rev)
        guard case .bytes(let node)? = replicaRow?.value(ReplicaColumn.node), let id = RowID(bytes: node),
            let row = row(RowKey(table: .node, owner: rights.secretariat, id: id), at: rev),
            case .bytes(let member) = row.value(NodeColumn.member), let member = MemberID(bytes: member),
            case .bytes(let key) = row.value(NodeColumn.key)
        else {
            throw Breach(invariant: "I13", detail: "rev \(entry.rev): the author of \(replica) is not in the register")
        }
        try expect(
            row.value(NodeColumn.revoked) == .null && row.value(NodeColumn.confirmed) != .null, "I13",
            "rev \(entry.rev) is of a node that is not in force")
        let isSigned = try Curve25519.Signing.PublicKey(rawRepresentation: key)
            .isValidSignature(entry.segment.signature, for: entry.segment.headerBytes)
        try expect(isSigned, "I14", "rev \(entry.rev) is not signed by its node")
        return Author(member: member, isHub: false)
    }

    /// A replica that goes on for another stands on a segment of it that is in the journal.
    private func checkStanding(_ header: SegmentHeader, _ entry: JournalEntry) throws {
        guard header.seq == 1, let former = header.standsOn, !hubs.contains(header.replica) else { return }
        let registered = row(key(.replica, [.bytes(Self.bytes(header.replica))]), at: rev)?
            .value(ReplicaColumn.standsOn)
        let chain = chains[former.replica] ?? []
        let isThere = former.seq == 0 || former.seq <= chain.count && chain[Int(former.seq) - 1] == former.hash
        try expect(
            registered == .bytes(Self.bytes(former.replica)) && isThere, "I4",
            "rev \(entry.rev): \(header.replica) stands on what is not in the journal")
    }

    /// For which node a replica writes, whose that is, and whether it has ended, as of the last rev.
    func standing(of replica: ReplicaID) -> (node: RowID, member: MemberID, hasEnded: Bool)? {
        guard let row = row(key(.replica, [.bytes(Self.bytes(replica))]), at: .max),
            case .bytes(let node) = row.value(ReplicaColumn.node), let id = RowID(bytes: node),
            case .bytes(let member)? = self.row(RowKey(table: .node, owner: rights.secretariat, id: id), at: .max)?
                .value(NodeColumn.member),
            let member = MemberID(bytes: member)
        else { return nil }
        return (id, member, row.value(ReplicaColumn.ended) != .null)
    }

    /// The hub's own replicas, of all epochs.
    func isHub(_ replica: ReplicaID) -> Bool { hubs.contains(replica) }

    func key(_ table: TableID, _ parts: [Value]) -> RowKey {
        let id = RowID(natural: parts, table: table, owner: rights.secretariat)
        return RowKey(table: table, owner: rights.secretariat, id: id)
    }

    static func bytes(_ replica: ReplicaID) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: replica.rawValue >> UInt64(56 - 8 * $0)) }
    }

    // MARK: Verdicts

    private func checkVerdict(
        _ strike: Verdict.Strike?, _ time: HybridTime, _ changes: [RowState], _ author: Author, _ bounds: [UInt64],
        _ entry: JournalEntry, _ former: FormerPlace
    ) throws {
        let replica = entry.segment.header.replica
        let isAfter = lastTimes[replica].map { time > $0 } ?? true
        let isWithin = isAfter && (time.rawValue <= bounds[0] << 16 || isOfLedger(changes))
        let isBeyond = !isAfter || time.rawValue > bounds[1] << 16 && !isOfLedger(changes)
        if wasAhead(Stamp(time: time, replica: replica)) {
            guard strike?.code != .clock else { return }
        } else if isBeyond || strike?.code == .clock {
            guard isWithin || isBeyond && strike?.code != .clock else { return }
            throw Breach(
                invariant: "I5",
                detail: "rev \(entry.rev), \(time): struck for its clock \(strike?.code == .clock), bound \(bounds)")
        }
        var offence: String?
        for change in changes where offence == nil {
            let stored = row(change.key, at: .max)
            let isKnown = stored?.presence.map { !isConcurrent($0, entry, former) } ?? true
            offence = rights.offence(
                change, on: stored, by: author.member, isHub: author.isHub, deletionIsKnown: isKnown)
        }
        try expect(
            (offence != nil) == (strike != nil), "I13",
            "rev \(entry.rev), \(time) of \(replica): struck \(strike.map { "for \($0.code)" } ?? "not"), expected \(offence ?? "not")"
        )
    }

    private mutating func noteAhead(_ stamp: Stamp) {
        ahead[stamp.replica] = max(ahead[stamp.replica] ?? .zero, stamp.time)
    }

    /// Whether a stamp is not after one that was beyond the bound, in a journal of a hub that went back.
    private func wasAhead(_ stamp: Stamp) -> Bool {
        branch > 0 && ahead[stamp.replica].map { stamp.time <= $0 } ?? false
    }

    /// Whether a transaction is of the ledger alone: a wrong clock does not undo it.
    private func isOfLedger(_ changes: [RowState]) -> Bool {
        changes.allSatisfy { (33...41).contains($0.key.table.rawValue) }
    }

    private func checkAudience(_ changes: [RowState], _ audience: Audience, _ entry: JournalEntry) throws {
        for change in changes where rights.schema[change.key.table]?.audience == .owner {
            try expect(
                audience != .alliance, "I13", "rev \(entry.rev): a row of its owner's stands in a section for everybody"
            )
        }
    }

    /// A stored stamp is concurrent with an entry if its writer had not seen it.
    private func isConcurrent(_ stamp: Stamp, _ entry: JournalEntry, _ former: FormerPlace) -> Bool {
        guard stamp.replica != entry.segment.header.replica, let rev = revs[stamp] else { return false }
        let seen = entry.segment.header.seen
        guard seen.epoch.number != epoch else { return rev > seen.rev }
        if let place = former(stamp), place.epoch == seen.epoch.number { return place.rev > seen.rev }
        return rev > min(seen.rev, restorations.first { $0.number > seen.epoch.number }?.fromRev ?? 0)
    }

    private mutating func accept(
        _ changes: [RowState], _ stamp: Stamp, movesClock: Bool, _ entry: JournalEntry, _ former: FormerPlace
    ) {
        if movesClock {
            lastTimes[stamp.replica] = max(lastTimes[stamp.replica] ?? .zero, stamp.time)
            journalTime = max(journalTime, stamp.time.rawValue)
        }
        for change in changes {
            let stored = row(change.key, at: .max)
            if change.key.table == .conflict, change.presence != nil {
                conflicts.filed(Loss(change), rev: entry.rev)
            } else {
                // A closure may not look at what is being changed.
                var oracle = conflicts
                conflicts = ConflictOracle()
                oracle.read(
                    change, on: stored, isOld: { self.isOld($0) },
                    isConcurrent: { self.isConcurrent($0, entry, former) })
                conflicts = oracle
            }
            if stored == nil { keys.append(change.key) }
            if stored == nil, let record = PointRecord(change) { points.add(record, rev: entry.rev) }
            var row = stored ?? ModelRow()
            row.apply(change)
            if stored == nil || row.cells.count != stored?.cells.count {
                readers[change.key] = rights.readers(change.key, row)
            }
            if versions[change.key]?.last?.rev == entry.rev { versions[change.key]?.removeLast() }
            versions[change.key, default: []].append((entry.rev, row))
        }
        revs[stamp] = entry.rev
    }
}
