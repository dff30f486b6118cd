import Accounts
import Replica
import Synchronization

/// Files that were shown in a preview and wait to be written: in memory, of the session that sent them.
final class Uploads: Sendable {
    struct Upload: Sendable {
        let key: String
        let owner: String
        let name: String
        let bytes: [UInt8]
        let encoding: String
        /// The workbook's sheet that was chosen; `nil` for the first that holds anything.
        let sheet: String?
        /// By a heading of the file, the column that was chosen for it.
        let chosen: [String: String]
    }

    private let kept = Mutex<[Upload]>([])
    private static let most = 4

    /// Keeps a file; an older one of four goes.
    func keep(
        _ bytes: [UInt8], name: String, encoding: String, sheet: String?, chosen: [String: String], owner: String
    ) -> String {
        let upload = Upload(
            key: Secret().text, owner: owner, name: name, bytes: bytes, encoding: encoding, sheet: sheet, chosen: chosen
        )
        kept.withLock { list in
            list.append(upload)
            if list.count > Self.most { list.removeFirst() }
        }
        return upload.key
    }

    func find(_ key: String, owner: String) -> Upload? {
        kept.withLock { list in list.first { $0.key == key && $0.owner == owner } }
    }

    func drop(_ key: String) { kept.withLock { list in list.removeAll { $0.key == key } } }
}
