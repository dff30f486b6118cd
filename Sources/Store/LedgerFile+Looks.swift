import Alliance
import Sync

/// What is asked of the maps for every booking.
extension LedgerFile {
    /// What is asked again and again: asset, lane, first and last are the parameters.
    enum Look: Int, CaseIterable {
        case holdings, occupations, awaited
        /// The first unused lane; the fifth parameter is the end of the lanes.
        case unused

        private static let all = allCases.map(\.text)

        var sql: String { Self.all[rawValue] }

        private var text: String {
            switch self {
            // They do not overlap: of those that begin before the span only the last can reach into it.
            case .holdings:
                LedgerFile.holding + """
                    WHERE asset = ?1 AND lane = ?2 AND first < ?4 AND last > ?3 AND first >= coalesce(
                        (SELECT max(first) FROM holding WHERE asset = ?1 AND lane = ?2 AND first <= ?3), ?3)
                    ORDER BY first
                    """
            case .occupations:
                """
                SELECT lane, first, last, grant_id, use_id FROM occupation
                WHERE asset = ?1 AND lane = ?2 AND first < ?4 AND first > ?3 - \(PointBytes.lengthMax) AND last > ?3
                ORDER BY first, use_id
                """
            case .awaited:
                LedgerFile.awaited + " AND lane = ?2 AND first < ?4 AND last > ?3 ORDER BY first, use_id, carrier"
            // Of each lane the latest use first: on a full day it is the one that is in the way.
            case .unused:
                """
                WITH RECURSIVE lane (number) AS (SELECT ?2 UNION ALL SELECT number + 1 FROM lane WHERE number + 1 < ?5)
                SELECT number FROM lane WHERE (
                    SELECT 1 FROM occupation
                    WHERE asset = ?1 AND lane = number AND first < ?4 AND first > ?3 - \(PointBytes.lengthMax) AND last > ?3
                    ORDER BY first DESC LIMIT 1) IS NULL
                LIMIT 1
                """
            }
        }
    }

    func look(_ look: Look) throws -> RowStatement {
        if let statement = transaction.looks[look.rawValue] { return statement }
        let statement = try RowStatement(look.sql, db)
        transaction.looks[look.rawValue] = statement
        return statement
    }
}
