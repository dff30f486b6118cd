internal import Synchronization

/// Where the loop leaves pieces of an answer and one reader takes them; full, it pauses the transfer.
///
/// States: open (→ ended by the loop) and ended (what is unread is still handed out, then the end).
final class StreamBuffer: Sendable {
    private typealias Reader = CheckedContinuation<StreamEvent?, any Error>

    private struct State {
        var head: StreamEvent?
        var unread: [UInt8] = []
        var end: Result<StreamEvent?, any Error>?
        var reader: Reader?
        var isPaused = false

        /// The next event if there is one; else `reader` waits for it.
        mutating func take(parking reader: Reader) -> Result<StreamEvent?, any Error>? {
            precondition(self.reader == nil, "a stream is read by two tasks at once")
            if let head = head.take() { return .success(head) }
            if !unread.isEmpty {
                defer { unread = [] }
                return .success(.chunk(unread))
            }
            if end == nil { self.reader = reader }
            return end
        }

        /// Whether the transfer was paused and now need not be.
        mutating func unpause() -> Bool {
            guard isPaused, unread.isEmpty else { return false }
            isPaused = false
            return true
        }
    }

    private let state = Mutex(State())
    private let sizeLimit: Int

    /// Makes an empty buffer that holds `sizeLimit` bytes; a single piece may exceed that when nothing else waits.
    init(sizeLimit: Int) { self.sizeLimit = sizeLimit }

    /// Leaves the head. Called by the loop, once and first.
    func offerHead(status: Int, headers: [(name: String, value: String)]) {
        let event = StreamEvent.head(status: status, headers: headers)
        let reader = state.withLock { state -> Reader? in
            if state.reader == nil { state.head = event }
            return state.reader.take()
        }
        reader?.resume(returning: event)
    }

    /// Leaves bytes of the body; false, and none taken, when the transfer has to pause. Called by the loop.
    func offer(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard !bytes.isEmpty else { return true }
        let (isTaken, reader) = state.withLock { state -> (Bool, Reader?) in
            if let reader = state.reader.take() { return (true, reader) }
            if !state.unread.isEmpty && state.unread.count + bytes.count > sizeLimit {
                state.isPaused = true
                return (false, nil)
            }
            state.unread.append(contentsOf: bytes)
            return (true, nil)
        }
        reader?.resume(returning: .chunk([UInt8](bytes)))
        return isTaken
    }

    /// Ends the stream, with an error or without. Called by the loop, once.
    func end(_ error: TransportError?) {
        let end: Result<StreamEvent?, any Error> = error.map { .failure($0) } ?? .success(nil)
        let reader = state.withLock { state -> Reader? in
            state.end = end
            return state.reader.take()
        }
        reader?.resume(with: end)
    }

    /// Takes the next event, waiting for it; nil at the end. `resume` is called when the transfer was paused.
    ///
    /// One reader at a time, as for every `AsyncThrowingStream`.
    func next(resume: () -> Void) async throws -> StreamEvent? {
        try await withCheckedThrowingContinuation { (reader: Reader) in
            let (event, wasPaused) = state.withLock { state in (state.take(parking: reader), state.unpause()) }
            if wasPaused { resume() }
            if let event { reader.resume(with: event) }
        }
    }
}
