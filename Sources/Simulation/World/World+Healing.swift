import Alliance
import CRDT
import Store
import Sync

/// The second phase: a core of the parties is mended for good, and has to come to rest.
extension World {
    /// Full exchanges of everybody after which all must be equal.
    private static let roundsMax = 3

    func heal() throws {
        draw = Seeded(plan.seed, stream: 1 << 44)
        queue = EventQueue()
        hub.skew = 0
        hub.disk.fault = .none
        now += 3_600_000
        if !hub.isUp { try restart(nil) }
        for node in nodes.compactMap({ $0 }) {
            node.session = nil
            // Some stay away for good: the others come to rest without them.
            node.isLost = draw.chance(8)
            node.line = Line()
            node.tamper = nil
            node.backoff.succeeded()
            (node.skew, node.frozen) = (0, nil)
            node.disk.fault = .none
            if !node.isUp { try restart(node.index) }
        }
        if hub.schema.version == 1, plan.isNext.contains(true) || parties.contains(where: { $0.schema.version > 1 }) {
            hub.stop()
            hub.schema = NextSchema.schema
            try restart(nil)
        }
        now += 10_000
        for index in nodes.indices where index >= plan.members && nodes[index] != nil { try settle(index) }
        try settleHistories()
        try settleRights()
        try comeToRest()
        guard plan.collects else { return }
        try backUp(nil)
        try collect()
        try comeToRest()
    }

    private func comeToRest() throws {
        for round in 1...Self.roundsMax {
            for node in nodes.compactMap({ $0 }) where !node.isLost { try exchange(node) }
            let isQuiet = core.allSatisfy { node in
                if case .proved(let rev) = node.lastOutcome { return rev == judge.rev }
                return false
            }
            if isQuiet { return tally.note("rounds to rest", round) }
        }
        let late = core.filter { if case .proved(judge.rev) = $0.lastOutcome { false } else { true } }
        throw Breach(
            invariant: "I15",
            detail: "not at rest after \(Self.roundsMax) rounds: "
                + late.map { "\($0.name): \($0.lastOutcome.map { "\($0)" } ?? "never answered")" }.joined(
                    separator: "; "))
    }

    /// Nodes that must come to rest: in force, confirmed, not stopped, and not away for good.
    var core: [Node] {
        nodes.compactMap { $0 }.filter { !$0.isLost && !$0.isStopped && !$0.isRevoked && judge.isInForce($0) }
    }

    /// Exchanges after which all copies have been found out, and a hub that went back has heard everybody.
    private static let historyRoundsMax = 3

    /// The operator lets every copy go on that is there, and closes the recovery.
    private func settleHistories() throws {
        guard !judge.copied.isEmpty || !judge.former.isEmpty else { return }
        for _ in 0..<Self.historyRoundsMax {
            for node in core { try exchange(node) }
            try decide(stopping: 0)
        }
        try closeRecovery(waiting: false)
    }

    /// Rounds in which everybody answers what he is asked; what is declined or given up may answer others.
    private static let answeringRounds = 3

    /// The operator attests what is true, and everybody answers what he can.
    private func settleRights() throws {
        for node in core { try exchange(node) }
        try attestAll()
        for _ in 0..<Self.answeringRounds {
            for node in core {
                try exchange(node)
                try answerRequests(at: node, all: true)
                try exchange(node)
            }
        }
    }

    /// One session over a whole line, from its beginning to its end.
    private func exchange(_ node: Node) throws {
        try begin(node.index)
        while let (time, event) = queue.next() { try take(event, at: time) }
    }

    /// A further node that nobody has confirmed yet is, where there is an earlier one that can.
    private func settle(_ index: Int) throws {
        guard let new = nodes[index], !judge.isInForce(new) else { return }
        let earlier = nodes.compactMap { $0 }.first {
            $0.member == new.member && $0 !== new && !$0.isLost && !$0.isRevoked
        }
        guard let earlier else { return }
        try exchange(earlier)
        try confirm(index)
        try exchange(earlier)
    }
}
