import Alliance
import CRDT
import Store
import Sync
import Synchronization

/// Names and the rows that bear them, read once and kept for one command: members at once, other rows one by one, and a
/// whole table once many of its rows were asked for.
///
/// Asking for rows reads the file, so it must not happen within a transaction.
final class NameIndex: Sendable {
    private struct Known {
        var rows: [TableID: [String: [RowID]]] = [:]
        var rowNames: [TableID: [RowID: String]] = [:]
        /// Names that were asked for one by one; `nil` within for a row that is not there.
        var single: [TableID: [RowID: String?]] = [:]
        /// How often rows of a table were looked up by a name.
        var lookups: [TableID: Int] = [:]
    }

    /// Beyond so many names, or look-ups, of one table reading all of it costs less.
    private static let singleMax = 300
    private static let lookupsMax = 20

    private let store: ReplicaStore
    private let member: MemberID
    private let members: [String: [MemberID]]
    private let memberNames: [MemberID: String]
    private let known = Mutex(Known())

    init(_ store: ReplicaStore) throws {
        self.store = store
        var members: [String: [MemberID]] = [:]
        var memberNames: [MemberID: String] = [:]
        member = try store.read { transaction in
            for row in try store.schema[.member].map({ try transaction.rows(in: $0) }) ?? [] {
                guard case .text(let name)? = row[MemberColumn.name]?.value else { continue }
                let id = MemberID(rawValue: row.key.id.rawValue)
                members[name, default: []].append(id)
                memberNames[id] = name
            }
            return transaction.state.member
        }
        self.members = members
        self.memberNames = memberNames
    }

    var names: Names {
        Names(
            members: { name in self.members[name] ?? [] },
            rows: { table, text in self.rows(table, text) },
            memberName: { id in self.memberNames[id] },
            rowName: { table, id in self.rowName(table, id) })
    }

    private func rowName(_ id: TableID, _ row: RowID) -> String? {
        let (isLoaded, name, count) = known.withLock { known in
            (
                known.rows[id] != nil, known.rowNames[id]?[row] ?? known.single[id]?[row] ?? nil,
                known.single[id]?.count ?? 0
            )
        }
        if isLoaded || name != nil { return name }
        guard count < Self.singleMax else {
            _ = load(id)
            return known.withLock { $0.rowNames[id]?[row] }
        }
        guard let table = store.schema[id] else { return nil }
        let found = try? store.read { try $0.rows(in: table, id: row).first }
        let read = table.naturalKey.isEmpty ? nil : found.map { self.name(of: $0, table) }
        known.withLock { $0.single[id, default: [:]][row] = .some(read) }
        return read
    }

    /// Rows that bear a name. Where the name is one stored text, a few of them are found without reading the others.
    private func rows(_ id: TableID, _ text: String) -> [RowID] {
        guard known.withLock({ $0.rows[id] == nil }), let table = store.schema[id],
            let column = table.naturalKey.first.flatMap(table.column), case .text = column.type,
            table.naturalKey.count == 1 || !text.contains("/"),
            known.withLock({ known in
                known.lookups[id, default: 0] += 1
                return known.lookups[id, default: 0] <= Self.lookupsMax
            })
        else { return load(id)?[text] ?? [] }
        let found = (try? store.read { try $0.rows(in: table, where: column, is: .text(text)) }) ?? []
        let own = found.filter { $0.key.owner == member }
        return (own.isEmpty ? found : own).map(\.key.id)
    }

    /// The whole natural key of a row, written `a/b`.
    private func name(of row: RowState, _ table: Table) -> String {
        table.naturalKey.map { key(row[$0]?.value ?? .null, table.column($0)) }.joined(separator: "/")
    }

    /// Rows by their first key column's text, and by the whole key written `a/b`; where several bear one name, the
    /// asking member's own if it is one.
    private func load(_ id: TableID) -> [String: [RowID]]? {
        if let rows = known.withLock({ $0.rows[id] }) { return rows }
        guard let table = store.schema[id], let rows = try? store.read({ try $0.rows(in: table) }) else { return nil }
        var byName: [String: [(own: Bool, id: RowID)]] = [:]
        var names: [RowID: String] = [:]
        for row in rows {
            let parts = table.naturalKey.map { key(row[$0]?.value ?? .null, table.column($0)) }
            let own = row.key.owner == member
            guard let first = parts.first else { continue }
            for name in Set([first, parts.joined(separator: "/")]) {
                byName[name, default: []].append((own, row.key.id))
            }
            names[row.key.id] = parts.count == 1 ? first : parts.joined(separator: "/")
        }
        let found = byName.mapValues { rows in
            let own = rows.filter(\.own)
            return (own.isEmpty ? rows : own).map(\.id)
        }
        return known.withLock { known in
            known.rows[id] = found
            known.rowNames[id] = names
            return found
        }
    }

    private func key(_ value: Value, _ column: Column?) -> String {
        column?.text(of: value, names: names) ?? ""
    }
}
