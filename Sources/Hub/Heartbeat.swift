/// A stream of server-sent events from a stream of heads, with comments in between.
enum Heartbeat {
    static func beats(_ heads: AsyncStream<UInt64>, every interval: Duration) -> AsyncStream<String> {
        AsyncStream(bufferingPolicy: .bufferingNewest(4)) { continuation in
            let events = Task {
                for await rev in heads { continuation.yield("event: head\nid: \(rev)\ndata: \(rev)\n\n") }
                continuation.finish()
            }
            let pulse = Task {
                while !Task.isCancelled {
                    try? await Task.sleep(for: interval)
                    continuation.yield(": still here\n\n")
                }
            }
            continuation.onTermination = { _ in
                events.cancel()
                pulse.cancel()
            }
        }
    }
}
