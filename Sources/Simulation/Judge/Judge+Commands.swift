import Alliance
import CRDT
import Store
import Sync
import Wire

/// What people were told of their commands.
extension Judge {
    /// What a row must be at a node: the journal at its cursor, and its own pending edits over it.
    func expected(_ key: RowKey, at node: Node) -> ModelRow {
        guard let file = files[node.index] else { return ModelRow() }
        var row = merged(key, file)
        for written in file.pending {
            for change in written.changes where change.key == key { row.apply(change) }
        }
        return row
    }

    /// What a node has merged of a row.
    func merged(_ key: RowKey, _ file: NodeFile) -> ModelRow {
        func said(_ journal: Truth, _ rev: UInt64) -> ModelRow? {
            journal.mayRead(key, file.member) ? journal.row(key, at: rev) : nil
        }
        var row = said(journal(file.branch), file.cursor) ?? ModelRow()
        for base in file.bases { if let old = said(journal(base.branch), base.rev) { row.merge(old) } }
        if let stray = file.stray[key] { row.merge(stray) }
        return row
    }

    /// Where what a node should hold of a row comes from, for whoever looks for the cause of a breach.
    func origins(of key: RowKey, _ file: NodeFile) -> String {
        func told(_ journal: Truth, _ rev: UInt64) -> String {
            guard let row = journal.row(key, at: rev) else { return "journal \(journal.branch) at \(rev): nothing" }
            let struck = former.flatMap { lost in
                (row.cells.values.map(\.stamp) + [row.presence].compactMap { $0 }).filter(lost.isStruck).map { "\($0)" }
            }
            return "journal \(journal.branch) at \(rev): \(row), struck in a lost one: \(struck)"
        }
        let places = [NodeFile.Base(branch: file.branch, rev: file.cursor)] + file.bases
        let pending = file.pending.filter { $0.changes.contains { $0.key == key } }.map { "\($0.time)" }
        let journals = places.map { told(journal($0.branch), $0.rev) }
        return "\(file.replica); \(journals); stray: \(file.stray[key].map { "\($0)" } ?? "-"); pending: \(pending)"
    }

    /// Whether a person at a party sees a row.
    func isThere(_ key: RowKey, at party: Party) -> Bool {
        if let node = party as? Node { return expected(key, at: node).isThere }
        return truth.row(key, at: .max)?.isThere ?? false
    }

    /// Of how many commands one is read back at once.
    private static let commandsPerReading = 4

    /// A node told a person that edits were written.
    func acknowledged(_ edits: [RowEdit], by node: Node, at time: HybridTime) throws {
        guard let store = node.store, let file = files[node.index] else { return }
        try expect(time > file.clock, "I5", "\(node.name): its clock stands at \(time)")
        let stamp = Stamp(time: time, replica: node.replica)
        let changes = try edits.compactMap { try change($0, by: node, stamp) }
        try expect(!changes.isEmpty, "I6", "\(node.name) was told of a change, and there is none")
        wrote(Written(time: time, seen: file.cursor, changes: changes), by: node)
        acknowledged += 1
        guard acknowledged % Self.commandsPerReading == 0, let change = changes.first else { return }
        let found = try store.read { try $0.row(change.key) }.map { ModelRow($0) } ?? ModelRow()
        let wanted = expected(change.key, at: node)
        try expect(
            isSame(found, wanted), "I6",
            "\(node.name) does not read what it wrote: \(change.key.table.rawValue)/\(change.key.id) is \(found), not \(wanted): \(origins(of: change.key, file))"
        )
    }

    func wrote(_ written: Written, by node: Node) {
        files[node.index]?.pending.append(written)
        files[node.index]?.clock = written.time
    }

    /// What an edit changes, by the judge's own reckoning; `nil` if nothing.
    private func change(_ edit: RowEdit, by node: Node, _ stamp: Stamp) throws -> RowState? {
        let row = expected(edit.key, at: node)
        let wanted = edit.wanted
        func cells(_ values: [ColumnID: Value]) -> [Cell] {
            values.sorted { $0.key < $1.key }.map { Cell(column: $0.key, value: $0.value, stamp: stamp) }
        }
        switch edit.act {
        case .create:
            try expect(!row.isThere, "I6", "\(node.name) made a row that is there")
            let columns = node.schema[edit.key.table]?.columns.map(\.id) ?? []
            let values = Dictionary(uniqueKeysWithValues: columns.map { ($0, wanted[$0] ?? .null) })
            return RowState(
                key: edit.key, presence: Presence(length: row.length + 1, stamp: stamp), cells: cells(values))
        case .edit:
            try expect(row.isThere, "I12", "\(node.name) edited a row that is not there: \(edit.key.id)")
            let differing = wanted.filter { row.value($0.key) != $0.value }
            for column in differing.keys.sorted() where edit.shown != nil {
                try expect(
                    edit.shown?[column] == row.cells[column]?.stamp, "I6",
                    "\(node.name) wrote a form over a cell that has moved: column \(column.rawValue)")
            }
            return differing.isEmpty ? nil : RowState(key: edit.key, presence: nil, cells: cells(differing))
        case .delete:
            try expect(row.isThere, "I12", "\(node.name) deleted a row that is not there: \(edit.key.id)")
            return RowState(key: edit.key, presence: Presence(length: row.length + 1, stamp: stamp), cells: [])
        }
    }

    func acknowledgedByHub(_ edits: [RowEdit]) throws {
        acknowledged += 1
        for edit in edits {
            let row = truth.row(edit.key, at: .max) ?? ModelRow()
            try expect(row.isThere == (edit.act != .delete), "I2", "the hub's own command on \(edit.key.id) is lost")
            for (column, value) in edit.wanted where row.value(column) != value {
                throw Breach(
                    invariant: "I2", detail: "the hub's own edit of \(edit.key.id), column \(column.rawValue), is lost")
            }
        }
    }

    /// A command was refused: that must be for what the person could see.
    func refused(_ edits: [RowEdit], by party: Party, _ refusal: CommandRefusal) throws {
        guard let node = party as? Node else { return }
        switch refusal {
        case .absent(let key):
            guard expected(key, at: node).isThere, let file = files[node.index] else { return }
            throw Breach(
                invariant: "I6", detail: "\(node.name) does not see row \(key.id): \(origins(of: key, file))")
        case .exists(let key):
            try expect(
                expected(key, at: node).isThere, "I12", "\(node.name) sees row \(key.id), which is not there")
        case .stale(let cells):
            for cell in cells {
                let now = expected(cell.key, at: node).cells[cell.column]?.stamp
                try expect(now == cell.now?.stamp, "I6", "\(node.name) shows another cell than stands in the row")
            }
        case .stopped(let kind):
            try expect(
                kind != .fork || copied.contains(node.replica), "I15", "\(node.name) has stopped: \(kind)")
        case .violations, .tooLarge, .consent: return
        }
    }

    func uncertain(_ party: Party) {
        guard let node = party as? Node else { return }
        files[node.index]?.isUncertain = true
    }
}

extension RowEdit {
    /// What is to stand in which column.
    var wanted: [ColumnID: Value] { Dictionary(uniqueKeysWithValues: values.map { ($0.column, $0.value) }) }
}
