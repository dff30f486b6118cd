import Alliance
import Replica
import Store
import Sync
import Web
import Wire

/// How this node stands, honestly: green only where node and hub have proved to each other that they hold the same,
/// and nothing waits.
struct Standing: Sendable {
    enum State: Sendable {
        /// Something has to be looked at by a person.
        case alarmed
        /// The hub was never reached.
        case new
        /// The hub can't be reached now.
        case offline
        /// What was written here is still to be sent.
        case waiting
        /// Merged, not proved yet.
        case merged
        case proved
    }

    let state: State
    /// Edits that the hub does not have, and since when; Unix milliseconds, 0 for none.
    let pending: Int
    let pendingSince: Int64
    let conflicts: Int
    let rejected: Int
    let status: SyncStatus
    let alarms: [Alarm]
    let rev: UInt64
    let hubURL: String

    init(_ replica: OpenReplica) throws {
        let conflicts = try replica.openConflictCount()
        let read = try replica.store.read { transaction in
            (
                state: transaction.state, status: transaction.status, pending: try transaction.pending(),
                alarms: try transaction.alarms(), rejected: try transaction.rejected(all: false).count
            )
        }
        self.conflicts = conflicts
        rejected = read.rejected
        status = read.status
        alarms = read.alarms
        pending = Int(clamping: read.pending.count)
        pendingSince = Int64(clamping: read.pending.since)
        rev = read.state.cursor.rev
        hubURL = read.state.hubURL
        state =
            if !read.alarms.isEmpty { .alarmed } else if read.status.lastSuccess == 0 {
                .new
            } else if read.status
                .failingSince > 0
            { .offline } else if read.pending.count > 0 {
                .waiting
            } else if read.status.provedAt > 0,
                read.status.provedRev == read.state.cursor.rev, read.status.hubHead <= read.state.cursor.rev
            { .proved } else { .merged }
    }

    var pill: Pill {
        let detail = pending > 0 ? String(pending) : nil
        return switch state {
        case .alarmed: Pill(.bad, .warning, NodeTexts.pillAlarmed, detail: detail)
        case .new: Pill(.plain, .clock, NodeTexts.pillNew, detail: detail)
        case .offline: Pill(.warn, .offline, NodeTexts.pillOffline, detail: detail)
        case .waiting: Pill(.info, .cloudUp, NodeTexts.pillWaiting, detail: detail)
        case .merged: Pill(.plain, .cloud, NodeTexts.pillMerged)
        case .proved: Pill(.ok, .check, NodeTexts.pillProved)
        }
    }

    /// Changes when anything that pages show of it does.
    var mark: String {
        "\(state) \(pending) \(conflicts) \(rejected) \(rev) \(status.failureZh) \(alarms.count) \(status.hubHead)"
    }
}
