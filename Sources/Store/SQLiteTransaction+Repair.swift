import Alliance
public import CRDT
import Foundation
import GRDB
public import Sync
public import Wire

extension SQLiteTransaction {
    // MARK: Hashes

    public func tablesWithRows() throws -> [TableID] {
        let known = try schema.tables.filter {
            try Int.fetchOne(db.cachedStatement(sql: "SELECT 1 FROM \"\($0.name)\" LIMIT 1")) != nil
        }
        let inert = try Int.fetchAll(db, sql: "SELECT DISTINCT table_id FROM inert_row WHERE hash IS NOT NULL")
        return Set(known.map(\.id)).union(inert.map { TableID(rawValue: UInt16(clamping: $0)) }).sorted()
    }

    public func eachHash(
        in table: TableID, for reader: MemberID, _ body: (MemberID, RowID, UInt128) throws -> Void
    ) throws {
        if let table = schema[table] { try eachKeptHash(in: table, for: reader, body) }
        let rows = try Row.fetchCursor(
            db, sql: "SELECT owner, id, hash, audience FROM inert_row WHERE table_id = ? AND hash IS NOT NULL",
            arguments: [Int64(table.rawValue)])
        while let row = try rows.next() {
            let (id, hash): (Data, Data) = (row[1], row[2])
            guard try indices.audience(row[3], db).includes(reader) else { continue }
            try body(try indices.member(row[0], db), RowID(rawValue: id.number), hash.number)
        }
    }

    private func eachKeptHash(
        in table: Alliance.Table, for reader: MemberID, _ body: (MemberID, RowID, UInt128) throws -> Void
    ) throws {
        let deciding: [Alliance.Column] =
            if case .parties(let ids) = table.audience { table.columns.filter { ids.contains($0.id) } } else { [] }
        let columns = deciding.map { ", \"\($0.name)\"" }.joined()
        let statement = try RowStatement(own: "SELECT _owner, _id, _h\(columns) FROM \"\(table.name)\"", db)
        defer { statement.reset() }
        let secretariat = state.secretariat
        // Of nobody in particular: an audience that cells decide needs no stamps.
        let stamp = Stamp(time: .zero, replica: ReplicaID(rawValue: 0))
        while try statement.step() {
            let owner = try indices.member(statement.integer(0), db)
            let id = RowID(rawValue: statement.number(1) ?? 0)
            if table.audience != .alliance {
                let cells = deciding.enumerated().map {
                    Cell(column: $1.id, value: statement.value($0 + 3), stamp: stamp)
                }
                let row = RowState(key: RowKey(table: table.id, owner: owner, id: id), presence: nil, cells: cells)
                guard table.audience(of: row, secretariat: secretariat).includes(reader) else { continue }
            }
            try body(owner, id, statement.number(2) ?? 0)
        }
    }

    public func rehash() throws -> [RowKey] {
        var sums: [Audience: CRDT.Digest] = [:]
        var damaged: [RowKey] = []
        for table in schema.tables { try rehash(table, &damaged, &sums) }
        try rehashInert(&damaged, &sums)
        try replaceDigests(sums)
        try rebuildLedger()
        return damaged
    }

    private func rehash(
        _ table: Alliance.Table, _ damaged: inout [RowKey], _ sums: inout [Audience: CRDT.Digest]
    ) throws {
        let secretariat = state.secretariat
        var wrong: [(key: RowKey, hash: UInt128?)] = []
        try eachStored(in: table) { key, row, kept in
            guard let row else { return wrong.append((key, nil)) }
            let hash = row.digestHash
            if hash != kept { wrong.append((key, hash)) }
            sums[table.audience(of: row, secretariat: secretariat), default: Digest()].add(hash)
        }
        for (key, hash) in wrong {
            let owner = try indices.index(of: key.owner, db)
            let place = "WHERE _id = ? AND _owner = ?"
            if let hash {
                try db.execute(
                    sql: "UPDATE \"\(table.name)\" SET _h = ? \(place)",
                    arguments: [hash.data, Data(key.id.bytes), owner])
            } else {
                try db.execute(
                    sql: "DELETE FROM \"\(table.name)\" \(place)", arguments: [Data(key.id.bytes), owner])
            }
            damaged.append(key)
        }
    }

    private func rehashInert(_ damaged: inout [RowKey], _ sums: inout [Audience: CRDT.Digest]) throws {
        for row in try Row.fetchAll(db, sql: "SELECT table_id, id, owner, audience, hash, state FROM inert_row") {
            let (table, id, owner): (Int64, Data, Int64) = (row[0], row[1], row[2])
            let (kept, bytes): (Data?, Data) = (row[4], row[5])
            let key = RowKey(
                table: TableID(rawValue: UInt16(clamping: table)), owner: try indices.member(owner, db),
                id: RowID(rawValue: id.number))
            let place: StatementArguments = [table, id, owner]
            guard let state = try? Section.states([UInt8](bytes)).first, state.key == key else {
                try db.execute(
                    sql: "DELETE FROM inert_row WHERE table_id = ? AND id = ? AND owner = ?", arguments: place)
                damaged.append(key)
                continue
            }
            let hash = state.isThere ? state.digestHash : nil
            if let hash { sums[try indices.audience(row[3], db), default: Digest()].add(hash) }
            guard hash != kept?.number else { continue }
            try db.execute(
                sql: "UPDATE inert_row SET hash = ? WHERE table_id = ? AND id = ? AND owner = ?",
                arguments: [hash?.data] + place)
            damaged.append(key)
        }
    }

    // MARK: Segments

    public func segments(of stamp: Stamp) throws -> [(seq: UInt64, verdict: Verdict)] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT s.seq, j.verdict FROM segment s JOIN journal j ON j.rev = s.rev
                WHERE s.replica = ? AND s.last_time >= ? AND s.first_time <= ?
                ORDER BY s.seq DESC
                """)
        guard let index = try indices.known(stamp.replica, db) else { return [] }
        let time = stamp.time.rawValue.signed
        return try Row.fetchAll(statement, arguments: [index, time, time]).map { row in
            let verdict: Data = row[1]
            return (row.number("seq"), try Verdict(bytes: [UInt8](verdict)))
        }
    }

    public func firstTime(of replica: ReplicaID) throws -> HybridTime? {
        guard let index = try indices.known(replica, db) else { return nil }
        let statement = try db.cachedStatement(
            sql: "SELECT first_time FROM segment WHERE replica = ? AND rev IS NOT NULL ORDER BY seq LIMIT 1")
        return try Int64.fetchOne(statement, arguments: [index]).map { HybridTime(rawValue: UInt64(clamping: $0)) }
    }

    // MARK: Reports

    /// Rows of one repair that are named; the rest is counted.
    private static let namedMax = 10_000

    public func append(_ report: RepairReport) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO repair (began, ended, rev, exchanges, sent, received, ranges, compared, hub_mended)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            report.began.signed, report.ended.signed, report.rev.signed, report.exchanges, report.sent,
            report.received, report.ranges, report.compared, report.hubMended,
        ])
        let repair = db.lastInsertedRowID
        let insert = try db.cachedStatement(sql: "INSERT INTO repair_row VALUES (?, ?, ?, ?, ?)")
        for (key, outcome) in report.rows.sorted(by: { $0.key < $1.key }).prefix(Self.namedMax) {
            try insert.execute(arguments: [
                repair, Int64(key.table.rawValue), try indices.index(of: key.owner, db), Data(key.id.bytes),
                outcome.rawValue,
            ])
        }
    }

    /// The last repairs, the latest first.
    public func repairs(last count: Int) throws -> [RepairReport] {
        try Row.fetchAll(db, sql: "SELECT * FROM repair ORDER BY id DESC LIMIT ?", arguments: [count]).map { row in
            var report = RepairReport(began: row.number("began"), rev: row.number("rev"))
            report.ended = row.number("ended")
            report.exchanges = row["exchanges"]
            report.sent = row["sent"]
            report.received = row["received"]
            report.ranges = row["ranges"]
            report.compared = row["compared"]
            report.hubMended = row["hub_mended"]
            let id: Int64 = row["id"]
            for row in try Row.fetchAll(db, sql: "SELECT * FROM repair_row WHERE repair = ?", arguments: [id]) {
                let (table, rowID, outcome): (Int64, Data, String) = (row["table_id"], row["id"], row["outcome"])
                let key = RowKey(
                    table: TableID(rawValue: UInt16(clamping: table)), owner: try indices.member(row["owner"], db),
                    id: RowID(rawValue: rowID.number))
                report.rows[key] = RepairReport.Outcome(rawValue: outcome)
            }
            return report
        }
    }
}

extension UInt128 {
    /// 16 bytes, most significant first.
    fileprivate var data: Data { withUnsafeBytes(of: bigEndian) { Data($0) } }
}
