import Alliance
import CRDT
import Foundation
import GRDB
import Store
import Sync
import Wire

/// A replica's file in a folder of its own, gone when the test is.
final class TestFile {
    let folder: String
    let path: String
    static let member = MemberID(rawValue: 1 << 96)
    static let secretariat = MemberID(rawValue: 0xFFFF << 64)
    static let replica = ReplicaID(rawValue: 77)

    init(in base: String? = nil) throws {
        let memory =
            ProcessInfo.processInfo.environment["TMPDIR"]
            ?? (FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory())
        folder = (base ?? memory) + "/jilian-store-" + UUID().uuidString
        path = folder + "/replica.sqlite"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func create(_ schema: Schema = .current) throws -> ReplicaStore {
        let epoch = Epoch(number: 1, replica: ReplicaID(rawValue: 1))
        let state = ReplicaState(
            role: .node, alliance: "联盟", replica: Self.replica, member: Self.member, node: RowID(rawValue: 5),
            secretariat: Self.secretariat, hubKey: [UInt8](repeating: 1, count: 32), epoch: epoch, hubURL: "https://hub"
        )
        return try ReplicaStore.create(at: path, schema: schema, state: state)
    }

    func open(_ schema: Schema = .current) throws -> ReplicaStore { try ReplicaStore.open(at: path, schema: schema) }

    /// Statements as another program would run them on the file.
    func execute(_ sql: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
        try queue.close()
    }

    /// The one number that a query of another program gives.
    func integer(_ sql: String) throws -> Int? {
        let queue = try DatabaseQueue(path: path)
        return try queue.read { try Int.fetchOne($0, sql: sql) }
    }

    static func key(_ number: Int, owner: MemberID = member, table: TableID = .base) -> RowKey {
        RowKey(table: table, owner: owner, id: RowID(rawValue: UInt128(number) + 1))
    }

    static func row(
        _ number: Int, _ note: String = "n", at time: UInt64 = 1, length: UInt32 = 1, owner: MemberID = member,
        table: TableID = .base, by replica: ReplicaID = replica
    ) -> RowState {
        let stamp = Stamp(time: HybridTime(milliseconds: time), replica: replica)
        return RowState(
            key: key(number, owner: owner, table: table), presence: Presence(length: length, stamp: stamp),
            cells: (1...7).map {
                Cell(
                    column: ColumnID($0), value: $0 == 7 ? .text(note) : $0 == 1 ? .text("b\(number)") : .null,
                    stamp: stamp)
            })
    }
}
