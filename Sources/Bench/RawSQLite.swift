import Alliance
import CRDT
import GRDBSQLite
import Replica

/// The baseline: the same rows into a plain table through SQLite's C API, one prepared statement, values bound where
/// they stand, one transaction per 10,000 rows, WAL, synchronous NORMAL, a page cache of 64 MB.
final class RawSQLite {
    private var handle: OpaquePointer?
    static let chunk = 10_000

    init(_ path: String) throws {
        guard
            sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nil)
                == SQLITE_OK
        else { throw failure() }
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

    func insert(_ rows: RawRows, chunk: Int = chunk) throws {
        try prepared("INSERT INTO teacher VALUES (?, ?, ?, ?, ?, ?, ?, ?)") { statement in
            try inChunks(0..<rows.count, of: chunk, statement) { row in
                for field in 0..<RawRows.fields { rows.bind(row, field, to: statement, at: Int32(field) + 1) }
            }
        }
    }

    /// One more hour for each row.
    func updateHours(_ rows: RawRows) throws {
        try prepared("UPDATE teacher SET hours = hours + 1 WHERE id = ?") { statement in
            try inChunks(0..<rows.count, of: Self.chunk, statement) { row in rows.bind(row, 0, to: statement, at: 1) }
        }
    }

    /// Other phones for some rows.
    func updatePhones(_ rows: RawRows, _ changes: [(row: Int, phone: String)]) throws {
        let phones = RawRows(texts: changes.map(\.phone))
        try prepared("UPDATE teacher SET phone = ? WHERE id = ?") { statement in
            try inChunks(changes.indices, of: Self.chunk, statement) { index in
                phones.bind(index, to: statement, at: 1)
                rows.bind(changes[index].row, 0, to: statement, at: 2)
            }
        }
    }

    /// What two rows cost that are synced to the disk together, one transaction for each pair: a booking and its use are
    /// no less.
    func insertDurably(_ rows: RawRows, _ range: Range<Int>) throws {
        try run("PRAGMA synchronous = FULL")
        try prepared("INSERT INTO teacher VALUES (?, ?, ?, ?, ?, ?, ?, ?)") { statement in
            try inChunks(range, of: 2, statement) { row in
                for field in 0..<RawRows.fields { rows.bind(row, field, to: statement, at: Int32(field) + 1) }
            }
        }
    }

    /// Writes the log into the file, so that its size says what is in it.
    func checkpoint() throws { try run("PRAGMA wal_checkpoint(TRUNCATE)") }

    private func prepared(_ sql: String, _ body: (OpaquePointer?) throws -> Void) throws {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK else { throw failure() }
        defer { sqlite3_finalize(statement) }
        try body(statement)
    }

    private func inChunks(
        _ indices: Range<Int>, of size: Int, _ statement: OpaquePointer?, _ bindRow: (Int) -> Void
    ) throws {
        for start in stride(from: indices.lowerBound, to: indices.upperBound, by: size) {
            try run("BEGIN")
            for index in start..<min(start + size, indices.upperBound) {
                bindRow(index)
                guard sqlite3_step(statement) == SQLITE_DONE else { throw failure() }
                sqlite3_reset(statement)
            }
            try run("COMMIT")
        }
    }

    private func run(_ sql: String) throws {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw failure() }
    }

    private func failure() -> CommandError {
        let text = handle.map { String(cString: sqlite3_errmsg($0)) } ?? "open"
        return CommandError(
            .refused, "sqlite", Phrase("基准用的 SQLite 出错：\(text)", "SQLite failed in the baseline: \(text)"))
    }
}

/// Rows as a C program would hold them: one buffer, and where each field stands in it. Made before anything is measured.
final class RawRows {
    static let fields = 8
    let count: Int
    private let buffer: UnsafeMutableRawBufferPointer
    /// Of each field its start, and one more for the end of the last.
    private let starts: [Int]
    private let numbers: [Int64]

    convenience init(_ rows: [WorkloadRow]) {
        self.init(
            texts: rows.flatMap { [$0.id.description, $0.name, $0.school, $0.specialty, "", $0.phone, "", $0.note] },
            count: rows.count, numbers: rows.flatMap { [$0.level, $0.hours] })
    }

    convenience init(texts: [String]) { self.init(texts: texts, count: texts.count, numbers: []) }

    private init(texts: [String], count: Int, numbers: [Int64]) {
        self.count = count
        self.numbers = numbers
        var bytes: [UInt8] = []
        var starts = [0]
        for text in texts {
            bytes += text.utf8
            starts.append(bytes.count)
        }
        self.starts = starts
        buffer = .allocate(byteCount: max(bytes.count, 1), alignment: 1)
        buffer.copyBytes(from: bytes)
    }

    deinit { buffer.deallocate() }

    func bind(_ row: Int, _ field: Int, to statement: OpaquePointer?, at parameter: Int32) {
        if field == 4 || field == 6 {
            sqlite3_bind_int64(statement, parameter, numbers[row * 2 + (field - 4) / 2])
        } else {
            bind(row * Self.fields + field, to: statement, at: parameter)
        }
    }

    func bind(_ text: Int, to statement: OpaquePointer?, at parameter: Int32) {
        let start = buffer.baseAddress?.advanced(by: starts[text]).assumingMemoryBound(to: CChar.self)
        sqlite3_bind_text(statement, parameter, start, Int32(starts[text + 1] - starts[text]), nil)
    }
}
