import Alliance
import CRDT
import GRDB
public import Sync

/// The maps of the ledger follow the rows of its tables.
extension SQLiteTransaction {
    public var ledger: any LedgerStore { LedgerFile(transaction: self) }

    /// Brings a row that was just stored, and was not there before, into the maps.
    func noteInLedger(_ row: RowState) throws {
        guard row.key.table.isLedger else { return }
        var ledger = LedgerFile(transaction: self)
        try row.note(in: &ledger)
    }

    /// A record was changed or taken back: what follows from it is made anew.
    func markStale(_ rows: RowState?...) {
        for case let asset? in rows.map({ $0?.asset }) { staleAssets.insert(asset) }
    }

    /// Makes the maps of stale assets anew.
    func bringUpToDate() throws {
        guard !staleAssets.isEmpty else { return }
        let assets = staleAssets
        staleAssets = []
        for asset in assets.sorted() {
            for map in LedgerFile.maps {
                try db.execute(sql: "DELETE FROM \(map) WHERE asset = ?", arguments: [asset.data])
            }
            for table in [TableID.grant, .release, .use] {
                guard let table = schema[table], let column = table.column(AssetColumn.row) else { continue }
                for row in try rows(in: table, where: column, is: .bytes(asset.row.bytes)) where row.asset == asset {
                    try noteInLedger(row)
                }
            }
        }
    }

    /// Makes all maps anew from the records.
    func rebuildLedger() throws {
        staleAssets = []
        for map in LedgerFile.maps { try db.execute(sql: "DELETE FROM \(map)") }
        for table in [TableID.grant, .release, .use] {
            guard let table = schema[table] else { continue }
            try eachStored(in: table) { _, row, _ in if let row { try noteInLedger(row) } }
        }
    }
}
