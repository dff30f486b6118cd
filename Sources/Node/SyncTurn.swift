import Alliance
import Glibc
import Replica

/// One session at a time a folder, in whatever process: two at once would draw their tokens past each other, which to
/// the hub looks like two copies of the replica, a fork.
final class SyncTurn: Sendable {
    private let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    /// How often a session that waits for another looks whether that has ended.
    private static let interval = Duration.milliseconds(20)

    /// Waits until no other session runs. The turn ends with the object, or with the process.
    static func wait(in folder: String) async throws -> SyncTurn {
        let descriptor = open(folder + "/sync.lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CommandError(
                .refused, "folder",
                Phrase(
                    "无法写入文件夹 \(folder)；请检查权限和磁盘空间。",
                    "The folder \(folder) can't be written; check rights and disk space."))
        }
        let turn = SyncTurn(descriptor: descriptor)
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 { try await Task.sleep(for: interval) }
        return turn
    }

    deinit { close(descriptor) }
}
