import GRDB
import Store

extension ReplicaStore {
    /// Statements as another program would run them on the file.
    func execute(_ sql: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
        try queue.close()
    }
}
