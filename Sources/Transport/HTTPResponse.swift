/// The whole answer to one request.
///
/// The body is decoded (gzip, deflate, brotli, zstd); `content-encoding` and `content-length` still say what was on
/// the wire.
public struct HTTPResponse: Sendable {
    /// The status code, 200 … 999. Any status is an answer, not an error.
    public var status: Int
    /// Header fields as received: names in lower case, order kept, repeated names as repeated entries.
    ///
    /// A value that isn't UTF-8 is read as ISO 8859-1, so no byte is lost. Trailers are not kept.
    public var headers: [(name: String, value: String)]
    /// The decoded bytes, at most ``HTTPClient/Configuration/bodySizeLimit``.
    public var body: [UInt8]

    /// Makes an answer, as a stand-in for a server's.
    public init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first value of the field `name`, which is compared without regard to ASCII case.
    ///
    /// - Complexity: O(*n*) in the number of fields.
    public func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name == wanted }?.value
    }
}

/// A piece of a streamed answer: one head, then chunks.
public enum StreamEvent: Sendable {
    /// Status and header fields; comes once and first. Fields are as in ``HTTPResponse/headers``.
    case head(status: Int, headers: [(name: String, value: String)])
    /// Decoded bytes of the body, never empty; cut wherever the network cut them.
    case chunk([UInt8])
}
