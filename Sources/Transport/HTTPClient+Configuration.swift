extension HTTPClient {
    /// What a client allows: times, sizes and whom to trust.
    ///
    /// Proxies come from the environment, as curl reads it: `http_proxy` (lower case only), `https_proxy`,
    /// `all_proxy`, `no_proxy`.
    public struct Configuration: Sendable {
        /// How long name lookup, connection and TLS handshake may take together; 10 s.
        public var connectTimeout: Duration = .seconds(10)
        /// When a ``HTTPClient/send(_:)`` counts as stalled; below 1 byte/s for 30 s. Waiting for the answer counts.
        public var stall: StallLimit? = StallLimit(bytesPerSecond: 1, seconds: 30)
        /// When a ``HTTPClient/stream(_:)`` counts as stalled; never. Time spent paused for a slow reader is free.
        public var streamStall: StallLimit?
        /// How long a ``HTTPClient/send(_:)`` may take in all; no limit. Streams have none.
        public var totalTimeout: Duration?
        /// The largest body ``HTTPClient/send(_:)`` accepts, in bytes after decompression; 64 MiB.
        ///
        /// Enforced while bytes arrive: a gzip bomb costs no more memory than this.
        public var bodySizeLimit = 64 << 20
        /// How many bytes of a stream wait unread before the transfer is paused; 256 KiB.
        public var streamBufferSizeLimit = 256 << 10
        /// How many connections are open at once, in use or kept for reuse; further requests wait. 256.
        public var connectionCountLimit = 256
        /// A file of PEM certificates to trust **instead of** the system's; nil for the system's.
        public var caFile: String?
        /// The only public key a server may have, as `sha256//` and base64; nil for any. Checked besides the
        /// certificate, not instead of it. Several keys are separated by `;`.
        public var pinnedPublicKey: String?
        /// The `User-Agent` sent when a request names none; nil for no such header.
        public var userAgent: String?

        /// Makes the configuration with every default.
        public init() {}
    }

    /// A lowest acceptable speed and how long a transfer may stay under it.
    public struct StallLimit: Sendable, Equatable {
        /// Bytes per second, averaged by curl over a few seconds, both directions.
        public var bytesPerSecond: Int
        /// How many seconds below that are forgiven.
        public var seconds: Int

        /// Makes a limit; both values are at least 1.
        public init(bytesPerSecond: Int, seconds: Int) {
            precondition(bytesPerSecond >= 1 && seconds >= 1, "StallLimit(\(bytesPerSecond), \(seconds)) is never met")
            self.bytesPerSecond = bytesPerSecond
            self.seconds = seconds
        }
    }
}

/// Bounds that are the same for every client.
enum Limits {
    /// Bytes of header fields in one answer, curl's own limit being per line.
    static let headSize = 256 << 10
    /// Easy handles kept for reuse.
    static let idleHandleCount = 64
    /// How long the thread sleeps when nothing happens, in milliseconds; a bound, not a tick.
    static let pollMilliseconds: Int32 = 60_000
}
