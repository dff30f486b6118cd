import CRDT

@testable import Alliance

/// The rows of a small store, for looking names up: what a node would do with tables, done with a list.
struct World: Sendable {
    struct Entry: Sendable {
        let owner: MemberID
        let id: RowID
        /// The text of the first natural-key column, and of the whole key.
        let first: String
        let whole: String
    }

    private(set) var members: [(name: String, id: MemberID)] = []
    private(set) var entries: [TableID: [Entry]] = [:]

    mutating func add(member name: String, _ id: MemberID) { members.append((name, id)) }

    mutating func add(_ entry: Entry, to table: TableID) { entries[table, default: []].append(entry) }

    /// Takes in an imported plan as its owner's rows.
    mutating func take(_ plan: ImportPlan, into table: Table, as member: MemberID) {
        for row in plan.rows {
            let key = table.naturalKey.map { row.values[$0] ?? .null }
            let owner = row.owner ?? member
            let id = RowID(natural: key, table: table.id, owner: owner)
            let names = names(for: member)
            let texts = table.naturalKey.map { table.column($0)!.text(of: row.values[$0] ?? .null, names: names) }
            add(Entry(owner: owner, id: id, first: texts[0], whole: texts.joined(separator: "/")), to: table.id)
            if table.id == .member { add(member: texts[0], MemberID(rawValue: id.rawValue)) }
        }
    }

    /// Looks names up for a member: its own rows first.
    func names(for member: MemberID) -> Names {
        let (members, entries) = (members, entries)
        return Names(
            members: { name in members.filter { $0.name == name }.map(\.id) },
            rows: { table, text in
                let found = (entries[table] ?? []).filter { $0.first == text || $0.whole == text }
                let own = found.filter { $0.owner == member }
                return (own.isEmpty ? found : own).map(\.id)
            },
            memberName: { id in members.first { $0.id == id }?.name },
            rowName: { table, id in (entries[table] ?? []).first { $0.id == id }?.whole })
    }
}

extension MemberID {
    init(_ number: Int) { self.init(rawValue: UInt128(number)) }
}

/// The tables of the current schema by name.
func table(_ name: String) -> Table { Schema.current[name]! }

func column(_ path: String) -> Column {
    let parts = path.split(separator: ".").map(String.init)
    return table(parts[0]).column(named: parts[1])!
}
