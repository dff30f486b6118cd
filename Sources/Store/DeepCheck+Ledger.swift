import Alliance
import CRDT
import Foundation
import GRDB
import Sync

/// A ledger whose records are a file's and whose maps are made anew in memory.
private struct RebuiltLedger: MappedLedger {
    let file: LedgerFile
    var maps = LedgerMaps()

    func grant(_ id: RowID) throws -> Grant? { try file.grant(id) }
    func use(_ id: RowID) throws -> Use? { try file.use(id) }
    func cancel(_ id: RowID) throws -> Cancel? { try file.cancel(id) }
    func cancels(of use: RowID) throws -> [Cancel] { try file.cancels(of: use) }
    func isDisputed(_ record: RowID) throws -> Bool { try file.isDisputed(record) }
    func releases(under grant: Grant) throws -> [Release] { try file.releases(under: grant) }
}

extension SQLiteTransaction {
    /// Assets whose maps are not what follows from the records.
    func assetsAstray() throws -> [AssetID] {
        try allAssets().filter { asset in
            var rebuilt = RebuiltLedger(file: LedgerFile(transaction: self))
            for table in [TableID.grant, .release, .use] {
                guard let table = schema[table], let column = table.column(AssetColumn.row) else { continue }
                for row in try rows(in: table, where: column, is: .bytes(asset.row.bytes)) where row.asset == asset {
                    try row.note(in: &rebuilt)
                }
            }
            return try !isKept(rebuilt, of: asset)
        }
    }

    private func isKept(_ rebuilt: RebuiltLedger, of asset: AssetID) throws -> Bool {
        do {
            let file = rebuilt.file
            let (occupations, awaited) = (try file.occupations(of: asset), try file.awaited(of: asset))
            return LedgerMaps.joined(try file.holdings(of: asset)) == rebuilt.maps.holdings[asset] ?? []
                && Set(occupations) == rebuilt.maps.occupations[asset] ?? []
                && Set(awaited) == rebuilt.maps.awaited[asset] ?? []
        } catch is StoreError { return false }
    }

    /// Assets that a map or a record names, in order.
    private func allAssets() throws -> [AssetID] {
        var assets: Set<AssetID> = []
        for map in LedgerFile.maps {
            for bytes in try Data.fetchAll(db, sql: "SELECT DISTINCT asset FROM \(map)") {
                guard let asset = AssetID(bytes: [UInt8](bytes)) else {
                    throw StoreError(.damaged, path: map, cause: "a key that is no asset's")
                }
                assets.insert(asset)
            }
        }
        for table in [TableID.grant, .release, .use].compactMap({ schema[$0] }) {
            let sql = "SELECT DISTINCT asset_table, asset FROM \"\(table.name)\""
            for row in try Row.fetchAll(db, sql: sql) {
                guard let number: Int64 = row[0], let table = UInt16(exactly: number), let id: Data = row[1],
                    let id = RowID(bytes: id)
                else { continue }
                assets.insert(AssetID(table: TableID(rawValue: table), row: id))
            }
        }
        return assets.sorted()
    }

    /// Records that should be postponed and are not, and what is postponed and should not be.
    ///
    /// While a recovery goes on, that is every use and cancel that came with the journal since it began.
    func postponedAstray() throws -> [RowID] {
        let postponed = Set(
            try Data.fetchAll(db, sql: "SELECT record FROM postponed").map { RowID(rawValue: $0.number) })
        guard let epoch = try epochs().first(where: { $0.closed == nil }) else { return postponed.sorted() }
        let there = Set(try ledger.postponed().map(\.key.id))
        var missing: Set<RowID> = []
        for table in [TableID.use, .cancel].compactMap({ schema[$0] }) {
            let came = try rows(
                in: table,
                """
                WHERE EXISTS (SELECT 1 FROM segment s WHERE s.rev > ?1 AND s.replica = _r
                    AND _t BETWEEN s.first_time AND s.last_time)
                """
            ) { $0.bind(1, epoch.fromRev.signed) }
            for row in came where row.use != nil || row.cancel != nil {
                if !postponed.contains(row.key.id) { missing.insert(row.key.id) }
            }
        }
        return postponed.subtracting(there).union(missing).sorted()
    }
}

extension RowState {
    /// Brings what a row of the ledger records into maps.
    func note(in index: inout some LedgerIndex) throws {
        switch key.table {
        case .grant: if let grant { try Ledger.add(grant, to: &index) }
        case .release: if let release { try Ledger.add(release, to: &index) }
        case .use: if let use { try Ledger.add(use, to: &index) }
        case .cancel: if let cancel { try Ledger.add(cancel, to: &index) }
        case .dispute: if let dispute { try Ledger.add(dispute, to: &index) }
        default: return
        }
    }
}
