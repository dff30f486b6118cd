import Alliance
import CRDT
public import Wire

/// The hub's side of a repair: sums of ranges, short lists, rows; and its own rows mended from its journal.
extension HubSession {
    /// Rows of a range that are named instead of summed.
    static let namedMax = 16

    /// Answers a repair request of a node whose signature has been verified.
    ///
    /// One that asks for rows, or for a recount, writes; the others only read.
    /// - Throws: `Refusal`; the caller rolls the transaction back.
    public func repair(_ request: RepairRequest, from node: Register.Node) throws -> RepairResponse {
        try node.mayExchange(hubTime: surroundings.wall)
        let cursor = transaction.state.cursor
        guard request.position.epoch == cursor.epoch, try holds(request) else {
            throw refusal(
                .journal, "修复所依据的日志不是本中心的；请先同步。", "The repair stands on a journal that is not this hub's; sync first.")
        }
        var answer = RepairResponse(head: cursor.rev)
        let member = node.author.member
        if request.recount {
            answer.mended = try recount(for: request)
        } else if request.rows.isEmpty {
            answer.ranges = try ranges(request, for: member)
        } else {
            try give(request.rows, to: member, in: &answer)
        }
        return answer
    }

    private func holds(_ request: RepairRequest) throws -> Bool {
        guard request.position.rev > 0 else { return request.journal == .zero }
        return try transaction.journalHash(at: request.position.rev) == request.journal
    }

    // MARK: Ranges

    private func ranges(_ request: RepairRequest, for member: MemberID) throws -> [RepairResponse.Answered] {
        let asked =
            try request.ranges.isEmpty ? transaction.tablesWithRows().map { RowRange(table: $0) } : request.ranges
        let rowsMax = request.level == RowRange.levelMax ? Int.max : Self.namedMax
        let tallies = try RangeTally.of(
            Dictionary(asked.map { ($0, rowsMax) }, uniquingKeysWith: { first, _ in first }), in: transaction,
            for: member)
        return asked.compactMap { range in
            guard let tally = tallies[range] else { return nil }
            let content: RepairResponse.Content = tally.count > rowsMax ? .sums(tally.sums) : .rows(tally.rows)
            return .init(range: range, content: content)
        }
    }

    // MARK: Rows

    /// Mends the rows that are asked for, and gives those that the member may read: as many as one page holds.
    private func give(_ asked: [RepairRequest.Asked], to member: MemberID, in answer: inout RepairResponse) throws {
        if let report = try HubMender(transaction).mend(asked, at: surroundings.wall) {
            answer.mended = report.hubMended
            try transaction.append(report)
        }
        var rows: [Audience: [RowState]] = [:]
        var size = 0
        for key in asked.map(\.key) {
            if let row = try transaction.row(key) {
                let audience = transaction.audience(of: row)
                guard size == 0 || size + row.size <= HubSnapshot.partSize else { break }
                if audience.includes(member) {
                    size += row.size
                    rows[audience, default: []].append(row)
                }
            }
            answer.answered += 1
        }
        answer.sections = rows.sorted { $0.key < $1.key }.map { .init(audience: $0.key, states: $0.value) }
    }

    // MARK: Own digests

    /// Recounts the hub's digests, once it knows by itself that they differ from the node's.
    private func recount(for request: RepairRequest) throws -> Int {
        guard try transaction.alarms().contains(where: { $0.kind == .digest }) else { return 0 }
        let report = try HubMender(transaction).settle(at: surroundings.wall)
        try transaction.append(report)
        return report.hubMended
    }
}
