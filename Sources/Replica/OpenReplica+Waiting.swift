public import Alliance
import CRDT
import Store
import Sync
import Wire

extension OpenReplica {
    /// What waits to be sent or answered, of one table.
    public struct Waiting: Sendable {
        public let table: Alliance.Table
        /// Rows that are in no segment yet.
        public internal(set) var unsent = 0
        /// Rows in segments that the hub has not acknowledged.
        public internal(set) var unanswered = 0
    }

    /// Bytes of uncut edits that are looked at; of more the first are told.
    private static let lookedAt = 16 << 20

    /// What waits, by table, the most rows first.
    public func waiting() throws -> [Waiting] {
        try store.read { transaction in
            var found: [TableID: Waiting] = [:]
            func note(_ raw: [UInt8], _ count: WritableKeyPath<Waiting, Int> & Sendable) {
                for (id, rows) in Section.outline(raw) {
                    guard let table = schema[id] else { continue }
                    found[id, default: Waiting(table: table)][keyPath: count] += rows
                }
            }
            for entry in try transaction.uncut(size: Self.lookedAt, rows: .max) { note(entry.section, \.unsent) }
            let replica = transaction.state.replica
            for seq in Set(try transaction.pendingEntries().compactMap(\.seq)) {
                guard let segment = try transaction.segment(replica, seq) else { continue }
                for (index, body) in segment.bodies {
                    let size = segment.header.sections[index].rawSize
                    if let raw = try? Section.decompress(body, size: size) { note(raw, \.unanswered) }
                }
            }
            return found.values.sorted {
                ($1.unsent + $1.unanswered, $0.table.name) < ($0.unsent + $0.unanswered, $1.table.name)
            }
        }
    }
}
