import Glibc
import GRDBSQLite

/// One party's disk: the files of a folder, and what goes wrong with them.
///
/// Contents are kept in memory. Under each file's path stands an empty real file, so that who asks the operating system
/// whether it is there, or renames it, gets the right answer; files are told apart by those files' inode numbers.
final class Disk {
    /// What is wrong with a disk.
    enum Fault: Hashable, Sendable {
        case none
        /// It is full once so many more bytes were taken.
        case full(Int)
        /// The n-th operation from now fails, once.
        case errorOnce(Int)
        /// From the n-th operation on all fail.
        case errors(Int)
        /// Files can't be opened.
        case closed
        /// The power fails at the n-th write or sync from now.
        case crash(Int)
    }

    let folder: String
    var files: [UInt64: DiskFile] = [:]
    var fault = Fault.none
    /// Whether the power has failed; every handle of before stays dead.
    private(set) var isDown = false
    private(set) var generation = 0
    private var random: Seeded
    /// How often each kind of fault struck.
    private(set) var struck: [String: Int] = [:]
    private(set) var writes = 0
    private(set) var syncs = 0
    private var handles = 0

    init(folder: String, random: Seeded) {
        self.folder = folder
        self.random = random
    }

    /// The bytes of all its files.
    var size: Int { files.values.reduce(0) { $0 + $1.size } }

    func contains(_ text: String) -> Bool { files.values.contains { $0.contains(text) } }

    /// The power fails: handles go dead, and what was not synced may be lost.
    func crash() {
        isDown = true
        generation += 1
        fault = .none
        for (_, file) in files.sorted(by: { $0.key < $1.key }) where !file.isSynced || !file.index.users.isEmpty {
            let lost = file.crash(&random)
            struck["lost writes", default: 0] += lost
        }
    }

    func powerOn() { isDown = false }

    func nextHandle() -> Int {
        handles += 1
        return handles
    }

    // MARK: Operations

    enum Operation { case open, read, write, truncate, sync }

    /// What SQLite is told of an operation; 0 if it happens.
    func outcome(_ operation: Operation, growth: Int = 0) -> CInt {
        if operation == .write { writes += 1 }
        if operation == .sync { syncs += 1 }
        switch fault {
        case .none: return SQLITE_OK
        case .full(let room):
            guard growth > 0 else { return SQLITE_OK }
            guard growth <= room else { return strike("disk full", SQLITE_FULL) }
            fault = .full(room - growth)
            return SQLITE_OK
        case .errorOnce(let count):
            fault = count > 1 ? .errorOnce(count - 1) : .none
            return count > 1 ? SQLITE_OK : strike("I/O error", Self.code(operation))
        case .errors(let count):
            guard count <= 1 else {
                fault = .errors(count - 1)
                return SQLITE_OK
            }
            return strike("I/O errors", Self.code(operation))
        case .closed: return operation == .open ? strike("can't open", SQLITE_CANTOPEN) : SQLITE_OK
        case .crash(let count):
            guard operation != .read, operation != .open else { return SQLITE_OK }
            guard count <= 1 else {
                fault = .crash(count - 1)
                return SQLITE_OK
            }
            crash()
            return strike("crash", Self.code(operation))
        }
    }

    private func strike(_ name: String, _ code: CInt) -> CInt {
        struck[name, default: 0] += 1
        return code
    }

    private static func code(_ operation: Operation) -> CInt {
        let detail: CInt =
            switch operation {
            case .open: 0
            case .read: 1
            case .write: 3
            case .sync: 4
            case .truncate: 6
            }
        return SQLITE_IOERR | detail << 8
    }

    // MARK: Files

    /// The file under a path; made if it is not there and may be.
    func file(_ path: String, creates: Bool) -> DiskFile? {
        if let inode = Self.inode(path) {
            if let file = files[inode] { return file }
        } else {
            guard creates else { return nil }
            let descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { return nil }
            close(descriptor)
        }
        guard let inode = Self.inode(path) else { return nil }
        let file = DiskFile()
        files[inode] = file
        return file
    }

    func delete(_ path: String) {
        if let inode = Self.inode(path) { files[inode] = nil }
        unlink(path)
    }

    /// Copies all files of another disk over this one's; nobody may have any open.
    func restore(_ backup: [String: DiskFile]) {
        for (name, content) in backup.sorted(by: { $0.key < $1.key }) {
            let path = folder + "/" + name
            delete(path)
            if file(path, creates: true) != nil, let inode = Self.inode(path) { files[inode] = content.copy() }
        }
    }

    /// A copy of some files as they stand.
    func backup(_ names: [String]) -> [String: DiskFile] {
        var copies: [String: DiskFile] = [:]
        for name in names {
            if let inode = Self.inode(folder + "/" + name), let file = files[inode] { copies[name] = file.copy() }
        }
        return copies
    }

    private static func inode(_ path: String) -> UInt64? {
        var information = stat()
        return stat(path, &information) == 0 ? UInt64(information.st_ino) : nil
    }
}
