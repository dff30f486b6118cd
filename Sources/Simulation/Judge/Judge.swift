import Alliance
import CRDT
import Store
import Sync
import Wire

/// Watches a run and knows, from the commands and the hub's journal alone, what must stand where.
final class Judge {
    let truth: Truth
    private(set) var files: [ReplicaID: NodeFile] = [:]
    /// Full comparisons of a node's rows that were made.
    private(set) var comparisons = 0
    private(set) var acknowledged = 0

    init(secretariat: MemberID) { truth = Truth(secretariat: secretariat) }

    var rev: UInt64 { truth.rev }

    /// What the judge knows of one node's file.
    struct NodeFile {
        let member: MemberID
        let nodeRow: RowID
        var cursor: UInt64 = 0
        var clock = HybridTime.zero
        /// Acknowledged and not merged back yet, in order of writing.
        var pending: [Written] = []
        /// Journaled and struck out for their clock: to be found again under new stamps.
        var anew: [Written] = []
        /// Struck out for good: they must stand in the rejected inbox.
        var rejected: [HybridTime] = []
        /// Whether the store failed while something was written: that may come back whole, or not at all.
        var isUncertain = false
        var proofs = 0
    }

    // MARK: The journal

    /// Reads what the hub has journaled since.
    /// - Returns: whether it could.
    @discardableResult
    func read(_ hub: Hub, now: UInt64) throws -> Bool {
        guard let store = hub.store else { return false }
        do {
            let page = try store.read { transaction in
                guard transaction.state.cursor.rev > rev else { return [JournalEntry]() }
                return try transaction.entries(
                    after: rev, for: Records.secretariat, except: ReplicaID(rawValue: 0), size: 1 << 30)
            }
            for entry in page { try truth.read(entry, wall: hub.wall(now), written: journaled) }
        } catch is StoreError {
            // Its disk fails while the judge looks: it looks again with the next request.
            return false
        }
        if let missing = truth.conflicts.missing {
            throw Breach(invariant: "I3", detail: "not in the conflict inbox: \(missing)")
        }
        return true
    }

    /// I2, I4: what is journaled under a stamp is what its author was told was written.
    private func journaled(_ replica: ReplicaID, _ time: HybridTime, _ changes: [RowState]) throws {
        guard let file = files[replica] else { return }
        guard let mine = file.pending.first(where: { $0.time == time }) else {
            guard file.isUncertain else {
                throw Breach(invariant: "I4", detail: "\(time)@\(replica) is journaled, and nobody was told of it")
            }
            return adopt(Written(time: time, seen: file.cursor, changes: changes), of: replica)
        }
        try expect(mine.says(changes), "I4", "\(time)@\(replica) is journaled with another content than was written")
    }

    private func adopt(_ written: Written, of replica: ReplicaID) {
        files[replica]?.pending.append(written)
        files[replica]?.pending.sort { $0.time < $1.time }
    }

    func isInForce(_ node: Node) -> Bool {
        guard let file = files[node.replica] else { return false }
        let key = RowKey(table: .node, owner: Records.secretariat, id: file.nodeRow)
        guard let row = truth.row(key, at: .max) else { return false }
        return row.value(NodeColumn.revoked) == .null && row.value(NodeColumn.confirmed) != .null
    }

    func joined(_ node: Node, nodeRow: RowID) {
        files[node.replica] = NodeFile(member: node.member, nodeRow: nodeRow)
    }

    // MARK: Commands

    /// What a row must be at a node: the journal at its cursor, and its own pending edits over it.
    func expected(_ key: RowKey, _ replica: ReplicaID) -> ModelRow {
        guard let file = files[replica] else { return ModelRow() }
        var row = truth.mayRead(key, file.member) ? truth.row(key, at: file.cursor) ?? ModelRow() : ModelRow()
        for written in file.pending {
            for change in written.changes where change.key == key { row.apply(change) }
        }
        return row
    }

    /// Whether a person at a party sees a row.
    func isThere(_ key: RowKey, at party: Party) -> Bool {
        if let node = party as? Node { return expected(key, node.replica).isThere }
        return truth.row(key, at: .max)?.isThere ?? false
    }

    /// Of how many commands one is read back at once.
    private static let commandsPerReading = 4

    /// A node told a person that edits were written.
    func acknowledged(_ edits: [RowEdit], by node: Node, at time: HybridTime) throws {
        guard let store = node.store, let file = files[node.replica] else { return }
        try expect(time > file.clock, "I5", "\(node.name): its clock stands at \(time)")
        let stamp = Stamp(time: time, replica: node.replica)
        let changes = try edits.compactMap { try change($0, by: node, stamp) }
        try expect(!changes.isEmpty, "I6", "\(node.name) was told of a change, and there is none")
        wrote(Written(time: time, seen: file.cursor, changes: changes), by: node)
        acknowledged += 1
        guard acknowledged % Self.commandsPerReading == 0, let change = changes.first else { return }
        let found = try store.read { try $0.row(change.key) }.map { ModelRow($0) } ?? ModelRow()
        try expect(
            found == expected(change.key, node.replica), "I6",
            "\(node.name) does not read what it wrote: \(change.key.table.rawValue)/\(change.key.id)")
    }

    func wrote(_ written: Written, by node: Node) {
        files[node.replica]?.pending.append(written)
        files[node.replica]?.clock = written.time
    }

    /// What an edit changes, by the judge's own reckoning; `nil` if nothing.
    private func change(_ edit: RowEdit, by node: Node, _ stamp: Stamp) throws -> RowState? {
        let row = expected(edit.key, node.replica)
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
            try expect(!expected(key, node.replica).isThere, "I6", "\(node.name) does not see row \(key.id)")
        case .exists(let key):
            try expect(
                expected(key, node.replica).isThere, "I12", "\(node.name) sees row \(key.id), which is not there")
        case .stale(let cells):
            for cell in cells {
                let now = expected(cell.key, node.replica).cells[cell.column]?.stamp
                try expect(now == cell.now?.stamp, "I6", "\(node.name) shows another cell than stands in the row")
            }
        case .stopped(let kind):
            try expect(kind == .revoked && node.isRevoked || kind != .fork, "I15", "\(node.name) has stopped: \(kind)")
        case .violations, .tooLarge: return
        }
    }

    func uncertain(_ party: Party) {
        guard let node = party as? Node else { return }
        files[node.replica]?.isUncertain = true
    }

    // MARK: Exchanges

    /// I16: an answer is as large as what is new, and a request as what is unsent.
    func answered(_ node: Node, request: [UInt8], answer: [UInt8], hub: Hub, now: UInt64) throws {
        guard let file = files[node.replica] else { return }
        let response = try ExchangeResponse(bytes: answer)
        let first = Int(response.entries.first?.rev ?? rev + 1) - 1
        let news = truth.notes.dropFirst(first).prefix(response.entries.count).reduce(0) { $0 + $1.size + 400 }
        let strikes = truth.notes.dropFirst(first).prefix(response.entries.count).reduce(0) {
            $0 + $1.transactions.filter { $0.strike != nil }.count * 400
        }
        let audiences = 200 * 32
        try expect(
            answer.count <= news + strikes + audiences + 2_000, "I16",
            "\(node.name): an answer of \(answer.count) bytes for news of \(news)")
        if let receipt = response.receipt {
            try expect(
                receipt.head == truth.head(of: node.replica) || receipt.head.seq == 0, "I8",
                "\(node.name): a receipt for what is not journaled")
        }
        _ = file
    }

    func ended(_ node: Node, _ outcome: NodeSession.Outcome) throws {
        guard case .alarmed(let alarm) = outcome else {
            if case .refused(let refusal) = outcome, refusal.code == .fork || refusal.code == .journal {
                throw Breach(invariant: "I15", detail: "\(node.name): a false alarm: \(refusal.code.rawValue)")
            }
            return
        }
        try expect(alarm.kind != .fork, "I15", "\(node.name): a false alarm of a copy: \(alarm.detail)")
        try expect(alarm.kind != .digest && alarm.kind != .row, "I1", "\(node.name): \(alarm.detail)")
    }

    private static let proofsBetweenComparisons = 12

    /// Node and hub say that they hold the same.
    func proved(_ node: Node, rev: UInt64, hub: Hub) throws {
        guard var file = files[node.replica] else { return }
        try expect(
            file.cursor == rev && rev <= self.rev, "I15", "\(node.name) proved rev \(rev), the journal has \(self.rev)")
        try expect(file.pending.isEmpty, "I15", "\(node.name) proved with \(file.pending.count) pending")
        file.proofs += 1
        files[node.replica] = file
        if file.proofs % Self.proofsBetweenComparisons == 1 { try compare(node) }
    }
}

extension RowEdit {
    /// What is to stand in which column.
    var wanted: [ColumnID: Value] { Dictionary(uniqueKeysWithValues: values.map { ($0.column, $0.value) }) }
}

extension Judge {
    /// Changes what is known of a node's file.
    func update(_ replica: ReplicaID, _ body: (inout NodeFile) throws -> Void) rethrows {
        guard var file = files[replica] else { return }
        try body(&file)
        files[replica] = file
    }

    func noteComparison() { comparisons += 1 }
}
