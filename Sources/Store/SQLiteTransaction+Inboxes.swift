public import CRDT
import Foundation
import GRDB
public import Sync
import Wire

extension SQLiteTransaction {
    // MARK: Rejected inbox

    public func append(_ rejected: RejectedTransaction) throws {
        let detail = VerdictDetail(offences: rejected.offences.map { .init(time: rejected.time, violation: $0) })
        try db.cachedStatement(
            sql: "INSERT INTO rejected (time, rev, wall, offences, changes) VALUES (?, ?, ?, ?, ?)"
        ).execute(arguments: [
            rejected.time.rawValue.signed, rejected.rev.signed, rejected.wall.signed, Data(detail.bytes),
            Data(Section.encode([TransactionRows(time: rejected.time, changes: rejected.changes)])),
        ])
    }

    public func hasRejected(_ time: HybridTime) throws -> Bool {
        let statement = try db.cachedStatement(sql: "SELECT 1 FROM rejected WHERE time = ? LIMIT 1")
        return try Int.fetchOne(statement, arguments: [time.rawValue.signed]) != nil
    }

    /// The rejected inbox: what is open, or all.
    public func rejected(all: Bool) throws -> [(id: Int64, state: String, transaction: RejectedTransaction)] {
        let sql = "SELECT * FROM rejected" + (all ? "" : " WHERE state = 'open'") + " ORDER BY id"
        return try Row.fetchAll(db.cachedStatement(sql: sql)).map { row in
            let offences: Data = row["offences"]
            let changes: Data = row["changes"]
            let time = HybridTime(rawValue: row.number("time"))
            let rows = try Section.transactions([UInt8](changes), of: state.replica)
            return (
                row["id"], row["state"],
                RejectedTransaction(
                    time: time, rev: row.number("rev"), wall: row.number("wall"),
                    offences: try VerdictDetail(bytes: [UInt8](offences)).offences.map(\.violation),
                    changes: rows.flatMap(\.changes))
            )
        }
    }

    /// Notes what became of a rejected transaction: `retried` or `dropped`.
    public func settleRejected(_ id: Int64, as outcome: String) throws {
        try db.execute(sql: "UPDATE rejected SET state = ? WHERE id = ?", arguments: [outcome, id])
    }

    // MARK: Alarms

    /// An alarm that stands already keeps its date.
    public func raise(_ alarm: Alarm) throws {
        try db.cachedStatement(
            sql: "INSERT INTO alarm VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET detail = excluded.detail"
        ).execute(arguments: [Int64(alarm.kind.rawValue), alarm.subject, alarm.detail, alarm.since.signed])
    }

    public func clear(_ kind: Alarm.Kind, subject: String) throws {
        try db.cachedStatement(sql: "DELETE FROM alarm WHERE kind = ? AND subject = ?")
            .execute(arguments: [Int64(kind.rawValue), subject])
    }

    public func alarms() throws -> [Alarm] {
        // Asked before each command.
        let statement = try RowStatement(
            "SELECT kind, subject, detail, since FROM alarm ORDER BY since, kind, subject", db)
        var alarms: [Alarm] = []
        while try statement.step() {
            guard let kind = Alarm.Kind(rawValue: UInt32(clamping: statement.integer(0))) else { continue }
            alarms.append(
                Alarm(kind, subject: statement.text(1), detail: statement.text(2), since: statement.unsigned(3)))
        }
        return alarms
    }
}
