import Board
import Synchronization

/// Attempts that were answered and are not in the file yet: noting one costs its request nothing.
final class AttemptLog: Sendable {
    private let waiting = Mutex<[Attempt]>([])

    /// Between two writes there are hardly more; beyond that they are not counted.
    static let most = 20_000

    func note(_ attempt: Attempt) {
        waiting.withLock { waiting in
            if waiting.count < Self.most { waiting.append(attempt) }
        }
    }

    /// What has come since the last time.
    func drain() -> [Attempt] {
        waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
    }
}
