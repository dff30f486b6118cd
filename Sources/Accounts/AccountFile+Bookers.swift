import GRDB

/// Which account made which booking, or series: what a teacher may move and cancel.
///
/// It stays in this file: a booking's row goes to other members, and who typed it is none of their business.
extension AccountFile {
    /// Notes whose a booking or series is to be, before it is made, by its id. Who is noted first stays.
    public func note(booking subject: String, of account: Account.ID) throws {
        try database.write { database in
            try database.execute(
                sql: "INSERT INTO booker (subject, account) VALUES (?, ?) ON CONFLICT DO NOTHING",
                arguments: [subject, account])
        }
    }

    /// The ids of the bookings and series that an account made.
    public func bookings(of account: Account.ID) throws -> Set<String> {
        try database.read {
            try String.fetchSet($0, sql: "SELECT subject FROM booker WHERE account = ?", arguments: [account])
        }
    }

    /// The account that made one of these bookings or series; `nil` where none is known.
    public func booker(of subjects: [String]) throws -> Account? {
        try database.read { database in
            for subject in subjects {
                let row = try Row.fetchOne(
                    database,
                    sql: "SELECT account.* FROM booker JOIN account ON account.id = booker.account WHERE subject = ?",
                    arguments: [subject])
                if let row { return Account(row) }
            }
            return nil
        }
    }
}
