import Testing
import Transport

struct ServerSentEventsTests {
    private func events(_ text: String) throws -> [ServerSentEvent] {
        var parser = ServerSentEvents()
        return try parser.take(Array(text.utf8))
    }

    @Test func `fields make an event`() throws {
        let found = try events("id: 7\nevent: change\ndata: a\ndata:b\ndata\nretry: 1500\n\n")
        #expect(found == [ServerSentEvent(id: "7", event: "change", data: "a\nb\n", retry: .milliseconds(1500))])
    }

    @Test(arguments: ["\n", "\r", "\r\n"])
    func `cuts, line ends and the byte order mark don't matter`(end: String) throws {
        let lines = ["\u{FEFF}data: één", ": comment", "", "id: 2", "data:  two", "unknown: x", "", ""]
        let bytes = Array(lines.joined(separator: end).utf8)
        let expected = [ServerSentEvent(data: "één"), ServerSentEvent(id: "2", data: " two")]
        for size in 1...bytes.count {
            var parser = ServerSentEvents()
            var found: [ServerSentEvent] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                found += try parser.take(Array(bytes[start..<min(start + size, bytes.count)]))
            }
            #expect(found == expected)
        }
    }

    @Test func `ids last, types don't`() throws {
        let found = try events("id: 1\nevent: e\ndata: a\n\ndata: b\n\nid\ndata: c\n\nid: x\0y\ndata: d\n\n")
        #expect(found.map(\.id) == ["1", "1", "", ""])
        #expect(found.map(\.event) == ["e", "message", "message", "message"])
    }

    @Test func `a block without data sets id and retry but is no event`() throws {
        var parser = ServerSentEvents()
        #expect(try parser.take(Array("id: 9\nretry: 20\n\n".utf8)).isEmpty)
        #expect(parser.lastEventID == "9")
        #expect(parser.retry == .milliseconds(20))
    }

    @Test(arguments: ["", "-1", "+1", "1.5", "x", "99999999999999999999"])
    func `a retry that is no number is ignored`(value: String) throws {
        #expect(try events("retry: \(value)\ndata: a\n\n") == [ServerSentEvent(data: "a")])
    }

    @Test func `an unfinished event is none`() throws {
        #expect(try events("data: a\ndata: b\n").isEmpty)
    }

    @Test func `bytes that are no text are replaced`() throws {
        var parser = ServerSentEvents()
        let found = try parser.take(Array("data: ".utf8) + [0xFF] + Array("\n\n".utf8))
        #expect(found.map(\.data) == ["\u{FFFD}"])
    }

    @Test func `a line and an event have limits`() throws {
        var short = ServerSentEvents(lineSizeLimit: 10)
        #expect(try short.take(Array("data: 1234\n\n".utf8)).count == 1)
        #expect(throws: TransportError.self) { try short.take(Array("data: 12345".utf8)) }
        var small = ServerSentEvents(eventSizeLimit: 10)
        #expect(try small.take(Array("data: 1234\ndata: 1234\n\n".utf8)).count == 1)
        #expect(throws: TransportError.self) { try small.take(Array("data: 12345\ndata: 12345\n".utf8)) }
    }
}
