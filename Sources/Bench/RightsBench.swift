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

    let folder: String

    /// - Parameter folder: where its files are made; it must exist.
    public init(folder: String) { self.folder = folder }

    static let lanes = 40
    private static let hour: Int64 = 3_600_000
    private static let day: Int64 = 86_400_000
    /// A term of one room: 40 workstations, 20 weeks.
    static let term = 5_000
    /// The product and the baseline in turn: what else the machine does comes to both.
    private static let rounds = 5
    private static let looks = 50

    /// Bookings a second on a term's calendar, with so many bookings in the file before.
    ///
    /// - Parameters:
    ///   - before: bookings of other spaces that the file holds.
    ///   - count: how many are measured, at least as many as there are rounds.
    /// - Returns: of the rounds the median of each figure.
    public func confirmations(before: Int, count: Int) throws -> [Figure] {
        let alliance = BenchAlliance(folder: folder, tables: .current)
        let hub = try alliance.makeHub()
        let node = try alliance.makeNode("books-\(before)", hub: hub)
        let spaces = try (0...(before + Self.term - 1) / Self.term).map { try space($0 + 1, at: node) }
        _ = try BenchAlliance.sync(node, hub)
        _ = try BenchAlliance.sync(node, hub)
        for (index, other) in spaces.dropFirst().enumerated() {
            try fill(other, min(Self.term, before - index * Self.term), at: node)
        }
        try fill(spaces[0], Self.term, at: node)
        let size = count / Self.rounds
        let raw = try RawSQLite(folder + "/raw.sqlite")
        try raw.createTable()
        let rows = RawRows(Workload.rows(size * Self.rounds * 2))
        var rounds: [(own: Usage, raw: Usage)] = []
        for round in 0..<Self.rounds {
            let own = try Usage.measure {
                for number in 0..<size { try book(spaces[0], Self.term + round * size + number, at: node) }
            }
            let bare = try Usage.measure {
                try raw.insertDurably(rows, round * size * 2..<(round + 1) * size * 2)
            }
            rounds.append((own, bare))
        }
        func figure(_ name: String, _ value: ((own: Usage, raw: Usage)) -> Double) -> Figure {
            Figure(name: "\(name), \(before) bookings before", value: rounds.map(value).sorted()[Self.rounds / 2])
        }
        // Asked at each exchange.
        let tidying = try Usage.measure {
            for _ in 0..<Self.looks {
                _ = try node.store.read {
                    try LocalLedger($0, key: node.key, surroundings: BenchAlliance.surroundings).isUntidy
                }
            }
        }
        let each = Double(size)
        return [
            figure("confirmations a second of CPU") { each / $0.own.cpu * 1000 },
            figure("confirmations a second of wall time") { each / $0.own.wall * 1000 },
            figure("a confirmation, CPU µs") { $0.own.cpu / each * 1000 },
            figure("a confirmation, user CPU µs") { $0.own.user / each * 1000 },
            figure("raw transactions of two rows a second of CPU") { each / $0.raw.cpu * 1000 },
            figure("raw transactions of two rows a second of wall time") { each / $0.raw.wall * 1000 },
            figure("a confirmation by raw, CPU") { $0.own.cpu / $0.raw.cpu },
            figure("a look for what is to be tidied up, CPU µs") { _ in tidying.cpu / Double(Self.looks) * 1000 },
        ]
    }

    func space(_ number: Int, at node: BenchAlliance.Party) throws -> AssetID {
        let id = RowID(rawValue: UInt128(number) << 64 | 0x5A)
        try BenchAlliance.commit(
            [
                RowEdit(
                    key: RowKey(table: .space, owner: BenchAlliance.school, id: id), act: .create,
                    values: [
                        SpaceColumn.base: Value(id), SpaceColumn.name: .text("车间 \(number)"),
                        SpaceColumn.capacity: .integer(40), SpaceColumn.mode: .text("workstation"),
                        SpaceColumn.workstations: .integer(Int64(Self.lanes)),
                    ])
            ], at: node)
        return AssetID(table: .space, row: id)
    }

    /// The hours of the n-th booking of one workstation: ten a day, so that none overlaps another.
    func wanted(_ number: Int) -> Wanted? {
        let slot = Int64(number / Self.lanes)
        let from = 1_800_000_000_000 + slot / 10 * Self.day + slot % 10 * Self.hour
        return Wanted(.lanes, count: 1, from: from, to: from + Self.hour)
    }

    /// What a booking's row says.
    func booking(_ wanted: Wanted, of asset: AssetID) -> [ColumnID: Value] {
        [
            AssetColumn.table: .integer(Int64(asset.table.rawValue)), AssetColumn.row: Value(asset.row),
            BookingColumn.host: Value(BenchAlliance.school), BookingColumn.first: .integer(wanted.from),
            BookingColumn.last: .integer(wanted.to), BookingColumn.workstations: .integer(1),
            BookingColumn.purpose: .text("实训"),
        ]
    }

    private func book(_ asset: AssetID, _ number: Int, at node: BenchAlliance.Party) throws {
        guard let wanted = wanted(number) else { return }
        try node.store.write { transaction in
            let surroundings = BenchAlliance.surroundings
            let id = RowID(
                rawValue: .uuid7(wall: surroundings.wall, random: (surroundings.random(), surroundings.random())))
            let row = RowEdit(
                key: RowKey(table: .booking, owner: BenchAlliance.school, id: id), act: .create,
                values: booking(wanted, of: asset))
            let ledger = LocalLedger(transaction, key: node.key, surroundings: surroundings)
            _ = try ledger.take(wanted, of: asset, subject: id, beside: [row])
        }
    }
}
