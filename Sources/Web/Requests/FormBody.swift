/// What a form sent: its fields by name, and its files.
public struct FormBody: Sendable {
    public struct File: Sendable {
        public let name: String
        public let bytes: [UInt8]
    }

    public internal(set) var fields: [(name: String, value: String)] = []
    public internal(set) var files: [String: File] = [:]

    init() {}

    /// The first value of a name, empty where there is none.
    public subscript(name: String) -> String { fields.first { $0.name == name }?.value ?? "" }

    public func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    /// How many fields are read.
    static let fieldsMax = 500

    /// Reads `application/x-www-form-urlencoded`; `nil` for what is none.
    public init?(encoded text: String) {
        for part in text.split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard fields.count < Self.fieldsMax, let name = Self.decoded(pair[0]),
                let value = Self.decoded(pair.count > 1 ? pair[1] : "")
            else { return nil }
            fields.append((name, value))
        }
    }

    /// A part with its escapes undone; `nil` where they are none or not UTF-8.
    private static func decoded(_ part: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = part.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard rest.count >= 2, let high = digit(rest.removeFirst()), let low = digit(rest.removeFirst()) else {
                    return nil
                }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 48...57: byte - 48
        case 65...70: byte - 55
        case 97...102: byte - 87
        default: nil
        }
    }
}
