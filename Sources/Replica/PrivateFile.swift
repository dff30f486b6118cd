import Alliance
import Glibc

/// A small file that only the user of the data can read.
enum PrivateFile {
    /// Puts bytes in the place of what the file held before, whole or not at all.
    ///
    /// - Throws: `CommandError` under `code`, saying that the file can't be written.
    static func write(_ bytes: [UInt8], to path: String, code: String) throws {
        let new = path + ".new"
        unlink(new)
        let descriptor = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw unwritable(path, code) }
        let isWritten = Glibc.write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
        close(descriptor)
        guard isWritten, rename(new, path) == 0 else { throw unwritable(path, code) }
    }

    private static func unwritable(_ path: String, _ code: String) -> CommandError {
        CommandError(
            .refused, code,
            Phrase(
                "无法写入 \(path)，未作改动；请检查磁盘和权限。",
                "\(path) can't be written, and nothing was done; check the disk and the rights."))
    }
}
