public import CRDT

/// A row of the ledger as a record; reading gives `nil` for a row whose bytes say nothing that the ledger can hold, as
/// only a faulty node writes them. Such a row moves no point.
extension RowState {
    private func bytes(_ column: ColumnID) -> [UInt8]? {
        guard case .bytes(let bytes)? = self[column]?.value else { return nil }
        return bytes
    }

    private func integer(_ column: ColumnID) -> Int64? {
        guard case .integer(let number)? = self[column]?.value else { return nil }
        return number
    }

    private func text(_ column: ColumnID) -> String? {
        guard case .text(let text)? = self[column]?.value else { return nil }
        return text
    }

    public func rowID(_ column: ColumnID) -> RowID? { bytes(column).flatMap { RowID(bytes: $0) } }
    public func memberID(_ column: ColumnID) -> MemberID? { bytes(column).flatMap { MemberID(bytes: $0) } }

    /// The replica that a column of 8 bytes names.
    public func replicaID(_ column: ColumnID) -> ReplicaID? {
        guard let bytes = bytes(column), bytes.count == 8 else { return nil }
        return ReplicaID(rawValue: bytes.reduce(0) { $0 << 8 | UInt64($1) })
    }

    /// Of which asset a row of the ledger speaks.
    public var asset: AssetID? {
        guard key.table.isLedger, let table = integer(AssetColumn.table).flatMap(UInt16.init(exactly:)),
            let row = rowID(AssetColumn.row)
        else { return nil }
        return AssetID(table: TableID(rawValue: table), row: row)
    }

    public var grant: Grant? {
        guard key.table == .grant, isThere, let asset,
            let epoch = integer(GrantColumn.epoch).flatMap(UInt32.init(exactly:)),
            let counter = integer(GrantColumn.counter).flatMap(UInt64.init(exactly:)),
            let spans = bytes(GrantColumn.spans).flatMap(PointBytes.spans)
        else { return nil }
        let carries = bytes(GrantColumn.carries).map(PointBytes.occupations) ?? []
        guard let carries else { return nil }
        let holder: Grant.Holder
        switch text(GrantColumn.kind) {
        case "replica":
            guard let replica = replicaID(GrantColumn.holder) else { return nil }
            holder = .replica(replica)
        case "pool": holder = .pool
        case "burnt": holder = .burnt
        default: return nil
        }
        return Grant(
            id: key.id, fence: Fence(epoch: epoch, counter: counter), asset: asset, spans: spans, holder: holder,
            carries: carries)
    }

    public var release: Release? {
        guard key.table == .release, isThere, let asset, let author = replicaID(ReleaseColumn.replica),
            let pieces = bytes(ReleaseColumn.pieces).flatMap(PointBytes.pieces)
        else { return nil }
        return Release(
            id: key.id, author: author, asset: asset, pieces: pieces, wish: memberID(ReleaseColumn.wish))
    }

    public var use: Use? {
        guard key.table == .use, isThere, let asset, let author = replicaID(UseColumn.replica),
            let pieces = bytes(UseColumn.pieces).flatMap(PointBytes.pieces),
            pieces.allSatisfy({ $0.span.to - $0.span.from <= PointBytes.lengthMax })
        else { return nil }
        return Use(id: key.id, author: author, asset: asset, pieces: pieces)
    }

    public var cancel: Cancel? {
        guard key.table == .cancel, isThere, let author = replicaID(CancelColumn.replica),
            let use = rowID(CancelColumn.use), let pieces = bytes(CancelColumn.pieces).flatMap(PointBytes.pieces)
        else { return nil }
        return Cancel(id: key.id, author: author, use: use, pieces: pieces)
    }

    public var dispute: Dispute? {
        guard key.table == .dispute, isThere, let record = rowID(DisputeColumn.record),
            let reason = text(DisputeColumn.reason).flatMap(Dispute.Reason.init(rawValue:))
        else { return nil }
        return Dispute(record: record, winner: rowID(DisputeColumn.winner), reason: reason)
    }

    public var request: Request? {
        guard key.table == .request, isThere, let asset, let author = replicaID(RequestColumn.replica),
            let count = integer(RequestColumn.count), let first = integer(RequestColumn.first),
            let last = integer(RequestColumn.last), PointBytes.points.contains(first), PointBytes.points.contains(last),
            let wanted = Wanted(
                text(RequestColumn.kind) == "places" ? .places : .lanes, count: Int(count), from: first, to: last)
        else { return nil }
        return Request(
            id: key.id, author: author, asset: asset, wanted: wanted, waits: integer(RequestColumn.waits) == 1)
    }
}

extension Value {
    public init(_ id: RowID?) { self = id.map { .bytes($0.bytes) } ?? .null }
    public init(_ id: MemberID?) { self = id.map { .bytes($0.bytes) } ?? .null }
    public init(_ id: ReplicaID) { self = .bytes(withUnsafeBytes(of: id.rawValue.bigEndian) { [UInt8]($0) }) }
}
