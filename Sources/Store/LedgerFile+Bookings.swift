import Alliance
import CRDT
import Foundation
import GRDB
import Sync

/// What is left to be done of bookings whose parts did not all come about.
extension LedgerFile {
    private static let isOver = """
        (EXISTS (SELECT 1 FROM cancel c WHERE c."use" = u._id) OR EXISTS (SELECT 1 FROM dispute s WHERE s.record = u._id))
        """

    func partsToEnd(of member: MemberID) throws -> [RowID] {
        guard transaction.schema[.use] != nil else { return [] }
        // CROSS JOIN keeps the order: from the few that ended to their uses. SQLite would go through all uses.
        // Of a booking of which a part was declined, withdrawn or ended, and of one whose move is confirmed.
        let statement = try RowStatement(
            """
            SELECT u._id FROM (SELECT "use" AS record FROM cancel UNION SELECT record FROM dispute) e
            CROSS JOIN "use" o ON o._id = e.record CROSS JOIN "use" u ON u.subject = o.subject AND u._id != o._id
            WHERE o.kind = 'booking' AND o.member = ?1 AND u.member = ?1 AND NOT \(Self.isOver)
            UNION SELECT u._id FROM (SELECT request FROM decline UNION SELECT request FROM withdrawal) a
            CROSS JOIN request r ON r._id = a.request CROSS JOIN "use" u ON u.subject = r.subject
            WHERE u.member = ?1 AND u.kind = 'booking' AND NOT \(Self.isOver)
            UNION SELECT u._id FROM booking b CROSS JOIN "use" u ON u.subject = b.replaces
            WHERE b.replaces IS NOT NULL AND u.member = ?1 AND u.kind = 'booking' AND NOT \(Self.isOver)
                AND EXISTS (SELECT 1 FROM "use" u WHERE u.subject = b._id AND NOT \(Self.isOver))
                AND NOT EXISTS (SELECT 1 FROM request r WHERE r.subject = b._id
                    AND NOT EXISTS (SELECT 1 FROM "use" x WHERE x.request = r._id))
            """, transaction.db)
        statement.bind(1, copying: member.rawValue)
        return try ids(statement)
    }

    func requestsToWithdraw(of member: MemberID) throws -> [RowID] {
        guard transaction.schema[.request] != nil else { return [] }
        let statement = try RowStatement(
            """
            SELECT r._id FROM decline d CROSS JOIN request o ON o._id = d.request
            CROSS JOIN request r ON r._id = o._id OR r.subject = o.subject
            WHERE NOT EXISTS (SELECT 1 FROM withdrawal w WHERE w.request = r._id)
                AND NOT EXISTS (SELECT 1 FROM "use" u WHERE u.request = r._id)
            """, transaction.db)
        return try Set(ids(statement)).sorted().filter { try request($0)?.key.owner == member }
    }

    func handed(to replica: ReplicaID) throws -> [(asset: AssetID, holding: Holding)] {
        try transaction.bringUpToDate()
        let statement = try RowStatement(
            """
            SELECT DISTINCT h.asset FROM holding h JOIN "grant" g ON g._id = h.grant_id
            WHERE h.holder = ?1 AND h.release_id IS NULL AND g.reason = 'ask'
            """, transaction.db)
        statement.bind(1, copying: replica)
        var assets: [AssetID] = []
        while try statement.step() {
            if let asset = AssetID(bytes: [UInt8](statement.bytes(0))) { assets.append(asset) }
        }
        return try assets.sorted().flatMap { asset in
            try holdings(of: asset).filter { try $0.place == .held(replica) && isHandedOver($0) }.map { (asset, $0) }
        }
    }

    func isHandedOver(_ holding: Holding) throws -> Bool {
        guard let table = transaction.schema[.grant] else { return false }
        return try transaction.rows(in: table, id: holding.grant).first?[GrantColumn.reason]?.value == .text("ask")
    }

    private func ids(_ statement: RowStatement) throws -> [RowID] {
        var ids: [RowID] = []
        while try statement.step() { if let id = statement.number(0) { ids.append(RowID(rawValue: id)) } }
        return ids
    }
}
