import Alliance
import CRDT
import Crypto
import Foundation
import Store
import Sync
import Wire

/// One party of a test alliance: a real file, a key, and a clock that the test sets.
final class Party {
    let name: String
    let key: Curve25519.Signing.PrivateKey
    let member: MemberID
    let path: String
    var store: ReplicaStore
    unowned let world: TestAlliance
    /// By how much its clock is ahead of the world's, milliseconds.
    var skew: Int64 = 0
    /// What its clock shows, where it stands still.
    var frozen: UInt64?
    /// What the test expects of its rows.
    var expectation = NodeModel()

    init(
        _ name: String, key: Curve25519.Signing.PrivateKey, member: MemberID, path: String, store: ReplicaStore,
        world: TestAlliance
    ) {
        self.name = name
        self.key = key
        self.member = member
        self.path = path
        self.store = store
        self.world = world
    }

    var wall: UInt64 { frozen ?? UInt64(max(0, Int64(world.now) + skew)) }

    var surroundings: Surroundings {
        let random = world.random
        return Surroundings(wall: wall) { random.next() }
    }

    // MARK: Commands

    /// Carries out edits, with the consents that they need and that nobody has recorded here.
    /// - Returns: how many rows changed beside the consents.
    @discardableResult
    func commit(_ edits: [RowEdit]) throws -> Int {
        try store.write { transaction in
            let consents = try Consents.missing(for: edits, transaction)
            return try write(consents + edits, transaction) - consents.count
        }
    }

    /// Carries out edits as they are.
    @discardableResult
    func commitAlone(_ edits: [RowEdit]) throws -> Int { try store.write { try write(edits, $0) } }

    private func write(_ edits: [RowEdit], _ transaction: SQLiteTransaction) throws -> Int {
        try LocalWriter(transaction, key: key, surroundings: surroundings).commit(edits)
    }

    @discardableResult
    func create(_ key: RowKey, _ values: [ColumnID: Value]) throws -> Int {
        try commit([RowEdit(key: key, act: .create, values: values)])
    }

    @discardableResult
    func edit(_ key: RowKey, _ values: [ColumnID: Value]) throws -> Int {
        try commit([RowEdit(key: key, act: .edit, values: values)])
    }

    @discardableResult
    func delete(_ key: RowKey) throws -> Int { try commit([RowEdit(key: key, act: .delete)]) }

    // MARK: Looking

    func row(_ key: RowKey) throws -> RowState? { try store.read { try $0.row(key) } }

    func value(_ key: RowKey, _ column: ColumnID) throws -> Value? {
        guard let row = try row(key), row.isThere else { return nil }
        return row[column]?.value ?? .null
    }

    var state: ReplicaState { get throws { try store.read { $0.state } } }
    var pending: UInt64 { get throws { try store.read { try $0.pending().count } } }
    var alarms: [Alarm] { get throws { try store.read { try $0.alarms() } } }

    /// Every row of the file with its audience.
    func allRows() throws -> [RowKey: (row: RowState, audience: Audience)] {
        var rows: [RowKey: (row: RowState, audience: Audience)] = [:]
        try store.read { transaction in
            try transaction.eachRow { chunk in for entry in chunk { rows[entry.row.key] = (entry.row, entry.audience) }
            }
        }
        return rows
    }

    func entries(after rev: UInt64 = 0) throws -> [JournalEntry] {
        try store.read { transaction in
            var entries: [JournalEntry] = []
            while true {
                let page = try transaction.entries(
                    after: entries.last?.rev ?? rev, for: transaction.state.secretariat, except: ReplicaID(rawValue: 0),
                    size: 1 << 30)
                if page.isEmpty { return entries }
                entries += page
            }
        }
    }

    func conflicts() throws -> [RowState] {
        guard let table = store.schema[.conflict] else { return [] }
        return try store.read { try $0.rows(in: table) }
    }

    func rejected() throws -> [RejectedTransaction] { try store.read { try $0.rejected(all: true).map(\.transaction) } }
}

extension Party {
    /// Whether any of the file's bytes on disk hold a text. Sections are compressed, rows are not.
    func fileContains(_ text: String) throws -> Bool {
        try store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        let needle = Data(text.utf8)
        return try ["", "-wal"].contains { suffix in
            guard FileManager.default.fileExists(atPath: path + suffix) else { return false }
            return try Data(contentsOf: URL(fileURLWithPath: path + suffix)).range(of: needle) != nil
        }
    }
}

// MARK: Files that are put back, or copied

extension Party {
    private func copyFile(to copy: String) throws {
        try store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        try FileManager.default.copyItem(atPath: path, toPath: copy)
    }

    /// Puts the file back as it was before `body`.
    func rollingBack(_ body: () throws -> Void) throws {
        try copyFile(to: path + ".backup")
        try body()
        try putBack(path + ".backup")
    }

    /// Puts another file into the place of this one's.
    func putBack(_ backup: String) throws {
        try store.close()
        for suffix in ["", "-wal", "-shm"] where FileManager.default.fileExists(atPath: path + suffix) {
            try FileManager.default.removeItem(atPath: path + suffix)
        }
        try FileManager.default.moveItem(atPath: backup, toPath: path)
        store = try ReplicaStore.open(at: path, schema: .current)
    }

    /// A second live file of this replica.
    func copied() throws -> Party {
        let path = path + ".copy"
        try copyFile(to: path)
        return Party(
            name + " copied", key: key, member: member, path: path,
            store: try ReplicaStore.open(at: path, schema: .current), world: world)
    }
}
