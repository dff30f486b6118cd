import CRDT

extension Bundle {
    /// What a file says in clear. Magic, version, size and checksum keep their places in every version to come, so that
    /// a file that was cut or damaged is told from a newer one.
    struct Head {
        let size: UInt64
        let direction: Direction
        let encapsulated: [UInt8]
        let allianceTag: [UInt8]
        let receiverTag: [UInt8]

        static let magic = Array("JLBUNDLE".utf8)
        static let version: UInt8 = 1
        /// Bytes of the head.
        static let size = 66
        static let checksumSize = 32
        /// What sealing adds to the content.
        static let authenticationSize = 16
        /// Up to where every version looks the same.
        private static let framed = 17

        init(
            size: UInt64, direction: Direction, encapsulated: [UInt8], allianceTag: [UInt8], receiverTag: [UInt8]
        ) {
            self.size = size
            self.direction = direction
            self.encapsulated = encapsulated
            self.allianceTag = allianceTag
            self.receiverTag = receiverTag
        }

        var bytes: [UInt8] {
            let size = withUnsafeBytes(of: size.bigEndian) { [UInt8]($0) }
            let tags = encapsulated + allianceTag + receiverTag
            return Self.magic + [Self.version] + size + [direction.rawValue] + tags
        }

        /// Reads the head of a whole file.
        init(file: [UInt8]) throws(BundleRefusal) {
            guard file.count <= Limits.bundleSize else { throw .limit(file.count) }
            guard file.starts(with: Self.magic.prefix(file.count)) else { throw .notABundle }
            guard file.count > Self.framed + Self.checksumSize else { throw .cut(file.count) }
            size = file[9..<Self.framed].reduce(0) { $0 << 8 | UInt64($1) }
            guard UInt64(file.count) >= size else { throw .cut(file.count, of: size) }
            let end = file.count - Self.checksumSize
            guard UInt64(file.count) == size, Hash256(of: file[..<end]).bytes == [UInt8](file[end...]) else {
                throw .damaged
            }
            guard file[8] == Self.version else { throw .version(file[8]) }
            guard file.count > Self.size + Self.authenticationSize + Self.checksumSize,
                let direction = Direction(rawValue: file[17])
            else { throw .notABundle }
            self.direction = direction
            encapsulated = [UInt8](file[18..<50])
            allianceTag = [UInt8](file[50..<58])
            receiverTag = [UInt8](file[58..<66])
        }
    }
}
