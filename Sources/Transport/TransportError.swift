/// Why a request got no answer, in words for a person.
///
/// Never holds the address's path, query or user info, a header or a byte of a body: only `host:port`.
public struct TransportError: Error, Sendable, CustomStringConvertible {
    /// What went wrong; each case says what the server may have seen.
    public enum Code: String, Sendable, CaseIterable {
        /// The request breaks HTTP's rules. Nothing was sent.
        case invalidRequest
        /// The host's (or proxy's) name has no address. Nothing was sent.
        case resolve
        /// No connection came about, in time or at all. Nothing was sent.
        case unreachable
        /// No trusted TLS connection came about. Nothing was sent.
        case tls
        /// The server's key is not the pinned one. Nothing was sent.
        case pinMismatch
        /// The total time ran out. The server may have acted.
        case timeout
        /// Too few bytes for too long. The server may have acted.
        case stalled
        /// The connection broke before the answer was whole. The server may have acted.
        case interrupted
        /// The answer is larger than allowed. The server may have acted.
        case tooLarge
        /// The answer is not HTTP, or its encoding is broken. The server may have acted.
        case malformed
        /// The calling task was cancelled. The server may have acted.
        case cancelled
        /// The client was closed. The server may have acted.
        case closed
        /// libcurl failed in a way this table does not know, or memory or threads ran out.
        case failed
    }

    /// libcurl's own words for the cause.
    public struct Cause: Sendable, Equatable {
        /// The number of the `CURLcode`.
        public var code: Int
        /// curl's text, which names hosts and ports at most.
        public var text: String
    }

    /// What went wrong.
    public let code: Code
    /// What failed, on which host and port, what is safe, and what to do.
    public let message: String
    /// What libcurl said; nil when the failure is this client's own finding.
    public let cause: Cause?

    /// The message, then curl's words in brackets.
    public var description: String {
        guard let cause else { return message }
        return "\(message) [curl \(cause.code): \(cause.text)]"
    }

    init(_ code: Code, at place: String, detail: String? = nil, cause: Cause? = nil) {
        self.code = code
        self.cause = cause
        message = Self.sentence(for: code, at: place) + (detail.map { " (\($0))" } ?? "")
    }
}
