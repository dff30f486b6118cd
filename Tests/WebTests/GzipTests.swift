import Foundation
import Testing
@testable import Web

@Suite struct GzipTests {
    @Test(arguments: [0, 1, 1_000, 200_000]) func `what is packed is smaller, and the same when it is unpacked`(
        size: Int
    ) throws {
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 / 100) }
        let packed = try #require(Gzip.compress(bytes, level: 5))
        #expect(packed.starts(with: [0x1F, 0x8B]) && (size < 1_000 || packed.count < size / 2))
        // The checksum's place is followed by the length, least significant byte first.
        #expect(packed.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) } == size)
    }

    @Test(
        arguments: [
            ("gzip, deflate, br", true), ("GZIP", true), ("br;q=1, gzip;q=0.5", true), ("gzip;q=0", false),
            ("gzip; q=0", false), ("br", false), ("", false), (nil, false),
        ] as [(String?, Bool)])
    func `a browser is taken at its word`(header: String?, isAccepted: Bool) {
        #expect(Gzip.isAccepted(header) == isAccepted)
    }

    @Test func `every style and script is packed to less than half`() throws {
        for name in Assets.all.names where !name.hasSuffix("app.js") {
            let file = try #require(Assets.all[name])
            #expect(!file.packed.isEmpty && file.packed.count < file.bytes.count * 6 / 10, "\(name)")
        }
    }
}
