import Alliance
import CRDT
import Store
import Sync

extension Steps {
    /// Rows that are damaged: every so many-th has another value, and is stored as if a transaction had written it.
    static let damaged = 100

    /// A node at the head whose rows are no longer the hub's: one session finds out which, mends them, and proves it.
    func repair() throws -> Phase.Figures {
        let (hub, reader) = (try alliance.open("hub"), try alliance.open("reader"))
        try damage(reader)
        let began = ContinuousClock.now
        let outcome = try BenchAlliance.sync(reader, hub)
        let seconds = Double((ContinuousClock.now - began) / .milliseconds(1)) / 1000
        guard case .proved = outcome, let report = try reader.store.read({ try $0.repairs(last: 1).first }) else {
            throw BenchFault(file: "reader", findings: try reader.store.deepCheck())
        }
        return [
            "bytes": Double(report.sent + report.received), "seconds": seconds, "rows": Double(report.rows.count),
            "exchanges": Double(report.exchanges), "compared": Double(report.compared),
        ]
    }

    private func damage(_ party: BenchAlliance.Party) throws {
        let rows = Workload.rows(count)
        try party.store.write { transaction in
            for row in stride(from: 0, to: count, by: max(1, count / Self.damaged)).prefix(Self.damaged) {
                let key = BenchAlliance.key(rows[row])
                guard var state = try transaction.row(key), let stamp = state.latestStamp else { continue }
                state.replace(ColumnID(6), with: Cell(column: ColumnID(6), value: .integer(-1), stamp: stamp))
                try transaction.put(state, audience: .alliance)
            }
        }
    }
}
