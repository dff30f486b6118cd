import Alliance
import CRDT
import Store
import Testing
import Wire

@testable import Sync

/// Judges a finished history from the hub's journal alone: which transactions had to be struck out, what every row must
/// be, and which edits must stand in the conflict inbox. Written from the design, in dictionaries, apart from the
/// code that it judges.
struct Oracle {
    /// One cell of an accepted transaction; presence is column 0.
    struct Edit {
        let key: RowKey
        let column: ColumnID
        let value: Value
        let stamp: Stamp
        let rev: UInt64
        let seen: UInt64
    }

    struct Filed: Hashable, CustomStringConvertible {
        let key: RowKey
        let column: ColumnID
        let loser: Stamp
        var description: String { "\(key.id) column \(column.rawValue) loser \(loser)" }
    }

    private(set) var rows: [RowKey: ModelRow] = [:]
    private(set) var edits: [Edit] = []
    private(set) var filed: Set<Filed> = []
    private(set) var strikes: [Stamp: Violation.Code?] = [:]
    private var revs: [Stamp: UInt64] = [:]
    private var agreed: [RowKey: [ColumnID: [Agreed]]] = [:]
    private var lastTimes: [ReplicaID: HybridTime] = [:]
    /// The largest accepted time, and what of it counted when the segment came.
    private var journalTime: UInt64 = 0
    private var bound: UInt64 = 0
    private let hub: ReplicaID
    private let memberOf: [ReplicaID: MemberID]

    init(_ world: TestAlliance) throws {
        hub = try world.hub.state.replica
        memberOf = world.memberOf
        for entry in try world.hub.entries() { try read(entry) }
    }

    private mutating func read(_ entry: JournalEntry) throws {
        var changes: [HybridTime: [RowState]] = [:]
        for index in entry.segment.header.sections.indices {
            for rows in try #require(try entry.segment.transactions(section: index)) {
                changes[rows.time, default: []] += rows.changes
            }
        }
        bound = max(entry.hubTime, journalTime) + 300_000
        for (time, changes) in changes.sorted(by: { $0.key < $1.key }) {
            let stamp = Stamp(time: time, replica: entry.segment.header.replica)
            if stamp.replica != hub {
                let expected = reason(changes, stamp, entry)
                #expect(
                    (expected != nil) == entry.verdict.strikes(time),
                    "rev \(entry.rev), \(stamp): expected \(String(describing: expected))")
            }
            if entry.verdict.strikes(time) { continue }
            lastTimes[stamp.replica] = time
            journalTime = max(journalTime, time.milliseconds)
            for change in changes { file(change, entry) }
            for change in changes { accept(change, entry) }
            revs[stamp] = entry.rev
        }
    }

    // MARK: Rights, of the tables that histories write

    private func reason(_ changes: [RowState], _ stamp: Stamp, _ entry: JournalEntry) -> Violation.Code? {
        guard let member = memberOf[stamp.replica] else { return .notYours }
        if stamp.time > HybridTime(milliseconds: bound) { return .clock }
        if let last = lastTimes[stamp.replica], stamp.time <= last { return .clock }
        for change in changes {
            let row = rows[change.key] ?? ModelRow()
            let owns = change.key.owner == member
            if let presence = change.presence {
                if presence.length > row.length + 1 { return .wrongPresence }
                if !owns { return .notYours }
            } else {
                if row.length == 0 || !row.isThere && !isConcurrent(row.presenceStamp, entry) { return .noSuchRow }
                for cell in change.cells {
                    if owns && change.key.table != .member { continue }
                    if change.key.table == .member, cell.column.rawValue >= 5, change.key.id.rawValue == member.rawValue
                    {
                        continue
                    }
                    if change.key.table == .node, [NodeColumn.key, NodeColumn.confirmed].contains(cell.column),
                        row.values[NodeColumn.member] == .bytes(member.bytes)
                    {
                        continue
                    }
                    guard case .bytes(let list)? = row.values[Base.coOwners], change.key.table == .base,
                        cell.column != Base.coOwners, MemberID.list(bytes: list)?.contains(member) == true
                    else { return .notYours }
                }
            }
        }
        return nil
    }

    // MARK: Conflicts

    private func isConcurrent(_ stamp: Stamp?, _ entry: JournalEntry) -> Bool {
        guard let stamp, let rev = revs[stamp] else { return false }
        return stamp.replica != entry.segment.header.replica && rev > entry.segment.header.seen.rev
    }

    /// A value, or a deletion, that somebody else wrote too without knowing of it, and whose own stamp stands nowhere.
    private struct Agreed {
        let value: Value
        let stamp: Stamp
    }

    private mutating func file(_ change: RowState, _ entry: JournalEntry) {
        guard let row = rows[change.key], change.key.table != .conflict else { return }
        guard let presence = change.presence else { return fileCells(change, row, entry) }
        if presence.isThere { return fileBirth(presence, change, row, entry) }
        if !row.isThere {
            if isConcurrent(row.presenceStamp, entry), let standing = row.presenceStamp {
                let wins = presence.length > row.length || (presence.length == row.length && presence.stamp > standing)
                agree(change.key, .presence, .null, wins ? standing : presence.stamp)
            }
        } else if presence.length > row.length {
            for (column, stamp) in row.stamps where isConcurrent(stamp, entry) {
                filed.insert(Filed(key: change.key, column: column, loser: stamp))
            }
        } else if isConcurrent(row.presenceStamp, entry) {
            filed.insert(Filed(key: change.key, column: .presence, loser: presence.stamp))
        }
    }

    private mutating func fileBirth(_ presence: Presence, _ change: RowState, _ row: ModelRow, _ entry: JournalEntry) {
        if !row.isThere, presence.length > row.length {
            for deletion in [row.presenceStamp].compactMap({ $0 }) + (agreed[change.key]?[.presence] ?? []).map(\.stamp)
            where isConcurrent(deletion, entry) {
                filed.insert(Filed(key: change.key, column: .presence, loser: deletion))
            }
            agreed[change.key]?[.presence] = nil
        }
        fileCells(change, row, entry, length: presence.length)
    }

    private mutating func fileCells(_ change: RowState, _ row: ModelRow, _ entry: JournalEntry, length: UInt32 = 0) {
        for cell in change.cells {
            if !row.isThere, row.length > length {
                if isConcurrent(row.presenceStamp, entry) {
                    filed.insert(Filed(key: change.key, column: cell.column, loser: cell.stamp))
                }
                continue
            }
            for other in agreed[change.key]?[cell.column] ?? []
            where isConcurrent(other.stamp, entry) && other.value != cell.value && cell.stamp > other.stamp {
                filed.insert(Filed(key: change.key, column: cell.column, loser: other.stamp))
            }
            let left = agreed[change.key]?[cell.column]?.filter {
                isConcurrent($0.stamp, entry) && ($0.value == cell.value || cell.stamp < $0.stamp)
            }
            agreed[change.key]?[cell.column] = left
            guard let stamp = row.stamps[cell.column], isConcurrent(stamp, entry) else { continue }
            if row.values[cell.column] == cell.value {
                agree(change.key, cell.column, cell.value, min(stamp, cell.stamp))
            } else {
                filed.insert(Filed(key: change.key, column: cell.column, loser: min(stamp, cell.stamp)))
            }
        }
    }

    private mutating func agree(_ key: RowKey, _ column: ColumnID, _ value: Value, _ stamp: Stamp) {
        agreed[key, default: [:]][column, default: []].append(Agreed(value: value, stamp: stamp))
    }

    private mutating func accept(_ change: RowState, _ entry: JournalEntry) {
        rows[change.key, default: ModelRow()].apply(change)
        let seen = entry.segment.header.replica == hub ? entry.rev - 1 : entry.segment.header.seen.rev
        func add(_ column: ColumnID, _ value: Value, _ stamp: Stamp) {
            edits.append(Edit(key: change.key, column: column, value: value, stamp: stamp, rev: entry.rev, seen: seen))
        }
        for cell in change.cells { add(cell.column, cell.value, cell.stamp) }
        if let presence = change.presence { add(.presence, .integer(Int64(presence.length)), presence.stamp) }
    }

    // MARK: Judging

    func check(_ world: TestAlliance, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let seed = world.random.seed
        var found: [RowKey: ModelRow] = [:]
        for (key, entry) in try world.hub.allRows() { found[key] = ModelRow(entry.row) }
        for key in Set(found.keys).union(rows.keys) {
            #expect(found[key] == rows[key], "seed \(seed): the hub's row \(key)", sourceLocation: sourceLocation)
        }
        let inbox = try Set(world.hub.conflicts().map(Self.filed))
        for entry in filed.subtracting(inbox) {
            Issue.record("seed \(seed): not in the conflict inbox: \(entry)", sourceLocation: sourceLocation)
        }
        for entry in inbox.subtracting(filed) {
            Issue.record("seed \(seed): in the conflict inbox without reason: \(entry)", sourceLocation: sourceLocation)
        }
        checkNothingLost(inbox, seed, sourceLocation)
    }

    /// P2 in its own words: every accepted edit of a row's value stands, was overwritten by someone who knew of it (or
    /// of an equal one), or is in the inbox.
    private func checkNothingLost(_ inbox: Set<Filed>, _ seed: UInt64, _ sourceLocation: SourceLocation) {
        let byCell = Dictionary(grouping: edits.filter { $0.column != .presence && $0.key.table != .conflict }) {
            [$0.key.table.rawValue, $0.column.rawValue].description + $0.key.id.description + $0.key.owner.description
        }
        for edits in byCell.values {
            for edit in edits {
                let row = rows[edit.key] ?? ModelRow()
                if row.stamps[edit.column] == edit.stamp, row.isThere { continue }
                let isKnown = edits.contains { later in
                    later.stamp != edit.stamp
                        && (later.value == edit.value
                            || later.stamp.replica == edit.stamp.replica && later.stamp > edit.stamp
                            || later.seen >= edit.rev)
                }
                let isDeletedKnowingly = self.edits.contains { later in
                    later.key == edit.key && later.column == .presence && later.stamp > edit.stamp
                        && (later.seen >= edit.rev || later.stamp.replica == edit.stamp.replica)
                }
                let filed = Filed(key: edit.key, column: edit.column, loser: edit.stamp)
                #expect(
                    isKnown || isDeletedKnowingly || inbox.contains(filed),
                    "seed \(seed): lost without a word: \(edit)",
                    sourceLocation: sourceLocation)
            }
        }
    }

    /// What a conflict row says was lost.
    static func filed(_ row: RowState) throws -> Filed {
        guard case .integer(let table)? = row[ConflictColumn.table]?.value,
            case .bytes(let id)? = row[ConflictColumn.row]?.value,
            case .integer(let column)? = row[ConflictColumn.column]?.value,
            case .integer(let time)? = row[ConflictColumn.losingTime]?.value,
            case .bytes(let replica)? = row[ConflictColumn.losingReplica]?.value
        else { throw WireError(.malformed, "conflict row", "\(row)") }
        return Filed(
            key: RowKey(
                table: TableID(rawValue: UInt16(table)), owner: row.key.owner, id: try #require(RowID(bytes: id))),
            column: ColumnID(UInt16(column)),
            loser: Stamp(
                time: HybridTime(rawValue: UInt64(time)), replica: try #require(Register.replica(bytes: replica))))
    }
}
