import Alliance
import CRDT
import Wire

/// A repair under way at a node: which ranges are still to be compared, and which rows to be mended.
struct RepairRun: Sendable {
    private(set) var report: RepairReport
    private var level = 0
    /// Of this level and of the next; nothing before the first answer.
    private var open: [RowRange] = []
    private var deeper: [RowRange] = []
    private var differing: Set<RowKey>
    private var hasRecounted = false
    /// What was last asked.
    private(set) var request: RepairRequest

    /// - Parameter damaged: rows that are known not to be what they were; tombstones among them, which no digest counts.
    init(damaged: [RowKey], in transaction: any ReplicaTransaction, at wall: UInt64) {
        differing = Set(damaged)
        let state = transaction.state
        report = RepairReport(began: wall, rev: state.cursor.rev)
        request = RepairRequest(position: state.cursor, journal: state.journal)
    }

    /// The bytes of what is asked now.
    mutating func ask() -> [UInt8] {
        let bytes = request.bytes
        report.exchanges += 1
        report.sent += bytes.count
        return bytes
    }

    /// Takes an answer to what was last asked.
    /// - Returns: whether there is more to ask.
    mutating func take(_ body: [UInt8], in transaction: any ReplicaTransaction) throws -> Bool {
        let answer = try RepairResponse(bytes: body, level: request.level)
        report.received += body.count
        report.hubMended += answer.mended
        if !request.rows.isEmpty {
            try mend(answer, in: transaction)
        } else if !request.recount {
            try compare(answer, in: transaction)
        }
        return try next(in: transaction)
    }

    mutating func end(at wall: UInt64) { report.ended = wall }

    // MARK: Comparing

    private mutating func compare(_ answer: RepairResponse, in transaction: any ReplicaTransaction) throws {
        let isFirst = request.ranges.isEmpty
        guard isFirst ? answer.ranges.allSatisfy({ $0.range.level == 0 }) : answer.ranges.map(\.range) == request.ranges
        else { throw WireError(.malformed, "repair answer", "other ranges than were asked for") }
        var theirs = Dictionary(answer.ranges.map { ($0.range, $0.content) }, uniquingKeysWith: { first, _ in first })
        if isFirst {
            // A table that the hub does not list has nothing there.
            for table in try transaction.tablesWithRows() where theirs[RowRange(table: table)] == nil {
                theirs[RowRange(table: table)] = .rows([])
            }
        }
        let ranges = theirs.mapValues { if case .rows = $0 { Int.max } else { 0 } }
        let mine = try RangeTally.of(ranges, in: transaction, for: transaction.state.member)
        report.ranges += ranges.count
        for (range, content) in theirs {
            guard let tally = mine[range] else { continue }
            switch content {
            case .sums(let sums):
                for part in sums.indices where sums[part] != tally.sums[part] {
                    if let part = range.part(part) { deeper.append(part) }
                }
            case .rows(let rows):
                report.compared += max(rows.count, tally.count)
                for mark in Set(rows).symmetricDifference(tally.rows) {
                    differing.insert(RowKey(table: range.table, owner: mark.owner, id: mark.id))
                }
            }
        }
    }

    // MARK: Mending

    private mutating func mend(_ answer: RepairResponse, in transaction: any ReplicaTransaction) throws {
        guard (1...request.rows.count).contains(answer.answered) else {
            throw WireError(.malformed, "repair answer", "\(answer.answered) of \(request.rows.count) rows")
        }
        let keys = request.rows.prefix(answer.answered).map(\.key)
        var given: [RowKey: NodeMender.Given] = [:]
        for section in answer.sections {
            guard section.audience.includes(transaction.state.member) else {
                throw WireError(.malformed, "repair answer", "rows that this member may not read")
            }
            for row in try section.states() { given[row.key] = .init(row: row, audience: section.audience) }
        }
        guard Set(given.keys).isSubset(of: keys) else {
            throw WireError(.malformed, "repair answer", "rows that were not asked for")
        }
        let outcomes = try NodeMender(transaction).mend(keys, given: given)
        report.rows.merge(outcomes) { $1 }
        differing.subtract(keys)
    }

    // MARK: Asking

    private mutating func next(in transaction: any ReplicaTransaction) throws -> Bool {
        if open.isEmpty, !deeper.isEmpty {
            level += 1
            open = deeper.sorted { ($0.table, $0.suffix) < ($1.table, $1.suffix) }
            deeper = []
        }
        request = RepairRequest(position: request.position, journal: request.journal)
        if !open.isEmpty {
            request.level = level
            request.ranges = Array(open.prefix(Limits.repairRanges))
            open.removeFirst(request.ranges.count)
            return true
        }
        if !differing.isEmpty {
            request.rows = try differing.sorted().prefix(Limits.repairRows).map { key in
                let stamps = try transaction.row(key)?.stamps.sorted() ?? []
                return .init(key: key, stamps: stamps)
            }
            return true
        }
        guard report.rows.isEmpty, !hasRecounted else { return false }
        hasRecounted = true
        request.recount = true
        return true
    }
}
