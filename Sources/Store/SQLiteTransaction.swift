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
    public var state: ReplicaState
    private let savedState: ReplicaState
    private var loadedStatus: SyncStatus?
    private var statusChanged = false
    private var digests: [Int64: Digest] = [:]
    private var digestsChanged: Set<Int64> = []

    init(_ db: Database, schema: Schema, tables: [TableID: RowTable], indices: IndexCache) throws {
        self.db = db
        self.schema = schema
        self.tables = tables
        self.indices = indices
        state = try db.replicaState()
        savedState = state
    }

    /// Writes what was kept in memory while the transaction ran.
    func finish() throws {
        if state != savedState { try db.save(state) }
        if let status = loadedStatus, statusChanged { try db.save(status) }
        for audience in digestsChanged.sorted() {
            let digest = digests[audience] ?? Digest()
            try db.cachedStatement(
                sql:
                    "INSERT INTO digest VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET sum = excluded.sum, rows = excluded.rows"
            ).execute(arguments: [audience, withUnsafeBytes(of: digest.sum.bigEndian) { Data($0) }, digest.rows])
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

    public func row(_ key: RowKey) throws -> RowState? {
        guard let owner = try indices.known(key.owner, db) else { return nil }
        if let table = tables[key.table],
            let row = try Row.fetchOne(
                db.cachedStatement(sql: table.selectSQL), arguments: [Data(key.id.bytes), owner])
        {
            return try table.state(row, indices: indices, db).state
        }
        let statement = try db.cachedStatement(
            sql: "SELECT state FROM inert_row WHERE table_id = ? AND id = ? AND owner = ?")
        let state = try Data.fetchOne(statement, arguments: [Int64(key.table.rawValue), Data(key.id.bytes), owner])
        return try state.flatMap { try Section.states([UInt8]($0)).first }
    }

    public func put(_ row: RowState, audience: Audience) throws {
        let id = Data(row.key.id.bytes)
        let owner = try indices.index(of: row.key.owner, db)
        let audience = try indices.index(of: audience, db)
        try forget(row.key, id, owner, audience, keepsTable: row.isThere && tables[row.key.table] != nil)
        let hash = row.isThere ? row.digestHash : nil
        if let hash { try change(audience) { $0.add(hash) } }
        if let hash, let table = tables[row.key.table] {
            try db.cachedStatement(sql: table.upsertSQL)
                .execute(arguments: table.arguments(for: row, hash: hash, indices: indices, db))
        } else {
            try db.cachedStatement(
                sql: "INSERT INTO inert_row (table_id, id, owner, audience, hash, state) VALUES (?, ?, ?, ?, ?, ?)"
            ).execute(arguments: [
                Int64(row.key.table.rawValue), id, owner, audience,
                hash.map { withUnsafeBytes(of: $0.bigEndian) { Data($0) } }, Data(Section.encode(states: [row])),
            ])
        }
    }

    public func remove(_ key: RowKey) throws {
        guard let row = try row(key) else { return }
        let audience = schema[key.table]?.audience(of: row, secretariat: state.secretariat) ?? .alliance
        try forget(
            key, Data(key.id.bytes), try indices.index(of: key.owner, db), try indices.index(of: audience, db),
            keepsTable: false)
    }

    /// Takes a row out of the digest, and out of where it stands unless it is about to be overwritten there.
    private func forget(_ key: RowKey, _ id: Data, _ owner: Int64, _ audience: Int64, keepsTable: Bool) throws {
        if let table = tables[key.table],
            let hash = try Data.fetchOne(db.cachedStatement(sql: table.hashSQL), arguments: [id, owner])
        {
            try change(audience) { $0.remove(hash.number) }
            if !keepsTable { try db.cachedStatement(sql: table.deleteSQL).execute(arguments: [id, owner]) }
            return
        }
        let find = try db.cachedStatement(
            sql: "SELECT hash, audience FROM inert_row WHERE table_id = ? AND id = ? AND owner = ?")
        let table = Int64(key.table.rawValue)
        guard let row = try Row.fetchOne(find, arguments: [table, id, owner]) else { return }
        if let hash: Data = row[0] { try change(row[1]) { $0.remove(hash.number) } }
        try db.cachedStatement(sql: "DELETE FROM inert_row WHERE table_id = ? AND id = ? AND owner = ?")
            .execute(arguments: [table, id, owner])
    }

    public func isTaken(_ id: RowID, in table: TableID, besides owner: MemberID) throws -> Bool {
        // An owner that the file does not know yet has none of its rows: no index is -1.
        let index = try indices.known(owner, db) ?? -1
        if let name = schema[table]?.name {
            let statement = try db.cachedStatement(sql: "SELECT 1 FROM \"\(name)\" WHERE _id = ? AND _owner <> ?")
            if try Int.fetchOne(statement, arguments: [Data(id.bytes), index]) != nil { return true }
        }
        let statement = try db.cachedStatement(
            sql: "SELECT 1 FROM inert_row WHERE table_id = ? AND id = ? AND owner <> ?")
        return try Int.fetchOne(statement, arguments: [Int64(table.rawValue), Data(id.bytes), index]) != nil
    }

    // MARK: Digests

    private func change(_ audience: Int64, _ body: (inout Digest) -> Void) throws {
        if digests[audience] == nil {
            let statement = try db.cachedStatement(sql: "SELECT sum, rows FROM digest WHERE audience = ?")
            let row = try Row.fetchOne(statement, arguments: [audience])
            digests[audience] =
                row.map { row in
                    let sum: Data = row[0]
                    return Digest(sum: sum.number, rows: row[1])
                } ?? Digest()
        }
        body(&digests[audience, default: Digest()])
        digestsChanged.insert(audience)
    }

    public func digests(for reader: MemberID) throws -> [AudienceDigest] {
        var all: [Audience: Digest] = [:]
        for row in try Row.fetchAll(db.cachedStatement(sql: "SELECT audience, sum, rows FROM digest")) {
            let sum: Data = row[1]
            all[try indices.audience(row[0], db)] = Digest(sum: sum.number, rows: row[2])
        }
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

    /// Rows of a table that are there, as stored with their hashes.
    func each(in table: Alliance.Table, _ body: (RowState, UInt128) throws -> Void) throws {
        guard let rowTable = tables[table.id] else { return }
        let cursor = try Row.fetchCursor(db.makeStatement(sql: rowTable.selectAllSQL + " ORDER BY _owner, _id"))
        while let row = try cursor.next() {
            let (state, hash) = try rowTable.state(row, indices: indices, db)
            try body(state, hash)
        }
    }

    /// Rows of a table as they stand in the file: one that can't be read as a row has its key only.
    func eachStored(in table: Alliance.Table, _ body: (RowKey, RowState?, UInt128) throws -> Void) throws {
        guard let rowTable = tables[table.id] else { return }
        let cursor = try Row.fetchCursor(db.makeStatement(sql: rowTable.selectAllSQL))
        while let row = try cursor.next() {
            let id: Data = row[0]
            let hash: Data = row[2]
            let read = try? rowTable.state(row, indices: indices, db)
            let key = RowKey(
                table: table.id, owner: try indices.member(row[1], db), id: RowID(bytes: id) ?? RowID(rawValue: 0))
            try body(key, read?.state, hash.number)
        }
    }

    /// Rows of a table that are there, by owner and id.
    public func rows(in table: Alliance.Table) throws -> [RowState] {
        var rows: [RowState] = []
        try each(in: table) { row, _ in rows.append(row) }
        // The file orders owners by their index, which differs between files.
        return rows.sorted { $0.key < $1.key }
    }

    /// Rows of a table in which a column has a value.
    public func rows(in table: Alliance.Table, where column: Alliance.Column, is value: Value) throws -> [RowState] {
        guard let rowTable = tables[table.id] else { return [] }
        let statement = try db.cachedStatement(
            sql: rowTable.selectAllSQL + " WHERE \"\(column.name)\" IS ? ORDER BY _owner, _id")
        return try Row.fetchAll(statement, arguments: [value.databaseValue])
            .map { try rowTable.state($0, indices: indices, db).state }
    }

    /// Rows of a table with an id, whoever owns them.
    public func rows(in table: Alliance.Table, id: RowID) throws -> [RowState] {
        guard let rowTable = tables[table.id] else { return [] }
        let statement = try db.cachedStatement(sql: rowTable.selectAllSQL + " WHERE _id = ?")
        return try Row.fetchAll(statement, arguments: [Data(id.bytes)])
            .map { try rowTable.state($0, indices: indices, db).state }
    }

    public func count(in table: Alliance.Table) throws -> Int {
        try Int.fetchOne(db.cachedStatement(sql: "SELECT count(*) FROM \"\(table.name)\"")) ?? 0
    }

    public func eachRow(_ body: ([(row: RowState, audience: Audience)]) throws -> Void) throws {
        let secretariat = state.secretariat
        for table in schema.tables {
            var chunk: [(row: RowState, audience: Audience)] = []
            try each(in: table) { row, _ in
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
            guard let rowTable = tables[table.id] else { continue }
            for row in try Row.fetchAll(db, sql: rowTable.selectAllSQL + " WHERE _x IS NOT NULL") {
                let state = try rowTable.state(row, indices: indices, db).state
                try put(state, audience: table.audience(of: state, secretariat: self.state.secretariat))
            }
        }
    }
}

extension Data {
    /// 16 bytes as a number, most significant first.
    var number: UInt128 { reduce(0) { $0 << 8 | UInt128($1) } }
}
