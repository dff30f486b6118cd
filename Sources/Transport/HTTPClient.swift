internal import Synchronization

/// HTTP over libcurl: bytes and headers, no messages.
///
/// ```swift
/// let client = HTTPClient()
/// let response = try await client.send(HTTPRequest(url: "https://hub.example/ping"))
/// ```
///
/// One thread drives all transfers of a client and keeps its connections alive between them. HTTP/2 is used over TLS
/// where the server offers it. Redirects are answers like any other. Answers in gzip, deflate, brotli and zstd are
/// decoded.
public final class HTTPClient: Sendable {
    private let configuration: Configuration
    private let inbox = Inbox()
    private let lastID = Atomic<UInt64>(0)

    /// Makes a client and starts its thread.
    public init(configuration: Configuration = Configuration()) {
        self.configuration = configuration
        TransferLoop.start(reading: inbox, connectionCountLimit: configuration.connectionCountLimit)
    }

    deinit { close() }

    /// Sends a request and returns the whole answer, whatever its status.
    ///
    /// A cancelled task ends its transfer at once. When a kept connection turns out to be dead before a byte of the
    /// answer came, curl sends the request once more on a new one, whatever its method.
    ///
    /// - Throws: ``TransportError``; its code says what the server may have seen.
    public func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        let checked = try check(request)
        let id = nextID()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                start(TransferJob(id: id, request: checked, configuration: configuration, sink: .whole(continuation)))
                // The handler may have run before the job was posted, and then found nothing to cancel.
                if Task.isCancelled { cancel(id) }
            }
        } onCancel: {
            cancel(id)
        }
        return try result.get()
    }

    /// Sends a request and returns its answer piece by piece: the head, then chunks, as they come.
    ///
    /// The request starts at once, on a connection of its own and over HTTP/1.1. While more than
    /// ``Configuration/streamBufferSizeLimit`` bytes wait unread, nothing more is read from the network. The transfer
    /// ends when the stream is dropped or its reading task is cancelled, which reads as
    /// ``TransportError/Code/cancelled``. The stream keeps the client alive; ``Configuration/bodySizeLimit`` does not
    /// apply to it. One task reads a stream.
    ///
    /// - Returns: A stream that throws ``TransportError`` only.
    public func stream(_ request: HTTPRequest) -> AsyncThrowingStream<StreamEvent, any Error> {
        let checked: CheckedRequest
        do {
            checked = try check(request)
        } catch {
            return AsyncThrowingStream { throw error }
        }
        let buffer = StreamBuffer(sizeLimit: configuration.streamBufferSizeLimit)
        let id = nextID()
        start(TransferJob(id: id, request: checked, configuration: configuration, sink: .stream(buffer)))
        let reading = Reading(of: buffer, client: self, id: id)
        return AsyncThrowingStream { try await reading.next() }
    }

    /// Stops the thread and fails what is open with ``TransportError/Code/closed``.
    ///
    /// Returns at once; transfers end within milliseconds. Later requests fail the same way. Closing twice is harmless,
    /// and letting the client go closes it.
    public func close() { inbox.close(.closed) }

    private func check(_ request: HTTPRequest) throws(TransportError) -> CheckedRequest {
        let checked = try CheckedRequest(request)
        // curl would read any other text as a file's name.
        guard configuration.pinnedPublicKey?.hasPrefix("sha256//") ?? true else {
            throw TransportError(.invalidRequest, at: checked.endpoint.place, detail: "the pin lacks \"sha256//\"")
        }
        return checked
    }

    private func nextID() -> UInt64 { lastID.add(1, ordering: .relaxed).newValue }

    private func start(_ job: TransferJob) {
        if let reason = inbox.post(.start(job)) { job.fail(job.error(reason)) }
    }

    /// Tells the loop; in a closed client there is nothing left to tell.
    fileprivate func cancel(_ id: UInt64) { _ = inbox.post(.cancel(id)) }
    fileprivate func resume(_ id: UInt64) { _ = inbox.post(.resume(id)) }
}

/// The reading end of a stream: lives as long as someone may read, and ends the transfer when it goes.
private final class Reading: Sendable {
    private let buffer: StreamBuffer
    private let client: HTTPClient
    private let id: UInt64

    init(of buffer: StreamBuffer, client: HTTPClient, id: UInt64) {
        self.buffer = buffer
        self.client = client
        self.id = id
    }

    deinit { client.cancel(id) }

    func next() async throws -> StreamEvent? {
        try await withTaskCancellationHandler {
            try await buffer.next { client.resume(id) }
        } onCancel: {
            client.cancel(id)
        }
    }
}
