public import CRDT
import Foundation
import GRDB
public import Sync
import Wire

extension SQLiteTransaction {
    public func append(_ written: WrittenTransaction) throws {
        let statement = try RowStatement("INSERT INTO outbox VALUES (?, NULL, ?, ?, ?, ?, ?, ?)", db)
        statement.bind(1, written.time.rawValue.signed)
        statement.bind(2, Int64(written.seen.epoch.number))
        statement.bind(3, copying: written.seen.epoch.replica)
        statement.bind(4, written.seen.rev.signed)
        statement.bind(5, written.wall.signed)
        try written.changes.withUnsafeBytes { changes in
            statement.bind(6, bytes: changes)
            try written.before.withUnsafeBytes { before in
                statement.bind(7, bytes: before)
                try statement.run()
            }
        }
    }

    public func beforeImages(of time: HybridTime) throws -> [RowState]? {
        let statement = try db.cachedStatement(sql: "SELECT before FROM outbox WHERE time = ?")
        guard let before = try Data.fetchOne(statement, arguments: [time.rawValue.signed]) else { return nil }
        return before.isEmpty ? [] : try Section.states([UInt8](before))
    }

    public func setBeforeImages(_ images: [RowState], of time: HybridTime) throws {
        try db.cachedStatement(sql: "UPDATE outbox SET before = ? WHERE time = ?").execute(arguments: [
            Data(images.isEmpty ? [] : Section.encode(states: images)), time.rawValue.signed,
        ])
    }

    public func uncut(size: Int, rows limit: Int) throws -> [OutboxEntry] {
        let rows = try RowStatement(
            own: "SELECT time, epoch, epoch_replica, rev, wall, changes FROM outbox WHERE seq IS NULL ORDER BY time", db
        )
        defer { rows.reset() }
        var entries: [OutboxEntry] = []
        var total = 0
        var count = 0
        while entries.isEmpty || total < size && count < limit, try rows.step() {
            let section = [UInt8](rows.bytes(5))
            // Beyond the first, nothing that would not fit: what is cut together must fit into one section.
            guard entries.isEmpty || total + section.count <= size else { break }
            let outline = Section.outline(section)
            guard let replica = ReplicaID(data: Data(rows.bytes(2))), let epoch = UInt32(exactly: rows.integer(1)),
                !outline.isEmpty
            else { throw StoreError(.damaged, path: "outbox", cause: "epoch or changes") }
            entries.append(
                OutboxEntry(
                    time: HybridTime(rawValue: UInt64(clamping: rows.integer(0))),
                    seen: JournalPosition(
                        epoch: Epoch(number: epoch, replica: replica), rev: UInt64(clamping: rows.integer(3))),
                    wall: UInt64(clamping: rows.integer(4)), section: section))
            total += section.count
            count += outline.reduce(0) { $0 + $1.rows }
        }
        return entries
    }

    public func hasUncut() throws -> Bool {
        try Int.fetchOne(db.cachedStatement(sql: "SELECT 1 FROM outbox WHERE seq IS NULL LIMIT 1")) != nil
    }

    /// From now on the values stand in the segment; the before-images stay until the receipt.
    public func markCut(_ times: [HybridTime], in seq: UInt64) throws {
        let statement = try db.cachedStatement(sql: "UPDATE outbox SET seq = ?, changes = x'' WHERE time = ?")
        for time in times { try statement.execute(arguments: [seq.signed, time.rawValue.signed]) }
    }

    public func outboxTimes() throws -> Set<HybridTime> {
        Set(
            try Int64.fetchAll(db.cachedStatement(sql: "SELECT time FROM outbox")).map {
                HybridTime(rawValue: UInt64(clamping: $0))
            })
    }

    /// Whether a transaction of this replica waits for the hub's receipt.
    public func isPending(_ time: HybridTime) throws -> Bool {
        let statement = try RowStatement("SELECT 1 FROM outbox WHERE time = ?1", db)
        statement.bind(1, time.rawValue.signed)
        return try statement.first { _ in true } ?? false
    }

    public func markUncut(_ time: HybridTime, changes: [UInt8]) throws {
        try db.cachedStatement(sql: "UPDATE outbox SET seq = NULL, changes = ? WHERE time = ?")
            .execute(arguments: [Data(changes), time.rawValue.signed])
    }

    public func dropOutbox(cutIn seq: UInt64) throws {
        try db.cachedStatement(sql: "DELETE FROM outbox WHERE seq = ?").execute(arguments: [seq.signed])
    }

    public func dropOutbox(_ time: HybridTime) throws {
        try db.cachedStatement(sql: "DELETE FROM outbox WHERE time = ?").execute(arguments: [time.rawValue.signed])
    }

    public func pending() throws -> (count: UInt64, since: UInt64) {
        guard
            let row = try Row.fetchOne(
                db.cachedStatement(sql: "SELECT count(*) AS n, ifnull(min(wall), 0) AS since FROM outbox"))
        else { return (0, 0) }
        return (row.number("n"), row.number("since"))
    }

    /// Of what is pending: when each transaction was written and which rows it changes.
    public func pendingEntries() throws -> [(time: HybridTime, wall: UInt64, seq: UInt64?)] {
        try Row.fetchAll(db.cachedStatement(sql: "SELECT time, wall, seq FROM outbox ORDER BY time")).map { row in
            let seq: Int64? = row["seq"]
            return (HybridTime(rawValue: row.number("time")), row.number("wall"), seq.map { UInt64(clamping: $0) })
        }
    }
}
