import Alliance
import CRDT
import Store
import Sync
import Wire

/// What people do at a node or at the hub: through the commands that the program has.
extension World {
    func perform(_ deed: Deed, at index: Int?) throws {
        guard let party = worker(index) else { return tally.note("nobody can work") }
        do {
            switch deed {
            case .create, .edit, .delete: try write(deed, at: party)
            case .open: try open(at: party)
            case .save: try save(at: party)
            case .spreadsheet: try importSpreadsheet(at: party)
            case .resolve: try resolve(at: party)
            case .retry: try retry(at: party)
            case .faulty: try misbehave(at: party)
            case .book, .endUse, .give, .answer, .admit: try exercise(deed, at: party)
            }
        } catch let error as StoreError {
            try broken(party, by: error)
        }
    }

    /// Where somebody works: at the place planned, or, where that stands still, at the next one that does not.
    private func worker(_ index: Int?) -> Party? {
        if let index, let node = nodes[index], node.isUp, !node.isRevoked { return node }
        if index == nil, hub.isUp { return hub }
        return nodes.compactMap { $0 }.first { $0.isUp && !$0.isRevoked }
    }

    // MARK: Commands

    /// Carries out edits as one command.
    /// - Returns: whether they were acknowledged.
    @discardableResult
    func carryOut(
        _ edits: [RowEdit], by party: Party, settling rejected: (id: Int64, outcome: String)? = nil
    ) throws -> Bool {
        guard let store = party.store else { return false }
        var edits = edits
        do {
            edits = try store.read { try Records.withConsents(edits, $0) }
            let (count, clock) = try store.write { transaction in
                let count = try LocalWriter(
                    transaction, key: party.key, surroundings: party.surroundings(now, tick: plan.tick)
                )
                .commit(edits)
                if let rejected { try transaction.settleRejected(rejected.id, as: rejected.outcome) }
                return (count, transaction.state.clock.last)
            }
            tally.note("commands")
            noteTrace(clock.rawValue, UInt64(count))
            if count > 0 { try acknowledged(edits, by: party, at: clock) }
            return true
        } catch let refusal as CommandRefusal {
            tally.note("command refused: \(refusal.name)")
            try judge.refused(edits, by: party, refusal)
            return false
        } catch let error as StoreError {
            tell(party, "命令失败 a command fails: \(error.code.rawValue)")
            judge.uncertain(party)
            try broken(party, by: error)
            return false
        }
    }

    func acknowledged(_ edits: [RowEdit], by party: Party, at time: HybridTime) throws {
        tell(party, edits.prefix(3).map(\.told).joined(separator: ", ") + (edits.count > 3 ? " … \(edits.count)" : ""))
        if let node = party as? Node {
            try judge.acknowledged(edits, by: node, at: time)
        } else if try judge.read(hub, now: now) {
            try judge.acknowledgedByHub(edits)
        }
    }

    private func record(_ party: Party) -> Records.Record {
        Records.any(of: party.member, members: plan.members, isNext: party.schema.version > 1, &draw)
    }

    /// A closure of the party's: one that is there, or a new one. Only these have ids that were drawn, and are forgotten.
    private func closure(_ party: Party) throws -> Records.Record? {
        guard party.member != Records.secretariat, let store = party.store, let table = store.schema[.closure] else {
            return nil
        }
        let there = try store.read { try $0.rows(in: table) }.filter { $0.key.owner == party.member && $0.isThere }
        if !there.isEmpty, draw.chance(65) { return Records.Record(key: draw.pick(there).key, natural: [:]) }
        let base = Records.base(party.member, draw.below(5)).key.id
        return Records.Record(
            key: RowKey(table: .closure, owner: party.member, id: Records.drawn(at: party.wall(now), &draw)),
            natural: [ClosureColumn.base: .bytes(base.bytes)])
    }

    /// Values for some columns of a record, or for all where it is made.
    private func values(_ record: Records.Record, _ schema: Schema, isBirth: Bool, by party: Party) -> [ColumnID: Value]
    {
        guard let table = schema[record.key.table] else { return [:] }
        var values: [ColumnID: Value] = isBirth ? record.natural : [:]
        let columns = table.columns.filter { column in
            values[column.id] == nil && (isBirth || !column.once) && !table.naturalKey.contains(column.id)
                && column.id != (table.id == .member ? MemberColumn.left : .presence)
        }
        guard !columns.isEmpty else { return values }
        let some = isBirth ? columns : (0..<(1 + draw.below(2))).map { _ in draw.pick(columns) }
        for column in some {
            if table.id == .member, party.member != Records.secretariat, ![5, 6].contains(column.id.rawValue) {
                continue
            }
            if !isBirth, column.id.rawValue == 5, table.id == .base, record.key.owner != party.member { continue }
            values[column.id] = Records.value(column, owner: record.key.owner, members: plan.members, &draw)
        }
        return values
    }

    func write(_ deed: Deed, at party: Party) throws {
        let closure = draw.chance(deed == .delete ? 40 : 8) ? try closure(party) : nil
        var record = closure ?? record(party)
        if record.key.owner != party.member, record.key.table == .base, !judge.isThere(record.key, at: party) {
            record = Records.base(party.member, draw.below(5))
        }
        let isThere = judge.isThere(record.key, at: party)
        let isOwn = record.key.owner == party.member
        switch (deed, isThere) {
        case (.delete, true) where isOwn && record.key.table != .member:
            try carryOut([RowEdit(key: record.key, act: .delete)], by: party)
        case (_, true):
            let values = values(record, party.schema, isBirth: false, by: party)
            try carryOut([RowEdit(key: record.key, act: .edit, values: values)], by: party)
        case (_, false):
            guard isOwn, record.key.table != .member else { return }
            let values = values(record, party.schema, isBirth: true, by: party)
            try carryOut([RowEdit(key: record.key, act: .create, values: values)], by: party)
        }
    }

    // MARK: Forms

    private static let formsMax = 4

    private func open(at party: Party) throws {
        guard let node = party as? Node, node.forms.count < Self.formsMax else { return }
        let record = record(party)
        guard let row = try party.store?.read({ try $0.row(record.key) }), row.isThere else { return }
        let shown = Dictionary(uniqueKeysWithValues: row.cells.map { ($0.column, $0.stamp) })
        node.forms.append(.init(key: record.key, shown: shown))
    }

    private func save(at party: Party) throws {
        guard let node = party as? Node, let form = node.forms.first else { return try write(.edit, at: party) }
        node.forms.removeFirst()
        let values = values(Records.Record(key: form.key, natural: [:]), party.schema, isBirth: false, by: party)
        try carryOut([RowEdit(key: form.key, act: .edit, values: values, shown: form.shown)], by: party)
        tally.note("forms saved")
    }

    private func importSpreadsheet(at party: Party) throws {
        guard party.member != Records.secretariat else { return }
        let records = (0..<draw.number(8...30)).map { Records.teacher(party.member, 20 + $0) }
        let edits = records.map { record in
            let isThere = judge.isThere(record.key, at: party)
            let values = values(record, party.schema, isBirth: !isThere, by: party)
            return RowEdit(key: record.key, act: isThere ? .edit : .create, values: values)
        }
        try carryOut(edits, by: party)
        tally.note("imports")
    }

    // MARK: Inboxes

    private func resolve(at party: Party) throws {
        guard let store = party.store, let table = store.schema[.conflict] else { return }
        let open = try store.read { try $0.rows(in: table) }.filter {
            $0[ConflictColumn.resolution]?.value ?? .null == .null
        }
        guard !open.isEmpty else { return try write(.edit, at: party) }
        let row = draw.pick(open)
        let code = draw.chance(50) ? "kept" : "restored"
        let resolution = RowEdit(
            key: row.key, act: .edit,
            values: [
                ConflictColumn.resolution: .text(code), ConflictColumn.resolved: .integer(Int64(party.wall(now))),
            ])
        let restoring = code == "restored" ? try store.read { try Self.restoring(row, $0) } : nil
        if try carryOut([restoring, resolution].compactMap { $0 }, by: party) { tally.note("conflicts \(code)") }
    }

    /// The edit that brings a losing value back, as `OpenReplica.restoreConflict` makes it.
    private static func restoring(_ row: RowState, _ transaction: SQLiteTransaction) throws -> RowEdit? {
        guard let lost = Loss(row) else { return nil }
        if row[ConflictColumn.kind]?.value == .text("delete_lost") { return RowEdit(key: lost.key, act: .delete) }
        guard let target = try transaction.row(lost.key) else { return nil }
        if target.isThere { return RowEdit(key: lost.key, act: .edit, values: [lost.column: lost.value]) }
        var values = Dictionary(uniqueKeysWithValues: target.cells.map { ($0.column, $0.value) })
        values[lost.column] = lost.value
        return RowEdit(key: lost.key, act: .create, values: values)
    }

    private func retry(at party: Party) throws {
        guard let node = party as? Node, let store = node.store else { return try write(.edit, at: party) }
        let open = try store.read { try $0.rejected(all: false) }
        guard !open.isEmpty else { return try write(.edit, at: party) }
        let entry = draw.pick(open)
        if draw.chance(50) {
            try store.write { try $0.settleRejected(entry.id, as: "dropped") }
            return tally.note("rejected dropped")
        }
        let edits = try store.read { try entry.transaction.edits($0) }
        if try carryOut(edits, by: party, settling: (entry.id, "retried")) { tally.note("rejected retried") }
    }
}

/// What a conflict row says was lost.
struct Loss: Hashable {
    let key: RowKey
    let column: ColumnID
    let value: Value
    let stamp: Stamp

    init?(_ row: RowState) {
        guard case .integer(let table)? = row[ConflictColumn.table]?.value,
            case .bytes(let id)? = row[ConflictColumn.row]?.value, let id = RowID(bytes: id),
            case .integer(let column)? = row[ConflictColumn.column]?.value,
            case .integer(let time)? = row[ConflictColumn.losingTime]?.value,
            case .bytes(let replica)? = row[ConflictColumn.losingReplica]?.value,
            let replica = Register.replica(bytes: replica),
            case .bytes(let value)? = row[ConflictColumn.losingValue]?.value, let value = Value(canonicalBytes: value)
        else { return nil }
        key = RowKey(table: TableID(rawValue: UInt16(clamping: table)), owner: row.key.owner, id: id)
        self.column = ColumnID(UInt16(clamping: column))
        self.value = value
        stamp = Stamp(time: HybridTime(rawValue: UInt64(clamping: time)), replica: replica)
    }
}

extension CommandRefusal {
    var name: String {
        switch self {
        case .stale: "stale"
        case .violations: "violations"
        case .exists: "exists"
        case .absent: "absent"
        case .tooLarge: "too large"
        case .stopped: "stopped"
        case .consent: "consent"
        }
    }
}

extension RowEdit {
    /// What a person did, in few words.
    var told: String {
        let verb =
            switch act {
            case .create: "新建 makes"
            case .edit: "修改 edits"
            case .delete: "删除 deletes"
            }
        let columns = act == .edit ? " [" + values.map { "\($0.column.rawValue)" }.joined(separator: ",") + "]" : ""
        return "\(verb) \(key.table.rawValue)/\(String(key.id.rawValue >> 96, radix: 16))\(columns)"
    }
}
