import Alliance
import CRDT
import Foundation
import Store
import Sync
import Wire

/// What it costs to book and to decide: CPU time of the shipped code on real files, one process, no network.
public struct RightsBench {
    /// One figure.
    public struct Figure: Sendable {
        public let name: String
        public let value: Double
    }

    private let folder: String

    /// - Parameter folder: where its files are made; it must exist.
    public init(folder: String) { self.folder = folder }

    private static let lanes = 40
    private static let hour: Int64 = 3_600_000
    private static let day: Int64 = 86_400_000

    // MARK: Local confirmations

    /// Bookings a second on a term's calendar, with so many bookings in the file before.
    ///
    /// - Parameters:
    ///   - before: bookings of other spaces that the file holds.
    ///   - count: how many are measured.
    public func confirmations(before: Int, count: Int) throws -> [Figure] {
        let alliance = BenchAlliance(folder: folder, tables: .current)
        let hub = try alliance.makeHub()
        let node = try alliance.makeNode("books-\(before)", hub: hub)
        let own = try space(1, at: node)
        let other = try space(2, at: node)
        _ = try BenchAlliance.sync(node, hub)
        _ = try BenchAlliance.sync(node, hub)
        try fill(other, before, at: node)
        // A term's bookings of the room itself: 5,000 of 40 workstations in 20 weeks.
        try fill(own, 5_000, at: node)
        let usage = try Usage.measure {
            for number in 5_000..<5_000 + count { try book(own, number, at: node) }
        }
        let raw = try Self.raw(folder + "/raw.sqlite", count)
        return [
            Figure(name: "confirmations a second, \(before) bookings before", value: Double(count) / usage.cpu * 1000),
            Figure(name: "raw transactions of two rows a second", value: Double(count) / raw.cpu * 1000),
            Figure(name: "a confirmation by raw, \(before) bookings before", value: usage.cpu / raw.cpu),
        ]
    }

    /// As many transactions through SQLite's C API, each of two rows and synced as a confirmation is.
    private static func raw(_ path: String, _ count: Int) throws -> Usage {
        let rows = RawRows(Workload.rows(count * 2))
        let file = try RawSQLite(path)
        try file.createTable()
        return try Usage.measure { try file.insertDurably(rows) }
    }

    private func space(_ number: Int, at node: BenchAlliance.Party) throws -> AssetID {
        let id = RowID(rawValue: UInt128(number) << 64 | 0x5A)
        try BenchAlliance.commit(
            [
                RowEdit(
                    key: RowKey(table: .space, owner: BenchAlliance.school, id: id), act: .create,
                    values: [
                        SpaceColumn.base: Value(id), SpaceColumn.name: .text("车间 \(number)"), ColumnID(3): .integer(40),
                        SpaceColumn.mode: .text("workstation"), SpaceColumn.workstations: .integer(Int64(Self.lanes)),
                    ])
            ], at: node)
        return AssetID(table: .space, row: id)
    }

    /// The hours of the n-th booking of one workstation: ten a day, so that none overlaps another.
    private func wanted(_ number: Int) -> Wanted? {
        let slot = Int64(number / Self.lanes)
        let from = 1_800_000_000_000 + slot / 10 * Self.day + slot % 10 * Self.hour
        return Wanted(.lanes, count: 1, from: from, to: from + Self.hour)
    }

    private func book(_ asset: AssetID, _ number: Int, at node: BenchAlliance.Party) throws {
        guard let wanted = wanted(number) else { return }
        try node.store.write { transaction in
            let surroundings = BenchAlliance.surroundings
            let id = RowID(
                rawValue: .uuid7(wall: surroundings.wall, random: (surroundings.random(), surroundings.random())))
            let row = RowEdit(
                key: RowKey(table: .booking, owner: BenchAlliance.school, id: id), act: .create,
                values: [
                    AssetColumn.table: .integer(Int64(asset.table.rawValue)), AssetColumn.row: Value(asset.row),
                    BookingColumn.host: Value(BenchAlliance.school), BookingColumn.first: .integer(wanted.from),
                    BookingColumn.last: .integer(wanted.to), BookingColumn.workstations: .integer(1),
                    BookingColumn.purpose: .text("实训"),
                ])
            _ = try LocalLedger(transaction, key: node.key, surroundings: surroundings)
                .take(wanted, of: asset, subject: id, beside: [row])
        }
    }

    /// Uses as they come with the journal, thousands a transaction.
    private func fill(_ asset: AssetID, _ count: Int, at node: BenchAlliance.Party) throws {
        for start in stride(from: 0, to: count, by: 5_000) {
            try node.store.write(durable: false) { transaction in
                let replica = transaction.state.replica
                guard let grant = try transaction.ledger.holdings(of: asset).first?.grant else { return }
                let stamp = Stamp(time: transaction.state.clock.next(wall: nil), replica: replica)
                for number in start..<min(start + 5_000, count) {
                    guard let wanted = wanted(number),
                        let span = Span(lane: UInt16(number % Self.lanes), from: wanted.from, to: wanted.to)
                    else { continue }
                    let values: [(ColumnID, Value)] = [
                        (AssetColumn.table, .integer(Int64(asset.table.rawValue))), (AssetColumn.row, Value(asset.row)),
                        (UseColumn.replica, Value(replica)),
                        (UseColumn.pieces, .bytes(PointBytes.bytes([Piece(span, under: grant)]))),
                        (UseColumn.kind, .text("booking")), (UseColumn.member, Value(BenchAlliance.school)),
                        (UseColumn.request, .null),
                        (UseColumn.subject, Value(RowID(rawValue: .random(in: 0 ... .max)))),
                    ]
                    let row = RowState(
                        key: RowKey(
                            table: .use, owner: BenchAlliance.school, id: RowID(rawValue: .random(in: 0 ... .max))),
                        presence: Presence(length: 1, stamp: stamp),
                        cells: values.map { Cell(column: $0.0, value: $0.1, stamp: stamp) })
                    _ = try transaction.insert(row, audience: .alliance)
                }
            }
        }
    }

    // MARK: Decisions

    /// What the hub takes to journal and decide requests for points of the pool.
    public func decisions(requests: Int, spaces: Int) throws -> [Figure] {
        let alliance = BenchAlliance(folder: folder, tables: .current)
        let hub = try alliance.makeHub()
        let node = try alliance.makeNode("asks", hub: hub)
        let assets = try (1...spaces).map { try space($0, at: node) }
        _ = try BenchAlliance.sync(node, hub)
        _ = try BenchAlliance.sync(node, hub)
        for asset in assets {
            try node.store.write(durable: false) { transaction in
                let spans = try transaction.ledger.holdings(of: asset).map(\.span)
                try LocalLedger(transaction, key: node.key, surroundings: BenchAlliance.surroundings)
                    .release(spans, of: asset, wish: nil, note: "")
            }
        }
        _ = try BenchAlliance.sync(node, hub)
        _ = try BenchAlliance.sync(node, hub)
        for number in 0..<requests {
            guard let wanted = wanted(number / spaces) else { continue }
            try node.store.write(durable: false) { transaction in
                _ = try LocalLedger(transaction, key: node.key, surroundings: BenchAlliance.surroundings)
                    .take(wanted, of: assets[number % spaces], subject: RowID(rawValue: .random(in: 0 ... .max)))
            }
        }
        var node2 = Usage(cpu: 0, peakMemory: 0)
        let all = try Usage.measure {
            _ = try BenchAlliance.sync(node, hub) { body in
                let part = try Usage.measure(body)
                node2.cpu += part.cpu
            }
        }
        let decided = try hub.store.read { transaction in
            try transaction.schema[.use].map { try transaction.count(in: $0) } ?? 0
        }
        return [
            Figure(name: "\(requests) requests for \(spaces) spaces, hub s", value: (all.cpu - node2.cpu) / 1000),
            Figure(name: "of them decided", value: Double(decided)),
        ]
    }
}
