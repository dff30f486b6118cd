import Glibc
import GRDBSQLite
import Synchronization

/// SQLite's way to the simulated disks: a VFS that keeps the files of their folders and passes all others on.
///
/// Registered as the process's default only where a simulation runs.
enum FaultVFS {
    private struct Disks { var byFolder: [String: Disk] = [:] }

    /// The disks by folder. A disk is touched by the thread of its run only; the list by several runs.
    private nonisolated(unsafe) static var disks = Disks()
    private static let lock = Mutex(())
    /// Of SQLite's own random numbers, which salt the log; `nil` while no run has set them.
    private nonisolated(unsafe) static var random: Seeded?

    /// Set once, before SQLite can call.
    private nonisolated(unsafe) static let base: UnsafeMutablePointer<sqlite3_vfs> = {
        guard let base = sqlite3_vfs_find("unix") else { preconditionFailure("SQLite has no unix VFS") }
        return base
    }()

    private nonisolated(unsafe) static let vfs: UnsafeMutablePointer<sqlite3_vfs> = {
        let vfs = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        vfs.initialize(to: base.pointee)
        vfs.pointee.zName = UnsafePointer(strdup("simulation"))
        vfs.pointee.pNext = nil
        vfs.pointee.szOsFile = max(base.pointee.szOsFile, CInt(MemoryLayout<OpenFile>.size))
        vfs.pointee.xOpen = { vfs, name, file, flags, outFlags in FaultVFS.open(name, file, flags, outFlags) }
        vfs.pointee.xDelete = { vfs, name, syncs in FaultVFS.delete(name, syncs) }
        vfs.pointee.xAccess = { vfs, name, flags, result in FaultVFS.access(name, flags, result) }
        vfs.pointee.xRandomness = { vfs, count, bytes in FaultVFS.randomness(count, bytes) }
        return vfs
    }()

    private static let registered: CInt = {
        sqlite3_initialize()
        return sqlite3_vfs_register(vfs, 1)
    }()

    /// Makes a disk of a folder, which must exist.
    static func mount(_ disk: Disk) {
        precondition(registered == SQLITE_OK, "the VFS can't be registered: \(registered)")
        lock.withLock { _ in disks.byFolder[disk.folder] = disk }
    }

    static func unmount(_ disk: Disk) { lock.withLock { _ in disks.byFolder[disk.folder] = nil } }

    /// Begins SQLite's own random numbers anew, so that a run's files do not depend on the runs before it.
    static func seed(_ random: Seeded) {
        lock.withLock { _ in self.random = random }
        sqlite3_randomness(0, nil)
    }

    private static func disk(_ path: String) -> Disk? {
        guard let slash = path.lastIndex(of: "/") else { return nil }
        return lock.withLock { _ in disks.byFolder[String(path[..<slash])] }
    }

    // MARK: Calls

    private static func open(
        _ name: UnsafePointer<CChar>?, _ file: UnsafeMutablePointer<sqlite3_file>?, _ flags: CInt,
        _ outFlags: UnsafeMutablePointer<CInt>?
    ) -> CInt {
        guard let file else { return SQLITE_MISUSE }
        guard let name, let disk = disk(String(cString: name)) else {
            return base.pointee.xOpen(base, name, file, flags, outFlags)
        }
        file.pointee.pMethods = nil
        guard !disk.isDown else { return SQLITE_CANTOPEN }
        let outcome = disk.outcome(.open)
        guard outcome == SQLITE_OK else { return outcome == SQLITE_FULL ? SQLITE_FULL : SQLITE_CANTOPEN }
        let path = String(cString: name)
        guard let content = disk.file(path, creates: flags & SQLITE_OPEN_CREATE != 0) else { return SQLITE_CANTOPEN }
        let handle = DiskHandle(
            disk: disk, file: content, path: path, deletes: flags & SQLITE_OPEN_DELETEONCLOSE != 0)
        UnsafeMutableRawPointer(file).storeBytes(
            of: OpenFile(methods: DiskHandle.methods, handle: Unmanaged.passRetained(handle)), as: OpenFile.self)
        outFlags?.pointee = flags
        return SQLITE_OK
    }

    private static func delete(_ name: UnsafePointer<CChar>?, _ syncs: CInt) -> CInt {
        guard let name, let disk = disk(String(cString: name)) else { return base.pointee.xDelete(base, name, syncs) }
        guard !disk.isDown else { return SQLITE_IOERR | 10 << 8 }
        disk.delete(String(cString: name))
        return SQLITE_OK
    }

    private static func access(
        _ name: UnsafePointer<CChar>?, _ flags: CInt, _ result: UnsafeMutablePointer<CInt>?
    ) -> CInt {
        guard let name, let disk = disk(String(cString: name)) else {
            return base.pointee.xAccess(base, name, flags, result)
        }
        guard !disk.isDown else { return SQLITE_IOERR | 13 << 8 }
        let size = disk.file(String(cString: name), creates: false)?.size
        // As the unix VFS: an empty log or journal is none.
        result?.pointee = size.map { flags == SQLITE_ACCESS_EXISTS ? $0 > 0 : true } ?? false ? 1 : 0
        return SQLITE_OK
    }

    private static func randomness(_ count: CInt, _ bytes: UnsafeMutablePointer<CChar>?) -> CInt {
        guard let bytes else { return 0 }
        let drawn = lock.withLock { _ -> Bool in
            guard var random else { return false }
            for index in 0..<Int(count) { bytes[index] = CChar(truncatingIfNeeded: random.next()) }
            self.random = random
            return true
        }
        return drawn ? count : base.pointee.xRandomness(base, count, bytes)
    }
}

/// What SQLite keeps of an open file: a pointer to the methods, and behind it our handle.
struct OpenFile {
    let methods: UnsafePointer<sqlite3_io_methods>
    let handle: Unmanaged<DiskHandle>
}
