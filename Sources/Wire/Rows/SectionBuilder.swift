import CRDT
import Foundation
import SwiftProtobuf

/// Gathers rows into batches of one table and one set of columns, and serialises them.
struct SectionBuilder {
    private var times: [HybridTime] = []
    private var batches: [BatchBuilder] = []
    private var batchesByShape: [Shape: [Int]] = [:]

    private struct Shape: Hashable {
        let table: TableID
        let columns: [ColumnID]
    }

    mutating func add(_ transaction: TransactionRows) {
        times.append(transaction.time)
        for change in transaction.changes.sorted(by: { $0.key < $1.key }) {
            add(change, transaction: UInt32(times.count - 1))
        }
    }

    mutating func add(_ state: RowState) { add(state, transaction: nil) }

    private mutating func add(_ row: RowState, transaction: UInt32?) {
        let shape = Shape(table: row.key.table, columns: row.cells.map(\.column))
        let candidates = batchesByShape[shape] ?? []
        let entry = BatchBuilder.Entry(row: row, transaction: transaction)
        if let index = candidates.first(where: { batches[$0].takes(row) }) {
            batches[index].add(entry)
        } else {
            batchesByShape[shape] = candidates + [batches.count]
            batches.append(BatchBuilder(entry))
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

/// The rows of one batch, before they are turned into columns.
struct BatchBuilder {
    struct Entry {
        let row: RowState
        let transaction: UInt32?
    }

    private var entries: [Entry]
    /// Per column the kind of its values; 0 while all are null.
    private var kinds: [UInt32]

    init(_ entry: Entry) {
        entries = [entry]
        kinds = entry.row.cells.map(\.value.kind)
    }

    /// Whether a row of the same table and columns has values of the same kinds.
    func takes(_ row: RowState) -> Bool {
        zip(kinds, row.cells).allSatisfy { kind, cell in
            kind == 0 || cell.value.kind == 0 || kind == cell.value.kind
        }
    }

    mutating func add(_ entry: Entry) {
        entries.append(entry)
        for (index, cell) in entry.row.cells.enumerated() where kinds[index] == 0 { kinds[index] = cell.value.kind }
    }

    func message(replicas: inout [ReplicaID: UInt32]) -> PBBatch {
        let sorted = entries.sorted {
            $0.row.key != $1.row.key ? $0.row.key < $1.row.key : ($0.transaction ?? 0) < ($1.transaction ?? 0)
        }
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
                id: UInt32(sorted[0].row.cells[index].column.rawValue), kind: max(kinds[index], 1),
                values: sorted.map { $0.row.cells[index].value })
        }
        return batch
    }

    private func fillKeys(_ batch: inout PBBatch, _ sorted: [Entry]) {
        var owners: [MemberID: UInt32] = [:]
        var indices: [UInt32] = []
        var rest = Data(capacity: 14 * sorted.count)
        var last: Int32 = 0
        for entry in sorted {
            let key = entry.row.key
            let index = owners[key.owner] ?? UInt32(owners.count)
            if owners.updateValue(index, forKey: key.owner) == nil { batch.owners.append(Data(key.owner.bytes)) }
            indices.append(index)
            let prefix = Int32(truncatingIfNeeded: key.id.rawValue >> 112)
            batch.idPrefix.append(prefix - last)
            last = prefix
            withUnsafeBytes(of: key.id.rawValue.bigEndian) { rest.append(contentsOf: $0[2...]) }
        }
        batch.owner = onceIfConstant(indices)
        batch.idRest = rest
    }

    private func fillClocks(_ batch: inout PBBatch, _ sorted: [Entry], replicas: inout [ReplicaID: UInt32]) {
        func index(_ replica: ReplicaID) -> UInt32 {
            if let index = replicas[replica] { return index }
            let index = UInt32(replicas.count)
            replicas[replica] = index
            return index
        }
        var last: Int64 = 0
        var baseReplicas: [UInt32] = []
        var widths: [UInt32] = []
        var lateCounts: [UInt32] = []
        for entry in sorted {
            let clock = PackedClock(of: entry.row)
            let time = Int64(clock.base?.time.rawValue ?? 0)
            batch.baseTime.append(time &- last)
            last = time
            baseReplicas.append(clock.base.map { index($0.replica) } ?? 0)
            widths.append(UInt32(clock.width))
            lateCounts.append(UInt32(clock.late.count))
            for late in clock.late {
                batch.lateColumn.append(UInt32(late.column.rawValue))
                batch.lateTime.append(late.stamp.time.rawValue)
                batch.lateReplica.append(index(late.stamp.replica))
            }
        }
        batch.baseReplica = onceIfConstant(baseReplicas)
        batch.width = onceIfConstant(widths)
        batch.lateCount = onceIfConstant(lateCounts)
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
    init(id: UInt32, kind: UInt32, values: [Value]) {
        self.init()
        self.id = id
        self.kind = kind
        if values.contains(.null) {
            var bitmap = Data(count: (values.count + 7) / 8)
            for (index, value) in values.enumerated() where value == .null { bitmap[index / 8] |= 1 << (index % 8) }
            nulls = bitmap
        }
        if kind == 1 {
            integers = values.compactMap { if case .integer(let number) = $0 { number } else { nil } }
        } else {
            fill(values.compactMap(\.payload))
        }
    }

    /// Writes the payloads one after the other, or as a dictionary where at most half of them differ.
    private mutating func fill(_ payloads: [[UInt8]]) {
        var entries: [[UInt8]: UInt32] = [:]
        var ordered: [[UInt8]] = []
        var indices: [UInt32] = []
        for payload in payloads {
            let index = entries[payload] ?? UInt32(ordered.count)
            if entries.updateValue(index, forKey: payload) == nil { ordered.append(payload) }
            indices.append(index)
            if ordered.count * 2 > payloads.count { break }
        }
        let hasDictionary = !payloads.isEmpty && ordered.count * 2 <= payloads.count
        let written = hasDictionary ? ordered : payloads
        blob = Data(written.joined())
        lengths = written.map { UInt32($0.count) }
        if hasDictionary { choices = indices }
    }
}

extension Value {
    /// The bytes of a text or bytes value.
    var payload: [UInt8]? {
        switch self {
        case .null, .integer: nil
        case .text(let text): [UInt8](text.utf8)
        case .bytes(let bytes): bytes
        }
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
