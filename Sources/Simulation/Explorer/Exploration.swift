/// All states of a universe, in the order of how many steps lead to them, as far as the time goes.
///
///     let found = Exploration.run(Universe.all[0], states: 100_000, ends: 50)
///     precondition(found.breach == nil)
public struct Exploration: Sendable {
    public let universe: String
    public private(set) var states = 1
    public private(set) var transitions = 0
    /// Every state that this many steps lead to was looked at.
    public private(set) var depth = 0
    /// Whether there is no state beyond.
    public private(set) var isClosed = false
    /// States of which a fair end was played.
    public private(set) var ends = 0
    /// What was broken, after the shortest story.
    public private(set) var breach: String?
    public private(set) var story: [String] = []

    private init(_ universe: String) { self.universe = universe }

    private struct Origin {
        let state: UInt64
        let step: UInt16
    }

    /// - Parameters:
    ///   - states: how many states at most.
    ///   - ends: of every so many states one is brought to a fair end.
    ///   - goesOn: is asked now and then.
    public static func run(
        _ universe: Universe, reading: BrokenReading? = nil, states: Int, ends: Int = 50,
        while goesOn: () -> Bool = { true }
    ) -> Exploration {
        var result = Exploration(universe.name)
        let alliance = ExploredAlliance(universe, reading: reading)
        let start = alliance.start()
        let root = start.fingerprint
        var origins: [UInt64: Origin] = [root: Origin(state: root, step: 0)]
        var level = [(state: start, fingerprint: root)]
        while !level.isEmpty {
            var next: [(state: ExploredState, fingerprint: UInt64)] = []
            for (state, fingerprint) in level {
                var end: [String] = []
                result.breach = alliance.breach(state)
                if result.breach == nil, ends > 0, fingerprint % UInt64(ends) == 0 {
                    result.ends += 1
                    result.breach = alliance.end(of: state, telling: &end)
                }
                if result.breach != nil {
                    result.story = story(to: fingerprint, from: root, origins, universe, reading)
                    return result
                }
                if origins.count >= states || !goesOn() { return result }
                for (number, step) in alliance.steps(from: state).enumerated() {
                    result.transitions += 1
                    let reached = step.state.fingerprint
                    guard origins[reached] == nil else { continue }
                    origins[reached] = Origin(state: fingerprint, step: UInt16(number))
                    next.append((step.state, reached))
                }
                result.states = origins.count
            }
            result.depth += next.isEmpty ? 0 : 1
            level = next
        }
        result.isClosed = true
        return result
    }

    /// Plays the steps that led to a state once more, in words; then its fair end, if only that shows the breach.
    private static func story(
        to end: UInt64, from root: UInt64, _ origins: [UInt64: Origin], _ universe: Universe, _ reading: BrokenReading?
    ) -> [String] {
        var steps: [Int] = []
        var place = end
        while place != root, let origin = origins[place] {
            steps.append(Int(origin.step))
            place = origin.state
        }
        return Self.words(of: steps.reversed(), universe, reading)
    }

    static func words(of steps: [Int], _ universe: Universe, _ reading: BrokenReading?) -> [String] {
        let alliance = ExploredAlliance(universe, reading: reading)
        alliance.isTelling = true
        var state = alliance.start()
        var words: [String] = []
        for number in steps {
            let step = alliance.steps(from: state)[number]
            words.append(step.words)
            state = step.state
        }
        if alliance.breach(state) == nil {
            var end: [String] = []
            if alliance.end(of: state, telling: &end) != nil {
                words.append("then nothing fails any more: " + end.joined(separator: "; "))
            }
        }
        return words
    }
}
