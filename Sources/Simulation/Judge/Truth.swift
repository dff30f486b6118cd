import Alliance
import CRDT
import Crypto
import Wire

/// The journal as the judge reads it: what every row was at every rev, who may write, and what had to be filed.
final class Truth {
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
    private var hub: ReplicaID?

    /// What one entry was.
    struct Note {
        let replica: ReplicaID
        let seen: UInt64
        /// By time: whether the transaction was struck out, and whether for its clock.
        let transactions: [(time: HybridTime, strike: Violation.Code?)]
        let size: Int
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

    func firstRev(_ key: RowKey) -> UInt64 { versions[key]?.first?.rev ?? .max }

    func mayRead(_ key: RowKey, _ member: MemberID) -> Bool { readers[key].map { $0.contains(member) } ?? true }

    // MARK: Reading

    /// Reads the next entry; `written` is told of each transaction.
    func read(
        _ entry: JournalEntry, wall: UInt64, written: (ReplicaID, HybridTime, [RowState]) throws -> Void
    ) throws {
        let header = entry.segment.header
        try expect(entry.rev == rev + 1, "I11", "rev \(entry.rev) after \(rev)")
        let hash = Self.hash(hashes[Int(rev)], entry)
        try expect(hash == entry.hash, "I11", "the journal hash at rev \(entry.rev)")
        let last = heads[header.replica]
        try expect(
            header.seq == (last?.seq ?? 0) + 1 && header.previous == last?.hash, "I11",
            "the chain of \(header.replica) at seq \(header.seq)")
        if hub == nil { hub = header.replica }
        let author = try author(of: header.replica, entry)
        var transactions: [HybridTime: [RowState]] = [:]
        for index in header.sections.indices {
            for rows in try entry.segment.transactions(section: index) ?? [] {
                transactions[rows.time, default: []] += rows.changes
                try checkAudience(rows.changes, header.sections[index].audience, entry)
            }
        }
        var noted: [(HybridTime, Violation.Code?)] = []
        let bounds = [min(wall, entry.hubTime), max(wall, entry.hubTime)].map { max($0, journalTime >> 16) + 300_000 }
        for (time, changes) in transactions.sorted(by: { $0.key < $1.key }) {
            let strike = entry.verdict.strikes.first { $0.time == time }
            if header.replica != hub { try checkVerdict(strike, time, changes, author, bounds, entry) }
            noted.append((time, strike?.code))
            try written(header.replica, time, changes)
            if strike == nil { accept(changes, Stamp(time: time, replica: header.replica), entry) }
        }
        heads[header.replica] = entry.segment.head
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
        if replica == hub { return Author(member: rights.secretariat, isHub: true) }
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
        _ entry: JournalEntry
    ) throws {
        let replica = entry.segment.header.replica
        let isAfter = lastTimes[replica].map { time > $0 } ?? true
        let isWithin = isAfter && time.rawValue <= bounds[0] << 16
        let isBeyond = !isAfter || time.rawValue > bounds[1] << 16
        if isBeyond || strike?.code == .clock {
            guard isWithin || isBeyond && strike?.code != .clock else { return }
            throw Breach(
                invariant: "I5",
                detail: "rev \(entry.rev), \(time): struck for its clock \(strike?.code == .clock), bound \(bounds)")
        }
        let offence = changes.lazy.compactMap { change -> String? in
            let stored = self.row(change.key, at: .max)
            let isKnown = stored?.presence.map { !self.isConcurrent($0, entry) } ?? true
            return self.rights.offence(
                change, on: stored, by: author.member, isHub: author.isHub, deletionIsKnown: isKnown)
        }.first
        try expect(
            (offence != nil) == (strike != nil), "I13",
            "rev \(entry.rev), \(time) of \(replica): struck \(strike.map { "for \($0.code)" } ?? "not"), expected \(offence ?? "not")"
        )
    }

    private func checkAudience(_ changes: [RowState], _ audience: Audience, _ entry: JournalEntry) throws {
        for change in changes where rights.schema[change.key.table]?.audience == .owner {
            try expect(
                audience != .alliance, "I13", "rev \(entry.rev): a row of its owner's stands in a section for everybody"
            )
        }
    }

    /// A stored stamp is concurrent with an entry if its writer had not seen it.
    func isConcurrent(_ stamp: Stamp, _ entry: JournalEntry) -> Bool {
        guard stamp.replica != entry.segment.header.replica, let rev = revs[stamp] else { return false }
        return rev > entry.segment.header.seen.rev
    }

    private func accept(_ changes: [RowState], _ stamp: Stamp, _ entry: JournalEntry) {
        lastTimes[stamp.replica] = stamp.time
        journalTime = max(journalTime, stamp.time.rawValue)
        for change in changes {
            let stored = row(change.key, at: .max)
            if change.key.table == .conflict, change.presence != nil {
                conflicts.filed(Loss(change), rev: entry.rev)
            } else {
                conflicts.read(change, on: stored) { self.isConcurrent($0, entry) }
            }
            if stored == nil { keys.append(change.key) }
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
