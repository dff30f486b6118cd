import Alliance
import CRDT
import Testing

@testable import Wire

struct SnapshotManifestTests {
    private let world: World
    private let manifest: SnapshotManifest

    init() throws {
        world = try World()
        manifest = try SnapshotManifest(bytes: world.manifest.bytes)
    }

    @Test func `a manifest comes back as it was`() {
        #expect(manifest.bytes == world.manifest.bytes)
        #expect(manifest.heads == world.manifest.heads && manifest.parts == world.manifest.parts)
        #expect(manifest.position == world.manifest.position && manifest.digests == world.manifest.digests)
    }

    @Test func `a part is read if it is the one that the manifest names`() throws {
        for (index, part) in world.parts.enumerated() {
            for count in [1, 2, .max] {
                var rows = try manifest.rows(part: index, frame: part.frame)
                var read = try rows.next(count)
                #expect(read.count <= count)
                read += try rows.rest()
                #expect(read == part.rows)
                #expect(try rows.next(count).isEmpty)
            }
            for frame in [part.frame + [0], Array(part.frame.dropLast()), [], world.parts[1 - index].frame] {
                expect(.hash, "part \(index)") { () throws(WireError) in try manifest.rows(part: index, frame: frame) }
            }
        }
    }

    private func refused(
        _ part: String, _ more: Proto, code: WireError.Code = .malformed,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let bytes = world.manifest.bytes + more.bytes
        expect(code, part, sourceLocation: sourceLocation) { () throws(WireError) in try SnapshotManifest(bytes: bytes)
        }
    }

    @Test func `a manifest with a fault is refused`() {
        let hash = [UInt8](repeating: 1, count: 32)
        refused("0", Proto().varint(1, 0), code: .version)
        refused("rev", Proto().varint(3, .max))
        refused("journal hash", Proto().bytes(4, [1]))
        refused("head hash", Proto().message(5, Proto().varint(2, 1)))
        refused("seq", Proto().message(5, Proto().varint(2, .max).bytes(3, hash)))
        refused("time", Proto().message(5, Proto().bytes(3, hash).varint(4, .max)))
        refused("rev", Proto().message(5, Proto().bytes(3, hash).varint(5, .max)))
        refused("digest", Proto().message(6, Proto()))
        refused("part 2", Proto().message(7, Proto().varint(1, 1).bytes(5, hash)))
        refused("part 2", Proto().message(7, Proto().varint(1, 2).bytes(5, [1])))
        refused("part 2", Proto().message(7, Proto().varint(1, 2).bytes(2, [1]).bytes(5, hash)))
        let large = UInt64(Limits.sectionRawSize) + 1
        refused("part 2", Proto().message(7, Proto().varint(1, 2).varint(3, large).bytes(5, hash)))
        refused("rows", Proto().message(7, Proto().varint(1, 2).bytes(5, hash).varint(6, .max)))
    }
}
