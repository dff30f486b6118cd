import Alliance
import Glibc

/// One server a folder: the lock goes with the process, however it ends.
public final class ServeLock: Sendable {
    private let descriptor: Int32

    public init(_ folder: String) throws {
        descriptor = open(folder + "/serve.lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CommandError(
                .refused, "folder",
                Phrase(
                    "无法写入文件夹 \(folder)；请检查权限和磁盘空间。",
                    "The folder \(folder) can't be written; check rights and disk space."))
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw CommandError(
                .refused, "serving",
                Phrase(
                    "另一个程序正在用这个文件夹提供服务；请先停止它，或换一个文件夹。",
                    "Another process serves this folder; stop it first, or choose another folder."))
        }
    }

    deinit { close(descriptor) }
}
