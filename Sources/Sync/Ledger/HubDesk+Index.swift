public import Alliance
public import CRDT

/// The records and maps of the desk are those of its file.
extension HubDesk {
    public func grant(_ id: RowID) throws -> Grant? { try ledger.grant(id) }
    public func use(_ id: RowID) throws -> Use? { try ledger.use(id) }
    public func cancel(_ id: RowID) throws -> Cancel? { try ledger.cancel(id) }
    public func cancels(of use: RowID) throws -> [Cancel] { try ledger.cancels(of: use) }
    public func isDisputed(_ record: RowID) throws -> Bool { try ledger.isDisputed(record) }
    public func releases(under grant: Grant) throws -> [Release] { try ledger.releases(under: grant) }
    public func holdings(of asset: AssetID, in span: Span) throws -> [Holding] {
        try ledger.holdings(of: asset, in: span)
    }
    public mutating func setHoldings(_ holdings: [Holding], of asset: AssetID, in span: Span) throws {
        try ledger.setHoldings(holdings, of: asset, in: span)
    }
    public func occupations(of asset: AssetID, in span: Span) throws -> [Occupation] {
        try ledger.occupations(of: asset, in: span)
    }
    public func firstUnused(_ lanes: Range<UInt16>, of asset: AssetID, from: Int64, to: Int64) throws -> UInt16? {
        try ledger.firstUnused(lanes, of: asset, from: from, to: to)
    }
    public mutating func occupy(_ asset: AssetID, by use: Use) throws { try ledger.occupy(asset, by: use) }
    public mutating func vacate(_ asset: AssetID, by use: Use) throws { try ledger.vacate(asset, by: use) }
    public func awaited(of asset: AssetID, in span: Span) throws -> [Awaited] {
        try ledger.awaited(of: asset, in: span)
    }
    public mutating func expect(_ awaited: Awaited, of asset: AssetID) throws {
        try ledger.expect(awaited, of: asset)
    }
    public mutating func arrived(_ use: RowID) throws { try ledger.arrived(use) }
}
