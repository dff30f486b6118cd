import Synchronization
import Wire

/// Bounds the memory that requests take before it is known whose they are: their bodies are counted from the first byte
/// that is read until they are answered.
final class BodyBudget: Sendable {
    private let free: Mutex<Int>

    /// - Parameter size: bytes of bodies at one time; by default of eight of the largest.
    init(size: Int = 8 * Limits.messageSize) {
        free = Mutex(size)
    }

    /// Takes `size` bytes, if they are free.
    func reserve(_ size: Int) -> Bool {
        free.withLock { free in
            guard size <= free else { return false }
            free -= size
            return true
        }
    }

    func release(_ size: Int) { free.withLock { $0 += size } }
}
