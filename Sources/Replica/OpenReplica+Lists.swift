public import Alliance
public import CRDT
public import Store
import Sync

/// One page of a table's rows.
public struct RowPage: Sendable {
    public let rows: [RowState]
    /// How many there are on all pages.
    public let total: Int
}

extension OpenReplica {
    /// A page of a table's rows that hold what was typed, by SQL: the rows of other pages are not read.
    ///
    /// - Parameters:
    ///   - words: each stands in one of the row's columns as people read it, or in its owner's name. Instants and lists
    ///     of members are not searched.
    ///   - isOwn: whether only this member's own rows.
    ///   - order: `nil` by id.
    ///   - count: at most so many.
    public func page(
        of table: Table, words: [String] = [], isOwn: Bool = false, order: RowFilter.Order? = nil, from offset: Int = 0,
        count: Int
    ) throws -> RowPage {
        try store.read { transaction in
            let members =
                try words.isEmpty ? [] : transaction.schema[.member].map { try transaction.rows(in: $0) } ?? []
            var all = words.map { matches(of: $0, in: table, members) }
            if isOwn { all.append([.owned([transaction.state.member])]) }
            let page = try transaction.page(of: table, RowFilter(all: all, order: order), from: offset, count: count)
            return RowPage(rows: page.rows, total: page.total)
        }
    }

    /// How many rows a table has, and how many of them are this member's own.
    public func counts(of table: Table) throws -> (all: Int, own: Int) {
        try store.read { (try $0.count(in: table), try $0.count(in: table, of: $0.state.member)) }
    }

    /// How many conflicts nobody has resolved.
    public func openConflictCount() throws -> Int {
        guard let table = schema[.conflict], let column = table.column(ConflictColumn.resolution) else { return 0 }
        return try store.read { try $0.count(in: table, where: column, is: .null) }
    }

    /// The ways in which a row holds a word.
    private func matches(of word: String, in table: Table, _ members: [RowState]) -> [RowFilter.Match] {
        let named = members.filter { $0.text(MemberColumn.name).lowercased().contains(word.lowercased()) }
            .map { MemberID(rawValue: $0.key.id.rawValue) }
        return table.columns.compactMap { match(of: word, in: $0, named) } + [.owned(named)]
    }

    private func match(of word: String, in column: Column, _ named: [MemberID]) -> RowFilter.Match? {
        switch column.type {
        case .text, .date, .time: return .contains(column.id, word)
        case .integer: return word.allSatisfy(\.isNumber) ? .contains(column.id, word) : nil
        case .boolean:
            let values = [("是", Int64(1)), ("否", 0)].filter { $0.0 == word }.map { Value.integer($0.1) }
            return values.isEmpty ? nil : .isOne(column.id, of: values)
        case .choice(let choices):
            let meant = choices.filter {
                $0.title.zh.contains(word) || $0.title.en.lowercased().contains(word.lowercased())
            }
            return meant.isEmpty ? nil : .isOne(column.id, of: meant.map { .text($0.code) })
        case .member: return named.isEmpty ? nil : .isOne(column.id, of: named.map { .bytes($0.bytes) })
        case .reference(let id):
            guard let other = schema[id],
                let name = other.naturalKey.first(where: { key in
                    if case .text? = other.column(key)?.type { true } else { false }
                })
            else { return nil }
            return .names(column.id, in: id, name, word)
        case .instant, .members, .bytes: return nil
        }
    }
}
