import Alliance
import CRDT
import Store
import Sync
import Wire

/// Bookings and requests that are there before anything is measured: many in one transaction.
extension RightsBench {
    /// Bookings with their uses as they come with the journal.
    func fill(_ asset: AssetID, _ count: Int, at node: BenchAlliance.Party) throws {
        try node.store.write(durable: false) { transaction in
            let replica = transaction.state.replica
            guard let grant = try transaction.ledger.holdings(of: asset).first?.grant else { return }
            let secretariat = transaction.state.secretariat
            let stamp = Stamp(time: transaction.state.clock.next(wall: nil), replica: replica)
            for number in 0..<count {
                guard let wanted = wanted(number),
                    let span = Span(lane: UInt16(number % Self.lanes), from: wanted.from, to: wanted.to)
                else { continue }
                let (subject, use) = (newID(), newID())
                let values: [ColumnID: Value] = [
                    AssetColumn.table: .integer(Int64(asset.table.rawValue)), AssetColumn.row: Value(asset.row),
                    UseColumn.replica: Value(replica),
                    UseColumn.pieces: .bytes(PointBytes.bytes([Piece(span, under: grant)])),
                    UseColumn.kind: .text("booking"), UseColumn.member: Value(BenchAlliance.school),
                    UseColumn.subject: Value(subject),
                ]
                for (table, id, values) in [
                    (TableID.booking, subject, booking(wanted, of: asset)), (.use, use, values),
                ] {
                    guard let table = transaction.schema[table] else { continue }
                    let row = RowState(
                        key: RowKey(table: table.id, owner: BenchAlliance.school, id: id),
                        presence: Presence(length: 1, stamp: stamp),
                        cells: table.columns.map {
                            Cell(column: $0.id, value: values[$0.id] ?? .null, stamp: stamp)
                        })
                    _ = try transaction.insert(row, audience: table.audience(of: row, secretariat: secretariat))
                }
            }
        }
    }

    /// Ids ascend, as they do where people book one after the other.
    private func newID() -> RowID {
        let surroundings = BenchAlliance.surroundings
        return RowID(rawValue: .uuid7(wall: surroundings.wall, random: (surroundings.random(), surroundings.random())))
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
        try request(requests, of: assets, at: node)
        var answers = 0.0
        let all = try Usage.measure {
            _ = try BenchAlliance.sync(node, hub) { body in answers += try Usage.measure(body).cpu }
        }
        let decided = try hub.store.read { transaction in
            try transaction.schema[.use].map { try transaction.count(in: $0) } ?? 0
        }
        return [
            Figure(name: "\(requests) requests for \(spaces) spaces, hub CPU s", value: (all.cpu - answers) / 1000),
            Figure(name: "of them decided", value: Double(decided)),
        ]
    }

    private func request(_ count: Int, of assets: [AssetID], at node: BenchAlliance.Party) throws {
        for start in stride(from: 0, to: count, by: 500) {
            try node.store.write(durable: false) { transaction in
                let ledger = LocalLedger(transaction, key: node.key, surroundings: BenchAlliance.surroundings)
                for number in start..<min(start + 500, count) {
                    guard let wanted = wanted(number / assets.count) else { continue }
                    _ = try ledger.take(wanted, of: assets[number % assets.count], subject: newID())
                }
            }
        }
    }
}
