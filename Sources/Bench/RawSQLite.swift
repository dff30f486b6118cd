import Alliance
import CRDT
import GRDBSQLite
import Replica

/// The baseline: the same rows into a plain table through SQLite's C API, one prepared statement, one transaction per
/// 10,000 rows, WAL, synchronous NORMAL, a page cache of 64 MB.
final class RawSQLite {
    private var handle: OpaquePointer?
    static let chunk = 10_000

    init(_ path: String) throws {
        guard sqlite3_open(path, &handle) == SQLITE_OK else { throw failure() }
        try run("PRAGMA journal_mode = WAL")
        try run("PRAGMA synchronous = NORMAL")
        try run("PRAGMA cache_size = -65536")
    }

    deinit { sqlite3_close(handle) }

    func createTable() throws {
        try run(
            """
            CREATE TABLE teacher (id TEXT PRIMARY KEY, name TEXT, school TEXT, specialty TEXT, level INTEGER,
                phone TEXT, hours INTEGER, note TEXT)
            """)
    }

    func insert(_ rows: [WorkloadRow]) throws {
        let ids = rows.map(\.id.description)
        try prepared("INSERT INTO teacher VALUES (?, ?, ?, ?, ?, ?, ?, ?)") { statement in
            try inChunks(rows.count) { index in
                let row = rows[index]
                bind(statement, 1, ids[index])
                bind(statement, 2, row.name)
                bind(statement, 3, row.school)
                bind(statement, 4, row.specialty)
                sqlite3_bind_int64(statement, 5, row.level)
                bind(statement, 6, row.phone)
                sqlite3_bind_int64(statement, 7, row.hours)
                bind(statement, 8, row.note)
            }
        }
    }

    func updateHours(_ rows: [WorkloadRow], indices: [Int]) throws {
        let ids = rows.map(\.id.description)
        try prepared("UPDATE teacher SET hours = ? WHERE id = ?") { statement in
            try inChunks(indices.count) { position in
                sqlite3_bind_int64(statement, 1, rows[indices[position]].hours + 1)
                bind(statement, 2, ids[indices[position]])
            }
        }
    }

    private func prepared(_ sql: String, _ body: ((OpaquePointer?) throws -> Void)) throws {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK else { throw failure() }
        defer { sqlite3_finalize(statement) }
        current = statement
        try body(statement)
    }

    private var current: OpaquePointer?

    private func inChunks(_ count: Int, _ bindRow: (Int) -> Void) throws {
        for start in stride(from: 0, to: count, by: Self.chunk) {
            try run("BEGIN")
            for index in start..<min(start + Self.chunk, count) {
                bindRow(index)
                guard sqlite3_step(current) == SQLITE_DONE else { throw failure() }
                sqlite3_reset(current)
            }
            try run("COMMIT")
        }
    }

    private func bind(_ statement: OpaquePointer?, _ index: Int32, _ text: String) {
        let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        var text = text
        text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                _ = sqlite3_bind_text(statement, index, characters.baseAddress, Int32(characters.count), transient)
            }
        }
    }

    private func run(_ sql: String) throws {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw failure() }
    }

    private func failure() -> CommandError {
        let text = handle.map { String(cString: sqlite3_errmsg($0)) } ?? "open"
        return CommandError(.refused, "sqlite", Phrase("基准用的 SQLite 出错：\(text)", "SQLite failed in the baseline: \(text)"))
    }
}
