public import CRDT
import Foundation
import GRDB

/// Samples stand in rings: a slot's place follows from its time, so that a new one overwrites the oldest and the file
/// never grows beyond nodes x slots.
extension ObservationFile {
    /// Adds what an attempt moved to the slots of its time.
    func addItems(of attempt: Attempt, _ db: Database) throws {
        for tier in Tier.allCases where !attempt.items.isNone {
            let slot = tier.slot(of: attempt.time)
            try db.cachedStatement(
                sql: """
                    INSERT INTO sample VALUES (?1, ?2, ?3, ?4, NULL, NULL, ?5, ?6) ON CONFLICT DO UPDATE SET
                        up = excluded.up + CASE WHEN at = excluded.at THEN up ELSE 0 END,
                        down = excluded.down + CASE WHEN at = excluded.at THEN down ELSE 0 END,
                        lag = CASE WHEN at = excluded.at THEN lag END,
                        pending = CASE WHEN at = excluded.at THEN pending END, at = excluded.at
                    WHERE excluded.at >= at
                    """
            ).execute(arguments: [
                attempt.node.data, tier.rawValue, tier.position(of: slot), slot, attempt.items.up, attempt.items.down,
            ])
            try db.cachedStatement(
                sql: """
                    INSERT INTO alliance_sample VALUES (?1, ?2, ?3, NULL, NULL, NULL, NULL, NULL, NULL, ?4, ?5)
                    ON CONFLICT DO UPDATE SET
                        up = excluded.up + CASE WHEN at = excluded.at THEN up ELSE 0 END,
                        down = excluded.down + CASE WHEN at = excluded.at THEN down ELSE 0 END,
                        heard = CASE WHEN at = excluded.at THEN heard END,
                        middle = CASE WHEN at = excluded.at THEN middle END,
                        high = CASE WHEN at = excluded.at THEN high END,
                        pending = CASE WHEN at = excluded.at THEN pending END,
                        conflicts = CASE WHEN at = excluded.at THEN conflicts END,
                        requests = CASE WHEN at = excluded.at THEN requests END, at = excluded.at
                    WHERE excluded.at >= at
                    """
            ).execute(arguments: [
                tier.rawValue, tier.position(of: slot), slot, attempt.items.up, attempt.items.down,
            ])
        }
    }

    /// Puts what was seen at a moment into its slots; of several in one slot the worst stays.
    func note(
        _ nodes: [(id: RowID, lag: UInt64?, pending: UInt64?)], _ alliance: AllianceSample, at now: UInt64,
        _ db: Database
    ) throws {
        for tier in Tier.allCases {
            let slot = tier.slot(of: now)
            let position = tier.position(of: slot)
            let statement = try db.cachedStatement(
                sql: """
                    INSERT INTO sample VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0) ON CONFLICT DO UPDATE SET
                        lag = \(Self.worst("lag")), pending = \(Self.worst("pending")),
                        up = CASE WHEN at = excluded.at THEN up ELSE 0 END,
                        down = CASE WHEN at = excluded.at THEN down ELSE 0 END, at = excluded.at
                    WHERE excluded.at >= at
                    """)
            for node in nodes {
                try statement.execute(arguments: [node.id.data, tier.rawValue, position, slot, node.lag, node.pending])
            }
            try db.cachedStatement(
                sql: """
                    INSERT INTO alliance_sample VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, 0)
                    ON CONFLICT DO UPDATE SET heard = \(Self.worst("heard", "min")), middle = \(Self.worst("middle")),
                        high = \(Self.worst("high")), pending = \(Self.worst("pending")),
                        conflicts = \(Self.worst("conflicts")), requests = \(Self.worst("requests")),
                        up = CASE WHEN at = excluded.at THEN up ELSE 0 END,
                        down = CASE WHEN at = excluded.at THEN down ELSE 0 END, at = excluded.at
                    WHERE excluded.at >= at
                    """
            ).execute(arguments: [
                tier.rawValue, position, slot, alliance.heard, alliance.middle, alliance.high, alliance.pending,
                alliance.conflicts, alliance.requests,
            ])
        }
    }

    /// The worse of what stands in the slot and what is new; what was not seen is not a value.
    private static func worst(_ column: String, _ function: String = "max") -> String {
        "CASE WHEN at = excluded.at THEN "
            + "\(function)(ifnull(\(column), excluded.\(column)), ifnull(excluded.\(column), \(column))) "
            + "ELSE excluded.\(column) END"
    }

    // MARK: Reading

    /// One value a slot of a node, the oldest first.
    public func samples(_ tier: Tier, of node: RowID, to now: UInt64) throws -> [NodeSample] {
        let slots = tier.slots(to: now)
        let place = Dictionary(uniqueKeysWithValues: slots.enumerated().map { ($1, $0) })
        var samples = Array(repeating: NodeSample(lag: nil, pending: nil, items: .none), count: slots.count)
        return try database.read { db in
            let statement = try db.cachedStatement(
                sql: "SELECT at, lag, pending, up, down FROM sample WHERE node = ? AND tier = ? AND at >= ?")
            let rows = try Row.fetchCursor(statement, arguments: [node.data, tier.rawValue, slots.first ?? 0])
            while let row = try rows.next() {
                guard let index = place[row[0]] else { continue }
                samples[index] = NodeSample(lag: row[1], pending: row[2], items: Traffic(up: row[3], down: row[4]))
            }
            return samples
        }
    }

    /// The worst lag of each node in each `Tier.coarseness` slots, the oldest first; what was not seen is `nil`.
    public func lags(_ tier: Tier, to now: UInt64) throws -> [RowID: [UInt64?]] {
        guard let first = tier.slots(to: now).first else { return [:] }
        let (width, count) = (tier.width * UInt64(tier.coarseness), tier.count / tier.coarseness)
        return try database.read { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT node, (at - ?2) / ?3, max(lag) FROM sample
                    WHERE tier = ?1 AND at >= ?2 AND lag IS NOT NULL GROUP BY 1, 2
                    """)
            let rows = try Row.fetchCursor(statement, arguments: [tier.rawValue, first, width])
            var lags: [RowID: [UInt64?]] = [:]
            while let row = try rows.next() {
                guard let node = RowID(bytes: row[0] as Data), let index: Int = row[1], (0..<count).contains(index)
                else { continue }
                lags[node, default: Array(repeating: nil, count: count)][index] = row[2]
            }
            return lags
        }
    }

    /// One value a slot, the oldest first.
    public func allianceSamples(_ tier: Tier, to now: UInt64) throws -> [(slot: UInt64, sample: AllianceSample)] {
        let rows = try database.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM alliance_sample WHERE tier = ?", arguments: [tier.rawValue])
        }
        let found = rows.reduce(into: [UInt64: AllianceSample]()) { found, row in
            found[row["at"]] = AllianceSample(
                heard: row["heard"], middle: row["middle"], high: row["high"], pending: row["pending"],
                conflicts: row["conflicts"], requests: row["requests"],
                items: Traffic(up: row["up"], down: row["down"]))
        }
        return tier.slots(to: now).map { ($0, found[$0] ?? .unseen) }
    }
}
