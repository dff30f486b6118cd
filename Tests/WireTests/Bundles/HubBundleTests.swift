import Alliance
import CRDT
import Testing

@testable import Wire

@Suite struct HubBundleTests {
    private let world: World
    private let answer: ExchangeResponse

    init() throws {
        world = try World()
        let entry = world.entry(try world.segment(), rev: 8)
        answer = ExchangeResponse(
            hubTime: 5, head: JournalPosition(epoch: world.epoch, rev: 9), journal: Hash256(of: [1]), floor: 0,
            backedUp: 0, receipt: nil, entries: [entry], digests: [], notYet: nil, snapshot: false, token: .none)
    }

    private func share(_ frames: [[UInt8]]) -> SnapshotManifest {
        SnapshotManifest(
            position: answer.head, journal: answer.journal ?? .zero, heads: [], digests: [],
            parts: frames.map {
                .init(audience: .alliance, rawSize: 10, size: $0.count, hash: Hash256(of: $0), rows: 1)
            })
    }

    @Test func `an answer comes back as it was`() throws {
        let bundle = try HubBundle(bytes: HubBundle(replica: world.replica, answer: answer).bytes)
        #expect(bundle.replica == world.replica && bundle.answer.bytes == answer.bytes && bundle.snapshot == nil)
        #expect(bundle.after == 7)
        var empty = answer
        empty.entries = []
        #expect(HubBundle(replica: world.replica, answer: empty).after == 9)
    }

    @Test func `parts of a snapshot are those that its manifest names`() throws {
        let manifest = share([[1], [2, 2], [3]])
        func bundle(_ parts: [Int: [UInt8]]) -> [UInt8] {
            HubBundle(replica: world.replica, answer: answer, snapshot: .init(manifest: manifest, parts: parts)).bytes
        }
        let back = try #require(try HubBundle(bytes: bundle([0: [1], 2: [3]])).snapshot)
        #expect(back.manifest.bytes == manifest.bytes && back.parts == [0: [1], 2: [3]])
        for wrong in [[0: [2]], [1: [2]], [3: [1]]] as [[Int: [UInt8]]] {
            expect(.hash, "part") { () throws(WireError) in try HubBundle(bytes: bundle(wrong)) }
        }
    }

    @Test func `parts without a manifest, and bytes that are none, are refused`() throws {
        let lone = HubBundle(replica: world.replica, answer: answer).bytes + Proto().bytes(4, [8, 0]).bytes
        expect(.malformed, "without a manifest") { () throws(WireError) in try HubBundle(bytes: lone) }
        for bytes in [[], [0xFF], [UInt8](lone.dropLast(40))] {
            #expect(throws: WireError.self) { try HubBundle(bytes: bytes) }
        }
    }
}
