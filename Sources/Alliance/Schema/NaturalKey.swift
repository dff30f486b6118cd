public import CRDT
import Crypto

extension RowID {
    /// The id of a row that has a natural key: the first 16 bytes of the SHA-256 of its length-prefixed parts.
    ///
    /// The parts are table (u16), owner, and each key value's canonical bytes, every part preceded by its length as a
    /// big-endian u32. So two nodes of one member that make the same row without a network make one row.
    public init(natural parts: [Value], table: TableID, owner: MemberID) {
        var bytes: [UInt8] = []
        func append(_ part: [UInt8]) {
            withUnsafeBytes(of: UInt32(part.count).bigEndian) { bytes.append(contentsOf: $0) }
            bytes.append(contentsOf: part)
        }
        append(withUnsafeBytes(of: table.rawValue.bigEndian) { [UInt8]($0) })
        append(owner.bytes)
        for value in parts {
            var part: [UInt8] = []
            value.appendCanonicalBytes(to: &part)
            append(part)
        }
        let hash = SHA256.hash(data: bytes)
        self.init(rawValue: hash.prefix(16).reduce(0) { $0 << 8 | UInt128($1) })
    }
}
