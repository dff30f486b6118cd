internal import CCurl

/// An absolute `http` or `https` address that curl can read, and the `host:port` it points to.
struct Endpoint: Sendable {
    /// The address as given; may hold secrets.
    let url: String
    /// `host:port`, the only part of an address that errors name.
    let place: String
    /// Whether the scheme is `https`.
    let isSecure: Bool

    /// Parses `url` with curl's own parser, so that both read the same.
    init(parsing url: String) throws(TransportError) {
        // A NUL would end curl's C string early: the host asked for would not be the host checked.
        guard !url.utf8.contains(0), let parts = curl_url() else { throw Self.refusal("the address holds a NUL") }
        defer { curl_url_cleanup(parts) }
        guard curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK,
            let scheme = Self.part(CURLUPART_SCHEME, of: parts),
            let host = Self.part(CURLUPART_HOST, of: parts),
            let port = Self.part(CURLUPART_PORT, of: parts)
        else { throw Self.refusal("the address is not an absolute URL") }
        guard scheme == "http" || scheme == "https" else { throw Self.refusal("the scheme is not http or https") }
        self.url = url
        place = "\(host):\(port)"
        isSecure = scheme == "https"
    }

    private static func refusal(_ detail: String) -> TransportError {
        TransportError(.invalidRequest, at: "an unreadable address", detail: detail)
    }

    private static func part(_ part: CURLUPart, of parts: OpaquePointer) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        let flags = UInt32(CURLU_DEFAULT_PORT)
        guard curl_url_get(parts, part, &text, flags) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }
}
