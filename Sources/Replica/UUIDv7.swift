import CRDT

/// Ids of new rows and members.
enum UUIDv7 {
    /// - Parameter wall: Unix milliseconds.
    static func make(wall: UInt64) -> UInt128 {
        .uuid7(wall: wall, random: (.random(in: 0 ... .max), .random(in: 0 ... .max)))
    }
}
