import Alliance
import CRDT
import Foundation
import GRDB
import Sync

/// The ledger's maps within one transaction: two tables of the file, kept with the rows that they follow from.
///
///     holding      asset, lane, first → last, grant_id, epoch, counter, kind, holder, release_id, wish
///     occupation   asset, lane, first, use_id → last, grant_id
///
/// An asset is its table's number and its row's id, 18 bytes; points are as in `PointBytes`.
struct LedgerFile: LedgerStore {
    let transaction: SQLiteTransaction

    private var db: Database { transaction.db }

    // MARK: Records

    private func rows(_ table: TableID, id: RowID) throws -> [RowState] {
        guard let table = transaction.schema[table] else { return [] }
        return try transaction.rows(in: table, id: id)
    }

    private func rows(_ table: TableID, where column: ColumnID, is id: RowID) throws -> [RowState] {
        guard let table = transaction.schema[table], let column = table.column(column) else { return [] }
        return try transaction.rows(in: table, where: column, is: .bytes(id.bytes))
    }

    func grant(_ id: RowID) throws -> Grant? { try rows(.grant, id: id).lazy.compactMap(\.grant).first }
    func use(_ id: RowID) throws -> Use? { try rows(.use, id: id).lazy.compactMap(\.use).first }
    func cancel(_ id: RowID) throws -> Cancel? { try rows(.cancel, id: id).lazy.compactMap(\.cancel).first }

    func cancels(of use: RowID) throws -> [Cancel] {
        try rows(.cancel, where: CancelColumn.use, is: use).compactMap(\.cancel)
    }

    func isDisputed(_ record: RowID) throws -> Bool {
        let statement = try RowStatement("SELECT 1 FROM dispute WHERE record = ?1", db)
        statement.bind(1, copying: record.rawValue)
        return try statement.first { _ in true } ?? false
    }

    func releases(under grant: RowID) throws -> [Release] {
        guard let asset = try self.grant(grant)?.asset else { return [] }
        return try rows(.release, where: AssetColumn.row, is: asset.row).compactMap(\.release)
            .filter { $0.asset == asset && $0.pieces.contains { $0.grant == grant } }
    }

    func request(_ id: RowID) throws -> RowState? { try rows(.request, id: id).first }

    func openRequests(of asset: AssetID) throws -> [RowState] {
        try rows(.request, where: AssetColumn.row, is: asset.row).filter {
            try $0.asset == asset && !isAnswered($0.key.id)
        }
    }

    func admissions(marked mark: Value) throws -> [RowState] {
        guard let table = transaction.schema[.admission], let column = table.column(AdmissionColumn.mark) else {
            return []
        }
        return try transaction.rows(in: table, where: column, is: mark)
    }

    private func isAnswered(_ request: RowID) throws -> Bool {
        let statement = try RowStatement(
            """
            SELECT 1 FROM "use" WHERE request = ?1 UNION ALL SELECT 1 FROM decline WHERE request = ?1
            UNION ALL SELECT 1 FROM withdrawal WHERE request = ?1
            """, db)
        statement.bind(1, copying: request.rawValue)
        return try statement.first { _ in true } ?? false
    }

    func unsettled() throws -> [AssetID] {
        try transaction.bringUpToDate()
        let wished = try Data.fetchAll(db, sql: "SELECT DISTINCT asset FROM holding WHERE wish IS NOT NULL")
        var assets = Set(wished.compactMap { AssetID(bytes: [UInt8]($0)) })
        if let table = transaction.schema[.request] {
            for row in try transaction.rows(in: table) where try !isAnswered(row.key.id) {
                if let asset = row.asset { assets.insert(asset) }
            }
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
        let statement = try RowStatement(
            """
            SELECT u._id FROM decline d JOIN request r ON r._id = d.request JOIN "use" u ON u.subject = r.subject
            WHERE u.replica = ?1 AND u.request IS NULL
                AND NOT EXISTS (SELECT 1 FROM cancel c WHERE c."use" = u._id)
            UNION SELECT u._id FROM withdrawal w JOIN "use" u ON u.request = w.request
            WHERE u.replica = ?1 AND NOT EXISTS (SELECT 1 FROM cancel c WHERE c."use" = u._id)
            """, db)
        statement.bind(1, copying: replica)
        var ids: [RowID] = []
        while try statement.step() { if let id = statement.number(0) { ids.append(RowID(rawValue: id)) } }
        return ids
    }

    // MARK: Holdings

    private static let holding =
        "SELECT lane, first, last, grant_id, epoch, counter, kind, holder, release_id, wish FROM holding "

    func holdings(of asset: AssetID, in span: Span) throws -> [Holding] {
        try transaction.bringUpToDate()
        // They do not overlap: of those that begin before the span only the last can reach into it.
        let statement = try RowStatement(
            Self.holding + """
                WHERE asset = ?1 AND lane = ?2 AND first < ?4 AND last > ?3 AND first >= coalesce(
                    (SELECT max(first) FROM holding WHERE asset = ?1 AND lane = ?2 AND first <= ?3), ?3)
                ORDER BY first
                """, db)
        return try bound(statement, asset, span) { try holdings(statement) }
    }

    /// All points that a replica holds, by asset.
    func holdings(by replica: ReplicaID) throws -> [(asset: AssetID, holdings: [Holding])] {
        try transaction.bringUpToDate()
        var assets: [AssetID] = []
        let find = try RowStatement("SELECT DISTINCT asset FROM holding WHERE holder = ?1 AND release_id IS NULL", db)
        find.bind(1, copying: replica)
        while try find.step() { if let asset = AssetID(bytes: [UInt8](find.bytes(0))) { assets.append(asset) } }
        return try assets.sorted().map { asset in
            (asset, try holdings(of: asset).filter { $0.place == .held(replica) })
        }
    }

    /// All holdings of an asset, by lane and point.
    func holdings(of asset: AssetID) throws -> [Holding] {
        try transaction.bringUpToDate()
        let statement = try RowStatement(Self.holding + "WHERE asset = ?1 ORDER BY lane, first", db)
        return try asset.bytes.withUnsafeBytes { bytes in
            statement.bind(1, bytes: bytes)
            return try holdings(statement)
        }
    }

    private func holdings(_ statement: RowStatement) throws -> [Holding] {
        var holdings: [Holding] = []
        while try statement.step() {
            guard let span = Self.span(statement), let grant = statement.number(3), let holder = Self.holder(statement)
            else { throw StoreError(.damaged, path: "holding", cause: "a row that is none") }
            let release = statement.number(8).map {
                Holding.Given(release: RowID(rawValue: $0), wish: statement.number(9).map(MemberID.init))
            }
            holdings.append(
                Holding(
                    span: span, grant: RowID(rawValue: grant),
                    fence: Fence(
                        epoch: UInt32(clamping: statement.integer(4)), counter: UInt64(clamping: statement.integer(5))),
                    holder: holder, release: release))
        }
        return holdings
    }

    private static func span(_ statement: RowStatement) -> Span? {
        Span(lane: UInt16(clamping: statement.integer(0)), from: statement.integer(1), to: statement.integer(2))
    }

    private static func holder(_ statement: RowStatement) -> Grant.Holder? {
        switch statement.integer(6) {
        case 0: return .pool
        case 1:
            let bytes = statement.bytes(7)
            guard bytes.count == 8 else { return nil }
            return .replica(ReplicaID(rawValue: bytes.reduce(0) { $0 << 8 | UInt64($1) }))
        default: return .burnt
        }
    }

    mutating func setHoldings(_ new: [Holding], of asset: AssetID, in span: Span) throws {
        for old in try holdings(of: asset, in: span) {
            try remove(old, of: asset)
            for rest in old.span.subtracting([span]) { try insert(old.clipped(to: rest), of: asset) }
        }
        for holding in new { try insert(holding, of: asset) }
    }

    private func remove(_ holding: Holding, of asset: AssetID) throws {
        let statement = try RowStatement("DELETE FROM holding WHERE asset = ?1 AND lane = ?2 AND first = ?3", db)
        try asset.bytes.withUnsafeBytes { bytes in
            statement.bind(1, bytes: bytes)
            statement.bind(2, Int64(holding.span.lane))
            statement.bind(3, holding.span.from)
            try statement.run()
        }
    }

    private func insert(_ holding: Holding, of asset: AssetID) throws {
        let statement = try RowStatement(
            "INSERT INTO holding VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)", db)
        try bound(statement, asset, holding.span) {
            statement.bind(5, copying: holding.grant.rawValue)
            statement.bind(6, Int64(holding.fence.epoch))
            statement.bind(7, Int64(clamping: holding.fence.counter))
            switch holding.holder {
            case .pool: statement.bind(8, 0)
            case .replica: statement.bind(8, 1)
            case .burnt: statement.bind(8, 2)
            }
            if case .replica(let replica) = holding.holder {
                statement.bind(9, copying: replica)
            } else {
                statement.bindNull(9)
            }
            if let release = holding.release?.release.rawValue {
                statement.bind(10, copying: release)
            } else {
                statement.bindNull(10)
            }
            if let wish = holding.release?.wish?.rawValue {
                statement.bind(11, copying: wish)
            } else {
                statement.bindNull(11)
            }
            try statement.run()
        }
    }

    // MARK: Occupations

    func occupations(of asset: AssetID, in span: Span) throws -> [Occupation] {
        try transaction.bringUpToDate()
        let statement = try RowStatement(
            """
            SELECT lane, first, last, grant_id, use_id FROM occupation
            WHERE asset = ?1 AND lane = ?2 AND first < ?4 AND first > ?3 - \(PointBytes.lengthMax) AND last > ?3
            ORDER BY first, use_id
            """, db)
        return try bound(statement, asset, span) {
            var occupations: [Occupation] = []
            while try statement.step() {
                guard let span = Self.span(statement), let grant = statement.number(3), let use = statement.number(4)
                else { throw StoreError(.damaged, path: "occupation", cause: "a row that is none") }
                occupations.append(
                    Occupation(use: RowID(rawValue: use), piece: Piece(span, under: RowID(rawValue: grant))))
            }
            return occupations
        }
    }

    mutating func occupy(_ asset: AssetID, by use: Use) throws {
        let statement = try RowStatement("INSERT OR IGNORE INTO occupation VALUES (?1, ?2, ?3, ?5, ?4, ?6)", db)
        for piece in use.pieces {
            try bound(statement, asset, piece.span) {
                statement.bind(5, copying: use.id.rawValue)
                statement.bind(6, copying: piece.grant.rawValue)
                try statement.run()
            }
        }
    }

    mutating func vacate(_ asset: AssetID, by use: Use) throws {
        let statement = try RowStatement(
            "DELETE FROM occupation WHERE asset = ?1 AND lane = ?2 AND first = ?3 AND last = ?4 AND use_id = ?5", db)
        for piece in use.pieces {
            try bound(statement, asset, piece.span) {
                statement.bind(5, copying: use.id.rawValue)
                try statement.run()
            }
        }
    }

    /// Binds an asset and a span to the first four parameters, and runs `body` while they hold.
    private func bound<Result>(
        _ statement: RowStatement, _ asset: AssetID, _ span: Span, _ body: () throws -> Result
    ) throws -> Result {
        try asset.bytes.withUnsafeBytes { bytes in
            statement.bind(1, bytes: bytes)
            statement.bind(2, Int64(span.lane))
            statement.bind(3, span.from)
            statement.bind(4, span.to)
            return try body()
        }
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
