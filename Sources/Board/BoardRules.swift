import Alliance
public import Replica

/// After what time the board says what of a node. Kept with the observations, so that the server and the command line
/// say the same.
public struct BoardRules: Hashable, Sendable {
    /// Silence after which a node is offline (离线), seconds. A node that serves is heard each minute.
    public var offlineAfter: UInt64
    /// Silence after which somebody should ask (失联), seconds.
    public var lostAfter: UInt64
    /// How long a condition stands before it alarms anybody, seconds.
    public var grace: UInt64
    /// How old an open conflict or a pending edit is before it is an alert, seconds.
    public var waitMax: UInt64
    /// How far a node's clock may be off, seconds: beyond, its own stamps would be struck out if it did not correct them.
    public var clockMax: UInt64

    public init(offlineAfter: UInt64, lostAfter: UInt64, grace: UInt64, waitMax: UInt64, clockMax: UInt64) {
        self.offlineAfter = offlineAfter
        self.lostAfter = lostAfter
        self.grace = grace
        self.waitMax = waitMax
        self.clockMax = clockMax
    }

    /// Three minutes, three days, two minutes, one day, five minutes.
    public static let standard = BoardRules(
        offlineAfter: 180, lostAfter: 3 * 86_400, grace: 120, waitMax: 86_400, clockMax: 300)

    /// The rules by the names under which they are kept.
    static let names: [(name: String, path: WritableKeyPath<BoardRules, UInt64> & Sendable)] = [
        ("offline-after", \.offlineAfter), ("lost-after", \.lostAfter), ("grace", \.grace), ("wait-max", \.waitMax),
        ("clock-max", \.clockMax),
    ]

    public var json: JSON {
        .object(Dictionary(uniqueKeysWithValues: Self.names.map { ($0.name, JSON(self[keyPath: $0.path])) }))
    }

    /// Throws what is wrong with them, for a person.
    public func check() throws {
        guard offlineAfter >= 1, lostAfter > offlineAfter, clockMax >= 1, lostAfter <= 400 * 86_400 else {
            throw CommandError(
                .usage, "rules",
                Phrase(
                    "各时限以秒计；失联（\(lostAfter)）应长于离线（\(offlineAfter)），且不超过 400 天；未作改动。",
                    "Times are in seconds; lost (\(lostAfter)) is longer than offline (\(offlineAfter)) and at most 400 days; nothing was changed."
                ))
        }
    }
}
