import Alliance
import CRDT
import Wire

/// Decides of a segment at the hub, transaction by transaction: struck out, or merged with the conflicts that it makes.
struct Judge {
    private let transaction: any ReplicaTransaction
    private let author: Author
    private let bound: StampBound

    init(_ transaction: any ReplicaTransaction, author: Author, bound: StampBound) {
        self.transaction = transaction
        self.author = author
        self.bound = bound
    }

    struct Judgement {
        let verdict: Verdict
        let detail: VerdictDetail?
        /// The largest accepted time of the replica.
        let lastTime: HybridTime
        let conflicts: [Conflict]
    }

    /// - Parameter lastTime: the largest accepted time of the replica before this segment.
    func judge(
        _ transactions: [GatheredTransaction], of header: SegmentHeader, lastTime: HybridTime
    ) throws -> Judgement {
        var offences: [VerdictDetail.Offence] = []
        var strikes: [Verdict.Strike] = []
        var conflicts: [Conflict] = []
        var lastTime = lastTime
        let finder = try ConflictFinder(transaction, segment: header)
        for gathered in transactions {
            let stored = try gathered.rows.map { try transaction.stored($0.change.key) }
            let violations = try violations(of: gathered, on: stored, after: lastTime, finder)
            if let first = violations.first {
                strikes.append(.init(time: gathered.time, code: first.code))
                offences += violations.prefix(Limits.offences - offences.count).map {
                    .init(time: gathered.time, violation: $0)
                }
                continue
            }
            for ((audience, change), stored) in zip(gathered.rows, stored) {
                if let stored { conflicts += try finder.conflicts(of: change, with: stored.state) }
                try transaction.put(stored?.state.merged(with: change) ?? change, over: stored, audience: audience)
            }
            // Records of the ledger move no clock: they may be stamped ahead.
            if bound.admits(gathered.time) { lastTime = gathered.time }
        }
        let detail = strikes.isEmpty ? nil : VerdictDetail(offences: offences)
        return Judgement(
            verdict: Verdict(strikes: strikes, detail: detail.map { Hash256(of: $0.bytes) }), detail: detail,
            lastTime: lastTime, conflicts: conflicts)
    }

    private func violations(
        of gathered: GatheredTransaction, on stored: [StoredRow?], after last: HybridTime, _ finder: ConflictFinder
    ) throws -> [Violation] {
        let keys = gathered.rows.map(\.change.key)
        // Stamps of one replica increase; one beyond the bound moves nobody's clock, so later ones may be smaller.
        guard bound.admits(gathered.time) || gathered.isLedger, gathered.time > last else {
            return [Violation(.clock, keys[0])]
        }
        let size = gathered.rows.reduce(0) { $0 + $1.change.size }
        guard keys.count <= Limits.transactionRows, Set(keys).count == keys.count, size <= 2 * Limits.transactionSize
        else {
            return [Violation(.limit, keys[0])]
        }
        return try zip(gathered.rows, stored).flatMap {
            try violations(of: $0.change, on: $1?.state, audience: $0.audience, finder)
        }
    }

    private func violations(
        of change: RowState, on stored: RowState?, audience: Audience, _ finder: ConflictFinder
    ) throws -> [Violation] {
        let key = change.key
        guard let table = transaction.schema[key.table] else { return [Violation(.unknownTable, key)] }
        let secretariat = transaction.state.secretariat
        var found = transaction.schema.violations(of: change, on: stored, by: author, secretariat: secretariat)
        if change.presence == nil, let deletion = stored?.presence, !deletion.isThere,
            try !finder.isConcurrent(deletion.stamp)
        {
            // Its author knew of the deletion, so it stood on a return that was struck out.
            found.append(Violation(.noSuchRow, key))
        }
        let row = stored?.merged(with: change) ?? change
        if found.isEmpty, table.audience(of: row, secretariat: secretariat) != audience {
            found.append(Violation(.wrongAudience, key))
        }
        if change.presence?.isThere ?? false, try transaction.isTaken(key.id, in: key.table, besides: key.owner) {
            found.append(Violation(.idTaken, key))
        }
        return found
    }
}

/// One transaction with its rows of all audiences.
struct GatheredTransaction {
    let time: HybridTime
    var rows: [(audience: Audience, change: RowState)]

    /// Whether all its rows are records of the ledger: it is not struck out for its clock, and moves nobody's.
    var isLedger: Bool { rows.allSatisfy { $0.change.key.table.isLedger } }
}

extension Segment {
    /// The transactions, ascending by time; throws unless all sections are here and say what the header announces.
    func gathered() throws(WireError) -> [GatheredTransaction] {
        var byTime: [HybridTime: GatheredTransaction] = [:]
        for (index, section) in header.sections.enumerated() {
            guard let transactions = try transactions(section: index) else {
                throw WireError(.malformed, "segment", "section \(index) is missing")
            }
            for rows in transactions {
                let changes = rows.changes.map { (audience: section.audience, change: $0) }
                byTime[rows.time, default: GatheredTransaction(time: rows.time, rows: [])].rows += changes
            }
        }
        guard byTime.count == Int(header.transactions), byTime[header.times.lowerBound] != nil,
            byTime[header.times.upperBound] != nil
        else { throw WireError(.malformed, "segment", "transactions are not those that the header announces") }
        return byTime.values.sorted { $0.time < $1.time }
    }
}
