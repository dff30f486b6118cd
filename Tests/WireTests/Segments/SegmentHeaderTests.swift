import Alliance
import CRDT
import Testing

@testable import Wire

/// Headers written by hand, with one fault each.
struct SegmentHeaderTests {
    private struct Parts {
        var version: UInt64 = 1
        var seq: UInt64 = 2
        var previous = [UInt8](repeating: 4, count: 32)
        var standsOn: Proto?
        var times: (first: UInt64, last: UInt64) = (10, 20)
        var seenRev: UInt64 = 6
        var transactions: UInt64 = 1
        var sections = [Parts.section()]

        static func section(
            audience: [UInt8] = [], rawSize: UInt64 = 100, size: UInt64 = 50,
            hash: [UInt8] = [UInt8](repeating: 5, count: 32)
        ) -> Proto { Proto().bytes(1, audience).varint(2, rawSize).varint(3, size).bytes(4, hash) }

        var bytes: [UInt8] {
            var proto = Proto().varint(1, version).fixed(2, 0xAB).varint(3, seq).bytes(4, previous)
            if let standsOn { proto = proto.message(5, standsOn) }
            proto = proto.varint(6, times.first).varint(7, times.last)
            proto = proto.message(8, Proto().varint(1, 3).fixed(2, 0xE)).varint(9, seenRev).varint(10, 4)
            proto = proto.varint(11, transactions)
            for section in sections { proto = proto.message(12, section) }
            return proto.bytes
        }
    }

    private func refused(
        _ part: String, _ code: WireError.Code = .malformed, sourceLocation: SourceLocation = #_sourceLocation,
        _ change: (inout Parts) -> Void
    ) {
        var parts = Parts()
        change(&parts)
        let bytes = parts.bytes
        expect(code, part, sourceLocation: sourceLocation) { () throws(WireError) in try SegmentHeader(bytes: bytes) }
    }

    private static func members(_ ids: UInt128...) -> [UInt8] { ids.flatMap { MemberID(rawValue: $0).bytes } }
    private static let head = Proto().fixed(1, 9).varint(2, 3).bytes(3, [UInt8](repeating: 8, count: 32))

    @Test func `without a fault it is read`() throws {
        let header = try SegmentHeader(bytes: Parts().bytes)
        #expect(header.replica.rawValue == 0xAB && header.seq == 2 && header.schema == 4)
        #expect(header.previous?.bytes == [UInt8](repeating: 4, count: 32))
        #expect(header.seen.rev == 6 && header.seen.epoch == Epoch(number: 3, replica: ReplicaID(rawValue: 0xE)))
        #expect(header.sections.map(\.rawSize) == [100] && header.sections.map(\.size) == [50])
    }

    @Test func `it is of this version`() {
        refused("version", .version) { $0.version = 0 }
        refused("version", .version) { $0.version = 2 }
    }

    @Test func `seq counts from 1, and the first has none before it`() {
        refused("seq") {
            $0.seq = 0; $0.previous = []
        }
        refused("seq") { $0.seq = UInt64(Int64.max) }
        refused("previous") { $0.seq = 1 }
        refused("previous") {
            $0.seq = 1; $0.previous = [1]
        }
        refused("previous") { $0.previous = [] }
        refused("previous") { $0.previous.removeLast() }
    }

    @Test func `only the first stands on another replica`() throws {
        refused("stands on") { $0.standsOn = Self.head }
        refused("head hash") {
            $0.seq = 1; $0.previous = []; $0.standsOn = Proto().fixed(1, 9).varint(2, 3)
        }
        refused("seq") {
            $0.seq = 1
            $0.previous = []
            $0.standsOn = Proto().fixed(1, 9).varint(2, .max).bytes(3, [UInt8](repeating: 8, count: 32))
        }
        var parts = Parts()
        (parts.seq, parts.previous, parts.standsOn) = (1, [], Self.head)
        #expect(try SegmentHeader(bytes: parts.bytes).standsOn?.seq == 3)
    }

    @Test func `times ascend and fit 63 bits`() {
        refused("times") { $0.times = (21, 20) }
        refused("times") { $0.times = (1, UInt64(Int64.max) + 1) }
        refused("seen") { $0.seenRev = UInt64(Int64.max) }
    }

    @Test func `transactions are counted`() {
        refused("transactions", .limit) { $0.transactions = 0 }
        refused("transactions", .limit) { $0.transactions = UInt64(Limits.transactions) + 1 }
    }

    @Test func `sections have an audience, a hash, and ascend`() {
        refused("no section") { $0.sections = [] }
        refused("section head") { $0.sections = [Parts.section(hash: [1])] }
        refused("section head") { $0.sections = [Parts.section(audience: [1])] }
        refused("section head") { $0.sections = [Parts.section(audience: Self.members(2, 1))] }
        refused("section head") { $0.sections = [Parts.section(audience: Self.members(1, 1))] }
        refused("ascend") { $0.sections = [Parts.section(), Parts.section()] }
        refused("ascend") { $0.sections = [Parts.section(audience: Self.members(1)), Parts.section()] }
        refused("ascend") { $0.sections = [Self.members(2), Self.members(1, 3)].map { Parts.section(audience: $0) } }
    }

    @Test func `sections announce sizes within the limits`() {
        refused("sectionRawSize", .limit) { $0.sections = [Parts.section(rawSize: 0)] }
        refused("sectionRawSize", .limit) { $0.sections = [Parts.section(rawSize: UInt64(Limits.sectionRawSize) + 1)] }
        refused("segmentSize", .limit) { $0.sections = [Parts.section(size: UInt64(Limits.segmentSize) + 1)] }
        refused("segmentSize", .limit) {
            $0.sections = (1...64).map { Parts.section(audience: Self.members($0), size: UInt64(UInt32.max)) }
        }
    }

    @Test func `audiences have at most 256 members`() throws {
        let many = (1...257).flatMap { MemberID(rawValue: $0).bytes }
        #expect(Audience(bytes: many) == nil)
        #expect(Audience(bytes: many.dropLast(16)) != nil)
        #expect(Audience(bytes: [UInt8]()) == .alliance)
    }
}
