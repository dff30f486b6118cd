import Synchronization

/// Tells the pages that are open what has changed: names of parts, never their content, which a page fetches itself
/// with its own reader's rights.
public final class LiveBoard: Sendable {
    private struct State {
        var next = 0
        var listeners: [Int: AsyncStream<String>.Continuation] = [:]
    }

    private let state = Mutex(State())
    private let listenersMax: Int

    /// - Parameter listenersMax: how many streams there may be; a browser takes one, however many pages are open.
    public init(listenersMax: Int = 500) { self.listenersMax = listenersMax }

    public var listenerCount: Int { state.withLock { $0.listeners.count } }

    /// A part has changed: `state`, `conflicts` …
    public func changed(_ part: String) {
        let listeners = state.withLock { Array($0.listeners.values) }
        for listener in listeners { listener.yield(part) }
    }

    /// The parts that change from now on; `nil` where there are too many listeners. Who reads slowly loses the oldest.
    public func listen() -> AsyncStream<String>? {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(32))
        let number = state.withLock { state -> Int? in
            guard state.listeners.count < listenersMax else { return nil }
            state.next += 1
            state.listeners[state.next] = continuation
            return state.next
        }
        guard let number else { return nil }
        continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.listeners[number] = nil } }
        return stream
    }

    /// Ends all streams, so that the server can stop.
    public func close() {
        let listeners = state.withLock { state in
            defer { state.listeners = [:] }
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.finish() }
    }
}
