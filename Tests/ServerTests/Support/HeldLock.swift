import Foundation
import Replica
import Store
import Synchronization
import Testing

/// Holds a replica's file locked, as another process's long transaction does, until it is released.
///
/// On a thread of its own: tasks have only as many threads as the machine has cores.
final class HeldLock: Sendable {
    private enum State { case waiting, held, released, free }
    private let state = Mutex(State.waiting)

    init(_ replica: OpenReplica) async throws {
        Thread.detachNewThread { [self] in
            try? replica.store.write { _ in
                state.withLock { $0 = .held }
                while state.withLock({ $0 }) == .held { usleep(5_000) }
            }
            state.withLock { $0 = .free }
        }
        try await eventually("the lock is held") { state.withLock { $0 } == .held }
    }

    func release() { state.withLock { if $0 == .held { $0 = .released } } }

    /// Releases it and waits until it is free.
    func end() async throws {
        release()
        try await eventually("the lock is free") { state.withLock { $0 } == .free }
    }
}
