/// One event of a `text/event-stream`.
public struct ServerSentEvent: Sendable, Equatable {
    /// The last id the stream named, in this event or before; empty for none.
    public var id: String
    /// The event's type; `message` when it names none.
    public var event: String
    /// The data lines, joined by line feeds.
    public var data: String
    /// The reconnection time named in this event's block; nil when it names none.
    public var retry: Duration?

    /// Makes an event.
    public init(id: String = "", event: String = "message", data: String, retry: Duration? = nil) {
        self.id = id
        self.event = event
        self.data = data
        self.retry = retry
    }
}

/// Reads `text/event-stream`: bytes in, events out, wherever the bytes are cut.
///
/// ```swift
/// var parser = ServerSentEvents()
/// for event in try parser.take(chunk) { … }
/// ```
///
/// Follows the HTML standard, section 9.2.6: lines end with CR, LF or CRLF; a byte order mark at the start, comments and
/// unknown fields are skipped; bytes that are not UTF-8 become U+FFFD; an event without data, or cut off by the end of
/// the stream, is none.
public struct ServerSentEvents: Sendable {
    /// The longest line accepted, in bytes; 1 MiB.
    public static let lineSizeLimit = 1 << 20
    /// The most data one event may carry, in bytes; 4 MiB.
    public static let eventSizeLimit = 4 << 20

    /// The last id seen, to be sent as `Last-Event-ID` when reconnecting; empty for none.
    public private(set) var lastEventID = ""
    /// The last reconnection time the server named; nil for none.
    public private(set) var retry: Duration?

    private let lineSizeLimit: Int
    private let eventSizeLimit: Int
    private var line: [UInt8] = []
    private var isFirstLine = true
    private var isAfterCarriageReturn = false
    private var block = Block()

    /// The event under construction.
    private struct Block {
        var event = ""
        var dataLines: [String] = []
        var dataSize = 0
        var id: String?
        var retry: Duration?
    }

    /// Makes a parser at the start of a stream.
    public init(lineSizeLimit: Int = Self.lineSizeLimit, eventSizeLimit: Int = Self.eventSizeLimit) {
        self.lineSizeLimit = lineSizeLimit
        self.eventSizeLimit = eventSizeLimit
    }

    /// Takes the next bytes and returns the events they complete, in order.
    ///
    /// - Throws: ``TransportError`` with ``TransportError/Code/tooLarge`` when a line or an event outgrows its limit;
    ///   the parser is of no use then.
    public mutating func take(_ bytes: [UInt8]) throws(TransportError) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        for byte in bytes {
            let isSecondOfPair = isAfterCarriageReturn && byte == UInt8(ascii: "\n")
            isAfterCarriageReturn = byte == UInt8(ascii: "\r")
            if isSecondOfPair { continue }
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                if let event = try endLine() { events.append(event) }
            } else {
                guard line.count < lineSizeLimit else { throw Self.overflow("a line", limit: lineSizeLimit) }
                line.append(byte)
            }
        }
        return events
    }

    private mutating func endLine() throws(TransportError) -> ServerSentEvent? {
        defer { line.removeAll(keepingCapacity: true) }
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let text = isFirstLine && line.starts(with: mark) ? line[mark.count...] : line[...]
        isFirstLine = false
        if text.isEmpty { return endBlock() }
        let colon = text.firstIndex(of: UInt8(ascii: ":")) ?? text.endIndex
        var value = text[colon...].dropFirst()
        if value.first == UInt8(ascii: " ") { value.removeFirst() }
        try set(String(decoding: text[..<colon], as: UTF8.self), to: value)
        return nil
    }

    private mutating func set(_ field: String, to value: ArraySlice<UInt8>) throws(TransportError) {
        let text = String(decoding: value, as: UTF8.self)
        switch field {
        case "event": block.event = text
        case "data":
            block.dataSize += value.count + 1
            guard block.dataSize <= eventSizeLimit else { throw Self.overflow("an event", limit: eventSizeLimit) }
            block.dataLines.append(text)
        case "id": if !value.contains(0) { block.id = text }
        case "retry":
            // Digits alone: Int would also read a sign.
            guard value.allSatisfy({ (0x30...0x39).contains($0) }), let milliseconds = Int(text) else { return }
            retry = .milliseconds(milliseconds)
            block.retry = retry
        default: break
        }
    }

    private mutating func endBlock() -> ServerSentEvent? {
        defer { block = Block() }
        if let id = block.id { lastEventID = id }
        guard !block.dataLines.isEmpty else { return nil }
        return ServerSentEvent(
            id: lastEventID,
            event: block.event.isEmpty ? "message" : block.event,
            data: block.dataLines.joined(separator: "\n"),
            retry: block.retry)
    }

    private static func overflow(_ what: String, limit: Int) -> TransportError {
        TransportError(.tooLarge, at: "the event stream", detail: "\(what) is longer than \(limit) bytes")
    }
}
