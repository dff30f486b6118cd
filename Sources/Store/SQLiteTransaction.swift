public import Alliance
public import CRDT
import Foundation
import GRDB
public import Sync
public import Wire

/// One transaction on a replica's file.
public final class SQLiteTransaction: ReplicaTransaction {
    let db: Database
    public let schema: Schema
    let indices: IndexCache
    private let tables: [TableID: RowTable]
    /// Of the writer's connection; `nil` for readers.
    private let cellWriter: CellWriter?
    public var state: ReplicaState
    private let savedState: ReplicaState
    private var loadedStatus: SyncStatus?
    private var statusChanged = false
    /// The digests that the transaction has changed, by index of the audience.
    private var digests: [Int64: Digest] = [:]
    /// That of the last row, which stands in `digests` only once another has followed.
    private var lastDigest = (audience: Int64(0), digest: Digest())
    private var files: [TableID: RowFile] = [:]
    private var lastFile: RowFile?
    private var inert: [TableID: Bool] = [:]
    /// Statements that the ledger runs for each lane that it looks at.
    var looks = [RowStatement?](repeating: nil, count: LedgerFile.Look.allCases.count)
    /// Assets whose maps no longer follow from the records: they are made anew before anybody reads them.
    var staleAssets: Set<AssetID> = []

    init(
        _ db: Database, schema: Schema, tables: [TableID: RowTable], indices: IndexCache, cellWriter: CellWriter? = nil
    ) throws {
        self.db = db
        self.schema = schema
        self.tables = tables
        self.indices = indices
        self.cellWriter = cellWriter
        state = try db.replicaState()
        savedState = state
    }

    /// Writes what was kept in memory while the transaction ran.
    func finish() throws {
        try bringUpToDate()
        if state != savedState { try db.save(state, over: savedState) }
        if let status = loadedStatus, statusChanged { try db.save(status) }
        putLastDigest()
        for (audience, digest) in digests.sorted(by: { $0.key < $1.key }) {
            let statement = try RowStatement("INSERT OR REPLACE INTO digest VALUES (?, ?, ?)", db)
            statement.bind(1, audience)
            statement.bind(2, copying: digest.sum)
            statement.bind(3, digest.rows)
            try statement.run()
        }
    }

    public var status: SyncStatus {
        get {
            if let loadedStatus { return loadedStatus }
            // Labels for people only: a file where they can't be read tells so at the next statement that matters.
            let status = (try? db.syncStatus()) ?? SyncStatus()
            loadedStatus = status
            return status
        }
        set {
            loadedStatus = newValue
            statusChanged = true
        }
    }

    // MARK: Rows

    private func file(_ table: TableID) -> RowFile? {
        // Nearly always the same as for the row before.
        if let lastFile, lastFile.id == table { return lastFile }
        guard let file = files[table] ?? tables[table].map({ RowFile($0, db) }) else { return nil }
        files[table] = file
        lastFile = file
        return file
    }

    public func stored(_ key: RowKey) throws -> StoredRow? {
        guard let owner = try indices.known(key.owner, db) else { return nil }
        if let file = file(key.table), let stored = try file.row(key.id, owner: owner, indices: indices) {
            return stored
        }
        guard try hasInert(key.table) else { return nil }
        let statement = try db.cachedStatement(
            sql: "SELECT state FROM inert_row WHERE table_id = ? AND id = ? AND owner = ?")
        let state = try Data.fetchOne(statement, arguments: [Int64(key.table.rawValue), Data(key.id.bytes), owner])
        return try state.flatMap { try Section.states([UInt8]($0)).first }.map { StoredRow($0, at: .inert) }
    }

    public func insert(_ births: ArraySlice<RowState>, audience: (Int) -> Audience) throws -> [Bool] {
        guard let table = births.first?.key.table, let file = file(table), try !hasInert(file),
            births.indices.allSatisfy({ births[$0].isThere && births[$0].key.table == table })
        else { return try births.indices.map { try insertAlone(births[$0], audience: audience($0)) } }
        let hashes = try file.insert(births, indices: indices)
        for (index, hash) in zip(births.indices, hashes) {
            guard let hash else { continue }
            try change(try indices.index(of: audience(index), db)) { $0.add(hash) }
            try noteInLedger(births[index])
        }
        return hashes.map { $0 != nil }
    }

    /// Stores a row that can't be inserted without looking, or that stands among others.
    private func insertAlone(_ row: RowState, audience: Audience) throws -> Bool {
        guard try stored(row.key) == nil else { return false }
        try put(row, over: nil, audience: audience)
        return true
    }

    public func put(_ row: RowState, over stored: StoredRow?, audience: Audience) throws {
        let index = try indices.index(of: audience, db)
        if row.isThere, let file = file(row.key.table) {
            if case .table(let rowid, let old)? = stored?.place {
                let hash = try file.update(row, at: rowid, old: old, indices: indices)
                if row.key.table.isLedger { markStale(row, stored?.state) }
                return try change(index) {
                    $0.remove(old)
                    $0.add(hash)
                }
            }
            if let stored { try remove(stored, audience: audience) }
            guard let hash = try file.insert([row], indices: indices)[0] else { throw RowFile.moved(row.key) }
            try noteInLedger(row)
            return try change(index) { $0.add(hash) }
        }
        if let stored { try remove(stored, audience: audience) }
        try putInert(row, audience: index)
    }

    public func write(
        _ wanted: [RowState], seeing columns: [ColumnID],
        _ change: (Int, RowState) throws -> (change: RowState, audience: Audience)?
    ) throws -> [Bool] {
        guard let key = wanted.first?.key, let cellWriter, let file = file(key.table),
            let owner = try indices.known(key.owner, db),
            let outcomes = try file.write(wanted, of: owner, columns, indices, cellWriter, change)
        else { return wanted.map { _ in false } }
        for outcome in outcomes {
            guard let written = outcome?.written else { continue }
            try self.change(try indices.index(of: written.audience, db)) {
                $0.remove(written.old)
                $0.add(written.new)
            }
        }
        return outcomes.map { $0 != nil }
    }

    private func putInert(_ row: RowState, audience: Int64) throws {
        let hash = row.isThere ? row.digestHash : nil
        if let hash { try change(audience) { $0.add(hash) } }
        try db.cachedStatement(
            sql: "INSERT INTO inert_row (table_id, id, owner, audience, hash, state) VALUES (?, ?, ?, ?, ?, ?)"
        ).execute(arguments: [
            Int64(row.key.table.rawValue), Data(row.key.id.bytes), try indices.index(of: row.key.owner, db), audience,
            hash.map { withUnsafeBytes(of: $0.bigEndian) { Data($0) } }, Data(Section.encode(states: [row])),
        ])
        inert[row.key.table] = true
        files[row.key.table]?.hasInert = true
    }

    public func remove(_ stored: StoredRow, audience: Audience) throws {
        let key = stored.state.key
        if case .table(let rowid, let hash) = stored.place, let file = file(key.table) {
            try file.delete(key, at: rowid, hash: hash)
            if key.table.isLedger { markStale(stored.state) }
            return try change(try indices.index(of: audience, db)) { $0.remove(hash) }
        }
        let arguments: StatementArguments = [
            Int64(key.table.rawValue), Data(key.id.bytes), try indices.index(of: key.owner, db),
        ]
        let find = try db.cachedStatement(
            sql: "SELECT hash, audience FROM inert_row WHERE table_id = ? AND id = ? AND owner = ?")
        guard let row = try Row.fetchOne(find, arguments: arguments) else { throw RowFile.moved(key) }
        if let hash: Data = row[0] { try change(row[1]) { $0.remove(hash.number) } }
        try db.cachedStatement(sql: "DELETE FROM inert_row WHERE table_id = ? AND id = ? AND owner = ?")
            .execute(arguments: arguments)
    }

    public func isTaken(_ id: RowID, in table: TableID, besides owner: MemberID) throws -> Bool {
        // An owner that the file does not know yet has none of its rows: no index is -1.
        let index = try indices.known(owner, db) ?? -1
        if let file = file(table), try file.isTaken(id, besides: index) { return true }
        guard try hasInert(table) else { return false }
        let statement = try db.cachedStatement(
            sql: "SELECT 1 FROM inert_row WHERE table_id = ? AND id = ? AND owner <> ?")
        return try Int.fetchOne(statement, arguments: [Int64(table.rawValue), Data(id.bytes), index]) != nil
    }

    /// Whether any row of a table stands in `inert_row`: most tables have none, and then none is looked for.
    private func hasInert(_ file: RowFile) throws -> Bool {
        if let known = file.hasInert { return known }
        let found = try hasInert(file.id)
        file.hasInert = found
        return found
    }

    private func hasInert(_ table: TableID) throws -> Bool {
        if let known = inert[table] { return known }
        let statement = try RowStatement("SELECT 1 FROM inert_row WHERE table_id = ? LIMIT 1", db)
        statement.bind(1, Int64(table.rawValue))
        let found = try statement.first { _ in true } ?? false
        inert[table] = found
        return found
    }

    // MARK: Digests

    private func change(_ audience: Int64, _ body: (inout Digest) -> Void) throws {
        if lastDigest.audience == audience { return body(&lastDigest.digest) }
        putLastDigest()
        if digests[audience] == nil {
            let statement = try RowStatement("SELECT sum, rows FROM digest WHERE audience = ?", db)
            statement.bind(1, audience)
            let stored = try statement.first { Digest(sum: $0.number(0) ?? 0, rows: $0.integer(1)) }
            digests[audience] = stored ?? Digest()
        }
        lastDigest = (audience, digests[audience, default: Digest()])
        body(&lastDigest.digest)
    }

    /// Puts others into the place of all kept digests.
    func replaceDigests(_ sums: [Audience: Digest]) throws {
        lastDigest = (0, Digest())
        digests = [:]
        for index in try Int64.fetchAll(db, sql: "SELECT audience FROM digest") { digests[index] = Digest() }
        for (audience, digest) in sums { digests[try indices.index(of: audience, db)] = digest }
    }

    /// Everything that this transaction knows of the rows, when they are all gone.
    func forgetRows() {
        lastDigest = (0, Digest())
        digests = [:]
        inert = [:]
        for file in files.values { file.hasInert = nil }
    }

    private func putLastDigest() {
        // No audience has the index 0.
        if lastDigest.audience > 0 { digests[lastDigest.audience] = lastDigest.digest }
    }

    public func digests(for reader: MemberID) throws -> [AudienceDigest] {
        var all: [Audience: Digest] = [:]
        for row in try Row.fetchAll(db.cachedStatement(sql: "SELECT audience, sum, rows FROM digest")) {
            let sum: Data = row[1]
            all[try indices.audience(row[0], db)] = Digest(sum: sum.number, rows: row[2])
        }
        putLastDigest()
        for (index, digest) in digests { all[try indices.audience(index, db)] = digest }
        let readable = all.filter { $0.key.includes(reader) && $0.value != Digest() }
            .sorted { $0.key < $1.key }.map { AudienceDigest(audience: $0.key, digest: $0.value) }
        return Self.folded(readable)
    }

    /// As many digests as a message holds: the rest is summed into the last, which proves no less.
    private static func folded(_ digests: [AudienceDigest]) -> [AudienceDigest] {
        guard digests.count > Limits.digests else { return digests }
        let rest = digests[(Limits.digests - 1)...]
        let sum = rest.reduce(Digest()) { Digest(sum: $0.sum &+ $1.digest.sum, rows: $0.rows + $1.digest.rows) }
        return digests.prefix(Limits.digests - 1) + [
            AudienceDigest(audience: digests[Limits.digests - 1].audience, digest: sum)
        ]
    }

    // MARK: All rows

    /// Rows of a table that are there.
    private func each(in table: Alliance.Table, _ body: (RowState) throws -> Void) throws {
        try file(table.id)?.each("ORDER BY _owner, _id", indices: indices) { _, row, _ in try body(try row()) }
    }

    /// Rows of a table as they stand in the file: one that can't be read as a row has its key only.
    func eachStored(in table: Alliance.Table, _ body: (RowKey, RowState?, UInt128) throws -> Void) throws {
        try file(table.id)?.each("", indices: indices) { key, row, hash in try body(key, try? row(), hash) }
    }

    /// Rows of a table that are there, by owner and id.
    public func rows(in table: Alliance.Table) throws -> [RowState] {
        var rows: [RowState] = []
        try each(in: table) { rows.append($0) }
        // The file orders owners by their index, which differs between files.
        return rows.sorted { $0.key < $1.key }
    }

    /// Rows of a table in which a column has a value.
    public func rows(in table: Alliance.Table, where column: Alliance.Column, is value: Value) throws -> [RowState] {
        // With IS, SQLite would not see that an index of the rows with a value holds them all.
        let condition = value == .null ? "IS NULL" : "= ?1"
        return try rows(in: table, "WHERE \"\(column.name)\" \(condition) ORDER BY _owner, _id") {
            if value != .null { $0.bind(1, copying: value) }
        }
    }

    /// Rows of a table with an id, whoever owns them.
    public func rows(in table: Alliance.Table, id: RowID) throws -> [RowState] {
        try rows(in: table, "WHERE _id = ?1") { $0.bind(1, copying: id.rawValue) }
    }

    func rows(in table: Alliance.Table, _ condition: String, bind: (RowStatement) -> Void) throws -> [RowState] {
        try file(table.id)?.all(condition, indices: indices, bind: bind) ?? []
    }

    public func count(in table: Alliance.Table) throws -> Int {
        try Int.fetchOne(db.cachedStatement(sql: "SELECT count(*) FROM \"\(table.name)\"")) ?? 0
    }

    public func eachRow(_ body: ([(row: RowState, audience: Audience)]) throws -> Void) throws {
        let secretariat = state.secretariat
        for table in schema.tables {
            var chunk: [(row: RowState, audience: Audience)] = []
            try each(in: table) { row in
                chunk.append((row, table.audience(of: row, secretariat: secretariat)))
                if chunk.count == 4096 {
                    try body(chunk)
                    chunk = []
                }
            }
            try body(chunk)
        }
        let cursor = try Row.fetchCursor(
            db.makeStatement(sql: "SELECT state, audience FROM inert_row ORDER BY table_id, id, owner"))
        while let row = try cursor.next() {
            let state: Data = row[0]
            let audience = try indices.audience(row[1], db)
            try body(try Section.states([UInt8](state)).map { ($0, audience) })
        }
    }

    /// After the schema has grown: rows of tables and cells of columns that are known now find their place.
    func reseatUnknown() throws {
        for row in try Row.fetchAll(db, sql: "SELECT state, audience FROM inert_row WHERE hash IS NOT NULL") {
            let state: Data = row[0]
            for state in try Section.states([UInt8](state)) where schema[state.key.table] != nil {
                try put(state, audience: try indices.audience(row[1], db))
            }
        }
        for table in schema.tables {
            for row in try rows(in: table, "WHERE _x IS NOT NULL", bind: { _ in }) {
                try put(row, audience: table.audience(of: row, secretariat: state.secretariat))
            }
        }
    }
}

extension Data {
    /// 16 bytes as a number, most significant first.
    var number: UInt128 { reduce(0) { $0 << 8 | UInt128($1) } }
}
