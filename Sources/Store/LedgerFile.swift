import Alliance
import CRDT
import Foundation
import GRDB
import Sync

/// The ledger within one transaction: its records, and three tables of the file, kept with the rows that they follow from.
///
///     holding      asset, lane, first → last, grant_id, epoch, counter, kind, holder, release_id, wish
///     occupation   asset, lane, first, use_id → last, grant_id
///     awaited      asset, lane, first, use_id, carrier → last, grant_id
///
/// An asset is its table's number and its row's id, 18 bytes; points are as in `PointBytes`.
struct LedgerFile: LedgerStore {
    static let maps = ["holding", "occupation", "awaited"]

    let transaction: SQLiteTransaction

    var db: Database { transaction.db }

    // MARK: Records

    private func rows(_ table: TableID, id: RowID) throws -> [RowState] {
        guard let table = transaction.schema[table] else { return [] }
        return try transaction.rows(in: table, id: id)
    }

    private func rows(_ table: TableID, where column: ColumnID, is id: RowID) throws -> [RowState] {
        guard let table = transaction.schema[table], let column = table.column(column) else { return [] }
        return try transaction.rows(in: table, where: column, is: .bytes(id.bytes))
    }

    func grant(_ id: RowID) throws -> Grant? { try rows(.grant, id: id).compactMap(\.grant).first }
    func use(_ id: RowID) throws -> Use? { try rows(.use, id: id).compactMap(\.use).first }
    func cancel(_ id: RowID) throws -> Cancel? { try rows(.cancel, id: id).compactMap(\.cancel).first }

    func cancels(of use: RowID) throws -> [Cancel] {
        // Nearly no use is cancelled: to read none costs more than to see that there is none.
        let statement = try RowStatement("SELECT 1 FROM cancel WHERE \"use\" = ?1", db)
        statement.bind(1, copying: use.rawValue)
        guard try statement.first({ _ in true }) ?? false else { return [] }
        return try rows(.cancel, where: CancelColumn.use, is: use).compactMap(\.cancel)
    }

    func isDisputed(_ record: RowID) throws -> Bool {
        let statement = try RowStatement("SELECT 1 FROM dispute WHERE record = ?1", db)
        statement.bind(1, copying: record.rawValue)
        return try statement.first { _ in true } ?? false
    }

    func releases(under grant: Grant) throws -> [Release] {
        guard let table = transaction.schema[.release] else { return [] }
        // Of all releases of an asset nearly none names this grant: SQLite looks, and only those are read.
        return try transaction.rows(in: table, "WHERE asset = ?1 AND instr(pieces, ?2) > 0") {
            $0.bind(1, copying: grant.asset.row.rawValue)
            $0.bind(2, copying: grant.id.rawValue)
        }.compactMap(\.release).filter { release in
            release.asset == grant.asset && release.pieces.contains { $0.grant == grant.id }
        }
    }

    func request(_ id: RowID) throws -> RowState? { try rows(.request, id: id).first }

    private static let isOpen = """
        NOT EXISTS (SELECT 1 FROM "use" u WHERE u.request = request._id)
        AND NOT EXISTS (SELECT 1 FROM decline d WHERE d.request = request._id)
        AND NOT EXISTS (SELECT 1 FROM withdrawal w WHERE w.request = request._id)
        """

    func admissions(marked mark: Value) throws -> [RowState] {
        guard let table = transaction.schema[.admission], let column = table.column(AdmissionColumn.mark) else {
            return []
        }
        return try transaction.rows(in: table, where: column, is: mark)
    }

    func openRequests(of asset: AssetID) throws -> [RowState] {
        guard let table = transaction.schema[.request] else { return [] }
        return try transaction.rows(in: table, "WHERE asset = ?1 AND \(Self.isOpen) ORDER BY _owner, _id") {
            $0.bind(1, copying: asset.row.rawValue)
        }.filter { $0.asset == asset }
    }

    func waitingRequests(of member: MemberID) throws -> [RowState] {
        guard let table = transaction.schema[.request] else { return [] }
        // A record has one stamp, of which `_t` is the time.
        return try transaction.rows(in: table, "WHERE waits = 1 AND \(Self.isOpen) ORDER BY _t, _id") { _ in }.filter {
            $0.key.owner == member
        }
    }

    func unsettled() throws -> [AssetID] {
        try transaction.bringUpToDate()
        let wished = try Data.fetchAll(db, sql: "SELECT DISTINCT asset FROM holding WHERE wish IS NOT NULL")
        var assets = Set(wished.compactMap { AssetID(bytes: [UInt8]($0)) })
        if let table = transaction.schema[.request] {
            assets.formUnion(try transaction.rows(in: table, "WHERE \(Self.isOpen)") { _ in }.compactMap(\.asset))
        }
        return assets.sorted()
    }

    func postpone(_ records: [RowID]) throws {
        for record in records {
            try db.execute(
                sql: "INSERT OR IGNORE INTO postponed (record) VALUES (?)", arguments: [Data(record.bytes)])
        }
    }

    func postponed() throws -> [RowState] {
        try Data.fetchAll(db, sql: "SELECT record FROM postponed ORDER BY ordinal").flatMap { id in
            try [TableID.use, .cancel].flatMap { try rows($0, id: RowID(rawValue: id.number)) }
        }
    }

    func forgetPostponed() throws { try db.execute(sql: "DELETE FROM postponed") }

    func loose(_ replica: ReplicaID) throws -> [RowID] {
        guard transaction.schema[.use] != nil else { return [] }
        // As written: from those that ended to their uses (`partsToEnd`).
        let statement = try RowStatement(
            """
            SELECT u._id FROM decline d CROSS JOIN request r ON r._id = d.request
            CROSS JOIN "use" u ON u.subject = r.subject
            WHERE u.replica = ?1 AND u.request IS NULL
                AND NOT EXISTS (SELECT 1 FROM cancel c WHERE c."use" = u._id)
            UNION SELECT u._id FROM withdrawal w CROSS JOIN "use" u ON u.request = w.request
            WHERE u.replica = ?1 AND NOT EXISTS (SELECT 1 FROM cancel c WHERE c."use" = u._id)
            """, db)
        statement.bind(1, copying: replica)
        var ids: [RowID] = []
        while try statement.step() { if let id = statement.number(0) { ids.append(RowID(rawValue: id)) } }
        return ids
    }
}

extension AssetID {
    /// The table's number, big-endian, and the row's id: 18 bytes.
    var bytes: [UInt8] { withUnsafeBytes(of: table.rawValue.bigEndian) { [UInt8]($0) } + row.bytes }

    var data: Data { Data(bytes) }

    init?(bytes: [UInt8]) {
        guard bytes.count == 18, let row = RowID(bytes: bytes.dropFirst(2)) else { return nil }
        self.init(table: TableID(rawValue: UInt16(bytes[0]) << 8 | UInt16(bytes[1])), row: row)
    }
}
