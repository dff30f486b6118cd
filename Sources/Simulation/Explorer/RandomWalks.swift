/// Random walks through a universe that is too large to go through: long, with many faults, each brought to a fair end.
///
/// The same seed gives the same walks.
public struct RandomWalks: Sendable {
    public let universe: String
    public private(set) var walks = 0
    public private(set) var steps = 0
    public private(set) var states = 0
    public private(set) var ends = 0
    /// What was broken, after the story of the walk that showed it.
    public private(set) var breach: String?
    public private(set) var story: [String] = []

    private init(_ universe: String) { self.universe = universe }

    /// - Parameters:
    ///   - length: of a walk, in steps.
    ///   - goesOn: is asked before each walk.
    public static func run(
        _ universe: Universe, reading: BrokenReading? = nil, seed: UInt64, walks: Int, length: Int,
        while goesOn: () -> Bool = { true }
    ) -> RandomWalks {
        var result = RandomWalks(universe.name)
        var seen: Set<UInt64> = []
        var alliance = ExploredAlliance(universe, reading: reading)
        for number in 0..<walks {
            guard goesOn() else { break }
            // What was interned of earlier walks is rarely met again.
            if number % 200 == 0 { alliance = ExploredAlliance(universe, reading: reading) }
            result.walks += 1
            let taken = result.walk(alliance, seed: seed &* 1_000_003 &+ UInt64(number), length, &seen)
            guard result.breach == nil else {
                result.shorten(taken, universe, reading)
                break
            }
        }
        result.states = seen.count
        return result
    }

    private mutating func walk(
        _ alliance: ExploredAlliance, seed: UInt64, _ length: Int, _ seen: inout Set<UInt64>
    ) -> [UInt64] {
        var chance = Seeded(seed)
        var state = alliance.start()
        var taken: [UInt64] = []
        var end: [String] = []
        for _ in 0..<length {
            let steps = alliance.steps(from: state)
            guard !steps.isEmpty else { break }
            state = steps[Int(chance.next() % UInt64(steps.count))].state
            self.steps += 1
            taken.append(state.fingerprint)
            seen.insert(state.fingerprint)
            breach = alliance.breach(state)
            if breach != nil { return taken }
        }
        ends += 1
        breach = alliance.end(of: state, telling: &end)
        return taken
    }

    /// Leaves out what the story does not need, by playing it again without one step after the other.
    private mutating func shorten(_ taken: [UInt64], _ universe: Universe, _ reading: BrokenReading?) {
        let alliance = ExploredAlliance(universe, reading: reading)
        alliance.isTelling = true
        var words = Self.words(of: taken, alliance)
        guard let kind = breach?.prefix(2) else { return }
        var position = words.count - 1
        while position >= 0 {
            var shorter = words
            shorter.remove(at: position)
            if let told = Self.play(shorter, alliance), told.prefix(2) == kind {
                words = shorter
                breach = told
                position = min(position, words.count)
            }
            position -= 1
        }
        story = words
    }

    private static func words(of taken: [UInt64], _ alliance: ExploredAlliance) -> [String] {
        var state = alliance.start()
        return taken.compactMap { fingerprint in
            guard let step = alliance.steps(from: state).first(where: { $0.state.fingerprint == fingerprint }) else {
                return nil
            }
            state = step.state
            return step.words
        }
    }

    /// - Returns: what is broken at the end of a story, or at its fair end; `nil` if nothing, or if it can't happen so.
    private static func play(_ words: [String], _ alliance: ExploredAlliance) -> String? {
        var state = alliance.start()
        for line in words {
            guard let step = alliance.steps(from: state).first(where: { $0.words == line }) else { return nil }
            state = step.state
            if let breach = alliance.breach(state) { return breach }
        }
        var end: [String] = []
        return alliance.end(of: state, telling: &end)
    }
}
