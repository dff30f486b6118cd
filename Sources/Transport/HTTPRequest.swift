/// One HTTP request, whole in memory.
///
/// ```swift
/// let request = HTTPRequest(method: "POST", url: "https://hub.example/push", body: frame)
/// ```
///
/// Header names must be tokens and values free of CR, LF and NUL; `Content-Length` and `Transfer-Encoding` belong to
/// the client. What breaks these rules is refused by ``HTTPClient/send(_:)`` with
/// ``TransportError/Code/invalidRequest``, before anything is sent.
public struct HTTPRequest: Sendable {
    /// The method, sent as written: `GET`, `POST`, …
    public var method: String
    /// An absolute `http` or `https` address.
    public var url: String
    /// Header fields in the order they are sent; values go out as UTF-8.
    public var headers: [(name: String, value: String)]
    /// The bytes to send; empty for none.
    public var body: [UInt8]

    /// Makes a request; by default a `GET` without headers of its own and without a body.
    public init(
        method: String = "GET",
        url: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = []
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}

extension HTTPRequest: CustomStringConvertible, CustomDebugStringConvertible {
    /// Method and size only: addresses and headers may carry secrets.
    public var description: String {
        "\(method) with \(headers.count) headers and \(body.count) bytes"
    }

    /// The same as ``description``.
    public var debugDescription: String { description }
}
