/// Requests that wait for the hub's lock: beyond a number, or a quarter of it for one address, a peer is asked to come
/// back later.
struct WaitingRequests {
    static let most = 512
    static let mostOfOrigin = most / 4

    private var count = 0
    private var counts: [String: Int] = [:]

    /// - Parameter origin: the address from where it comes; `nil` for one that has no share.
    /// - Returns: whether there is room; then it is taken.
    mutating func enter(from origin: String?) -> Bool {
        guard count < Self.most else { return false }
        if let origin {
            guard counts[origin, default: 0] < Self.mostOfOrigin else { return false }
            counts[origin, default: 0] += 1
        }
        count += 1
        return true
    }

    mutating func leave(from origin: String?) {
        count -= 1
        guard let origin, let mine = counts[origin] else { return }
        counts[origin] = mine > 1 ? mine - 1 : nil
    }
}

/// Counts wrong one-time codes: at most ten a minute are answered to one address, and a hundred to all.
struct WrongCodes {
    private var times: [(time: UInt64, origin: String?)] = []
    static let most = 100
    static let mostOfOrigin = 10
    static let span: UInt64 = 60_000

    /// - Parameter origin: the address from where it comes; this machine's count as one.
    mutating func mayTry(from origin: String?, at now: UInt64) -> Bool {
        times.removeAll { $0.time + Self.span < now }
        return times.count < Self.most && times.count { $0.origin == origin } < Self.mostOfOrigin
    }

    mutating func note(from origin: String?, at now: UInt64) { times.append((now, origin)) }
}
