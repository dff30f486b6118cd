public import CRDT

/// The changes of one transaction to the rows of one audience.
public struct TransactionRows: Hashable, Sendable {
    public let time: HybridTime
    /// Every cell and presence carries the transaction's stamp.
    public let changes: [RowState]

    public init(time: HybridTime, changes: [RowState]) {
        self.time = time
        self.changes = changes
    }
}

/// Rows in columns, as they stand in segments, snapshots, the outbox and the inboxes.
///
/// There are two forms. In *change form* rows belong to transactions of one replica, and a cell's stamp is its
/// transaction's. In *state form* each row carries its own packed clock. Both are the protobuf message `Section`.
public enum Section {
    /// Serialises transactions of one replica, ascending by time, to change form; the bytes do not depend on the order
    /// of the changes in a transaction.
    public static func encode(_ transactions: [TransactionRows]) -> [UInt8] {
        SectionBuilder(transactions).serialised()
    }

    /// Serialises rows with their clocks to state form; the bytes do not depend on the order of the rows.
    public static func encode(states: some Sequence<RowState>) -> [UInt8] {
        let states = [RowState](states).inOrderOfKey
        var builder = SectionBuilder(rows: states.count)
        for state in states { builder.add(state) }
        return builder.serialised()
    }

    /// Reads change form; the transactions ascend by time.
    public static func transactions(_ raw: [UInt8], of replica: ReplicaID) throws(WireError) -> [TransactionRows] {
        try SectionReader(raw).transactions(of: replica)
    }

    /// The tables of a section's batches and how many rows each has, without reading the rows: for own sections.
    public static func outline(_ raw: [UInt8]) -> [(table: TableID, rows: Int)] {
        raw.withUnsafeBytes { bytes in
            ProtoScan(bytes, in: 0..<bytes.count).compactMap { batch in
                guard batch.number == 3, let payload = batch.payload else { return nil }
                var (table, rows) = (UInt64(0), UInt64(0))
                // The scalars stand before the lists.
                for field in ProtoScan(bytes, in: payload).prefix(while: { $0.payload == nil }) {
                    if field.number == 1 { table = field.value }
                    if field.number == 2 { rows = field.value }
                }
                return (TableID(rawValue: UInt16(clamping: table)), Int(clamping: rows))
            }
        }
    }

    /// Reads state form.
    public static func states(_ raw: [UInt8]) throws(WireError) -> [RowState] {
        var rows = try stateRows(raw)
        return try rows.rest()
    }

    /// Reads state form a few rows at a time.
    public static func stateRows(_ raw: [UInt8]) throws(WireError) -> StateRows { try SectionReader(raw).stateRows() }

    /// The zstd frame of a serialised section, a block for each column that is worth one.
    public static func compress(_ raw: [UInt8]) -> [UInt8] {
        let frame = Zstd.compress(raw, breaks: columnBreaks(raw))
        guard !isWithinRatio(raw.count, of: frame) else { return frame }
        // Smaller than a reader believes. A block has at least 4 bytes, so one for each KiB keeps the ratio below 256.
        return Zstd.compress(raw, breaks: [Int](stride(from: 1024, to: raw.count, by: 1024)))
    }

    /// The section of a frame whose announced size is within the limits.
    public static func decompress(_ frame: [UInt8], size: Int) throws(WireError) -> [UInt8] {
        guard (0...Limits.sectionRawSize).contains(size) else {
            throw .limit("section", "sectionRawSize: \(size) bytes")
        }
        guard isWithinRatio(size, of: frame) else {
            throw .limit("section", "sectionRatio: \(size) bytes from \(frame.count)")
        }
        return try Zstd.decompress(frame, to: size, "section")
    }

    private static func isWithinRatio(_ size: Int, of frame: [UInt8]) -> Bool {
        size <= max(frame.count, 64) * Limits.sectionRatio
    }

    /// Columns shorter than this share a block with what stands before them.
    private static let blockSizeMin = 700

    private static func columnBreaks(_ raw: [UInt8]) -> [Int] {
        raw.withUnsafeBytes { bytes in
            var breaks: [Int] = []
            for batch in ProtoScan(bytes, in: 0..<bytes.count) where batch.number == 3 {
                guard let payload = batch.payload else { continue }
                for field in ProtoScan(bytes, in: payload) {
                    guard let end = field.payload?.upperBound, end - (breaks.last ?? 0) >= blockSizeMin else {
                        continue
                    }
                    breaks.append(end)
                }
            }
            return breaks.filter { $0 < bytes.count }
        }
    }
}
