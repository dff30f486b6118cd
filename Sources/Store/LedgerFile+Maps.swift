import Alliance
import CRDT
import Foundation
import GRDB
import Sync

/// What stands in the tables of the maps.
extension LedgerFile {
    // MARK: Holdings

    static let holding =
        "SELECT lane, first, last, grant_id, epoch, counter, kind, holder, release_id, wish FROM holding "

    func holdings(of asset: AssetID, in span: Span) throws -> [Holding] {
        try transaction.bringUpToDate()
        return try bound(try look(.holdings), asset, span) { try holdings($0) }
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

    func holdings(of asset: AssetID) throws -> [Holding] { try holdings(of: asset, where: "TRUE") }

    func wished(of asset: AssetID) throws -> [Holding] { try holdings(of: asset, where: "wish IS NOT NULL") }

    func used(of asset: AssetID) throws -> [Holding] {
        try holdings(
            of: asset,
            where: """
                wish IS NULL AND (release_id IS NOT NULL OR kind = 0) AND EXISTS (
                    SELECT 1 FROM occupation o WHERE o.asset = ?1 AND o.lane = holding.lane
                    AND o.first < holding.last AND o.first > holding.first - \(PointBytes.lengthMax)
                    AND o.last > holding.first)
                """)
    }

    private func holdings(of asset: AssetID, where condition: String) throws -> [Holding] {
        try transaction.bringUpToDate()
        let statement = try RowStatement(Self.holding + "WHERE asset = ?1 AND \(condition) ORDER BY lane, first", db)
        return try asset.bytes.withUnsafeBytes { bytes in
            statement.bind(1, bytes: bytes)
            return try holdings(statement)
        }
    }

    func lanes(of asset: AssetID) throws -> Range<UInt16> {
        try transaction.bringUpToDate()
        let statement = try RowStatement("SELECT max(lane) FROM holding WHERE asset = ?1", db)
        return try asset.bytes.withUnsafeBytes { bytes in
            statement.bind(1, bytes: bytes)
            return try statement.first { $0.isNull(0) ? 0..<0 : 0..<UInt16(clamping: $0.integer(0)) + 1 } ?? 0..<0
        }
    }

    private func holdings(_ statement: RowStatement) throws -> [Holding] {
        // One that throws would go on where it stood when it is next run.
        defer { statement.reset() }
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
        try bound(statement, asset, holding.span) { statement in
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
        return try bound(try look(.occupations), asset, span) { try occupations($0) }
    }

    func firstUnused(_ lanes: Range<UInt16>, of asset: AssetID, from: Int64, to: Int64) throws -> UInt16? {
        try transaction.bringUpToDate()
        guard let first = lanes.first, let span = Span(lane: first, from: from, to: to) else { return nil }
        return try bound(try look(.unused), asset, span) { statement in
            statement.bind(5, Int64(lanes.upperBound))
            return try statement.first { UInt16(clamping: $0.integer(0)) }
        }
    }

    /// All live uses of an asset.
    func occupations(of asset: AssetID) throws -> [Occupation] {
        let statement = try RowStatement(
            "SELECT lane, first, last, grant_id, use_id FROM occupation WHERE asset = ?1", db)
        return try asset.bytes.withUnsafeBytes { bytes in
            statement.bind(1, bytes: bytes)
            return try occupations(statement)
        }
    }

    private func occupations(_ statement: RowStatement) throws -> [Occupation] {
        defer { statement.reset() }
        var occupations: [Occupation] = []
        while try statement.step() { occupations.append(try Self.occupation(statement)) }
        return occupations
    }

    private static func occupation(_ statement: RowStatement) throws -> Occupation {
        guard let span = span(statement), let grant = statement.number(3), let use = statement.number(4) else {
            throw StoreError(.damaged, path: "occupation", cause: "a row that is none")
        }
        return Occupation(use: RowID(rawValue: use), piece: Piece(span, under: RowID(rawValue: grant)))
    }

    mutating func occupy(_ asset: AssetID, by use: Use) throws {
        let statement = try RowStatement("INSERT OR IGNORE INTO occupation VALUES (?1, ?2, ?3, ?5, ?4, ?6)", db)
        for piece in use.pieces {
            try bound(statement, asset, piece.span) { statement in
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
            try bound(statement, asset, piece.span) { statement in
                statement.bind(5, copying: use.id.rawValue)
                try statement.run()
            }
        }
    }

    // MARK: Awaited uses

    static let awaited = "SELECT lane, first, last, grant_id, use_id, carrier FROM awaited WHERE asset = ?1"

    func awaited(of asset: AssetID, in span: Span) throws -> [Awaited] {
        try transaction.bringUpToDate()
        return try bound(try look(.awaited), asset, span) { try awaited($0) }
    }

    /// All awaited uses of an asset.
    func awaited(of asset: AssetID) throws -> [Awaited] {
        let statement = try RowStatement(Self.awaited, db)
        return try asset.bytes.withUnsafeBytes { bytes in
            statement.bind(1, bytes: bytes)
            return try awaited(statement)
        }
    }

    private func awaited(_ statement: RowStatement) throws -> [Awaited] {
        defer { statement.reset() }
        var awaited: [Awaited] = []
        while try statement.step() {
            guard let carrier = statement.number(5) else {
                throw StoreError(.damaged, path: "awaited", cause: "a row that is none")
            }
            awaited.append(Awaited(try Self.occupation(statement), by: RowID(rawValue: carrier)))
        }
        return awaited
    }

    mutating func expect(_ awaited: Awaited, of asset: AssetID) throws {
        let statement = try RowStatement(
            "INSERT OR IGNORE INTO awaited VALUES (?1, ?2, ?3, ?5, ?6, ?4, ?7)", db)
        try bound(statement, asset, awaited.occupation.piece.span) { statement in
            statement.bind(5, copying: awaited.occupation.use.rawValue)
            statement.bind(6, copying: awaited.carrier.rawValue)
            statement.bind(7, copying: awaited.occupation.piece.grant.rawValue)
            try statement.run()
        }
    }

    mutating func arrived(_ use: RowID) throws {
        let statement = try RowStatement("DELETE FROM awaited WHERE use_id = ?1", db)
        statement.bind(1, copying: use.rawValue)
        try statement.run()
    }

    /// Binds an asset and a span to the first four parameters, and runs `body` while they hold.
    private func bound<Result>(
        _ statement: RowStatement, _ asset: AssetID, _ span: Span, _ body: (RowStatement) throws -> Result
    ) throws -> Result {
        try asset.bytes.withUnsafeBytes { bytes in
            statement.bind(1, bytes: bytes)
            statement.bind(2, Int64(span.lane))
            statement.bind(3, span.from)
            statement.bind(4, span.to)
            return try body(statement)
        }
    }
}
