import Alliance
import Glibc
import Store

/// A small file that only the user of the data can read.
public enum PrivateFile {
    /// Puts bytes in the place of what the file held before, whole or not at all.
    ///
    /// - Throws: `CommandError` under `full` where the disk is, else under `code`, saying that the file can't be written.
    public static func write(_ bytes: [UInt8], to path: String, code: String) throws {
        let new = path + ".new"
        unlink(new)
        let descriptor = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw unwritable(path, code, errno) }
        let count = Glibc.write(descriptor, bytes, bytes.count)
        // What is taken in part only has no room.
        var fault = count < 0 ? errno : count < bytes.count ? ENOSPC : 0
        if fault == 0, fsync(descriptor) != 0 { fault = errno }
        close(descriptor)
        if fault == 0, rename(new, path) != 0 { fault = errno }
        guard fault == 0 else {
            unlink(new)
            throw unwritable(path, code, fault)
        }
    }

    private static func unwritable(_ path: String, _ code: String, _ fault: Int32) -> CommandError {
        if [ENOSPC, EDQUOT].contains(fault) { return CommandError(StoreError(.full, path: path, cause: "no space")) }
        return CommandError(
            .refused, code,
            Phrase(
                "无法写入 \(path)，未作改动；请检查磁盘和权限。",
                "\(path) can't be written, and nothing was done; check the disk and the rights."))
    }
}
