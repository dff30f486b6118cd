/// A protobuf message written by hand, field by field, so that tests can say what no encoder would.
struct Proto {
    let bytes: [UInt8]

    static func varint(_ value: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    static func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: value << 1 ^ value >> 63) }

    func varint(_ field: UInt64, _ value: UInt64) -> Proto { adding(Self.varint(field << 3) + Self.varint(value)) }

    func fixed(_ field: UInt64, _ value: UInt64) -> Proto {
        adding(Self.varint(field << 3 | 1) + withUnsafeBytes(of: value.littleEndian) { [UInt8]($0) })
    }

    func bytes(_ field: UInt64, _ value: [UInt8]) -> Proto {
        adding(Self.varint(field << 3 | 2) + Self.varint(UInt64(value.count)) + value)
    }

    func text(_ field: UInt64, _ value: String) -> Proto { bytes(field, Array(value.utf8)) }

    func message(_ field: UInt64, _ inner: Proto) -> Proto { bytes(field, inner.bytes) }

    func packed(_ field: UInt64, _ values: [UInt64]) -> Proto {
        values.isEmpty ? self : bytes(field, values.flatMap { Self.varint($0) })
    }

    func signed(_ field: UInt64, _ values: [Int64]) -> Proto { packed(field, values.map { Self.zigzag($0) }) }

    func packedFixed(_ field: UInt64, _ values: [UInt64]) -> Proto {
        bytes(field, values.flatMap { value in withUnsafeBytes(of: value.littleEndian) { [UInt8]($0) } })
    }

    func repeating(_ field: UInt64, _ count: Int, _ inner: [UInt8] = []) -> Proto {
        let one = Proto().bytes(field, inner).bytes
        var all = bytes
        all.reserveCapacity(all.count + count * one.count)
        for _ in 0..<count { all += one }
        return Proto(bytes: all)
    }

    private func adding(_ more: [UInt8]) -> Proto { Proto(bytes: bytes + more) }
}

extension Proto {
    init() { bytes = [] }
}
