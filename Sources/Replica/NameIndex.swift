import Alliance
import CRDT
import Store
import Sync
import Synchronization

/// Names and the rows that bear them, read once and kept for one command: members at once, rows of a table when first
/// asked for.
///
/// Asking for rows reads the file, so it must not happen within a transaction.
final class NameIndex: Sendable {
    private struct Known {
        var rows: [TableID: [String: [RowID]]] = [:]
        var rowNames: [TableID: [RowID: String]] = [:]
    }

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
            rows: { table, text in self.load(table)?[text] ?? [] },
            memberName: { id in self.memberNames[id] },
            rowName: { table, id in
                _ = self.load(table)
                return self.known.withLock { $0.rowNames[table]?[id] }
            })
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
