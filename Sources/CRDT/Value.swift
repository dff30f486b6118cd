/// The value of one cell.
///
/// The total order (null < integer < text < bytes; text and bytes by their bytes) has no meaning for people: it
/// decides between two values under one stamp, which only a forked replica can produce, so that all choose alike.
public enum Value: Hashable, Sendable {
    case null
    case integer(Int64)
    case text(String)
    case bytes([UInt8])
}

extension Value: Comparable {
    public static func < (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.integer(let a), .integer(let b)): a < b
        case (.text(let a), .text(let b)): a.utf8.lexicographicallyPrecedes(b.utf8)
        case (.bytes(let a), .bytes(let b)): a.lexicographicallyPrecedes(b)
        default: left.tag < right.tag
        }
    }

    /// Text is equal when its bytes are: canonically equivalent spellings are different values.
    public static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.integer(let a), .integer(let b)): a == b
        case (.text(let a), .text(let b)): a.utf8.elementsEqual(b.utf8)
        case (.bytes(let a), .bytes(let b)): a == b
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(tag)
        switch self {
        case .null: break
        case .integer(let value): hasher.combine(value)
        case .text(let value): for unit in value.utf8 { hasher.combine(unit) }
        case .bytes(let value): hasher.combine(value)
        }
    }

    /// The number of the case in canonical bytes.
    var tag: UInt8 {
        switch self {
        case .null: 0
        case .integer: 1
        case .text: 2
        case .bytes: 3
        }
    }
}
