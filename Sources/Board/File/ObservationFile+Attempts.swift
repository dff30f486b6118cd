import Alliance
public import CRDT
import Foundation
import GRDB

extension ObservationFile {
    /// Lines of a node's story that are kept; the oldest goes.
    public static let linesMax: UInt64 = 100

    /// Notes attempts, in the order in which they came.
    public func note(_ attempts: [Attempt]) throws {
        guard !attempts.isEmpty else { return }
        try database.write { db in
            for attempt in attempts {
                let line = try self.line(for: attempt, db)
                try tally(attempt, line, db)
                try write(attempt, line, db)
                try addItems(of: attempt, db)
            }
        }
    }

    /// The place of an attempt in its node's ring of lines, and whether it belongs to the line that stands there.
    private func line(for attempt: Attempt, _ db: Database) throws -> (number: UInt64, goesOn: Bool) {
        let statement = try db.cachedStatement(sql: "SELECT line FROM tally WHERE node = ?")
        guard let last = try UInt64.fetchOne(statement, arguments: [attempt.node.data]) else { return (0, false) }
        let previous = try db.cachedStatement(
            sql:
                "SELECT 1 FROM attempt WHERE node = ? AND position = ? AND kind = ? AND code = ? AND up = 0 AND down = 0"
        )
        // What moved nothing and ended alike is one line, however often it was: an idle node asks each minute.
        let isLike =
            try Int.fetchOne(
                previous,
                arguments: [
                    attempt.node.data, last % Self.linesMax, attempt.kind.rawValue, attempt.refusal?.code ?? "",
                ]) != nil
        return isLike && attempt.items.isNone ? (last, true) : (last + 1, false)
    }

    private func tally(_ attempt: Attempt, _ line: (number: UInt64, goesOn: Bool), _ db: Database) throws {
        let refusal = attempt.refusal
        try db.cachedStatement(
            sql: """
                INSERT INTO tally VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?2, ?8, ?9, ?10, ?11, ?12, ?13)
                ON CONFLICT DO UPDATE SET attempts = attempts + 1, refusals = refusals + excluded.refusals,
                    up_bytes = up_bytes + excluded.up_bytes, down_bytes = down_bytes + excluded.down_bytes,
                    up = up + excluded.up, down = down + excluded.down, last_attempt = excluded.last_attempt,
                    last_success = max(last_success, excluded.last_success), line = excluded.line,
                    refused = CASE WHEN excluded.refusals > 0 THEN excluded.refused ELSE refused END,
                    code = CASE WHEN excluded.refusals > 0 THEN excluded.code ELSE code END,
                    zh = CASE WHEN excluded.refusals > 0 THEN excluded.zh ELSE zh END,
                    en = CASE WHEN excluded.refusals > 0 THEN excluded.en ELSE en END
                """
        ).execute(arguments: [
            attempt.node.data, attempt.time, refusal == nil ? 0 : 1, attempt.bytes.up, attempt.bytes.down,
            attempt.items.up, attempt.items.down, refusal == nil ? attempt.time : 0, refusal == nil ? 0 : attempt.time,
            refusal?.code ?? "", refusal?.phrase.zh ?? "", refusal?.phrase.en ?? "", line.number,
        ])
    }

    private func write(_ attempt: Attempt, _ line: (number: UInt64, goesOn: Bool), _ db: Database) throws {
        let position = line.number % Self.linesMax
        if line.goesOn {
            try db.cachedStatement(
                sql: """
                    UPDATE attempt SET last = ?3, times = times + 1, up_bytes = up_bytes + ?4,
                        down_bytes = down_bytes + ?5, ms = max(ms, ?6) WHERE node = ?1 AND position = ?2
                    """
            ).execute(arguments: [
                attempt.node.data, position, attempt.time, attempt.bytes.up, attempt.bytes.down, attempt.milliseconds,
            ])
            return
        }
        try db.cachedStatement(
            sql: "INSERT OR REPLACE INTO attempt VALUES (?1, ?2, ?3, ?4, ?4, 1, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
        ).execute(arguments: [
            attempt.node.data, position, attempt.kind.rawValue, attempt.time, attempt.refusal?.code ?? "",
            attempt.refusal?.phrase.zh ?? "", attempt.refusal?.phrase.en ?? "", attempt.bytes.up, attempt.bytes.down,
            attempt.items.up, attempt.items.down, attempt.milliseconds,
        ])
    }

    // MARK: Reading

    public func tallies() throws -> [RowID: Tally] {
        try database.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM tally").reduce(into: [:]) { tallies, row in
                guard let node = RowID(bytes: row["node"] as Data) else { return }
                let refused: UInt64 = row["refused"]
                let reason = Attempt.Reason(code: row["code"], phrase: Phrase(row["zh"], row["en"]))
                tallies[node] = Tally(
                    since: row["since"], attempts: row["attempts"], refusals: row["refusals"],
                    bytes: Traffic(up: row["up_bytes"], down: row["down_bytes"]),
                    items: Traffic(up: row["up"], down: row["down"]), lastAttempt: row["last_attempt"],
                    lastSuccess: row["last_success"],
                    lastRefusal: refused == 0 ? nil : .init(reason: reason, time: refused))
            }
        }
    }

    /// A node's story, the newest first.
    public func lines(of node: RowID) throws -> [AttemptLine] {
        try lines("WHERE node = ? ORDER BY last DESC, position DESC", [node.data])
    }

    /// What moved something or was refused, of all nodes, the newest first.
    public func latestLines(_ count: Int) throws -> [AttemptLine] {
        try lines("WHERE up > 0 OR down > 0 OR code <> '' ORDER BY last DESC LIMIT ?", [count])
    }

    private func lines(_ condition: String, _ arguments: StatementArguments) throws -> [AttemptLine] {
        try database.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM attempt \(condition)", arguments: arguments).compactMap { row in
                guard let node = RowID(bytes: row["node"] as Data), let kind = Attempt.Kind(rawValue: row["kind"])
                else {
                    return nil
                }
                let code: String = row["code"]
                return AttemptLine(
                    node: node, kind: kind, first: row["first"], last: row["last"], times: row["times"],
                    refusal: code.isEmpty ? nil : .init(code: code, phrase: Phrase(row["zh"], row["en"])),
                    bytes: Traffic(up: row["up_bytes"], down: row["down_bytes"]),
                    items: Traffic(up: row["up"], down: row["down"]), milliseconds: row["ms"])
            }
        }
    }
}

extension RowID {
    /// As it stands in the file.
    var data: Data { Data(bytes) }
}
