public import Alliance
import CRDT
import Store
import Sync

/// The week of a space: hour by hour how many workstations are used, free here, in the pool, or with others.
extension OpenReplica {
    /// The hours that a day of the grid shows: 07:00 to 22:00, China time.
    private static let hours = 7..<22

    /// - Parameters:
    ///   - space: name or id.
    ///   - date: any day of the week, as people type it; empty for today.
    public func calendar(_ space: String, week date: String) throws -> JSON {
        let space = try find(space, in: table("space"))
        let asset = AssetID(table: .space, row: space.key.id)
        let day: Int64 = 86_400_000
        let hour: Int64 = 3_600_000
        let moment = date.isEmpty ? Int64(World.wall) : try instant(date)
        // China's midnight; the first of January 1970 was a Thursday.
        let midnight = (moment + 8 * hour) / day
        let monday = midnight - (midnight + 3) % 7
        let names = try names()
        return try store.read { transaction in
            let replica = transaction.state.replica
            let days: [JSON] = try (Int64(0)..<7).map { index in
                let start: Int64 = (monday + index) * day - 8 * hour
                let hours: [JSON] = try Self.hours.map { at in
                    let from = start + Int64(at) * hour
                    return try self.hour(from, from + hour, of: asset, lanes: space.lanes, replica, transaction)
                }
                return [
                    "date": .string(String(ChinaTime.text(milliseconds: start).prefix(10))), "hours": .array(hours),
                ]
            }
            return [
                "space": .string(space.text(SpaceColumn.name)), "lanes": JSON(space.lanes),
                "owner": .string(names.memberName(space.key.owner) ?? ""), "days": .array(days),
                "asOf": JSON(time: transaction.status.lastSuccess),
            ]
        }
    }

    private func hour(
        _ from: Int64, _ to: Int64, of asset: AssetID, lanes: Int, _ replica: ReplicaID,
        _ transaction: SQLiteTransaction
    ) throws -> JSON {
        let ledger = transaction.ledger
        var (used, own, pool, others) = (0, 0, 0, 0)
        for lane in 0..<UInt16(lanes) {
            guard let span = Span(lane: lane, from: from, to: to) else { continue }
            guard try ledger.occupations(of: asset, in: span).isEmpty else {
                used += 1
                continue
            }
            let places = try Set(ledger.holdings(of: asset, in: span).map(\.place))
            switch places {
            case [.held(replica)]: own += 1
            case [.pool]: pool += 1
            case []: continue
            default: others += 1
            }
        }
        return ["from": JSON(from), "used": JSON(used), "own": JSON(own), "pool": JSON(pool), "others": JSON(others)]
    }
}
