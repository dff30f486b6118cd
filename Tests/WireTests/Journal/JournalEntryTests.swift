import CRDT
import Testing

@testable import Wire

struct JournalEntryTests {
    private let world: World
    private let segment: Segment
    /// As a page carries it.
    private let fields: Fields

    /// An entry's fields, so that a test can spoil one.
    private struct Fields {
        var rev: UInt64
        var hubTime: UInt64 = 1_800_000_000_000
        var header: [UInt8]
        var signature: [UInt8]
        var verdict: [UInt8]
        var hash: [UInt8]
        var sections: [(UInt64, [UInt8])]
        var detail: [UInt8]

        func read() throws(WireError) -> JournalEntry {
            var proto = Proto().varint(1, rev).varint(2, hubTime).bytes(3, header).bytes(4, signature)
            proto = proto.bytes(5, verdict).bytes(6, hash)
            for (index, body) in sections { proto = proto.message(7, Proto().varint(1, index).bytes(2, body)) }
            return try PBJournalEntry(checked: proto.bytes(8, detail).bytes, "journal entry").value()
        }
    }

    init() throws {
        world = try World()
        segment = try world.segment()
        let entry = world.entry(segment, detail: world.detail)
        fields = Fields(
            rev: 1, header: segment.headerBytes, signature: segment.signature, verdict: entry.verdictBytes,
            hash: entry.hash.bytes, sections: segment.bodies.map { (UInt64($0.key), $0.value) },
            detail: world.detail.bytes)
    }

    private func refused(
        _ part: String, _ code: WireError.Code = .malformed, sourceLocation: SourceLocation = #_sourceLocation,
        _ change: (inout Fields) -> Void
    ) {
        var changed = fields
        change(&changed)
        let spoiled = changed
        expect(code, part, sourceLocation: sourceLocation) { () throws(WireError) in try spoiled.read() }
    }

    @Test func `without a fault it is read, with or without its detail and sections`() throws {
        let entry = try fields.read()
        #expect(entry.rev == 1 && entry.segment.hash == segment.hash && entry.segment.bodies == segment.bodies)
        #expect(entry.detail == world.detail && entry.follows(.zero))
        var fewer = fields
        (fewer.detail, fewer.sections) = ([], [])
        let part = try fewer.read()
        #expect(part.detail == nil && part.segment.bodies.isEmpty && part.follows(.zero))
    }

    @Test func `what an entry says of itself is checked`() {
        refused("rev 0") { $0.rev = 0 }
        refused("rev") { $0.rev = UInt64(Int64.max) }
        refused("hub time") { $0.hubTime = .max }
        refused("hash") { $0.hash.removeLast() }
        refused("signature") { $0.signature = [] }
        refused("section 9") { $0.sections = [(9, [1])] }
        refused("twice") { $0.sections += [$0.sections[0]] }
        refused("section 0", .hash) { $0.sections = [(0, [1])] }
        refused("header", .version) { $0.header = [] }
    }

    @Test func `the verdict is written in its only form, and the detail is the one that it names`() {
        refused("canonical") { $0.verdict += Proto().varint(9, 1).bytes }
        refused("canonical") { $0.verdict += Proto().bytes(2, Hash256(of: world.detail.bytes).bytes).bytes }
        refused("verdict detail", .hash) { $0.detail += $0.detail }
        refused("verdict detail", .hash) { $0.verdict = [] }
        refused("detail") { $0.detail = [0x0A, 9] }
    }

    @Test func `an entry follows one journal, and no other`() throws {
        let entries = try chain()
        var previous = Hash256.zero
        for entry in entries {
            #expect(entry.follows(previous))
            #expect(!entry.follows(Hash256(of: previous.bytes)))
            previous = entry.hash
        }
        #expect(!entries[2].follows(entries[0].hash))
    }

    @Test func `rev, time, header and verdict are all in the hash`() {
        let (one, other) = (Hash256(of: [1]), Hash256(of: [2]))
        let hashes = [
            JournalEntry.hash(after: one, rev: 1, hubTime: 1, header: one, verdict: []),
            JournalEntry.hash(after: other, rev: 1, hubTime: 1, header: one, verdict: []),
            JournalEntry.hash(after: one, rev: 2, hubTime: 1, header: one, verdict: []),
            JournalEntry.hash(after: one, rev: 1, hubTime: 2, header: one, verdict: []),
            JournalEntry.hash(after: one, rev: 1, hubTime: 1, header: other, verdict: []),
            JournalEntry.hash(after: one, rev: 1, hubTime: 1, header: one, verdict: [1]),
        ]
        #expect(Set(hashes).count == hashes.count)
    }

    private func chain() throws -> [JournalEntry] {
        var entries: [JournalEntry] = []
        for rev in 1...3 as ClosedRange<UInt64> {
            let segment = try world.segment(after: entries.last?.segment, time: 1000 * rev)
            entries.append(world.entry(segment, rev: rev, after: entries.last?.hash ?? .zero))
        }
        return entries
    }
}
