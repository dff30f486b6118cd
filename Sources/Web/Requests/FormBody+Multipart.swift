extension FormBody {
    /// Reads `multipart/form-data` (RFC 7578) as browsers send it; `nil` for what is none.
    /// - Parameter type: the header `Content-Type`, with its boundary.
    public init?(multipart bytes: [UInt8], type: String) {
        self.init()
        guard let start = type.firstRange(of: "boundary=") else { return nil }
        let boundary = type[start.upperBound...].prefix { $0 != ";" }.filter { $0 != "\"" }
        guard (1...70).contains(boundary.utf8.count) else { return nil }
        let mark = Array("\r\n--\(boundary)".utf8)
        // The first mark has no line before it.
        let whole = [0x0D, 0x0A] + bytes
        var marks = Self.positions(of: mark, in: whole)[...]
        guard var from = marks.popFirst() else { return nil }
        while let to = marks.popFirst() {
            guard fields.count + files.count < Self.fieldsMax, take(whole[(from + mark.count)..<to]) else { return nil }
            from = to
        }
        guard whole[(from + mark.count)...].starts(with: Array("--".utf8)) else { return nil }
    }

    /// A part: its headers, an empty line, its content.
    private mutating func take(_ part: ArraySlice<UInt8>) -> Bool {
        let gap = Array("\r\n\r\n".utf8)
        guard let end = Self.positions(of: gap, in: Array(part.prefix(4096))).first else { return false }
        let head = String(decoding: part.prefix(end), as: UTF8.self)
        let content = Array(part.dropFirst(end + gap.count))
        guard
            let line = head.split(whereSeparator: \.isNewline).first(where: {
                $0.lowercased().hasPrefix("content-disposition:")
            }), let name = Self.parameter("name", of: line)
        else { return false }
        if let file = Self.parameter("filename", of: line) {
            files[name] = File(name: file, bytes: content)
            return true
        }
        guard let text = String(validating: content, as: UTF8.self) else { return false }
        fields.append((name, text))
        return true
    }

    private static func parameter(_ name: String, of line: Substring) -> String? {
        for part in line.split(separator: ";").dropFirst() {
            let pair = part.drop { $0 == " " }
            guard pair.hasPrefix("\(name)=\"") else { continue }
            return String(pair.dropFirst(name.count + 2).prefix { $0 != "\"" })
        }
        return nil
    }

    private static func positions(of mark: [UInt8], in bytes: [UInt8]) -> [Int] {
        guard bytes.count >= mark.count else { return [] }
        var found: [Int] = []
        var index = 0
        bytes.withUnsafeBufferPointer { buffer in
            while index <= buffer.count - mark.count {
                if buffer[index] == mark[0], mark.indices.allSatisfy({ buffer[index + $0] == mark[$0] }) {
                    found.append(index)
                    index += mark.count
                } else {
                    index += 1
                }
            }
        }
        return found
    }
}
