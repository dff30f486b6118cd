/// Header lines in, fields out: what curl's header callback feeds.
///
/// States: collecting (a block may be a `1xx` that another follows) → complete, where trailers are ignored.
struct ResponseHead {
    private(set) var headers: [(name: String, value: String)] = []
    private(set) var isComplete = false
    private var size = 0

    /// What a line meant.
    enum Step: Equatable {
        case more
        case blockEnded
        case tooLarge
    }

    /// Takes one line with its line end; a status line starts the block anew.
    mutating func take(_ line: UnsafeRawBufferPointer) -> Step {
        guard !isComplete else { return .more }
        size += line.count
        guard size <= Limits.headSize else { return .tooLarge }
        let text = Self.trim(line[...])
        if text.isEmpty { return .blockEnded }
        if text.starts(with: "HTTP/".utf8) {
            headers.removeAll(keepingCapacity: true)
        } else if let colon = text.firstIndex(of: UInt8(ascii: ":")) {
            let name = Self.decode(Self.trim(text[..<colon])).lowercased()
            headers.append((name, Self.decode(Self.trim(text[(colon + 1)...]))))
        }
        return .more
    }

    /// Says that the block that ended was the final one.
    mutating func complete() { isComplete = true }

    /// UTF-8 where it is valid, else ISO 8859-1, in which every byte is a character.
    private static func decode(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        return String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }

    private static func trim(_ bytes: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
        var rest = bytes
        while let byte = rest.first, isBlank(byte) { rest.removeFirst() }
        while let byte = rest.last, isBlank(byte) { rest.removeLast() }
        return rest
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
            || byte == UInt8(ascii: "\n")
    }
}
