import CRDT
import Foundation

/// The columns of a batch, filled row by row in the order in which the rows are written.
struct BatchWriter {
    private var owners: [MemberID] = []
    private var owner: [UInt32] = []
    private var prefixes: [Int32] = []
    private var lastPrefix: Int32 = 0
    private var rest: [UInt8] = []
    private var lengths: [UInt32] = []
    /// In change form.
    private var transactions: [UInt32] = []
    /// In state form.
    private var clocks: [PackedClock] = []
    private var columns: [ColumnWriter]

    /// - Parameter rows: how many will come at most.
    init(columns count: Int, rows: Int) {
        columns = (0..<count).map { _ in ColumnWriter(rows: rows) }
    }

    mutating func add(_ row: RowState, _ transaction: UInt32?) {
        let key = row.key
        // Rows are by key, so those of one owner follow each other.
        if owners.last != key.owner { owners.append(key.owner) }
        owner.append(UInt32(owners.count - 1))
        let prefix = Int32(truncatingIfNeeded: key.id.rawValue >> 112)
        prefixes.append(prefix - lastPrefix)
        lastPrefix = prefix
        withUnsafeBytes(of: key.id.rawValue.bigEndian) { rest.append(contentsOf: $0[2...]) }
        lengths.append(row.presence?.length ?? 0)
        if let transaction {
            transactions.append(transaction)
        } else {
            clocks.append(PackedClock(of: row))
        }
        for index in columns.indices { columns[index].append(row.cells[index].value) }
    }

    /// - Parameters:
    ///   - ids: of the columns.
    ///   - kinds: of the columns' values; 0 where all are null.
    func message(
        _ table: TableID, _ ids: [ColumnID], _ kinds: [UInt32], replicas: inout [ReplicaID: UInt32]
    ) -> PBBatch {
        var batch = PBBatch()
        batch.table = UInt32(table.rawValue)
        batch.rows = UInt32(lengths.count)
        batch.owners = owners.map { Data($0.bytes) }
        batch.owner = onceIfConstant(owner)
        batch.idPrefix = prefixes
        batch.idRest = Data(rest)
        batch.presence = onceIfConstant(lengths)
        batch.transaction = onceIfConstant(transactions)
        if transactions.isEmpty { fillClocks(&batch, replicas: &replicas) }
        batch.columns = columns.indices.map { columns[$0].message(ids[$0], kind: max(kinds[$0], 1)) }
        return batch
    }

    private func fillClocks(_ batch: inout PBBatch, replicas: inout [ReplicaID: UInt32]) {
        var lastReplica: (id: ReplicaID, index: UInt32)?
        func index(_ replica: ReplicaID) -> UInt32 {
            if let lastReplica, lastReplica.id == replica { return lastReplica.index }
            let index = replicas[replica] ?? UInt32(replicas.count)
            replicas[replica] = index
            lastReplica = (replica, index)
            return index
        }
        var last: Int64 = 0
        var (baseTimes, lateTimes): ([Int64], [UInt64]) = ([], [])
        var (baseReplicas, widths, lateCounts): ([UInt32], [UInt32], [UInt32]) = ([], [], [])
        var (lateColumns, lateReplicas): ([UInt32], [UInt32]) = ([], [])
        for clock in clocks {
            let time = Int64(clock.base?.time.rawValue ?? 0)
            baseTimes.append(time &- last)
            last = time
            baseReplicas.append(clock.base.map { index($0.replica) } ?? 0)
            widths.append(UInt32(clock.width))
            lateCounts.append(UInt32(clock.late.count))
            for late in clock.late {
                lateColumns.append(UInt32(late.column.rawValue))
                lateTimes.append(late.stamp.time.rawValue)
                lateReplicas.append(index(late.stamp.replica))
            }
        }
        batch.baseTime = baseTimes
        batch.baseReplica = onceIfConstant(baseReplicas)
        batch.width = onceIfConstant(widths)
        batch.lateCount = onceIfConstant(lateCounts)
        batch.lateColumn = lateColumns
        batch.lateTime = lateTimes
        batch.lateReplica = lateReplicas
    }
}

/// A "per row" list: one entry where all are equal.
private func onceIfConstant(_ values: [UInt32]) -> [UInt32] {
    guard let first = values.first, values.allSatisfy({ $0 == first }) else { return values }
    return [first]
}

/// The values of one column of a batch.
private struct ColumnWriter {
    private var rows = 0
    /// As far as the last null.
    private var nulls: [UInt8] = []
    private var integers: [Int64] = []
    private var payloads: PayloadWriter

    init(rows: Int) { payloads = PayloadWriter(rows: rows) }

    mutating func append(_ value: Value) {
        switch value {
        case .null:
            nulls.append(contentsOf: repeatElement(0, count: rows / 8 + 1 - nulls.count))
            nulls[rows / 8] |= 1 << (rows % 8)
        case .integer(let number): integers.append(number)
        case .text(var text): text.withUTF8 { payloads.append($0) }
        case .bytes(let bytes): bytes.withUnsafeBufferPointer { payloads.append($0) }
        }
        rows += 1
    }

    func message(_ id: ColumnID, kind: UInt32) -> PBColumn {
        var column = PBColumn()
        column.id = UInt32(id.rawValue)
        column.kind = kind
        if !nulls.isEmpty { column.nulls = Data(nulls) + Data(count: (rows + 7) / 8 - nulls.count) }
        if kind == 1 {
            column.integers = integers
        } else {
            (column.blob, column.lengths, column.choices) = payloads.finish()
        }
        return column
    }
}
