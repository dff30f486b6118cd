import Alliance
import CRDT
import Wire

/// Rows that were read, merged by key; what merging promises is checked on the way.
struct MergedRows {
    private var rows: [RowKey: RowState] = [:]
    private var checked = 0

    /// Laws are checked of so many rows of an input.
    private static let checkedMax = 24

    mutating func take(_ transactions: [TransactionRows]) {
        for rows in transactions { take(rows.changes) }
    }

    mutating func take(_ states: [RowState]) {
        for state in states {
            let stored = rows[state.key]
            judge(state, on: stored)
            if let stored { check(stored, state) }
            if var row = stored {
                row.merge(state)
                rows[state.key] = row
            } else {
                rows[state.key] = state
            }
        }
    }

    /// By every rule that there is for its table.
    private func judge(_ change: RowState, on stored: RowState?) {
        guard checked < Self.checkedMax else { return }
        for isHub in [false, true] {
            let author = Author(member: isHub ? MemberID(rawValue: 1) : change.key.owner, isHub: isHub)
            _ = Schema.current.violations(of: change, on: stored, by: author, secretariat: MemberID(rawValue: 1))
        }
    }

    private mutating func check(_ one: RowState, _ other: RowState) {
        guard checked < Self.checkedMax else { return }
        checked += 1
        let merged = one.merged(with: other)
        Reader.require(merged == other.merged(with: one), "a merge depends on its order")
        Reader.require(merged.merged(with: one) == merged && merged.merged(with: other) == merged, "a merge repeated")
        let other = other.merged(with: merged)
        Reader.require(other == merged, "a merge does not contain what was merged")
        // A row is written and read as it stands, clock and all.
        let written = Section.encode(states: [merged])
        Reader.require((try? Section.states(written)) == [merged], "a row is not read as it was written")
        _ = CanonicalRow(merged).hash
    }
}
