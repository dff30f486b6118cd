import Alliance
import CRDT
import Crypto
import Testing

@testable import Wire

struct SegmentTests {
    private let world: World
    private let segment: Segment

    init() throws {
        world = try World()
        segment = try world.segment()
    }

    private func reread(_ bodies: [Int: [UInt8]]? = nil) throws -> Segment {
        try Segment(
            headerBytes: segment.headerBytes, signature: segment.signature, bodies: bodies ?? segment.bodies)
    }

    @Test func `what was cut is read, verified, and has the rows by audience`() throws {
        let read = try reread()
        try read.verify(world.node.publicKey)
        #expect(
            read.header.sections.map(\.audience) == [
                .alliance, .parties([world.school], secretariat: world.secretariat),
            ])
        #expect(read.header.times == HybridTime(rawValue: 1000)...HybridTime(rawValue: 1005))
        #expect(read.header.transactions == 2 && read.header.seq == 1 && read.header.schema == 4)
        #expect(read.header.seen == JournalPosition(epoch: world.epoch, rev: 9))
        let (all, own) = (try read.transactions(section: 0), try read.transactions(section: 1))
        #expect(all == [TransactionRows(time: HybridTime(rawValue: 1000), changes: [world.rows(1000, "公开", id: 1)])])
        #expect(own?.map(\.changes) == [[world.rows(1000, "内部", id: 2)], [world.rows(1005, "又", id: 2)]])
        #expect(read.size == read.headerBytes.count + 64 + read.bodies.values.map(\.count).reduce(0, +))
    }

    @Test func `the same transactions are cut to the same header`() throws {
        #expect(try world.segment().headerBytes == segment.headerBytes)
        #expect(try SegmentHeader(bytes: segment.headerBytes).bytes == segment.headerBytes)
    }

    @Test func `each header names the one before, and only the first may stand on another replica`() throws {
        let old = Head(replica: ReplicaID(rawValue: 7), seq: 40, hash: Hash256(of: [40]))
        let first = try world.segment(standsOn: old)
        #expect(first.header.standsOn == old && first.header.previous == nil && first.header.seq == 1)
        let second = try world.segment(after: first, standsOn: old, time: 2000)
        #expect(second.header.standsOn == nil && second.header.previous == first.hash && second.header.seq == 2)
        let third = try world.segment(after: second, time: 3000)
        #expect(third.header.previous == Hash256(of: second.headerBytes) && third.head.seq == 3)
        #expect(Set([first.hash, second.hash, third.hash]).count == 3)
    }

    @Test func `a segment without some of its sections verifies all the same`() throws {
        for bodies in [[:], [0: segment.bodies[0] ?? []], [1: segment.bodies[1] ?? []]] as [[Int: [UInt8]]] {
            let part = try reread(bodies)
            try part.verify(world.node.publicKey)
            #expect(part.hash == segment.hash && part.header == segment.header)
            for index in 0...1 { #expect((try part.transactions(section: index) == nil) == (bodies[index] == nil)) }
        }
    }

    @Test func `another key did not sign it`() {
        expect(.signature, "seq 1") { () throws(WireError) in try segment.verify(world.hub.publicKey) }
    }

    @Test func `any flipped bit of the header or the signature is noticed`() throws {
        for (index, bit) in segment.headerBytes.indices.flatMap({ index in (0..<8).map { (index, $0) } }) {
            var bytes = segment.headerBytes
            bytes[index] ^= 1 << bit
            let changed = try? Segment(headerBytes: bytes, signature: segment.signature, bodies: segment.bodies)
            #expect((try? changed?.verify(world.node.publicKey)) == nil, "byte \(index)")
        }
        for index in segment.signature.indices {
            var bytes = segment.signature
            bytes[index] ^= 1
            let changed = try Segment(headerBytes: segment.headerBytes, signature: bytes, bodies: segment.bodies)
            expect(.signature, "segment") { () throws(WireError) in try changed.verify(world.node.publicKey) }
        }
    }

    @Test func `any flipped byte of a body is noticed without the key`() throws {
        for (index, body) in segment.bodies {
            for position in body.indices {
                var bytes = body
                bytes[position] ^= 0x10
                let (header, signature, bodies) = (segment.headerBytes, segment.signature, [index: bytes])
                expect(.hash, "section \(index)") { () throws(WireError) in
                    try Segment(headerBytes: header, signature: signature, bodies: bodies)
                }
            }
        }
    }

    @Test func `bodies are those that the header names, once each`() throws {
        let (header, signature) = (segment.headerBytes, segment.signature)
        let body = try #require(segment.bodies[0])
        for (bodies, code) in [([2: body], .malformed), ([-1: body], .malformed), ([1: body], .hash)]
            as [([Int: [UInt8]], WireError.Code)]
        {
            expect(code, "section") { () throws(WireError) in
                try Segment(headerBytes: header, signature: signature, bodies: bodies)
            }
        }
        for size in [0, 63, 65] {
            expect(.malformed, "signature") { () throws(WireError) in
                try Segment(headerBytes: header, signature: [UInt8](repeating: 0, count: size), bodies: [:])
            }
        }
        let twice = Proto().bytes(1, header).bytes(2, signature)
            .message(3, Proto().bytes(2, body)).message(3, Proto().bytes(2, body))
        let message = try PBSegment(checked: twice.bytes, "segment")
        expect(.malformed, "section 0 twice") { () throws(WireError) in try message.value() }
    }

    @Test func `a transaction outside the header's times is refused when it is read`() throws {
        let raw = Section.encode([TransactionRows(time: HybridTime(rawValue: 7), changes: [world.rows(7, "x", id: 1)])])
        let body = Section.compress(raw)
        let header = SegmentHeader(
            replica: world.replica, seq: 1, previous: nil, standsOn: nil,
            times: HybridTime(rawValue: 8)...HybridTime(rawValue: 9), seen: JournalPosition(epoch: world.epoch, rev: 0),
            schema: 1, transactions: 1,
            sections: [.init(audience: .alliance, rawSize: raw.count, size: body.count, hash: Hash256(of: body))])
        let segment = try Segment(
            headerBytes: header.bytes, signature: [UInt8](repeating: 0, count: 64), bodies: [0: body])
        expect(.malformed, "outside the header's times") { () throws(WireError) in try segment.transactions(section: 0)
        }
    }
}
