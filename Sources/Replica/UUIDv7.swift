/// Ids of new rows and members: UUID version 7 (RFC 9562), time first, so that new rows lie together.
enum UUIDv7 {
    /// - Parameter wall: Unix milliseconds.
    static func make(wall: UInt64) -> UInt128 {
        var value = UInt128(wall & 0xFFFF_FFFF_FFFF) << 80
        value |= UInt128(0x7) << 76
        value |= UInt128(UInt16.random(in: 0...0xFFF)) << 64
        value |= UInt128(0b10) << 62
        value |= UInt128(UInt64.random(in: 0..<1 << 62))
        return value
    }
}
