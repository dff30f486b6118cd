import Alliance
import CRDT
import Testing

@testable import Wire

struct ExchangeTests {
    private let world: World

    init() throws { world = try World() }

    @Test func `a request comes back as it was, byte for byte`() throws {
        let first = try world.segment()
        let request = world.request([first, try world.segment(after: first, time: 2000)])
        let back = try ExchangeRequest(bytes: request.bytes)
        #expect(back.bytes == request.bytes)
        #expect(back.segments.map(\.hash) == request.segments.map(\.hash))
        #expect(back.digests == request.digests && back.alarms == [1, 3] && back.own == request.own)
        #expect(back.token == Token(count: 8, random: .max) && back.nextToken == request.nextToken)
        #expect(back.cursor == request.cursor && back.pendingSince == 1_700_000_000_000)
    }

    @Test func `an answer comes back as it was, byte for byte`() throws {
        let answer = try world.response([world.entry(world.segment(), detail: world.detail)])
        let back = try ExchangeResponse(bytes: answer.bytes)
        #expect(back.bytes == answer.bytes)
        #expect(back.receipt == answer.receipt && back.notYet == answer.notYet && back.snapshot)
        #expect(back.head == answer.head && back.floor == 3 && back.backedUp == 11 && back.digests == answer.digests)
        var idle = answer
        (idle.receipt, idle.notYet, idle.entries, idle.snapshot, idle.journal) = (nil, nil, [], false, nil)
        let quiet = try ExchangeResponse(bytes: idle.bytes)
        #expect(quiet.receipt == nil && quiet.notYet == nil && quiet.entries.isEmpty && !quiet.snapshot)
        #expect(quiet.journal == nil && back.journal == answer.journal)
    }

    @Test func `a page is never asked for larger than a hub gives`() throws {
        var request = world.request([])
        request.pageSize = Int(UInt32.max)
        #expect(try ExchangeRequest(bytes: request.bytes).pageSize == Limits.pageSize)
        request.pageSize = Limits.pageSize
        #expect(try ExchangeRequest(bytes: request.bytes).pageSize == Limits.pageSize)
    }

    private func request(
        _ part: String, _ more: Proto, code: WireError.Code = .malformed,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        // The last of a field that stands twice counts, and messages are joined.
        let bytes = world.request([]).bytes + more.bytes
        expect(code, part, sourceLocation: sourceLocation) { () throws(WireError) in try ExchangeRequest(bytes: bytes) }
    }

    @Test func `a segment that can't be read ends the list of segments, not the request`() throws {
        let whole = try ExchangeRequest(bytes: world.request([]).bytes)
        #expect(whole.segmentFault == nil)
        let bytes = world.request([]).bytes + Proto().message(10, Proto()).bytes
        let request = try ExchangeRequest(bytes: bytes)
        #expect(request.segmentFault?.code == .version && request.segments.count == whole.segments.count)
        #expect(request.cursor == whole.cursor)
    }

    @Test func `a request with a fault is refused`() {
        request("2", Proto().varint(1, 2), code: .version)
        request("journal hash", Proto().bytes(6, [1]))
        request("nameSize", Proto().text(3, String(repeating: "名", count: 86)), code: .limit)
        request("not a message", Proto().bytes(3, [0xFF]))
        request("alarms", Proto().packed(16, [UInt64](repeating: 1, count: Limits.alarms)), code: .limit)
        request("rev", Proto().varint(5, .max))
        request("head hash", Proto().message(7, Proto().bytes(3, [])))
        request("seq", Proto().message(7, Proto().varint(2, UInt64(Int64.max))))
        request("token", Proto().message(8, Proto().varint(1, .max)))
        request("token", Proto().message(9, Proto().varint(1, .max)))
        request("pending", Proto().varint(11, .max))
        request("pending since", Proto().varint(12, .max))
        request("clock", Proto().varint(14, .max))
        for digest in [
            Proto(), Proto().bytes(2, [1]), Proto().bytes(1, [1]).bytes(2, [UInt8](repeating: 0, count: 16)),
            Proto().bytes(2, [UInt8](repeating: 0, count: 16)).varint(3, .max),
        ] { request("digest", Proto().message(13, digest)) }
    }

    private func answer(
        _ part: String, _ more: Proto, code: WireError.Code = .malformed,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let bytes = try world.response([]).bytes + more.bytes
        expect(code, part, sourceLocation: sourceLocation) { () throws(WireError) in try ExchangeResponse(bytes: bytes)
        }
    }

    @Test func `an answer with a fault is refused`() throws {
        try answer("2", Proto().varint(1, 2), code: .version)
        try answer("hub time", Proto().varint(2, HybridTime.millisecondsMax + 1))
        try answer("head", Proto().varint(4, .max))
        try answer("journal hash", Proto().bytes(5, [1]))
        try answer("floor", Proto().varint(6, .max))
        try answer("backed up", Proto().varint(7, .max))
        try answer("receipt", Proto().message(8, Proto().bytes(3, [])))
        try answer("receipt", Proto().message(8, Proto().bytes(6, [1])))
        try answer("seq", Proto().message(8, Proto().varint(2, .max)))
        try answer("rev", Proto().message(8, Proto().varint(5, .max)))
        try answer("journal entry", Proto().message(9, Proto()))
        try answer("digest", Proto().message(10, Proto()))
        try answer("refusal", Proto().message(11, Proto().text(1, "")))
        try answer("retry after", Proto().message(11, Proto().varint(4, .max)))
        try answer("hub time", Proto().message(11, Proto().varint(5, .max)))
        try answer("token", Proto().message(13, Proto().varint(1, .max)))
    }
}
