/// A serialised protobuf message as its fields, in the order in which they stand: to change some and write it again,
/// whatever it is a message of.
public struct MessageFields {
    public enum Content: Equatable {
        case varint(UInt64)
        /// Of 4 or 8 bytes, which are the field's wire type 5 or 1.
        case fixed([UInt8])
        case bytes([UInt8])
    }

    public var fields: [(number: Int, content: Content)] = []
    /// Bytes at the end that are no field.
    public var rest: [UInt8] = []

    public init() {}

    public init(_ bytes: [UInt8]) {
        var position = 0
        while position < bytes.count {
            let start = position
            guard let field = Self.field(bytes, &position) else {
                rest = [UInt8](bytes[start...])
                return
            }
            fields.append(field)
        }
    }

    private static func varint(_ bytes: [UInt8], _ position: inout Int) -> UInt64? {
        var value: UInt64 = 0
        for index in 0..<10 {
            guard position < bytes.count else { return nil }
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7F) << UInt64(7 * index)
            if byte < 0x80 { return value }
        }
        return nil
    }

    private static func field(_ bytes: [UInt8], _ position: inout Int) -> (number: Int, content: Content)? {
        guard let tag = varint(bytes, &position), tag >> 3 > 0, tag >> 3 < 1 << 29 else { return nil }
        let size: UInt64
        switch tag & 7 {
        case 0: return varint(bytes, &position).map { (Int(tag >> 3), .varint($0)) }
        case 1: size = 8
        case 5: size = 4
        case 2:
            guard let length = varint(bytes, &position) else { return nil }
            size = length
        default: return nil
        }
        guard size <= UInt64(bytes.count - position) else { return nil }
        let payload = [UInt8](bytes[position..<position + Int(size)])
        position += Int(size)
        return (Int(tag >> 3), tag & 7 == 2 ? .bytes(payload) : .fixed(payload))
    }

    // MARK: Reading and changing

    /// What a field holds that stands for bytes; of several the last, as a decoder takes it.
    public func payload(_ number: Int) -> [UInt8]? {
        for field in fields.reversed() where field.number == number {
            if case .bytes(let bytes) = field.content { return bytes }
        }
        return nil
    }

    public func number(_ number: Int) -> UInt64 {
        for field in fields.reversed() where field.number == number {
            if case .varint(let value) = field.content { return value }
        }
        return 0
    }

    /// Puts one field in the place of all of its number.
    public mutating func set(_ number: Int, _ content: Content) {
        let place = fields.firstIndex { $0.number == number } ?? fields.endIndex
        fields.removeAll { $0.number == number }
        fields.insert((number, content), at: min(place, fields.endIndex))
    }

    /// Changes every message that stands under a number.
    public mutating func each(_ number: Int, _ change: (inout MessageFields) throws -> Void) rethrows {
        for index in fields.indices where fields[index].number == number {
            guard case .bytes(let bytes) = fields[index].content else { continue }
            var inner = MessageFields(bytes)
            try change(&inner)
            fields[index].content = .bytes(inner.bytes)
        }
    }

    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        func write(_ value: UInt64) {
            var value = value
            while value > 0x7F {
                bytes.append(UInt8(value & 0x7F | 0x80))
                value >>= 7
            }
            bytes.append(UInt8(value))
        }
        for (number, content) in fields {
            switch content {
            case .varint(let value):
                write(UInt64(number) << 3)
                write(value)
            case .fixed(let payload):
                write(UInt64(number) << 3 | (payload.count == 8 ? 1 : 5))
                bytes += payload
            case .bytes(let payload):
                write(UInt64(number) << 3 | 2)
                write(UInt64(payload.count))
                bytes += payload
            }
        }
        return bytes + rest
    }
}
