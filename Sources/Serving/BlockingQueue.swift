import Dispatch

/// Runs blocking work (SQLite, the disk) on a thread of its own, one piece after the other, so that it never holds a
/// thread that others wait for.
public final class BlockingQueue: Sendable {
    private let queue: DispatchQueue

    public init(_ label: String) { queue = DispatchQueue(label: label) }

    public func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Swift.Result(catching: body)) }
        }
    }
}
