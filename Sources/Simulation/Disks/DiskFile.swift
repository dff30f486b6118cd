import Glibc

/// One file of a simulated disk: its bytes, and how to undo what was written since it was last synced.
final class DiskFile {
    private var bytes: UnsafeMutableRawPointer
    private var capacity: Int
    private(set) var size = 0
    /// What each unsynced write overwrote, in order of writing.
    private var unsynced: [Undo] = []
    /// Who has the file locked, by number of the open handle.
    var shared: Set<Int> = []
    var reserved: Int?
    var exclusive: Int?
    var index = LogIndex()

    private struct Undo {
        let offset: Int
        let old: [UInt8]
        let oldSize: Int
        /// Bytes written; `nil` for a truncation.
        let count: Int?
    }

    init() {
        capacity = 64 << 10
        bytes = Self.memory(nil, capacity)
    }

    deinit { free(bytes) }

    /// Memory as the C library gives it: what grows large is moved by its pages, not byte by byte.
    private static func memory(_ old: UnsafeMutableRawPointer?, _ count: Int) -> UnsafeMutableRawPointer {
        guard let memory = realloc(old, count) else { preconditionFailure("no memory for a file of \(count) bytes") }
        return memory
    }

    /// Whether a crash now could lose anything.
    var isSynced: Bool { unsynced.isEmpty }

    /// Reads; what lies beyond the end reads as zeros.
    /// - Returns: whether all of it was there.
    func read(_ target: UnsafeMutableRawPointer, _ count: Int, at offset: Int) -> Bool {
        let there = max(0, min(count, size - offset))
        if there > 0 { memcpy(target, bytes + offset, there) }
        if there < count { memset(target + there, 0, count - there) }
        return there == count
    }

    func write(_ source: UnsafeRawPointer, _ count: Int, at offset: Int) {
        note(offset, count)
        put(source, count, at: offset)
    }

    func truncate(_ newSize: Int) {
        guard newSize != size else { return }
        if newSize < size {
            let old = [UInt8](UnsafeRawBufferPointer(start: bytes + newSize, count: size - newSize))
            unsynced.append(Undo(offset: newSize, old: old, oldSize: size, count: nil))
            size = newSize
        } else {
            note(size, newSize - size)
            grow(newSize)
        }
    }

    func sync() { unsynced.removeAll(keepingCapacity: true) }

    func contains(_ text: String) -> Bool {
        let needle = [UInt8](text.utf8)
        var place = 0
        while place + needle.count <= size, let found = memchr(bytes + place, CInt(needle[0]), size - place) {
            place = found - bytes
            if place + needle.count <= size, memcmp(found, needle, needle.count) == 0 { return true }
            place += 1
        }
        return false
    }

    /// A file with the same bytes, all of them on the disk.
    func copy() -> DiskFile {
        let copy = DiskFile()
        copy.put(bytes, size, at: 0)
        return copy
    }

    private func note(_ offset: Int, _ count: Int) {
        let covered = max(0, min(count, size - offset))
        let old = covered > 0 ? [UInt8](UnsafeRawBufferPointer(start: bytes + offset, count: covered)) : []
        unsynced.append(Undo(offset: offset, old: old, oldSize: size, count: count))
    }

    private func put(_ source: UnsafeRawPointer, _ count: Int, at offset: Int) {
        if offset > size { grow(offset) }
        reserve(offset + count)
        memcpy(bytes + offset, source, count)
        size = max(size, offset + count)
    }

    /// Makes it longer by zeros.
    private func grow(_ newSize: Int) {
        reserve(newSize)
        memset(bytes + size, 0, newSize - size)
        size = newSize
    }

    private func reserve(_ count: Int) {
        guard count > capacity else { return }
        capacity = max(count, capacity * 2)
        bytes = Self.memory(bytes, capacity)
    }

    // MARK: Power

    /// Bytes that a disk writes as a whole, or not.
    private static let sector = 512

    /// The power fails: what was synced stays; of the rest some random writes stay, some in part, some not at all.
    /// - Returns: how many unsynced writes were lost, in whole or in part.
    func crash(_ random: inout Seeded) -> Int {
        let lost = unsynced
        var written: [[UInt8]] = []
        for undo in lost.reversed() {
            let count = undo.count ?? 0
            written.append(count > 0 ? [UInt8](UnsafeRawBufferPointer(start: bytes + undo.offset, count: count)) : [])
            size = undo.oldSize
            undo.old.withUnsafeBytes { old in
                if let base = old.baseAddress { memcpy(bytes + undo.offset, base, old.count) }
            }
        }
        unsynced = []
        var gone = 0
        let keeps = random.below(4)
        for (undo, new) in zip(lost, written.reversed()) {
            // None survives, or all, or each by chance: a disk's cache orders as it likes.
            let survives = keeps == 0 ? false : keeps == 1 ? true : random.chance(50)
            guard survives else {
                gone += 1
                continue
            }
            guard undo.count != nil else {
                size = undo.offset
                continue
            }
            let isTorn = keeps == 3 && new.count > Self.sector && random.chance(30)
            let kept = isTorn ? random.below(new.count / Self.sector) * Self.sector : new.count
            if isTorn { gone += 1 }
            new.withUnsafeBytes { source in
                if kept > 0, let base = source.baseAddress { put(base, kept, at: undo.offset) }
            }
        }
        (shared, reserved, exclusive, index) = ([], nil, nil, LogIndex())
        return gone
    }
}

/// The index of a write-ahead log, which SQLite keeps in shared memory; it does not outlive those who have it open.
final class LogIndex {
    private var regions: [UnsafeMutableRawPointer] = []
    static let slots = 8
    var shared: [Set<Int>] = Array(repeating: [], count: slots)
    var exclusive: [Int?] = Array(repeating: nil, count: slots)
    var users: Set<Int> = []

    deinit { for region in regions { region.deallocate() } }

    func region(_ index: Int, size: Int, extends: Bool) -> UnsafeMutableRawPointer? {
        while extends, regions.count <= index {
            let region = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
            memset(region, 0, size)
            regions.append(region)
        }
        return index < regions.count ? regions[index] : nil
    }
}
