import Glibc
import Replica
import Store
import Synchronization
import Testing

/// Holds a replica's file locked, as another process's long transaction does, until it is released.
final class HeldLock: Sendable {
    private let isHeld = Mutex(false)
    private let isReleased = Mutex(false)
    private let holder = Mutex<Task<Void, any Error>?>(nil)

    init(_ replica: OpenReplica) async throws {
        let task = Task.detached { [self] in
            try replica.store.write { _ in
                isHeld.withLock { $0 = true }
                while !isReleased.withLock({ $0 }) { usleep(5_000) }
            }
        }
        holder.withLock { $0 = task }
        try await eventually("the lock is held") { isHeld.withLock { $0 } }
    }

    func release() { isReleased.withLock { $0 = true } }

    /// Releases it and waits until it is free.
    func end() async throws {
        release()
        try await holder.withLock { $0 }?.value
    }
}
