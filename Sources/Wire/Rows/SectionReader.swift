import CRDT
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
            let reader = try BatchReader(batch)
            for row in 0..<reader.count {
                let index = Int(try reader.transaction(row))
                guard times.indices.contains(index) else { throw .malformed("section", "transaction index") }
                let stamp = Stamp(time: times[index], replica: replica)
                changes[index].append(try reader.change(row, stamp: stamp))
            }
        }
        guard changes.allSatisfy({ !$0.isEmpty && $0.count <= Limits.transactionRows }) else {
            throw .limit("section", "transactionRows, or a transaction without rows")
        }
        return zip(times, changes).map { TransactionRows(time: $0, changes: $1) }
    }

    func states() throws(WireError) -> [RowState] {
        let replicas = message.replicas.map { ReplicaID(rawValue: $0) }
        var states: [RowState] = []
        for batch in message.batches {
            let reader = try BatchReader(batch)
            var clocks = try ClockReader(batch, rows: reader.count, replicas: replicas)
            for row in 0..<reader.count { states.append(try reader.state(row, clock: try clocks.next(row))) }
        }
        return states
    }
}

/// One batch, its lists checked against the number of rows.
private struct BatchReader {
    let count: Int
    private let table: TableID
    private let owners: [MemberID]
    private let ids: [RowID]
    private let message: PBBatch
    private let columns: [(id: ColumnID, values: [Value])]

    init(_ message: PBBatch) throws(WireError) {
        count = Int(message.rows)
        guard count > 0, count <= Limits.rows else { throw .malformed("batch", "\(count) rows") }
        guard let table = UInt16(exactly: message.table) else { throw .malformed("batch", "table \(message.table)") }
        self.table = TableID(rawValue: table)
        for list in [message.owner, message.presence] where list.count != 1 && list.count != count {
            throw .malformed("batch", "a list of \(list.count) for \(count) rows")
        }
        owners = try message.owners.map { (bytes) throws(WireError) in
            guard let owner = MemberID(bytes: bytes) else { throw .malformed("batch", "owner") }
            return owner
        }
        for index in message.owner where index >= message.owners.count {
            throw .malformed("batch", "owner index \(index)")
        }
        ids = try Self.ids(message)
        columns = try Self.columns(message)
        self.message = message
    }

    func transaction(_ row: Int) throws(WireError) -> UInt32 {
        let list = message.transaction
        guard list.count == 1 || list.count == count else { throw .malformed("batch", "transaction list") }
        return list.count == 1 ? list[0] : list[row]
    }

    private func key(_ row: Int) -> RowKey {
        let owner = message.owner.count == 1 ? message.owner[0] : message.owner[row]
        return RowKey(table: table, owner: owners[Int(owner)], id: ids[row])
    }

    private func presence(_ row: Int) -> UInt32 {
        message.presence.count == 1 ? message.presence[0] : message.presence[row]
    }

    func change(_ row: Int, stamp: Stamp) throws(WireError) -> RowState {
        let length = presence(row)
        guard length > 0 || !columns.isEmpty else { throw .malformed("batch", "a row that says nothing") }
        return RowState(
            key: key(row), presence: length > 0 ? Presence(length: length, stamp: stamp) : nil,
            cells: columns.map { Cell(column: $0.id, value: $0.values[row], stamp: stamp) })
    }

    func state(_ row: Int, clock: PackedClock) throws(WireError) -> RowState {
        let length = presence(row)
        let presenceStamp = clock.stamp(of: .presence)
        guard (length > 0) == (presenceStamp != nil) else { throw .malformed("batch", "presence and clock differ") }
        var cells: [Cell] = []
        for column in columns {
            guard let stamp = clock.stamp(of: column.id) else { throw .malformed("batch", "a cell without a stamp") }
            cells.append(Cell(column: column.id, value: column.values[row], stamp: stamp))
        }
        let known = cells.count + (presenceStamp == nil ? 0 : 1)
        guard clock.columns.count == known else { throw .malformed("batch", "a stamp without a cell") }
        return RowState(
            key: key(row), presence: presenceStamp.map { Presence(length: length, stamp: $0) }, cells: cells)
    }

    private static func ids(_ message: PBBatch) throws(WireError) -> [RowID] {
        let count = Int(message.rows)
        guard message.idPrefix.count == count, message.idRest.count == 14 * count else {
            throw .malformed("batch", "ids for \(count) rows")
        }
        var ids: [RowID] = []
        ids.reserveCapacity(count)
        var prefix: Int32 = 0
        for row in 0..<count {
            prefix = prefix &+ message.idPrefix[row]
            guard prefix >= 0, prefix <= 0xFFFF else { throw .malformed("batch", "id prefix") }
            let rest = message.idRest.withUnsafeBytes { bytes in
                bytes[14 * row..<14 * row + 14].reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
            }
            ids.append(RowID(rawValue: UInt128(UInt32(prefix)) << 112 | rest))
        }
        return ids
    }

    private static func columns(_ message: PBBatch) throws(WireError) -> [(id: ColumnID, values: [Value])] {
        var columns: [(id: ColumnID, values: [Value])] = []
        for column in message.columns {
            guard let id = UInt16(exactly: column.id), id > 0, id < UInt16.max,
                ColumnID(id) > columns.last?.id ?? .presence
            else {
                throw .malformed("batch", "columns do not ascend within 1 ..< 65535")
            }
            columns.append((ColumnID(id), try column.values(rows: Int(message.rows))))
        }
        return columns
    }
}

/// The packed clocks of a batch in state form, read row by row.
private struct ClockReader {
    private let message: PBBatch
    private let replicas: [ReplicaID]
    private var time: Int64 = 0
    private var late = 0

    init(_ message: PBBatch, rows: Int, replicas: [ReplicaID]) throws(WireError) {
        for list in [message.baseReplica, message.width, message.lateCount] where list.count != 1 && list.count != rows
        {
            throw .malformed("batch", "clock lists")
        }
        let lateCount = message.lateCount.reduce(0) { $0 &+ UInt64($1) }
        let expected =
            message.lateCount.count == 1 ? lateCount.multipliedReportingOverflow(by: UInt64(rows)).0 : lateCount
        guard message.baseTime.count == rows, message.lateColumn.count == expected,
            message.lateTime.count == expected, message.lateReplica.count == expected
        else { throw .malformed("batch", "clock lists") }
        self.message = message
        self.replicas = replicas
    }

    mutating func next(_ row: Int) throws(WireError) -> PackedClock {
        func perRow(_ list: [UInt32]) -> UInt32 { list.count == 1 ? list[0] : list[row] }
        time = time &+ message.baseTime[row]
        guard let width = UInt16(exactly: perRow(message.width)) else { throw .malformed("batch", "width") }
        let base = width == 0 ? nil : try stamp(UInt64(bitPattern: time), perRow(message.baseReplica))
        var entries: [PackedClock.Late] = []
        for _ in 0..<perRow(message.lateCount) {
            guard let column = UInt16(exactly: message.lateColumn[late]) else {
                throw .malformed("batch", "late column")
            }
            entries.append(
                .init(column: ColumnID(column), stamp: try stamp(message.lateTime[late], message.lateReplica[late])))
            late += 1
        }
        guard let clock = PackedClock(width: width, base: base, late: entries) else {
            throw .malformed("batch", "a clock that is not canonical")
        }
        return clock
    }

    private func stamp(_ time: UInt64, _ replica: UInt32) throws(WireError) -> Stamp {
        guard time <= UInt64(Int64.max), replicas.indices.contains(Int(replica)) else {
            throw .malformed("batch", "stamp")
        }
        return Stamp(time: HybridTime(rawValue: time), replica: replicas[Int(replica)])
    }
}
