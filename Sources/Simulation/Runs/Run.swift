import Foundation

/// One school year of one seed.
public struct Run: Sendable {
    public let seed: UInt64
    /// What was broken; `nil` if nothing.
    public let breach: Breach?
    /// What happened, by name.
    public let counts: [String: Int]
    /// A hash of all that happened: the same seed gives the same.
    public let trace: UInt64
    /// What happened, in words, if it was asked for.
    public let story: [String]
    /// The number of the last action that happened before a breach.
    let lastAction: Int?

    /// Names of faults of which every twenty seeds in a row must have each.
    public static let faults: [String] =
        DiskFault.allCases.map { "fault: disk \($0.rawValue)" }
        + LineFault.allCases.map { "fault: line \($0.rawValue)" }
        + ClockFault.allCases.map { "fault: clock \($0.rawValue)" } + Tamper.allCases.map { "tampered: \($0.rawValue)" }
        + [
            "fault: crash", "fault: restart", "fault: hub clock", "faulty writes", "key rotated", "upgraded", "revoked",
            "member left", "confirmed", "imports", "fault: node restored", "fault: node put back by hand",
            "fault: clone", "copies that go on",
            "collected: sections", "collected: rows forgotten", "collected: rows emptied",
            "conflicts kept", "conflicts restored", "rejected retried", "rights: booked", "rights: asked",
            "rights: cancelled", "rights: approved", "rights: declined", "rights: withdrawn", "rights: given up",
            "rights: released to the pool", "rights: released to a member", "rights: admitted",
            "rights: admission ended", "rights: plan set", "rights: allotted", "rights: attested",
        ]

    /// Lives through a year, then heals a core and judges it.
    ///
    /// - Parameters:
    ///   - leftOut: numbers of the plan's actions that do not happen.
    ///   - restoresHub: whether the hub is put back to backups, too.
    ///   - tells: whether the story is kept.
    public init(seed: UInt64, leavingOut leftOut: Set<Int> = [], restoresHub: Bool = false, tells: Bool = false) throws
    {
        let folder = Self.folder()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let world = try World(
            plan: Plan(seed: seed, restoresHub: restoresHub), leavingOut: leftOut, folder: folder, tells: tells)
        var breach: Breach?
        do {
            try world.runYear()
            try world.heal()
            try world.judge.judgeRest(world.core, all: world.nodes.compactMap { $0 }, hub: world.hub)
            if leftOut.isEmpty { try world.checkEnough() }
        } catch let found as Breach {
            breach = found
        } catch {
            breach = Breach(invariant: "I15", detail: "an error that nobody expects: \(error)")
        }
        self.seed = seed
        self.breach = breach
        counts = world.allCounts
        trace = world.trace.hash
        story = world.story?.lines ?? []
        lastAction = breach == nil ? nil : world.lastAction
    }

    private static func folder() -> String {
        let base =
            ProcessInfo.processInfo.environment["TMPDIR"]
            ?? (FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory())
        return base + "/jilian-simulation-\(ProcessInfo.processInfo.processIdentifier)-\(UUID().uuidString)"
    }
}

extension World {
    /// The least that a year must hold, or its silence says nothing.
    private static let commandsMin = 2_000
    private static let exchangesMin = 200
    private static let confirmationsMin = 30

    func checkEnough() throws {
        guard tally["commands"] >= Self.commandsMin, tally["exchanges"] >= Self.exchangesMin else {
            throw Breach(
                invariant: "too little",
                detail: "\(tally["commands"]) commands and \(tally["exchanges"]) exchanges happened")
        }
        let confirmations = tally["rights: booked"] + tally["rights: admitted"] + tally["rights: approved"]
        guard confirmations >= Self.confirmationsMin else {
            throw Breach(invariant: "too little", detail: "\(confirmations) bookings and admissions happened")
        }
    }

    var allCounts: [String: Int] {
        var counts = tally.counts
        for party in parties {
            for (name, count) in party.disk.struck { counts["struck: \(name)", default: 0] += count }
        }
        counts["conflicts"] = judge.truth.conflicts.count
        counts["journal"] = Int(judge.rev)
        counts["acknowledged"] = judge.acknowledged
        counts["comparisons"] = judge.comparisons
        counts["nodes"] = nodes.compactMap { $0 }.count
        return counts
    }
}
