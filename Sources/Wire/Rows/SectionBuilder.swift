public import CRDT
import SwiftProtobuf

/// Gathers rows into batches of one table and one set of columns, and serialises them.
///
/// Rows that come in the order in which they are written go to their columns at once, while they are at hand:
///
///     var section = SectionBuilder(time: time, rows: edits.count)
///     for edit in edits { section.add(change(edit)) }      // in order of key
///     let raw = section.serialised()
public struct SectionBuilder {
    private var times: [HybridTime] = []
    private var batches: [BatchBuilder] = []
    private var batchesByShape: [Shape: [Int]] = [:]
    /// The batch of the last row, if it is the first of its shape and so the first that may take the next row.
    private var lastFirst: Int?
    /// The most rows that a batch may get.
    private let rows: Int
    /// Whether rows come as they are written: those of several transactions are kept until they are sorted.
    private let isOrdered: Bool

    private struct Shape: Hashable {
        let table: TableID
        let columns: [ColumnID]
    }

    /// Change form of one transaction, whose rows come in order of key.
    ///
    /// - Parameter rows: how many there will be at most.
    public init(time: HybridTime, rows: Int) {
        times = [time]
        self.rows = rows
        isOrdered = true
    }

    /// State form of rows that come in order of key.
    ///
    /// - Parameter rows: how many there will be at most.
    public init(rows: Int) {
        self.rows = rows
        isOrdered = true
    }

    /// Change form of several transactions.
    init(_ transactions: [TransactionRows]) {
        rows = transactions.reduce(0) { $0 + $1.changes.count }
        isOrdered = transactions.count < 2
        for transaction in transactions {
            times.append(transaction.time)
            for change in transaction.changes.inOrderOfKey { add(change) }
        }
    }

    public mutating func add(_ row: RowState) {
        let transaction = times.isEmpty ? nil : UInt32(times.count - 1)
        // Nearly every row goes where the one before it went.
        if let last = lastFirst, batches[last].hasShape(of: row), batches[last].takes(row) {
            return batches[last].add(row, transaction)
        }
        let shape = Shape(table: row.key.table, columns: row.cells.map(\.column))
        let candidates = batchesByShape[shape] ?? []
        if let index = candidates.first(where: { batches[$0].takes(row) }) {
            batches[index].add(row, transaction)
            lastFirst = index == candidates[0] ? index : nil
        } else {
            lastFirst = candidates.isEmpty ? batches.count : nil
            batchesByShape[shape] = candidates + [batches.count]
            batches.append(BatchBuilder(shape.table, shape.columns, rows: rows, isOrdered: isOrdered))
            batches[batches.count - 1].add(row, transaction)
        }
    }

    public consuming func serialised() -> [UInt8] {
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

/// The rows of one batch: in their columns, or kept until they can be sorted.
struct BatchBuilder {
    struct Entry {
        let row: RowState
        /// Of the section's transactions; `nil` in state form.
        let transaction: UInt32?

        static func precedes(_ left: Entry, _ right: Entry) -> Bool {
            left.row.key != right.row.key
                ? left.row.key < right.row.key : (left.transaction ?? 0) < (right.transaction ?? 0)
        }
    }

    private let table: TableID
    private let columns: [ColumnID]
    private let isOrdered: Bool
    private var kept: [Entry] = []
    private var writer: BatchWriter
    /// Per column the kind of its values; 0 while all are null.
    private var kinds: [UInt32]

    init(_ table: TableID, _ columns: [ColumnID], rows: Int, isOrdered: Bool) {
        self.table = table
        self.columns = columns
        self.isOrdered = isOrdered
        writer = BatchWriter(columns: columns.count, rows: rows)
        kinds = [UInt32](repeating: 0, count: columns.count)
    }

    /// Whether a row is of the same table and columns.
    func hasShape(of row: RowState) -> Bool {
        row.key.table == table && row.cells.count == columns.count
            && columns.indices.allSatisfy { row.cells[$0].column == columns[$0] }
    }

    /// Whether a row of the same table and columns has values of the same kinds.
    func takes(_ row: RowState) -> Bool {
        kinds.indices.allSatisfy { index in
            let kind = row.cells[index].value.kind
            return kind == 0 || kinds[index] == 0 || kind == kinds[index]
        }
    }

    mutating func add(_ row: RowState, _ transaction: UInt32?) {
        for index in kinds.indices where kinds[index] == 0 { kinds[index] = row.cells[index].value.kind }
        if isOrdered { writer.add(row, transaction) } else { kept.append(Entry(row: row, transaction: transaction)) }
    }

    func message(replicas: inout [ReplicaID: UInt32]) -> PBBatch {
        var writer = writer
        for entry in kept.sorted(by: Entry.precedes) { writer.add(entry.row, entry.transaction) }
        return writer.message(table, columns, kinds, replicas: &replicas)
    }
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

extension SwiftProtobuf.Message {
    /// Serialises; our messages have no required fields, so it cannot fail but for size, which the limits bound.
    var serialisedBytes: [UInt8] {
        do { return try serializedBytes() } catch {
            preconditionFailure("a message that can't be serialised: \(error)")
        }
    }
}
