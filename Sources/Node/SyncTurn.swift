import Alliance
import Glibc
import Replica

/// One session at a time a folder, in whatever process: two at once would draw their tokens past each other, which to
/// the hub looks like two copies of the replica, a fork.
public final class SyncTurn: Sendable {
    private let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    /// How often a session that waits for another looks whether that has ended.
    private static let interval = Duration.milliseconds(20)

    /// How long a session waits for another before it gives up.
    private static let patience = Duration.seconds(120)

    /// Waits until no other session runs. The turn ends with the object, or with the process.
    /// - Throws: `CommandError` if the folder can't be written, or the other session goes on for too long.
    public static func wait(in folder: String) async throws -> SyncTurn {
        let descriptor = open(folder + "/sync.lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CommandError(
                .refused, "folder",
                Phrase(
                    "无法写入文件夹 \(folder)；请检查权限和磁盘空间。",
                    "The folder \(folder) can't be written; check rights and disk space."))
        }
        let turn = SyncTurn(descriptor: descriptor)
        let start = ContinuousClock.now
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard ContinuousClock.now - start < patience else {
                throw CommandError(
                    .refused, "syncing",
                    Phrase(
                        "另一个程序正在同步这个文件夹，两分钟内没有结束；改动已存好，请稍后再试。",
                        "Another process has been syncing this folder for two minutes; your edits are safe; try again later."
                    ))
            }
            try await Task.sleep(for: interval)
        }
        return turn
    }

    deinit { close(descriptor) }
}
