import CRDT
import Store
import Wire

@testable import Sync

/// The hub's operator, as to what is kept.
extension Party {
    /// Notes a backup of the journal up to now, or to a rev.
    func backUp(at rev: UInt64? = nil) throws {
        try store.write {
            try $0.append(BackupRecord(id: 0, made: wall, rev: rev ?? $0.state.cursor.rev, file: "backup"))
        }
    }

    func forgetBackups() throws {
        try store.write { for backup in try $0.backups() { try $0.forgetBackup(backup.id) } }
    }

    @discardableResult
    func collect(dryRun: Bool = false) throws -> CollectionReport {
        try store.write { try HubCollector($0).collect(dryRun: dryRun) }
    }

    func leaveBehind(_ node: Party) throws {
        try store.write {
            var report = try $0.nodeReport(node.state.replica) ?? NodeReport(replica: node.state.replica)
            report.leftBehind = wall
            try $0.setNodeReport(report)
        }
    }
}

extension TestAlliance {
    /// The body of a node's next request.
    func request(_ node: Party) throws -> [UInt8] {
        var session = NodeSession(program: "test", key: node.key)
        let effect = try node.store.write { try session.begin(in: $0, node.surroundings) }
        guard case .exchange(let body) = effect else { return [] }
        return body
    }
}
