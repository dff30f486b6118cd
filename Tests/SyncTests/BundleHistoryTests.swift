import Alliance
import CRDT
import Store
import Sync
import Testing
import Wire

/// P1 and P2 over random histories in which some nodes live on bundles alone: old ones, lost ones, the same ones again.
@Suite struct BundleHistoryTests {
    @Test(arguments: 0..<8) func `random histories on bundles end with equal files and nothing lost`(_ part: Int) throws
    {
        for seed in ConvergenceTests.seeds where Int(seed % 8) == part { try BundleHistory(10_000 + seed).run() }
    }
}

/// One random history, and the sticks that lie about in it.
private final class BundleHistory {
    private var history: History
    private let world: TestAlliance
    private let random: Seeded
    /// Nodes without a line.
    private let away: Set<String>
    private var sticks: [(node: String, isUp: Bool, file: [UInt8])] = []

    init(_ seed: UInt64) throws {
        history = try History(seed, steps: 70)
        world = history.world
        let random = history.random
        self.random = random
        let names = world.nodes.map(\.name)
        away = Set(names.filter { _ in random.once(in: 2) } + [random.pick(names)])
        for node in world.nodes where away.contains(node.name) && random.once(in: 3) {
            node.skew = Int64(random.pick([-2, 1, 3])) * 24 * 3_600_000
        }
        history.exchange = { [unowned self] in try exchange($0) }
        history.settle = { [unowned self] in try settle() }
    }

    func run() throws { try history.run() }

    private func exchange(_ node: Party) throws {
        guard away.contains(node.name) else {
            try world.sync(node)
            return
        }
        switch random.number(0...3) {
        case 0: sticks += try world.bundlesUp(node, size: size()).map { (node.name, true, $0) }
        case 1:
            let rev = random.once(in: 4) ? UInt64(random.number(0...Int(try world.hub.state.cursor.rev))) : nil
            sticks += try world.bundlesDown(node, after: rev, size: size()).map { (node.name, false, $0) }
        default: try carry()
        }
    }

    /// Of one bundle: now and then each holds but one segment or entry.
    private func size() -> Int { random.once(in: 2) ? 1 : Limits.bundleShare }

    /// Brings some stick to where it belongs, and leaves it lying about or loses it.
    private func carry() throws {
        guard !sticks.isEmpty else { return }
        let index = random.number(0...sticks.count - 1)
        let stick = sticks[index]
        if random.once(in: 2) { sticks.remove(at: index) }
        if random.once(in: 6) { return }
        guard let node = world.nodes.first(where: { $0.name == stick.node }) else { return }
        if stick.isUp {
            let hub = try world.hub.state
            do { try world.takeUp(stick.file) } catch let refusal as BundleRefusal
                where refusal.code == .gap || refusal.code == .snapshot
            {
                #expect(try world.hub.state == hub)
            }
        } else {
            let before = try node.state
            do { _ = try world.takeDown(stick.file, at: node) } catch let refusal as BundleRefusal
                where refusal.code == .gap
            {
                #expect(try node.state == before)
            }
        }
        try node.expectation.check(node, isQuick: true)
    }

    /// Bundles go to and fro until all nodes hold what the hub holds, and say so; then the line, where there is one.
    private func settle() throws {
        world.mishap = { .none }
        let offline = world.nodes.filter { away.contains($0.name) }
        for _ in 0..<14 {
            for node in world.nodes where !away.contains(node.name) { try world.sync(node) }
            for node in offline { try world.roundTrip(node) }
            let head = try world.hub.state.cursor.rev
            let isQuiet = try world.nodes.allSatisfy {
                try $0.pending == 0 && $0.state.cursor.rev == head && $0.store.read { $0.status.provedRev } == head
            }
            if isQuiet { return }
        }
        Issue.record("seed \(random.seed): bundles do not come to rest")
    }
}
