/// A promise that was broken: which invariant, and what was seen.
public struct Breach: Error, Hashable, Sendable, CustomStringConvertible {
    /// I1 … I16.
    public let invariant: String
    public let detail: String

    public var description: String { "\(invariant): \(detail)" }
}

/// Throws unless something holds.
func expect(_ holds: Bool, _ invariant: String, _ detail: @autoclosure () -> String) throws(Breach) {
    guard holds else { throw Breach(invariant: invariant, detail: detail()) }
}

/// What happened in a run, by name.
struct Tally {
    private(set) var counts: [String: Int] = [:]

    mutating func note(_ name: String, _ count: Int = 1) { counts[name, default: 0] += count }
    subscript(name: String) -> Int { counts[name] ?? 0 }
}
