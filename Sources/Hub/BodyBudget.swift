import Synchronization
import Wire

/// Bounds the memory that requests take before it is known whose they are: what has come of their bodies is counted
/// until they are answered. What is announced counts for nothing, so that silence takes no room.
///
/// Small bodies have a room of their own, which no large one takes; and no address has more than a quarter of either.
final class BodyBudget: Sendable {
    /// Bodies up to this many bytes are small.
    static let smallMax = 64 << 10

    private struct Room {
        let size: Int
        var taken = 0
        var takenBy: [String: Int] = [:]

        mutating func take(_ bytes: Int, _ origin: String?) -> Bool {
            guard bytes <= size - taken else { return false }
            if let origin {
                let mine = takenBy[origin, default: 0] + bytes
                guard mine <= size / 4 else { return false }
                takenBy[origin] = mine
            }
            taken += bytes
            return true
        }

        mutating func give(_ bytes: Int, _ origin: String?) {
            taken -= bytes
            guard let origin, let mine = takenBy[origin] else { return }
            takenBy[origin] = mine > bytes ? mine - bytes : nil
        }
    }

    private let rooms: Mutex<(small: Room, large: Room)>

    /// - Parameters:
    ///   - size: bytes of large bodies at one time; by default of eight of the largest.
    ///   - small: of small ones.
    init(size: Int = 8 * Limits.messageSize, small: Int = 512 * smallMax) {
        rooms = Mutex((Room(size: small), Room(size: size)))
    }

    /// Takes `bytes` that have come, if they have room.
    /// - Parameters:
    ///   - isSmall: whether the whole body is.
    ///   - origin: the address from where it comes; `nil` for one that has no share.
    func take(_ bytes: Int, isSmall: Bool, from origin: String?) -> Bool {
        rooms.withLock { isSmall ? $0.small.take(bytes, origin) : $0.large.take(bytes, origin) }
    }

    func give(_ bytes: Int, isSmall: Bool, from origin: String?) {
        rooms.withLock { isSmall ? $0.small.give(bytes, origin) : $0.large.give(bytes, origin) }
    }

    /// Whether nothing is taken.
    var isFree: Bool { rooms.withLock { $0.small.taken == 0 && $0.large.taken == 0 } }
}
