public import Replica
import Sync
import Wire

/// A node on the board: what is known of it, and what follows from that.
public struct NodeStanding: Hashable, Sendable {
    public let facts: NodeFacts
    public let tally: Tally?
    public let state: NodeState
    /// Milliseconds without a word of it, counted while one could have heard; `nil` if it never said any.
    public let silence: UInt64?
    /// Milliseconds by which what it holds may be old; `nil` before its first exchange.
    public let lag: UInt64?
    /// Entries of the journal that it has not merged; `nil` before its first exchange.
    public let behind: UInt64?
    /// Whether its member said that it would be off now.
    public let isPlanned: Bool

    /// What follows from what is known, as of a moment; nothing else goes into it.
    /// - Parameters:
    ///   - now: Unix milliseconds, by the hub's clock.
    ///   - deaf: when the hub itself was off.
    ///   - windows: when the node's member said that it would be off.
    public init(
        _ facts: NodeFacts, _ tally: Tally?, head: UInt64, schema: UInt32, rules: BoardRules, at now: UInt64,
        deaf: [Range<UInt64>] = [], windows: [Range<UInt64>] = []
    ) {
        self.facts = facts
        self.tally = tally
        let heard = facts.lastHeard
        let silence = heard == 0 ? nil : HeardSilence.length(since: heard, to: now, except: deaf + windows)
        self.silence = silence
        behind = facts.report.map { head - min($0.cursor, head) }
        isPlanned = windows.contains { $0.contains(now) }
        lag = heard == 0 ? nil : now - min(now, facts.missingSince == 0 ? heard : min(heard, facts.missingSince))
        state = Self.state(
            facts, tally, silence: silence, schema: schema, rules: rules, now: now, isPlanned: isPlanned)
    }

    private static func state(
        _ facts: NodeFacts, _ tally: Tally?, silence: UInt64?, schema: UInt32, rules: BoardRules, now: UInt64,
        isPlanned: Bool
    ) -> NodeState {
        if facts.revoked != 0 { return .revoked }
        if facts.copies.contains(where: { $0.decision == .waiting }) { return .copied }
        if isFaulty(facts) { return .faulty }
        guard facts.isConfirmed else { return .unconfirmed }
        let isSilent = silence.map { $0 >= rules.offlineAfter * 1000 } ?? true
        if let silence, silence >= rules.lostAfter * 1000, !isPlanned { return .lost }
        // What was wrong with a clock or a version when it was last heard is still so, unless it is off on purpose.
        if isPlanned, isSilent || now - min(now, facts.lastHeard) >= rules.offlineAfter * 1000 { return .planned }
        if isClockOff(facts, rules) { return .clock }
        if tally?.standingRefusal != nil { return .refused }
        guard let report = facts.report, facts.lastHeard > 0 else { return .never }
        if isSilent { return .offline }
        if report.schema != 0, report.schema != schema { return .version }
        if facts.openConflicts > 0 { return .conflict }
        let isProved = report.provedAt != 0 && now - min(now, report.provedAt) < rules.offlineAfter * 1000
        return isProved && report.pending == 0 ? .proved : .syncing
    }

    /// Whether something stands about it that only a person mends.
    private static func isFaulty(_ facts: NodeFacts) -> Bool {
        !facts.alarms.isEmpty || facts.report?.alarms.isEmpty == false
    }

    static func isClockOff(_ facts: NodeFacts, _ rules: BoardRules) -> Bool {
        guard let report = facts.report, report.lastExchange != 0 else { return false }
        return report.clockOffset.magnitude > rules.clockMax * 1000
    }
}
