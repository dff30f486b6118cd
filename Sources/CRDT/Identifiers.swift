/// A 128-bit identifier, written as a UUID.
///
/// Equality and order are those of the 16 bytes, most significant first, on every platform.
public protocol Identifier128: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible
where RawValue == UInt128 {
    init(rawValue: UInt128)
}

extension Identifier128 {
    /// Reads 16 bytes, most significant first; `nil` unless there are exactly 16.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        self.init(rawValue: bytes.reduce(0) { $0 << 8 | UInt128($1) })
    }

    /// Reads the text form: 32 hexadecimal digits, with the four hyphens of a UUID or with none; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        let groups = text.split(separator: "-", omittingEmptySubsequences: false).map(\.utf8.count)
        guard groups == [32] || groups == [8, 4, 4, 4, 12] else { return nil }
        var value: UInt128 = 0
        var digits = 0
        for unit in text.utf8 where unit != UInt8(ascii: "-") {
            guard let digit = Character(Unicode.Scalar(unit)).hexDigitValue, unit < 0x80, digits < 32 else {
                return nil
            }
            value = value << 4 | UInt128(digit)
            digits += 1
        }
        guard digits == 32 else { return nil }
        self.init(rawValue: value)
    }

    /// The 16 bytes, most significant first.
    public var bytes: [UInt8] {
        withUnsafeBytes(of: rawValue.bigEndian) { [UInt8]($0) }
    }

    /// The UUID form in lower case: `018f3c2a-7d41-7c3e-9a55-0b6f2d1e4c88`.
    public var description: String {
        var text = ""
        text.reserveCapacity(36)
        for (index, byte) in bytes.enumerated() {
            if index == 4 || index == 6 || index == 8 || index == 10 { text.append("-") }
            text.append(hexDigits[Int(byte >> 4)])
            text.append(hexDigits[Int(byte & 15)])
        }
        return text
    }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

private let hexDigits = [Character]("0123456789abcdef")

extension UInt128 {
    /// A UUID version 7 (RFC 9562), time first, so that new rows lie together.
    ///
    /// - Parameters:
    ///   - wall: Unix milliseconds.
    ///   - random: of which 12 and 62 bits are used.
    public static func uuid7(wall: UInt64, random: (UInt64, UInt64)) -> UInt128 {
        var value = UInt128(wall & 0xFFFF_FFFF_FFFF) << 80
        value |= UInt128(0x7) << 76
        value |= UInt128(random.0 & 0xFFF) << 64
        value |= UInt128(0b10) << 62
        value |= UInt128(random.1 & (1 << 62 - 1))
        return value
    }
}

/// Identifies a member of the alliance (成员单位).
public struct MemberID: Identifier128 {
    public let rawValue: UInt128
    public init(rawValue: UInt128) { self.rawValue = rawValue }
}

/// Identifies a row within its table and owner: a UUIDv7, or a hash of the row's natural key.
public struct RowID: Identifier128 {
    public let rawValue: UInt128
    public init(rawValue: UInt128) { self.rawValue = rawValue }
}

/// One incarnation of a node's database (副本): a random 64-bit number, new whenever the database was restored or copied.
public struct ReplicaID: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Reads 16 hexadecimal digits.
    public init?(_ text: some StringProtocol) {
        // The standard library's parser takes a sign before the digits.
        guard text.utf8.count == 16, let sign = text.utf8.first, sign != UInt8(ascii: "+"), sign != UInt8(ascii: "-"),
            let value = UInt64(text, radix: 16)
        else { return nil }
        self.init(rawValue: value)
    }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// 16 hexadecimal digits.
    public var description: String {
        let digits = String(rawValue, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// The number of a table in the schema; never used again for another table.
public struct TableID: RawRepresentable, Hashable, Comparable, Sendable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// The number of a column in its table: 1, 2, 3 … in the order in which columns were added; 0 is the row's presence.
public struct ColumnID: RawRepresentable, Hashable, Comparable, Sendable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    public init(_ rawValue: UInt16) { self.rawValue = rawValue }
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// The pseudo-column under which the clock keeps the stamp of the row's presence.
    public static let presence = ColumnID(0)
}

/// The identity of a row: owner and table are fixed at birth; to move a row is to delete it and make a new one.
public struct RowKey: Hashable, Comparable, Sendable {
    public let table: TableID
    public let owner: MemberID
    public let id: RowID

    public init(table: TableID, owner: MemberID, id: RowID) {
        self.table = table
        self.owner = owner
        self.id = id
    }

    public static func < (left: Self, right: Self) -> Bool {
        if left.table != right.table { return left.table < right.table }
        if left.owner != right.owner { return left.owner < right.owner }
        return left.id < right.id
    }
}
