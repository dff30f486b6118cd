import GRDB
import Store

extension ReplicaStore {
    /// Statements as another program would run them on the file.
    func execute(_ sql: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
        try queue.close()
    }

    /// The rows of a table as SQLite writes them, in order.
    func dump(_ table: String) throws -> [String] {
        let queue = try DatabaseQueue(path: path)
        let rows = try queue.read { db in
            let columns = try db.columns(in: table).map { "quote(\"\($0.name)\")" }.joined(separator: " || ' ' || ")
            return try String.fetchAll(db, sql: "SELECT \(columns) AS line FROM \"\(table)\" ORDER BY line")
        }
        try queue.close()
        return rows
    }
}
