public import CRDT
import Foundation
import GRDB

/// Who the admissions of this school are about: kept in its own file, and nowhere else.
extension SQLiteTransaction {
    /// - Returns: what was typed when somebody was admitted; `nil` for other schools' admissions, and where nothing was.
    public func applicant(_ admission: RowID) throws -> (name: String, number: String)? {
        try Row.fetchOne(
            db.cachedStatement(sql: "SELECT name, number FROM applicant WHERE admission = ?"),
            arguments: [Data(admission.bytes)]
        ).map { ($0[0], $0[1]) }
    }

    public func setApplicant(_ admission: RowID, name: String, number: String) throws {
        guard !name.isEmpty || !number.isEmpty else { return }
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO applicant VALUES (?, ?, ?)")
            .execute(arguments: [Data(admission.bytes), name, number])
    }
}
