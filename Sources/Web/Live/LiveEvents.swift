/// Server-sent events of a board, with comments in between so that both ends notice a dead line.
enum LiveEvents {
    static let heartbeat = Duration.seconds(15)

    static func events(_ changes: AsyncStream<String>, every interval: Duration = heartbeat) -> AsyncStream<String> {
        AsyncStream(bufferingPolicy: .bufferingNewest(64)) { continuation in
            let events = Task {
                for await part in changes { continuation.yield("event: changed\ndata: \(part)\n\n") }
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
