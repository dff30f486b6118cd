import CRDT

/// The late list of a packed clock as it stands in a row, with room for a first entry.
///
///     (column varint · replica index varint · time u64)*, zeros up to 10 bytes
///
/// Most rows that change after their birth change one column: into a full page their late list would not go without
/// splitting it, and a table is mostly full pages.
enum LateList {
    /// One entry of a column and a replica with numbers below 128.
    static let sizeMin = 10

    static func bytes(
        of entries: [PackedClock.Late], index: (ReplicaID) throws -> Int64
    ) rethrows -> [UInt8] {
        guard !entries.isEmpty else { return none }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(entries.count * (sizeMin + 2))
        for entry in entries {
            bytes.append(varint: UInt64(entry.column.rawValue))
            bytes.append(varint: UInt64(try index(entry.stamp.replica)))
            bytes.append(bigEndian: entry.stamp.time.rawValue)
        }
        while bytes.count < sizeMin { bytes.append(0) }
        return bytes
    }

    private static let none = [UInt8](repeating: 0, count: sizeMin)

    /// The entries; `nil` for bytes that are no late list.
    static func entries(
        _ bytes: UnsafeRawBufferPointer, replica: (Int64) throws -> ReplicaID
    ) rethrows -> [PackedClock.Late]? {
        guard bytes.count >= sizeMin else { return nil }
        var entries: [PackedClock.Late] = []
        var position = 0
        while position < bytes.count {
            let start = position
            guard let column = varint(bytes, &position), let index = varint(bytes, &position) else { return nil }
            // No replica has the number 0: the list is over.
            if index == 0 { return bytes[start...].allSatisfy { $0 == 0 } ? entries : nil }
            guard let column = UInt16(exactly: column), bytes.count - position >= 8 else { return nil }
            let time = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            position += 8
            entries.append(
                PackedClock.Late(
                    column: ColumnID(column),
                    stamp: Stamp(time: HybridTime(rawValue: time), replica: try replica(Int64(index)))))
        }
        return entries
    }

    /// Reads a number of at most 5 bytes.
    private static func varint(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) -> UInt64? {
        var number: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 35, by: 7) {
            guard position < bytes.count else { return nil }
            let byte = bytes[position]
            position += 1
            number |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return number }
        }
        return nil
    }
}

extension [UInt8] {
    fileprivate mutating func append(varint number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }
}
