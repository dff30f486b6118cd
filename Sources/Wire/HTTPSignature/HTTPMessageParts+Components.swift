extension HTTPMessageParts {
    /// The value of a derived component or header field of this message (RFC 9421 sections 2.1 and 2.2): not empty,
    /// printable ASCII, at most ``HTTPSignature/componentSizeLimit`` bytes, so that it can't break a line of the
    /// signature base.
    ///
    /// - Throws: `missingComponent` where this message has no such component, `malformed` where it breaks the rules.
    /// - Complexity: O(*headers*).
    func value(of name: String) throws(HTTPSignatureError) -> String {
        switch (name, control) {
        case ("@method", .request(let method, _, _)):
            return try Self.checked(method, name: name, excluding: " ")
        case ("@path", .request(_, let path, _)):
            guard path.utf8.first == UInt8(ascii: "/") else { throw .malformed(name, .notAbsolute) }
            return try Self.checked(path, name: name, excluding: " ?#")
        case ("@query", .request(_, _, let query)):
            return try Self.checked("?" + query, name: name, excluding: " #")
        case ("@status", .response(let status)):
            guard (100...999).contains(status) else { throw .malformed(name, .notAStatus) }
            return String(status)
        case _ where name.utf8.first == UInt8(ascii: "@"):
            throw .missingComponent(name)
        default:
            return try field(name)
        }
    }

    /// Whether there is a header field of this name (in lower case).
    func hasField(_ name: String) -> Bool { headers.contains { Self.isSame($0.name, lowercased: name) } }

    private func field(_ name: String) throws(HTTPSignatureError) -> String {
        let lines = headers.filter { Self.isSame($0.name, lowercased: name) }
        guard let line = lines.first else { throw .missingComponent(name) }
        guard lines.count == 1 else { throw .malformed(name, .duplicate) }
        return try Self.checked(Self.trimmed(line.value), name: name, excluding: "")
    }

    private static func checked(
        _ value: String, name: String, excluding excluded: String
    ) throws(HTTPSignatureError) -> String {
        let bytes = value.utf8
        guard !bytes.isEmpty else { throw .malformed(name, .empty) }
        guard bytes.count <= HTTPSignature.componentSizeLimit else { throw .malformed(name, .tooLong) }
        guard bytes.allSatisfy({ (0x20...0x7E).contains($0) && !excluded.utf8.contains($0) }) else {
            throw .malformed(name, .forbiddenByte)
        }
        return value
    }

    /// Without the spaces and tabs around it, which are no part of a field's value (RFC 9421 section 2.1).
    private static func trimmed(_ value: String) -> String {
        let isBlank: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        let tail = value.utf8.drop(while: isBlank)
        guard let last = tail.lastIndex(where: { !isBlank($0) }) else { return "" }
        return String(tail[...last]) ?? value
    }

    /// Compares by ASCII case alone: to Unicode's rules, U+212A KELVIN SIGN would be a "k".
    private static func isSame(_ name: String, lowercased other: String) -> Bool {
        name.utf8.elementsEqual(other.utf8) { $0 == $1 || ((0x41...0x5A).contains($0) && $0 | 0x20 == $1) }
    }
}
