import CRDT
import Foundation
import SwiftProtobuf

/// Gathers rows into batches of one table and one set of columns, and serialises them.
struct SectionBuilder {
    private var times: [HybridTime] = []
    private var batches: [BatchBuilder] = []
    private var batchesByShape: [Shape: [Int]] = [:]
    /// The batch of the last row, if it is the first of its shape and so the first that may take the next row.
    private var lastFirst: Int?
    /// How many rows the next new batch makes room for: those of a transaction, once.
    private var expected = 1

    private struct Shape: Hashable {
        let table: TableID
        let columns: [ColumnID]
    }

    mutating func add(_ transaction: TransactionRows) {
        times.append(transaction.time)
        let index = UInt32(times.count - 1)
        expected = transaction.changes.count
        for change in transaction.changes.inOrderOfKey { add(change, transaction: index) }
    }

    mutating func add(_ state: RowState) { add(state, transaction: nil) }

    private mutating func add(_ row: RowState, transaction: UInt32?) {
        let entry = BatchBuilder.Entry(row: row, transaction: transaction)
        // Nearly every row goes where the one before it went.
        if let last = lastFirst, batches[last].hasShape(of: row), batches[last].takes(row) {
            return batches[last].add(entry)
        }
        let shape = Shape(table: row.key.table, columns: row.cells.map(\.column))
        let candidates = batchesByShape[shape] ?? []
        if let index = candidates.first(where: { batches[$0].takes(row) }) {
            batches[index].add(entry)
            lastFirst = index == candidates[0] ? index : nil
        } else {
            lastFirst = candidates.isEmpty ? batches.count : nil
            batchesByShape[shape] = candidates + [batches.count]
            batches.append(BatchBuilder(entry, rows: expected))
            expected = 1
        }
    }

    func serialised() -> [UInt8] {
        var section = PBSection()
        var last: UInt64 = 0
        section.times = times.map { time in
            defer { last = time.rawValue }
            return time.rawValue - last
        }
        var replicas = Dictionary<ReplicaID, UInt32>()
        section.batches = batches.map { $0.message(replicas: &replicas) }
        section.replicas = replicas.sorted { $0.value < $1.value }.map(\.key.rawValue)
        return section.serialisedBytes
    }
}

extension [RowState] {
    /// The rows by key; most come so.
    var inOrderOfKey: [RowState] {
        let isSorted = indices.dropFirst().allSatisfy { self[$0 - 1].key < self[$0].key }
        return isSorted ? self : sorted { $0.key < $1.key }
    }
}

/// The rows of one batch, before they are turned into columns.
struct BatchBuilder {
    struct Entry {
        let row: RowState
        let transaction: UInt32?

        static func precedes(_ left: Entry, _ right: Entry) -> Bool {
            left.row.key != right.row.key
                ? left.row.key < right.row.key : (left.transaction ?? 0) < (right.transaction ?? 0)
        }
    }

    private var entries: [Entry]
    /// Whether the rows came in their order, as those of a single transaction do.
    private var isSorted = true
    /// Per column the kind of its values; 0 while all are null.
    private var kinds: [UInt32]

    /// - Parameter rows: how many are likely to come.
    init(_ entry: Entry, rows: Int) {
        entries = []
        entries.reserveCapacity(rows)
        entries.append(entry)
        kinds = entry.row.cells.map(\.value.kind)
    }

    /// Whether a row is of the same table and columns.
    func hasShape(of row: RowState) -> Bool {
        let first = entries[0].row
        return row.key.table == first.key.table && row.cells.count == first.cells.count
            && row.cells.indices.allSatisfy { row.cells[$0].column == first.cells[$0].column }
    }

    /// Whether a row of the same table and columns has values of the same kinds.
    func takes(_ row: RowState) -> Bool {
        kinds.indices.allSatisfy { index in
            let kind = row.cells[index].value.kind
            return kind == 0 || kinds[index] == 0 || kind == kinds[index]
        }
    }

    mutating func add(_ entry: Entry) {
        for index in kinds.indices where kinds[index] == 0 { kinds[index] = entry.row.cells[index].value.kind }
        if isSorted, let last = entries.last { isSorted = !Entry.precedes(entry, last) }
        entries.append(entry)
    }

    func message(replicas: inout [ReplicaID: UInt32]) -> PBBatch {
        let sorted = isSorted ? entries : entries.sorted(by: Entry.precedes)
        var batch = PBBatch()
        batch.table = UInt32(sorted[0].row.key.table.rawValue)
        batch.rows = UInt32(sorted.count)
        fillKeys(&batch, sorted)
        batch.presence = onceIfConstant(sorted.map { $0.row.presence?.length ?? 0 })
        if sorted[0].transaction != nil {
            batch.transaction = onceIfConstant(sorted.map { $0.transaction ?? 0 })
        } else {
            fillClocks(&batch, sorted, replicas: &replicas)
        }
        batch.columns = sorted[0].row.cells.indices.map { index in
            PBColumn(
                id: UInt32(sorted[0].row.cells[index].column.rawValue), kind: max(kinds[index], 1), of: sorted, at: index)
        }
        return batch
    }

    private func fillKeys(_ batch: inout PBBatch, _ sorted: [Entry]) {
        var owners: [MemberID] = []
        var indices: [UInt32] = []
        var prefixes: [Int32] = []
        var rest: [UInt8] = []
        indices.reserveCapacity(sorted.count)
        prefixes.reserveCapacity(sorted.count)
        rest.reserveCapacity(14 * sorted.count)
        var last: Int32 = 0
        for row in sorted.indices {
            let key = sorted[row].row.key
            // Rows are by key, so those of one owner follow each other.
            if owners.last != key.owner { owners.append(key.owner) }
            indices.append(UInt32(owners.count - 1))
            let prefix = Int32(truncatingIfNeeded: key.id.rawValue >> 112)
            prefixes.append(prefix - last)
            last = prefix
            withUnsafeBytes(of: key.id.rawValue.bigEndian) { rest.append(contentsOf: $0[2...]) }
        }
        batch.owners = owners.map { Data($0.bytes) }
        batch.owner = onceIfConstant(indices)
        batch.idPrefix = prefixes
        batch.idRest = Data(rest)
    }

    private func fillClocks(_ batch: inout PBBatch, _ sorted: [Entry], replicas: inout [ReplicaID: UInt32]) {
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
        for row in sorted.indices {
            let clock = PackedClock(of: sorted[row].row)
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

extension Value {
    /// The number of the kind in `Column.kind`; 0 for null.
    var kind: UInt32 {
        switch self {
        case .null: 0
        case .integer: 1
        case .text: 2
        case .bytes: 3
        }
    }
}

extension PBColumn {
    init(id: UInt32, kind: UInt32, of entries: [BatchBuilder.Entry], at index: Int) {
        self.init()
        self.id = id
        self.kind = kind
        var nulls = Data(count: (entries.count + 7) / 8)
        var hasNulls = false
        var integers: [Int64] = []
        var payloads = PayloadWriter(rows: entries.count)
        for row in entries.indices {
            switch entries[row].row.cells[index].value {
            case .null:
                hasNulls = true
                nulls[row / 8] |= 1 << (row % 8)
            case .integer(let number): integers.append(number)
            case .text(let text): payloads.append(text.utf8)
            case .bytes(let bytes): payloads.append(bytes)
            }
        }
        if hasNulls { self.nulls = nulls }
        if kind == 1 { self.integers = integers } else { (blob, lengths, choices) = payloads.finish() }
    }
}

extension SwiftProtobuf.Message {
    /// Serialises; our messages have no required fields, so it cannot fail but for size, which the limits bound.
    var serialisedBytes: [UInt8] {
        do { return try serializedBytes() } catch {
            preconditionFailure("a message that can't be serialised: \(error)")
        }
    }
}
