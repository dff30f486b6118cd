/// A request that follows HTTP's rules, in the form curl wants it; made once, at the edge.
struct CheckedRequest: Sendable {
    let endpoint: Endpoint
    let method: String
    /// Header lines in curl's grammar: `Name: value`, `Name;` for an empty value, `Name:` to send none.
    let headerLines: [String]
    let body: [UInt8]

    /// Whether curl has to send a body, if only one of length 0.
    var hasBody: Bool { !body.isEmpty || method == "POST" || method == "PUT" || method == "PATCH" }

    init(_ request: HTTPRequest) throws(TransportError) {
        endpoint = try Endpoint(parsing: request.url)
        guard Self.isToken(request.method) else { throw Self.refusal("the method is no token", endpoint) }
        for (name, value) in request.headers {
            guard Self.isToken(name) else { throw Self.refusal("a header's name is no token", endpoint) }
            guard Self.isFieldValue(value) else { throw Self.refusal("a header's value holds CR, LF or NUL", endpoint) }
        }
        let names = Set(request.headers.map { $0.name.lowercased() })
        // A second opinion on the body's length is how requests get smuggled.
        guard names.isDisjoint(with: ["content-length", "transfer-encoding"]) else {
            throw Self.refusal("the body's length is the client's to state", endpoint)
        }
        method = request.method
        body = request.body
        headerLines = Self.lines(for: request.headers, named: names)
    }

    private static func lines(for headers: [(name: String, value: String)], named names: Set<String>) -> [String] {
        var lines = headers.map { (field: (name: String, value: String)) -> String in
            field.value.allSatisfy { $0 == " " || $0 == "\t" } ? "\(field.name);" : "\(field.name): \(field.value)"
        }
        // curl adds these two to a POST by itself: a wait for "100 Continue", and a form's type.
        if !names.contains("expect") { lines.append("Expect:") }
        if !names.contains("content-type") { lines.append("Content-Type:") }
        return lines
    }

    private static func refusal(_ detail: String, _ endpoint: Endpoint) -> TransportError {
        TransportError(.invalidRequest, at: endpoint.place, detail: detail)
    }

    /// RFC 9110 section 5.6.2.
    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "A")...UInt8(ascii: "Z"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }

    /// Bytes, not characters: "\r\n" is one `Character`.
    private static func isFieldValue(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 != 0 && $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
    }
}
