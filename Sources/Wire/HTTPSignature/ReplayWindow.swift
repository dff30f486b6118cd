/// Tells fresh signatures from replayed ones: by when they were made, and by their nonces while these are remembered.
///
///     var window = ReplayWindow(startedAt: now)
///     window.admit(keyID: "k", nonce: "n", created: now + 3, now: now + 3)   // .fresh
///     window.admit(keyID: "k", nonce: "n", created: now + 3, now: now + 4)   // .replayed
///
/// Ask it only about signatures that verified, or strangers fill it. All times are Unix seconds.
///
/// A signature is forgotten when it has left the window, so nothing that is forgotten can be admitted again. For this
/// the window's own time never goes back: it is the latest `now` so far, and what a peer is told to sign by.
///
/// Memory is bounded by `capacity` entries, each of a key id and a nonce (``SignatureParameters/textSizeLimit``).
public struct ReplayWindow: Sendable {
    /// What became of a signature.
    public enum Verdict: Hashable, Sendable {
        /// Not seen before, and now remembered.
        case fresh
        /// Seen before: the same key and nonce within the window.
        case replayed
        /// Made too long ago or too far ahead. The peer signs anew by this time (Unix seconds).
        case outsideWindow(hubTime: Int64)
        /// Made before this process started, or while it can't be told: one that the process before it may have
        /// admitted. The peer signs anew, a few seconds later.
        case beforeStart
        /// No room to remember it, or its key's share of the room is used up, so it was not admitted. The peer signs anew when the window has moved on.
        case full
    }

    private struct Entry: Hashable {
        let keyID: String
        let nonce: String
    }

    private let width: Int64
    private let ahead: Int64
    private let capacity: Int
    private let capacityOfKey: Int
    private let startedAt: Int64
    private var time: Int64
    private var seen: Set<Entry> = []
    private var entriesByCreated: [Int64: [Entry]] = [:]
    private var countsByKey: [String: Int] = [:]

    /// - Parameters:
    ///   - seconds: how long ago a signature may have been made.
    ///   - ahead: how far ahead of this clock it may have been made. The process before this one may have admitted
    ///     signatures up to this far past its end; so for this long after the start, all are answered `.beforeStart`.
    ///   - capacity: how many signatures are remembered.
    ///   - capacityOfKey: how many of one key, so that none keeps the others out.
    ///   - startedAt: when this process started.
    /// - Precondition: the first four are not negative.
    public init(
        width seconds: Int64 = 300, ahead: Int64 = 2, capacity: Int = 100_000, capacityOfKey: Int = 100_000 / 16,
        startedAt: Int64
    ) {
        precondition(
            seconds >= 0 && ahead >= 0 && capacity >= 0 && capacityOfKey >= 0,
            "a window of \(seconds) s, \(ahead) s ahead, \(capacity) entries")
        self.width = min(seconds, SignatureParameters.createdMax)
        self.ahead = min(ahead, SignatureParameters.createdMax)
        self.capacity = capacity
        self.capacityOfKey = capacityOfKey
        self.startedAt = Self.clamped(startedAt)
        time = self.startedAt
    }

    /// How many signatures are remembered.
    public var count: Int { seen.count }

    /// Judges a signature and remembers it when it is fresh.
    ///
    /// - Complexity: O(1) on average. When the time has moved on, also O(*width* + *ahead*) and once for each entry
    ///   that is forgotten.
    public mutating func admit(keyID: String, nonce: String, created: Int64, now: Int64) -> Verdict {
        advance(to: Self.clamped(now))
        guard (time - width...time + ahead).contains(created) else { return .outsideWindow(hubTime: time) }
        guard created > startedAt + ahead else { return .beforeStart }
        let entry = Entry(keyID: keyID, nonce: nonce)
        guard !seen.contains(entry) else { return .replayed }
        guard seen.count < capacity, countsByKey[keyID, default: 0] < capacityOfKey else { return .full }
        seen.insert(entry)
        countsByKey[keyID, default: 0] += 1
        entriesByCreated[created, default: []].append(entry)
        return .fresh
    }

    private mutating func advance(to now: Int64) {
        guard now > time else { return }
        time = now
        for created in Array(entriesByCreated.keys) where created < time - width {
            for entry in entriesByCreated.removeValue(forKey: created) ?? [] {
                seen.remove(entry)
                countsByKey[entry.keyID] = countsByKey[entry.keyID].flatMap { $0 > 1 ? $0 - 1 : nil }
            }
        }
    }

    /// Within what a signature can say, so that no sum overflows.
    private static func clamped(_ time: Int64) -> Int64 { min(max(time, 0), SignatureParameters.createdMax) }
}
