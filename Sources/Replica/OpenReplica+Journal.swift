import Alliance
import CRDT
import Store
import Sync
import Wire

extension OpenReplica {
    /// As many entries of the journal are shown at once.
    public static let journalPage = 100

    /// The hub's journal, the newest first: rev, member, replica, verdict, transactions, tables. Of sections that not all
    /// may read there are counts only, also for the operator.
    /// - Parameters:
    ///   - before: only entries with a smaller rev.
    ///   - node: only entries of this node's replicas.
    public func journalJSON(before: UInt64? = nil, node: String? = nil, count: Int = journalPage) throws -> JSON {
        try require(.hub)
        let names = try names()
        let id = try node.map { try self.node($0).key.id }
        return try store.read { transaction in
            let register = Register(transaction)
            let only = try id.map { Set(try register.replicas(of: $0)) }
            let entries = try transaction.entries(
                before: before ?? transaction.state.cursor.rev + 1, of: only,
                count: min(max(1, count), Self.journalPage))
            return [
                "head": JSON(transaction.state.cursor.rev),
                "entries": .array(try entries.map { try json($0, register, names) }),
            ]
        }
    }

    private func json(_ entry: JournalEntry, _ register: Register, _ names: Names) throws -> JSON {
        let header = entry.segment.header
        let node = try register.node(of: header.replica)
        let own = header.sections.indices.filter { header.sections[$0].audience == .alliance }
        return [
            "rev": JSON(entry.rev), "time": JSON(entry.hubTime), "replica": JSON(header.replica),
            "seq": JSON(header.seq), "node": node.map { JSON($0.id) } ?? .null,
            "nodeName": .string(node?.name ?? ""),
            "member": node.map { JSON($0.author.member) } ?? .null,
            "memberName": .string(node.flatMap { names.memberName($0.author.member) } ?? ""),
            "transactions": JSON(header.transactions), "struck": JSON(entry.verdict.strikes.count),
            "reasons": .array(
                Set(entry.verdict.strikes.map(\.code)).map(\.phrase).sorted { $0.en < $1.en }
                    .map { ["zh": .string($0.zh), "en": .string($0.en)] }),
            "tables": tables(entry.segment, own),
            "personal": [
                "sections": JSON(header.sections.count - own.count),
                "bytes": JSON(
                    header.sections.indices.filter { !own.contains($0) }.reduce(0) { $0 + header.sections[$1].size }),
            ],
            "bytes": JSON(entry.segment.size),
        ]
    }

    /// How many rows of each table the sections change that everyone may read; null where their bodies were collected.
    private func tables(_ segment: Segment, _ sections: [Int]) -> JSON {
        var counts: [String: Int] = [:]
        for index in sections {
            guard let body = segment.bodies[index] else { return .null }
            let head = segment.header.sections[index]
            guard let raw = try? Section.decompress(body, size: head.rawSize) else { return .null }
            for (table, rows) in Section.outline(raw) {
                counts[schema[table]?.name ?? "\(table.rawValue)", default: 0] += rows
            }
        }
        return .object(counts.mapValues { JSON($0) })
    }
}
