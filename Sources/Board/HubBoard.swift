public import Alliance
public import CRDT
import GRDB
public import Replica
import Sync

/// The secretariat's board: which schools need somebody now, and how all the others stand.
public struct HubBoard: Sendable {
    /// Unix milliseconds of the look.
    public let now: UInt64
    /// When the hub last served, as of which silences are counted: `nil` if it never did.
    public let watched: UInt64?
    public let facts: AllianceFacts
    public let rules: BoardRules
    /// All nodes, those that need somebody first.
    public let nodes: [NodeStanding]
    public let alerts: [Alert]
    public let silences: [SilenceWindow]

    /// Whether the hub serves now, as far as its file tells.
    public var isServing: Bool { watched.map { now - min(now, $0) <= ObservationFile.watchGap } ?? false }

    public var open: [Alert] { alerts.filter { $0.phase == .open } }

    /// Nodes about which an open alert wants somebody.
    public var needing: Set<RowID> { Set(open.map(\.key.subject)) }
}

/// Looks at the hub's file and at its observations, and keeps the alerts' life.
public struct Observer: Sendable {
    public let replica: OpenReplica
    public let file: ObservationFile

    public init(_ replica: OpenReplica, _ file: ObservationFile) {
        self.replica = replica
        self.file = file
    }

    /// - Throws: unless the folder is a hub's.
    public init(_ replica: OpenReplica) throws {
        try replica.require(.hub)
        self.init(replica, try ObservationFile(replica.folder))
    }

    /// One look. What stands is noted, so that its grace runs; what is over is forgotten.
    /// - Parameters:
    ///   - serving: whether the hub serves and could have heard everyone: only the server says so.
    ///   - sampling: whether the look goes into the rings.
    public func look(at now: UInt64 = World.wall, serving: Bool = false, sampling: Bool = false) throws -> HubBoard {
        let facts = try replica.allianceFacts()
        let rules = try file.rules()
        let tallies = try file.tallies()
        return try file.database.write { db in
            if serving { try file.noteWatch(at: now, db) }
            let board = try board(facts, tallies, rules, at: now, db)
            if sampling { try sample(board, at: now, db) }
            return board
        }
    }

    private func board(
        _ facts: AllianceFacts, _ tallies: [RowID: Tally], _ rules: BoardRules, at now: UInt64, _ db: Database
    ) throws -> HubBoard {
        let deaf = try file.deaf(upTo: now, db)
        let silences = try file.silences(db)
        let windows = Dictionary(grouping: silences, by: \.member).mapValues { $0.map(\.range) }
        let nodes = facts.nodes.map { node in
            NodeStanding(
                node, tallies[node.id], head: facts.head, schema: facts.schema, rules: rules, at: now, deaf: deaf,
                windows: windows[node.member] ?? [])
        }
        let conditions = Condition.standing(facts, nodes, rules: rules, at: now)
        let known = try file.alertRecords(db)
        let records = AlertDesk.settle(conditions, over: known, at: now)
        try file.keep(records, over: known, db)
        let alerts = AlertDesk.alerts(conditions, records, grace: rules.grace, at: now)
        return HubBoard(
            now: now, watched: try file.lastWatch(db), facts: facts, rules: rules, nodes: Self.ordered(nodes, alerts),
            alerts: alerts, silences: silences)
    }

    /// Those that an open alert is about first, then the others by state; within, the longest unheard first.
    private static func ordered(_ nodes: [NodeStanding], _ alerts: [Alert]) -> [NodeStanding] {
        var place: [RowID: Int] = [:]
        for (index, alert) in alerts.enumerated() where alert.phase == .open && place[alert.key.subject] == nil {
            place[alert.key.subject] = index
        }
        let rank = Dictionary(uniqueKeysWithValues: NodeState.allCases.enumerated().map { ($1, $0) })
        func key(_ node: NodeStanding) -> (Int, Int, UInt64) {
            (place[node.facts.id] ?? Int.max, rank[node.state] ?? 0, node.facts.lastHeard)
        }
        return nodes.sorted {
            key($0) != key($1) ? key($0) < key($1) : $0.facts.id < $1.facts.id
        }
    }

    private func sample(_ board: HubBoard, at now: UInt64, _ db: Database) throws {
        let active = board.nodes.filter { $0.state != .revoked }
        try file.note(
            active.map { ($0.facts.id, $0.lag, $0.facts.report?.pending) },
            AllianceSample(
                heard: UInt64(active.count(where: \.state.isHeard)), middle: board.lag(50), high: board.lag(90),
                pending: board.pending, conflicts: UInt64(board.facts.openConflicts),
                requests: UInt64(board.facts.openRequests)),
            at: now, db)
    }
}

extension HubBoard {
    /// The nodes that take part.
    public var active: [NodeStanding] { nodes.filter { $0.state != .revoked } }

    /// The lag that so many of a hundred nodes stay under, milliseconds, of those that ever exchanged and are not off
    /// on purpose; `nil` without any.
    public func lag(_ percentile: Int) -> UInt64? {
        let lags = active.filter { $0.state != .planned }.compactMap(\.lag).sorted()
        guard !lags.isEmpty else { return nil }
        return lags[min(lags.count - 1, lags.count * percentile / 100)]
    }

    /// Transactions that the nodes last said they have pending; `nil` if none ever said.
    public var pending: UInt64? {
        let known = active.compactMap(\.facts.report?.pending)
        return known.isEmpty ? nil : known.reduce(0, +)
    }
}
