/// A row's canonical bytes, the same on every replica: key, presence, clock and values.
///
/// All numbers big-endian:
///
///     table u16 · owner 16 · id 16 · presence length u32
///     clock: width u16 · [base time u64 · base replica u64, if width > 0]
///            late count u16 · (column u16 · time u64 · replica u64)*
///     cells: (column u16 · tag u8 · payload)*      ascending by column
///            0 null: nothing · 1 integer: i64 · 2 text, 3 bytes: length u32, bytes
///
/// The hash of a row is the first 16 bytes of the SHA-256 of these.
public struct CanonicalRow: Sendable {
    public let bytes: [UInt8]
    /// Where the row's id stands.
    public static let id = 18..<34

    public init(_ row: RowState) {
        let clock = PackedClock(of: row)
        var bytes = [UInt8](repeating: 0, count: Self.size(of: row, clock))
        _ = bytes.withUnsafeMutableBytes { Self.write(row, clock, to: $0) }
        self.bytes = bytes
    }

    /// How many canonical bytes a row has.
    ///
    /// - Parameter clock: the row's.
    public static func size(of row: RowState, _ clock: PackedClock) -> Int {
        row.cells.withUnsafeBufferPointer { cells in
            cells.indices.reduce(38 + clock.canonicalSize) { $0 + 2 + cells[$1].value.canonicalSize }
        }
    }

    /// Writes a row's canonical bytes.
    ///
    /// - Parameters:
    ///   - clock: the row's.
    ///   - room: exactly for them.
    /// - Returns: where in the room the first cell begins.
    public static func write(_ row: RowState, _ clock: PackedClock, to room: UnsafeMutableRawBufferPointer) -> Int {
        var writer = CanonicalWriter(room: room)
        writer.write(row.key.table.rawValue)
        writer.write(row.key.owner.rawValue)
        writer.write(row.key.id.rawValue)
        writer.write(row.presence?.length ?? 0)
        writer.write(clock)
        let start = writer.count
        row.cells.withUnsafeBufferPointer { cells in
            for index in cells.indices {
                writer.write(cells[index].column.rawValue)
                writer.write(cells[index].value)
            }
        }
        precondition(writer.count == room.count, "canonical bytes: room for \(room.count), \(writer.count) written")
        return start
    }

    /// The canonical bytes of a row that has the cells of the columns 1 ..< the clock's width and no others.
    ///
    /// - Parameters:
    ///   - payload: of each column its value as it lies in memory; asked for twice.
    ///   - body: makes the hash of the bytes, which are gone when it returns.
    public static func withBytes(
        of key: RowKey, length: UInt32, _ clock: PackedClock, payload: (ColumnID) -> Payload,
        _ body: (UnsafeRawBufferPointer) -> UInt128
    ) -> UInt128 {
        let columns = 1..<max(clock.width, 1)
        let size = columns.reduce(38 + clock.canonicalSize) { $0 + 2 + payload(ColumnID($1)).canonicalSize }
        return withUnsafeTemporaryAllocation(byteCount: size, alignment: 1) { room in
            var writer = CanonicalWriter(room: room)
            writer.write(key.table.rawValue)
            writer.write(key.owner.rawValue)
            writer.write(key.id.rawValue)
            writer.write(length)
            writer.write(clock)
            for column in columns {
                writer.write(column)
                writer.write(payload(ColumnID(column)))
            }
            precondition(writer.count == size, "canonical bytes: room for \(size), \(writer.count) written")
            return body(UnsafeRawBufferPointer(room))
        }
    }

    /// A value whose bytes lie elsewhere.
    public enum Payload {
        case null
        case integer(Int64)
        case text(UnsafeRawBufferPointer)
        case bytes(UnsafeRawBufferPointer)
        case value(Value)

        fileprivate var canonicalSize: Int {
            switch self {
            case .null: 1
            case .integer: 9
            case .text(let bytes), .bytes(let bytes): 5 + bytes.count
            case .value(let value): value.canonicalSize
            }
        }
    }
}

/// Writes canonical bytes into room that was made for all of them.
private struct CanonicalWriter {
    let room: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init(room: UnsafeMutableRawBufferPointer) { self.room = room }

    /// Most significant byte first.
    mutating func write<Number: FixedWidthInteger & BitwiseCopyable>(_ number: Number) {
        room.storeBytes(of: number.bigEndian, toByteOffset: count, as: Number.self)
        count += MemoryLayout<Number>.size
    }

    private mutating func write(_ stamp: Stamp) {
        write(stamp.time.rawValue)
        write(stamp.replica.rawValue)
    }

    mutating func write(_ clock: PackedClock) {
        write(clock.width)
        if let base = clock.base { write(base) }
        write(UInt16(clock.late.count))
        for entry in clock.late {
            write(entry.column.rawValue)
            write(entry.stamp)
        }
    }

    mutating func write(_ value: Value) {
        write(value.tag)
        switch value {
        case .null: break
        case .integer(let number): write(number)
        case .text(let text): write(payload: text.utf8)
        case .bytes(let bytes): write(payload: bytes)
        }
    }

    mutating func write(_ payload: CanonicalRow.Payload) {
        switch payload {
        case .null: write(Value.null)
        case .integer(let number): write(Value.integer(number))
        case .text(let bytes):
            write(Value.text("").tag)
            write(payload: bytes)
        case .bytes(let bytes):
            write(Value.bytes([]).tag)
            write(payload: bytes)
        case .value(let value): write(value)
        }
    }

    private mutating func write(payload: some Collection<UInt8>) {
        write(UInt32(payload.count))
        UnsafeMutableRawBufferPointer(rebasing: room[count...]).copyBytes(from: payload)
        count += payload.count
    }
}

extension PackedClock {
    fileprivate var canonicalSize: Int { 4 + (base == nil ? 0 : 16) + 18 * late.count }
}

extension Value {
    fileprivate var canonicalSize: Int {
        switch self {
        case .null: 1
        case .integer: 9
        case .text(let text): 5 + text.utf8.count
        case .bytes(let bytes): 5 + bytes.count
        }
    }

    /// Appends the tag and payload of the value, as in a row's canonical bytes.
    public func appendCanonicalBytes(to bytes: inout [UInt8]) {
        bytes += [UInt8](unsafeUninitializedCapacity: canonicalSize) { room, count in
            var writer = CanonicalWriter(room: UnsafeMutableRawBufferPointer(room))
            writer.write(self)
            count = writer.count
        }
    }
}

extension Value {
    /// Reads the canonical bytes of one value; `nil` for anything else.
    public init?(canonicalBytes bytes: some Collection<UInt8>) {
        let payload = bytes.dropFirst()
        switch bytes.first {
        case 0 where payload.isEmpty: self = .null
        case 1 where payload.count == 8:
            self = .integer(Int64(bitPattern: payload.reduce(0) { $0 << 8 | UInt64($1) }))
        case 2, 3:
            let content = payload.dropFirst(4)
            guard payload.count >= 4, payload.prefix(4).reduce(0, { $0 << 8 | Int($1) }) == content.count else {
                return nil
            }
            if bytes.first == 3 {
                self = .bytes([UInt8](content))
            } else if let text = String(validating: content, as: UTF8.self) {
                self = .text(text)
            } else {
                return nil
            }
        default: return nil
        }
    }
}
