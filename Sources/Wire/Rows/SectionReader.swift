public import CRDT
import Foundation
import SwiftProtobuf

/// Reads a serialised section, checking every count, index and text before it is used.
struct SectionReader {
    private let message: PBSection

    private static let shape = ProtoShape([
        3: (Limits.batches, ProtoShape([3: (Limits.owners, nil), 16: (Limits.columns, nil)]))
    ])

    init(_ raw: [UInt8]) throws(WireError) {
        guard raw.count <= Limits.sectionRawSize else { throw .limit("section", "sectionRawSize: \(raw.count) bytes") }
        try Self.shape.check(raw, "section")
        guard Self.columns(in: raw) <= Limits.cells else { throw .limit("section", "cells") }
        message = try PBSection(checked: raw, "section")
        guard message.times.count <= Limits.transactions, message.replicas.count <= Limits.replicas else {
            throw .limit("section", "transactions or replicas")
        }
        guard message.batches.reduce(0, { $0 + Int($1.rows) }) <= Limits.rows else { throw .limit("section", "rows") }
        guard message.batches.reduce(0, { $0 + Int($1.rows) * $1.columns.count }) <= Limits.cells else {
            throw .limit("section", "cells")
        }
    }

    /// How many columns the batches have together, counted before any is decoded: each has a cell at least.
    private static func columns(in raw: [UInt8]) -> Int {
        raw.withUnsafeBytes { bytes in
            ProtoScan(bytes, in: 0..<bytes.count).reduce(0) { sum, batch in
                guard batch.number == 3, let payload = batch.payload else { return sum }
                return sum + ProtoScan(bytes, in: payload).count { $0.number == 16 }
            }
        }
    }

    func transactions(of replica: ReplicaID) throws(WireError) -> [TransactionRows] {
        var times: [HybridTime] = []
        for difference in message.times {
            let (time, overflow) = (times.last?.rawValue ?? 0).addingReportingOverflow(difference)
            guard !overflow, time <= UInt64(Int64.max), difference > 0 else {
                throw .malformed("section", "times do not ascend")
            }
            times.append(HybridTime(rawValue: time))
        }
        var changes = [[RowState]](repeating: [], count: times.count)
        for batch in message.batches {
            var reader = try BatchReader(batch)
            while reader.left > 0 {
                let index = Int(try reader.transaction)
                guard times.indices.contains(index) else { throw .malformed("section", "transaction index") }
                changes[index].append(try reader.change(stamp: Stamp(time: times[index], replica: replica)))
            }
        }
        guard changes.allSatisfy({ !$0.isEmpty && $0.count <= Limits.transactionRows }) else {
            throw .limit("section", "transactionRows, or a transaction without rows")
        }
        return zip(times, changes).map { TransactionRows(time: $0, changes: $1) }
    }

    /// The section's batches, for reading state form.
    func stateRows() -> StateRows { StateRows(message) }
}

/// The rows of a section in state form, read a few at a time: all at once they would take far more memory than the section.
public struct StateRows {
    private let message: PBSection
    private let replicas: [ReplicaID]
    private var batch = 0
    private var reading: (batch: BatchReader, clocks: ClockReader)?

    fileprivate init(_ message: PBSection) {
        self.message = message
        replicas = message.replicas.map { ReplicaID(rawValue: $0) }
    }

    /// The next rows, at most `count` and at least one; none at the section's end.
    public mutating func next(_ count: Int) throws(WireError) -> [RowState] {
        var states: [RowState] = []
        while states.isEmpty, batch < message.batches.count {
            if reading == nil { reading = try start(message.batches[batch]) }
            guard var reading = reading.take() else { break }
            let rows = min(count, reading.batch.left)
            states.reserveCapacity(rows)
            for _ in 0..<rows { states.append(try reading.batch.state(clock: try reading.clocks.next())) }
            if reading.batch.left == 0 { batch += 1 } else { self.reading = reading }
        }
        return states
    }

    /// All the rows that are left.
    public mutating func rest() throws(WireError) -> [RowState] {
        var states = try next(.max)
        while batch < message.batches.count { states += try next(.max) }
        return states
    }

    private func start(_ message: PBBatch) throws(WireError) -> (batch: BatchReader, clocks: ClockReader) {
        let batch = try BatchReader(message)
        return (batch, try ClockReader(message, rows: batch.left, replicas: replicas))
    }
}

/// One batch, its lists checked against the number of rows, and its rows read in order.
private struct BatchReader {
    private let count: Int
    /// The next row.
    private var row = 0
    private let table: TableID
    private let owners: [MemberID]
    private let owner: [UInt32]
    private let ids: [RowID]
    private let lengths: [UInt32]
    private let transactions: [UInt32]
    private var columns: [ColumnReader]

    init(_ message: PBBatch) throws(WireError) {
        count = Int(message.rows)
        guard count > 0, count <= Limits.rows else { throw .malformed("batch", "\(count) rows") }
        guard let table = UInt16(exactly: message.table) else { throw .malformed("batch", "table \(message.table)") }
        self.table = TableID(rawValue: table)
        owner = message.owner
        lengths = message.presence
        transactions = message.transaction
        for list in [owner, lengths] where list.count != 1 && list.count != count {
            throw .malformed("batch", "a list of \(list.count) for \(count) rows")
        }
        owners = try message.owners.map { (bytes) throws(WireError) in
            guard let owner = MemberID(bytes: bytes) else { throw .malformed("batch", "owner") }
            return owner
        }
        for index in owner where index >= owners.count { throw .malformed("batch", "owner index \(index)") }
        ids = try Self.ids(message)
        columns = try Self.columns(message)
    }

    /// How many rows are still to be read.
    var left: Int { count - row }

    /// That of the next row.
    var transaction: UInt32 {
        get throws(WireError) {
            guard transactions.count == 1 || transactions.count == count else {
                throw .malformed("batch", "transaction list")
            }
            return transactions[transactions.count == 1 ? 0 : row]
        }
    }

    private var key: RowKey {
        RowKey(table: table, owner: owners[Int(owner[owner.count == 1 ? 0 : row])], id: ids[row])
    }

    private var length: UInt32 { lengths[lengths.count == 1 ? 0 : row] }

    mutating func change(stamp: Stamp) throws(WireError) -> RowState {
        guard length > 0 || !columns.isEmpty else { throw .malformed("batch", "a row that says nothing") }
        return try next(presence: stamp) { _ in stamp }
    }

    mutating func state(clock: PackedClock) throws(WireError) -> RowState {
        let presence = clock.stamp(of: .presence)
        guard (length > 0) == (presence != nil) else { throw .malformed("batch", "presence and clock differ") }
        let known = columns.count + (presence == nil ? 0 : 1)
        // Without a late list every column has the base stamp.
        if let base = clock.base, clock.count == known, clock.late.isEmpty,
            columns.last?.id.rawValue ?? 0 < clock.width
        {
            return try next(presence: base) { _ in base }
        }
        let row = try next(presence: presence) { column throws(WireError) in
            guard let stamp = clock.stamp(of: column) else { throw .malformed("batch", "a cell without a stamp") }
            return stamp
        }
        guard clock.count == known else { throw .malformed("batch", "a stamp without a cell") }
        return row
    }

    private mutating func next(
        presence: Stamp?, _ stamp: (ColumnID) throws(WireError) -> Stamp
    ) throws(WireError) -> RowState {
        var cells: [Cell] = []
        cells.reserveCapacity(columns.count)
        for index in columns.indices {
            let column = columns[index].id
            cells.append(Cell(column: column, value: try columns[index].next(), stamp: try stamp(column)))
        }
        let (key, length) = (key, length)
        row += 1
        return RowState(
            key: key, presence: length > 0 ? presence.map { Presence(length: length, stamp: $0) } : nil, cells: cells)
    }

    private static func ids(_ message: PBBatch) throws(WireError) -> [RowID] {
        let count = Int(message.rows)
        let (prefixes, rest) = (message.idPrefix, message.idRest)
        guard prefixes.count == count, rest.count == 14 * count else {
            throw .malformed("batch", "ids for \(count) rows")
        }
        var ids: [RowID] = []
        ids.reserveCapacity(count)
        var prefix: Int32 = 0
        for difference in prefixes {
            prefix = prefix &+ difference
            guard prefix >= 0, prefix <= 0xFFFF else { throw .malformed("batch", "id prefix") }
            ids.append(RowID(rawValue: UInt128(UInt32(prefix)) << 112))
        }
        rest.withUnsafeBytes { bytes in
            for row in 0..<count {
                // 14 bytes, as the number of the first 8 and that of the last 8, which share two.
                let high = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 14 * row, as: UInt64.self))
                let low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 14 * row + 6, as: UInt64.self))
                ids[row] = RowID(rawValue: ids[row].rawValue | UInt128(high >> 16) << 64 | UInt128(low))
            }
        }
        return ids
    }

    private static func columns(_ message: PBBatch) throws(WireError) -> [ColumnReader] {
        var columns: [ColumnReader] = []
        for column in message.columns {
            guard let id = UInt16(exactly: column.id), id > 0, id < UInt16.max,
                ColumnID(id) > columns.last?.id ?? .presence
            else {
                throw .malformed("batch", "columns do not ascend within 1 ..< 65535")
            }
            columns.append(try ColumnReader(column, id: ColumnID(id), rows: Int(message.rows)))
        }
        return columns
    }
}

/// The packed clocks of a batch in state form, read row by row.
private struct ClockReader {
    private let times: [Int64]
    private let baseReplicas: [UInt32]
    private let widths: [UInt32]
    private let lateCounts: [UInt32]
    private let lateEntries: [PackedClock.Late]
    private let replicas: [ReplicaID]
    private var row = 0
    private var time: Int64 = 0
    private var late = 0

    init(_ message: PBBatch, rows: Int, replicas: [ReplicaID]) throws(WireError) {
        (times, baseReplicas, widths, lateCounts) = (
            message.baseTime, message.baseReplica, message.width, message.lateCount
        )
        for list in [baseReplicas, widths, lateCounts] where list.count != 1 && list.count != rows {
            throw .malformed("batch", "clock lists")
        }
        let sum = lateCounts.reduce(0) { $0 &+ UInt64($1) }
        let expected = lateCounts.count == 1 ? sum.multipliedReportingOverflow(by: UInt64(rows)).0 : sum
        let (columns, lateTimes, lateReplicas) = (message.lateColumn, message.lateTime, message.lateReplica)
        guard times.count == rows, columns.count == expected, lateTimes.count == expected,
            lateReplicas.count == expected
        else { throw .malformed("batch", "clock lists") }
        self.replicas = replicas
        var entries: [PackedClock.Late] = []
        entries.reserveCapacity(columns.count)
        for index in columns.indices {
            guard let column = UInt16(exactly: columns[index]) else { throw .malformed("batch", "late column") }
            let stamp = try Self.stamp(lateTimes[index], lateReplicas[index], replicas)
            entries.append(.init(column: ColumnID(column), stamp: stamp))
        }
        lateEntries = entries
    }

    mutating func next() throws(WireError) -> PackedClock {
        defer { row += 1 }
        let row = row
        func perRow(_ list: [UInt32]) -> UInt32 { list[list.count == 1 ? 0 : row] }
        time = time &+ times[row]
        guard let width = UInt16(exactly: perRow(widths)) else { throw .malformed("batch", "width") }
        let base = width == 0 ? nil : try Self.stamp(UInt64(bitPattern: time), perRow(baseReplicas), replicas)
        let end = late + Int(perRow(lateCounts))
        let entries = late == end ? [] : [PackedClock.Late](lateEntries[late..<end])
        late = end
        guard let clock = PackedClock(width: width, base: base, late: entries) else {
            throw .malformed("batch", "a clock that is not canonical")
        }
        return clock
    }

    private static func stamp(
        _ time: UInt64, _ replica: UInt32, _ replicas: [ReplicaID]
    ) throws(WireError) -> Stamp {
        guard time <= UInt64(Int64.max), replicas.indices.contains(Int(replica)) else {
            throw .malformed("batch", "stamp")
        }
        return Stamp(time: HybridTime(rawValue: time), replica: replicas[Int(replica)])
    }
}
