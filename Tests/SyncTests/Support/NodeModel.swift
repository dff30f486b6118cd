import Alliance
import CRDT
import Store
import Testing
import Wire

@testable import Sync

/// A row as plain dictionaries, merged by its own few lines: what judges the engine is not made of it.
struct ModelRow: Equatable {
    var length: UInt32 = 0
    var presenceStamp: Stamp?
    var values: [ColumnID: Value] = [:]
    var stamps: [ColumnID: Stamp] = [:]

    var isThere: Bool { length % 2 == 1 }
    var isEmpty: Bool { length == 0 && values.isEmpty }

    mutating func apply(_ change: RowState) {
        if let presence = change.presence {
            let newer = presenceStamp.map { presence.stamp > $0 } ?? true
            if presence.length > length || (presence.length == length && newer) {
                length = presence.length
                presenceStamp = presence.stamp
            }
        }
        for cell in change.cells where stamps[cell.column].map({ cell.stamp > $0 }) ?? true {
            values[cell.column] = cell.value
            stamps[cell.column] = cell.stamp
        }
    }

    init() {}

    init(_ row: RowState) {
        self.init()
        apply(row)
    }
}

/// What a node's rows must be: its journal without what was struck out, merged with what it has pending.
struct NodeModel {
    private var rev: UInt64 = 0
    private var journaled: [RowKey: ModelRow] = [:]
    private var last = HybridTime.zero

    /// Recomputes and compares. Call after every step.
    /// - Parameter isQuick: looks at the rows that must be there only, not for others.
    mutating func check(
        _ node: Party, isQuick: Bool = false, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let state = try node.state
        #expect(state.cursor.rev >= rev, "the cursor ran backwards", sourceLocation: sourceLocation)
        #expect(
            state.clock.last >= max(state.journalTime, state.acknowledged), "the clock is behind what was merged",
            sourceLocation: sourceLocation)
        try read(node, upTo: state.cursor.rev)
        var expected = journaled
        for change in try pendingChanges(node, state) { expected[change.key, default: ModelRow()].apply(change) }
        let found = try isQuick ? rows(of: node, expected.keys) : rows(of: node)
        for key in Set(expected.keys).union(found.keys) {
            let (mine, theirs) = (found[key] ?? ModelRow(), expected[key] ?? ModelRow())
            #expect(
                mine == theirs, "seed \(node.world.random.seed): \(node.name), row \(key): \(mine) is not \(theirs)",
                sourceLocation: sourceLocation)
        }
    }

    private func rows(of node: Party) throws -> [RowKey: ModelRow] { try node.allRows().mapValues { ModelRow($0.row) } }

    private func rows(of node: Party, _ keys: some Sequence<RowKey>) throws -> [RowKey: ModelRow] {
        try node.store.read { transaction in
            var rows: [RowKey: ModelRow] = [:]
            for key in keys { rows[key] = try transaction.row(key).map(ModelRow.init) }
            return rows
        }
    }

    private mutating func read(_ node: Party, upTo head: UInt64) throws {
        guard head > rev else { return }
        let entries = try node.entries(after: rev)
        if let first = entries.first?.rev ?? (head > rev ? head + 1 : nil), first != rev + 1 {
            // A snapshot brought the node here: the hub's journal says what must be in it.
            let entries = try node.world.hub.entries(after: 0).filter { $0.rev < first }
            journaled = [:]
            try apply(entries, for: node)
            rev = first - 1
        }
        try apply(entries, for: node)
        rev = head
    }

    private mutating func apply(_ entries: [JournalEntry], for node: Party) throws {
        for entry in entries {
            for (index, section) in entry.segment.header.sections.enumerated()
            where section.audience.includes(node.member) {
                for rows in try entry.segment.transactions(section: index) ?? [] where !entry.verdict.strikes(rows.time)
                {
                    for change in rows.changes { journaled[change.key, default: ModelRow()].apply(change) }
                }
            }
        }
    }

    private func pendingChanges(_ node: Party, _ state: ReplicaState) throws -> [RowState] {
        try node.store.read { transaction in
            var changes = try transaction.uncut(size: .max, rows: .max).flatMap { try $0.changes(of: state.replica) }
            let segments = try transaction.segments(
                of: state.replica, after: state.acknowledgedSeq, size: .max, count: .max)
            for segment in segments {
                for index in segment.header.sections.indices {
                    changes += try segment.transactions(section: index)?.flatMap(\.changes) ?? []
                }
            }
            return changes
        }
    }
}
