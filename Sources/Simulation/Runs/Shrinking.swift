/// Finds a small part of a failing year that still fails in the same way.
public struct Shrinking {
    /// Runs that are tried at most.
    private static let runsMax = 300
    /// How long it is tried.
    private static let patience = Duration.seconds(90)

    public let run: Run
    /// How many of the plan's actions are left, and of how many.
    public let left: Int
    public let all: Int
    public private(set) var tried = 0

    /// - Parameter failed: a run with a breach.
    /// - Parameter restoresHub: as of that run.
    public init(_ failed: Run, restoresHub: Bool = false) throws {
        let actions = Plan(seed: failed.seed, restoresHub: restoresHub).actions
        var kept = actions.map(\.number)
        var tried = 0
        /// Whether it still fails with only these actions.
        func fails(_ candidate: [Int]) throws -> Bool {
            tried += 1
            let leftOut = Set(actions.map(\.number)).subtracting(candidate)
            return try Run(seed: failed.seed, leavingOut: leftOut, restoresHub: restoresHub).breach?.invariant
                == failed.breach?.invariant
        }
        // What comes after the breach has nothing to do with it.
        if let last = failed.lastAction, try fails(kept.filter { $0 <= last }) { kept.removeAll { $0 > last } }
        var size = max(1, kept.count / 2)
        let start = ContinuousClock.now
        func goesOn() -> Bool { tried < Self.runsMax && ContinuousClock.now - start < Self.patience }
        while goesOn() {
            var start = 0
            var isSmaller = false
            while start < kept.count, goesOn() {
                let candidate = Array(kept[..<start] + kept[min(start + size, kept.count)...])
                if try fails(candidate) {
                    kept = candidate
                    isSmaller = true
                } else {
                    start += size
                }
            }
            guard size > 1 || isSmaller else { break }
            size = max(1, size / 2)
        }
        all = actions.count
        left = kept.count
        self.tried = tried
        run = try Run(
            seed: failed.seed, leavingOut: Set(actions.map(\.number)).subtracting(kept),
            restoresHub: restoresHub, tells: true)
    }
}
