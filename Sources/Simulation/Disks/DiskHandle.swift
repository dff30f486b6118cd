import Glibc
import GRDBSQLite

/// An open file of a simulated disk, as SQLite uses it.
final class DiskHandle {
    private let disk: Disk
    private let file: DiskFile
    private let path: String
    private let deletes: Bool
    private let number: Int
    private let generation: Int
    /// Held as long as the handle: SQLite may still look at the index of a disk that is down.
    private var index: LogIndex
    private var keepsLog: CInt = 0

    init(disk: Disk, file: DiskFile, path: String, deletes: Bool) {
        self.disk = disk
        self.file = file
        self.path = path
        self.deletes = deletes
        number = disk.nextHandle()
        generation = disk.generation
        index = file.index
    }

    private var isDead: Bool { disk.generation != generation }

    // MARK: Bytes

    func read(_ target: UnsafeMutableRawPointer, _ count: Int, _ offset: Int) -> CInt {
        guard !isDead else { return SQLITE_IOERR | 1 << 8 }
        let outcome = disk.outcome(.read)
        guard outcome == SQLITE_OK else { return outcome }
        return file.read(target, count, at: offset) ? SQLITE_OK : SQLITE_IOERR | 2 << 8
    }

    func write(_ source: UnsafeRawPointer, _ count: Int, _ offset: Int) -> CInt {
        guard !isDead else { return SQLITE_IOERR | 3 << 8 }
        let outcome = disk.outcome(.write, growth: offset + count - file.size)
        guard outcome == SQLITE_OK else { return outcome }
        file.write(source, count, at: offset)
        return SQLITE_OK
    }

    func truncate(_ size: Int) -> CInt {
        guard !isDead else { return SQLITE_IOERR | 6 << 8 }
        let outcome = disk.outcome(.truncate)
        if outcome == SQLITE_OK { file.truncate(size) }
        return outcome
    }

    func sync() -> CInt {
        guard !isDead else { return SQLITE_IOERR | 4 << 8 }
        let outcome = disk.outcome(.sync)
        if outcome == SQLITE_OK { file.sync() }
        return outcome
    }

    var size: Int { file.size }

    func close() {
        guard !isDead else { return }
        _ = unlock(SQLITE_LOCK_NONE)
        leaveIndex()
        if deletes { disk.delete(path) }
    }

    // MARK: Locks of the file

    func lock(_ level: CInt) -> CInt {
        guard !isDead else { return SQLITE_IOERR | 15 << 8 }
        func isOthers(_ holder: Int?) -> Bool { holder.map { $0 != number } ?? false }
        guard !isOthers(file.exclusive) else { return SQLITE_BUSY }
        if level >= SQLITE_LOCK_RESERVED, isOthers(file.reserved) { return SQLITE_BUSY }
        if level == SQLITE_LOCK_EXCLUSIVE, !file.shared.subtracting([number]).isEmpty { return SQLITE_BUSY }
        file.shared.insert(number)
        if level >= SQLITE_LOCK_RESERVED { file.reserved = number }
        if level == SQLITE_LOCK_EXCLUSIVE { file.exclusive = number }
        return SQLITE_OK
    }

    func unlock(_ level: CInt) -> CInt {
        guard !isDead else { return SQLITE_OK }
        if file.exclusive == number { file.exclusive = nil }
        if file.reserved == number { file.reserved = nil }
        if level == SQLITE_LOCK_NONE { file.shared.remove(number) }
        return SQLITE_OK
    }

    var isReserved: Bool { file.reserved != nil }

    // MARK: The log's index

    func region(_ number: Int, _ size: Int, _ extends: Bool) -> UnsafeMutableRawPointer? {
        if !isDead, index !== file.index { index = file.index }
        index.users.insert(self.number)
        return index.region(number, size: size, extends: extends)
    }

    func lockIndex(_ first: Int, _ count: Int, _ flags: CInt) -> CInt {
        guard !isDead else { return SQLITE_IOERR | 20 << 8 }
        let slots = first..<first + count
        if flags & SQLITE_SHM_UNLOCK != 0 {
            for slot in slots {
                index.shared[slot].remove(number)
                if index.exclusive[slot] == number { index.exclusive[slot] = nil }
            }
            return SQLITE_OK
        }
        let isExclusive = flags & SQLITE_SHM_EXCLUSIVE != 0
        for slot in slots {
            if let holder = index.exclusive[slot], holder != number { return SQLITE_BUSY }
            if isExclusive, !index.shared[slot].subtracting([number]).isEmpty { return SQLITE_BUSY }
        }
        for slot in slots {
            if isExclusive { index.exclusive[slot] = number } else { index.shared[slot].insert(number) }
        }
        return SQLITE_OK
    }

    func leaveIndex() {
        guard !isDead, index === file.index else { return }
        _ = lockIndex(0, LogIndex.slots, SQLITE_SHM_UNLOCK)
        index.users.remove(number)
        // The last to leave it takes it along: it is made anew from the log.
        if index.users.isEmpty { file.index = LogIndex() }
    }

    // MARK: Wishes

    func control(_ operation: CInt, _ argument: UnsafeMutableRawPointer?) -> CInt {
        guard operation == SQLITE_FCNTL_PERSIST_WAL, let argument else { return SQLITE_NOTFOUND }
        let value = argument.assumingMemoryBound(to: CInt.self)
        if value.pointee >= 0 { keepsLog = value.pointee > 0 ? 1 : 0 }
        value.pointee = keepsLog
        return SQLITE_OK
    }
}

extension DiskHandle {
    /// The handle behind SQLite's file.
    private static func of(_ file: UnsafeMutablePointer<sqlite3_file>?) -> DiskHandle {
        guard let file else { preconditionFailure("SQLite calls without a file") }
        return UnsafeRawPointer(file).load(as: OpenFile.self).handle.takeUnretainedValue()
    }

    /// Never freed, never changed.
    nonisolated(unsafe) static let methods: UnsafePointer<sqlite3_io_methods> = {
        let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        var table = sqlite3_io_methods()
        table.iVersion = 2
        table.xClose = { file in
            guard let file else { return SQLITE_OK }
            let handle = UnsafeRawPointer(file).load(as: OpenFile.self).handle.takeRetainedValue()
            handle.close()
            file.pointee.pMethods = nil
            return SQLITE_OK
        }
        table.xRead = { file, target, count, offset in
            target.map { DiskHandle.of(file).read($0, Int(count), Int(offset)) } ?? SQLITE_MISUSE
        }
        table.xWrite = { file, source, count, offset in
            source.map { DiskHandle.of(file).write($0, Int(count), Int(offset)) } ?? SQLITE_MISUSE
        }
        table.xTruncate = { file, size in DiskHandle.of(file).truncate(Int(size)) }
        table.xSync = { file, _ in DiskHandle.of(file).sync() }
        table.xFileSize = { file, size in
            size?.pointee = Int64(DiskHandle.of(file).size)
            return SQLITE_OK
        }
        table.xLock = { file, level in DiskHandle.of(file).lock(level) }
        table.xUnlock = { file, level in DiskHandle.of(file).unlock(level) }
        table.xCheckReservedLock = { file, result in
            result?.pointee = DiskHandle.of(file).isReserved ? 1 : 0
            return SQLITE_OK
        }
        table.xFileControl = { file, operation, argument in DiskHandle.of(file).control(operation, argument) }
        table.xSectorSize = { _ in 4096 }
        table.xDeviceCharacteristics = { _ in SQLITE_IOCAP_POWERSAFE_OVERWRITE }
        table.xShmMap = { file, number, size, extends, result in
            result?.pointee = DiskHandle.of(file).region(Int(number), Int(size), extends != 0)
            return SQLITE_OK
        }
        table.xShmLock = { file, first, count, flags in DiskHandle.of(file).lockIndex(Int(first), Int(count), flags) }
        table.xShmBarrier = { _ in }
        table.xShmUnmap = { file, _ in
            DiskHandle.of(file).leaveIndex()
            return SQLITE_OK
        }
        methods.initialize(to: table)
        return UnsafePointer(methods)
    }()
}
