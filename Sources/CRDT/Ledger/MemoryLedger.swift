/// A ledger in memory: what the explorer drives and tests compare with.
public struct MemoryLedger: MappedLedger, Hashable, Sendable {
    public private(set) var grants: [RowID: Grant] = [:]
    public private(set) var releases: [RowID: Release] = [:]
    public private(set) var uses: [RowID: Use] = [:]
    public private(set) var cancels: [RowID: Cancel] = [:]
    /// By the record that does not count.
    public private(set) var disputes: [RowID: Dispute] = [:]
    public var maps = LedgerMaps()

    public init() {}

    // MARK: Adding; a record that is there already changes nothing

    public mutating func add(_ grant: Grant) throws {
        guard grants[grant.id] == nil else { return }
        grants[grant.id] = grant
        try Ledger.add(grant, to: &self)
    }

    public mutating func add(_ release: Release) throws {
        guard releases[release.id] == nil else { return }
        releases[release.id] = release
        try Ledger.add(release, to: &self)
    }

    public mutating func add(_ use: Use) throws {
        guard uses[use.id] == nil else { return }
        uses[use.id] = use
        try Ledger.add(use, to: &self)
    }

    public mutating func add(_ cancel: Cancel) throws {
        guard cancels[cancel.id] == nil else { return }
        cancels[cancel.id] = cancel
        try Ledger.add(cancel, to: &self)
    }

    public mutating func add(_ dispute: Dispute) throws {
        // Two hubs' words on one record say the same; which is kept must not depend on which came first.
        if let other = disputes[dispute.record] {
            if dispute < other { disputes[dispute.record] = dispute }
            return
        }
        disputes[dispute.record] = dispute
        try Ledger.add(dispute, to: &self)
    }

    /// All holdings of an asset, by lane and point.
    public func holdings(of asset: AssetID) -> [Holding] { maps.holdings[asset] ?? [] }

    // MARK: LedgerIndex

    public func grant(_ id: RowID) -> Grant? { grants[id] }
    public func use(_ id: RowID) -> Use? { uses[id] }
    public func cancel(_ id: RowID) -> Cancel? { cancels[id] }
    public func cancels(of use: RowID) -> [Cancel] { cancels.values.filter { $0.use == use } }
    public func isDisputed(_ record: RowID) -> Bool { disputes[record] != nil }

    public func releases(under grant: Grant) -> [Release] {
        releases.values.filter { release in
            release.asset == grant.asset && release.pieces.contains { $0.grant == grant.id }
        }
    }
}
