public import Alliance
public import CRDT

/// What the sync needs of the ledger that a store keeps, beside the maps.
public protocol LedgerStore: LedgerIndex {
    /// All holdings of an asset, by lane and point.
    func holdings(of asset: AssetID) throws -> [Holding]
    /// Of them those that are on their way to a member.
    func wished(of asset: AssetID) throws -> [Holding]
    /// Of them those that are in the pool with a live use on some of their points.
    func used(of asset: AssetID) throws -> [Holding]
    /// The lanes of an asset that were ever granted.
    func lanes(of asset: AssetID) throws -> Range<UInt16>
    /// All points that a replica holds, by asset.
    func holdings(by replica: ReplicaID) throws -> [(asset: AssetID, holdings: [Holding])]
    /// The row of a request.
    func request(_ id: RowID) throws -> RowState?
    /// Rows of `request` for points of an asset that nobody has answered or withdrawn.
    func openRequests(of asset: AssetID) throws -> [RowState]
    /// Assets of which points are on their way, or that have open requests.
    func unsettled() throws -> [AssetID]
    /// Keeps uses and cancels in mind, in this order, that are to be judged when a recovery is closed.
    func postpone(_ records: [RowID]) throws
    /// The rows of what was postponed, in the order in which it came.
    func postponed() throws -> [RowState]
    func forgetPostponed() throws
    /// Live uses of a replica beside a request that was declined, or for one that was withdrawn.
    func loose(_ replica: ReplicaID) throws -> [RowID]
    /// Rows of `admission` with a mark.
    func admissions(marked mark: Value) throws -> [RowState]
    /// Live uses for a member's bookings of which another part was declined, withdrawn or ended, or whose move is
    /// confirmed.
    func partsToEnd(of member: MemberID) throws -> [RowID]
    /// Requests of a member that were declined, or stand beside such a one of the same booking, and that it has not
    /// withdrawn: a decline reaches who asked and who said it, a withdrawal everybody who might still answer.
    func requestsToWithdraw(of member: MemberID) throws -> [RowID]
    /// Open requests that wait, of a member, in the order in which they were made.
    func waitingRequests(of member: MemberID) throws -> [RowState]
    /// Whether the hub granted points so that their holder answers requests.
    func isHandedOver(_ holding: Holding) throws -> Bool
    /// Such points of a replica.
    func handed(to replica: ReplicaID) throws -> [(asset: AssetID, holding: Holding)]
}
