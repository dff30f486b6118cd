import Alliance
public import CRDT
import Foundation
import GRDB
import Replica

extension ObservationFile {
    // MARK: Alerts

    func alertRecords(_ db: Database) throws -> [AlertRecord] {
        try Row.fetchAll(db, sql: "SELECT * FROM alert").compactMap { row in
            guard let kind = AlertKind(rawValue: row["kind"]), let subject = RowID(bytes: row["subject"] as Data) else {
                return nil
            }
            return AlertRecord(
                key: AlertKey(kind, subject), since: row["since"], noted: row["noted"],
                acknowledged: row["acknowledged"], author: row["author"], note: row["note"],
                quietUntil: row["quiet_until"])
        }
    }

    /// Remembers these alerts and no others.
    func keep(_ records: [AlertRecord], over old: [AlertRecord], _ db: Database) throws {
        let keys = Set(records.map(\.key))
        for record in old where !keys.contains(record.key) {
            try db.execute(
                sql: "DELETE FROM alert WHERE kind = ? AND subject = ?",
                arguments: [record.key.kind.rawValue, record.key.subject.data])
        }
        let standing = Set(old)
        for record in records where !standing.contains(record) { try put(record, db) }
    }

    private func put(_ record: AlertRecord, _ db: Database) throws {
        try db.execute(
            sql: "INSERT OR REPLACE INTO alert VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                record.key.kind.rawValue, record.key.subject.data, record.since, record.noted, record.acknowledged,
                record.author, record.note, record.quietUntil,
            ])
    }

    private func change(_ key: AlertKey, _ body: (inout AlertRecord) -> Void) throws {
        try commit { db in
            guard var record = try alertRecords(db).first(where: { $0.key == key }) else {
                throw CommandError(
                    .refused, "absent",
                    Phrase("没有这个告警；它可能已经消失，请刷新。", "There is no such alert; it may be over; look again."))
            }
            body(&record)
            try put(record, db)
        }
    }

    /// Somebody looks after it: it stays in the list, and wants nobody else.
    public func acknowledge(_ key: AlertKey, by author: String, note: String, at now: UInt64) throws {
        try change(key) {
            $0.acknowledged = now
            $0.author = author
            $0.note = String(note.prefix(200))
        }
    }

    /// Nobody is told of it until a time; 0 tells again.
    public func quieten(_ key: AlertKey, until: UInt64, by author: String) throws {
        try change(key) {
            $0.quietUntil = until
            $0.author = author
        }
    }

    // MARK: Planned silences

    /// As many are kept; those that are over go first.
    static let silencesMax = 2000
    /// The longest that one may be, milliseconds: a year.
    static let silenceMax: UInt64 = 366 * 86_400_000

    /// A member will be off for a while.
    public func plan(
        _ member: MemberID, _ range: Range<UInt64>, reason: String, by author: String
    ) throws -> SilenceWindow {
        guard !range.isEmpty, range.upperBound - range.lowerBound <= Self.silenceMax else {
            throw CommandError(
                .usage, "range",
                Phrase(
                    "停机时段的结束应晚于开始，且不超过一年；未作改动。",
                    "The end comes after the start, by a year at most; nothing was changed."))
        }
        let reason = String(reason.prefix(200))
        let id = try commit { db in
            try db.execute(
                sql: "DELETE FROM silence WHERE id IN (SELECT id FROM silence ORDER BY last DESC LIMIT -1 OFFSET ?)",
                arguments: [Self.silencesMax - 1])
            try db.execute(
                sql: "INSERT INTO silence (member, first, last, reason, author) VALUES (?, ?, ?, ?, ?)",
                arguments: [Data(member.bytes), range.lowerBound, range.upperBound, reason, author])
            return db.lastInsertedRowID
        }
        return SilenceWindow(id: id, member: member, range: range, reason: reason, author: author)
    }

    /// A planned silence is called off.
    public func callOff(_ id: Int64) throws {
        try commit { db in
            try db.execute(sql: "DELETE FROM silence WHERE id = ?", arguments: [id])
            guard db.changesCount == 1 else {
                throw CommandError(.refused, "absent", Phrase("没有这个停机时段。", "There is no such planned silence."))
            }
        }
    }

    public func silences() throws -> [SilenceWindow] { try database.read { try silences($0) } }

    func silences(_ db: Database) throws -> [SilenceWindow] {
        try Row.fetchAll(db, sql: "SELECT * FROM silence ORDER BY first, id").compactMap { row in
            let (first, last): (UInt64, UInt64) = (row["first"], row["last"])
            guard let member = MemberID(bytes: row["member"] as Data), first < last else { return nil }
            return SilenceWindow(
                id: row["id"], member: member, range: first..<last, reason: row["reason"], author: row["author"])
        }
    }
}
