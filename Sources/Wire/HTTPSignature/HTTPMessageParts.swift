/// What a signature covers of one HTTP message, as it stood on the wire.
///
///     let request = HTTPMessageParts.request(
///         method: "POST", path: "/sync/v1/exchange", query: "", headers: headers, body: body)
///
/// Nothing is checked here: ``HTTPSignature`` checks what it covers and looks at no other header field. Names of
/// header fields are compared without regard to ASCII case; their order is free.
public struct HTTPMessageParts: Sendable {
    /// The first line of the message: only its kind decides which derived components there are.
    enum Control: Sendable {
        case request(method: String, path: String, query: String)
        case response(status: Int)
    }

    let control: Control
    let headers: [(name: String, value: String)]
    let body: [UInt8]

    /// The parts of a request.
    ///
    /// - Parameters:
    ///   - method: as sent, case and all.
    ///   - path: the path of the request target as sent: begins with `/`, percent-encoding untouched.
    ///   - query: the query as sent without its `?`; empty where there is none.
    ///   - headers: one element for each field line.
    ///   - body: the content after transfer coding is undone, before content coding is.
    public static func request(
        method: String, path: String, query: String, headers: [(name: String, value: String)], body: [UInt8]
    ) -> HTTPMessageParts {
        HTTPMessageParts(control: .request(method: method, path: path, query: query), headers: headers, body: body)
    }

    /// The parts of a response; `headers` and `body` as for a request.
    public static func response(
        status: Int, headers: [(name: String, value: String)], body: [UInt8]
    ) -> HTTPMessageParts {
        HTTPMessageParts(control: .response(status: status), headers: headers, body: body)
    }

    /// The same message with more header fields, such as those that signing returned.
    public func adding(_ more: [(name: String, value: String)]) -> HTTPMessageParts {
        HTTPMessageParts(control: control, headers: headers + more, body: body)
    }
}
