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
    public let clock: PackedClock
    /// Where in the bytes the first cell begins.
    public let cells: Int
    /// Where the row's id stands.
    public static let id = 18..<34

    public init(_ row: RowState) {
        clock = PackedClock(of: row)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        bytes.append(bigEndian: row.key.table.rawValue)
        bytes.append(bigEndian: row.key.owner.rawValue)
        bytes.append(bigEndian: row.key.id.rawValue)
        bytes.append(bigEndian: row.presence?.length ?? 0)
        clock.appendCanonicalBytes(to: &bytes)
        cells = bytes.count
        for index in row.cells.indices {
            bytes.append(bigEndian: row.cells[index].column.rawValue)
            row.cells[index].value.appendCanonicalBytes(to: &bytes)
        }
        self.bytes = bytes
    }
}

extension PackedClock {
    func appendCanonicalBytes(to bytes: inout [UInt8]) {
        bytes.append(bigEndian: width)
        if let base { bytes.append(base) }
        bytes.append(bigEndian: UInt16(late.count))
        for entry in late {
            bytes.append(bigEndian: entry.column.rawValue)
            bytes.append(entry.stamp)
        }
    }
}

extension Value {
    /// Appends the tag and payload of the value, as in a row's canonical bytes.
    public func appendCanonicalBytes(to bytes: inout [UInt8]) {
        bytes.append(tag)
        switch self {
        case .null: break
        case .integer(let value): bytes.append(bigEndian: value)
        case .text(let value):
            bytes.append(bigEndian: UInt32(value.utf8.count))
            bytes.append(contentsOf: value.utf8)
        case .bytes(let value):
            bytes.append(bigEndian: UInt32(value.count))
            bytes.append(contentsOf: value)
        }
    }
}

extension [UInt8] {
    mutating func append<Number: FixedWidthInteger>(bigEndian number: Number) {
        Swift.withUnsafeBytes(of: number.bigEndian) { append(contentsOf: $0) }
    }

    mutating func append(_ stamp: Stamp) {
        append(bigEndian: stamp.time.rawValue)
        append(bigEndian: stamp.replica.rawValue)
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
