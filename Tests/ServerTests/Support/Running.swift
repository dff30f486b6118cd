import Synchronization

/// A server that runs in this process until it is stopped or let go.
final class Running: Sendable {
    let address: String
    private let task: Task<Void, any Error>

    typealias Run = @Sendable (_ ready: @escaping @Sendable (String) -> Void) async throws -> Void

    /// Starts a server and waits until it listens; throws what the server throws before that.
    init(_ run: @escaping Run) async throws {
        let (addresses, ready) = AsyncThrowingStream.makeStream(of: String.self)
        task = Task {
            do {
                try await run { ready.yield($0) }
                ready.finish()
            } catch {
                ready.finish(throwing: error)
                throw error
            }
        }
        var first: String?
        for try await address in addresses {
            first = address
            break
        }
        guard let first else { throw CancellationError() }
        address = first
    }

    /// Stops it as a signal does and waits until it has ended.
    func stop() async {
        task.cancel()
        _ = await task.result
    }

    deinit { task.cancel() }
}
