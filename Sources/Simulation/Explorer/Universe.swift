/// A small alliance, and how often what may happen in it.
public struct Universe: Hashable, Sendable {
    public let name: String
    public let summary: String
    var nodes = 2
    var points = 1
    /// Which node holds which points from the start; the others lie in the pool.
    var held: [[Int]] = [[0], []]
    var uses = 2
    var requests = 0
    /// Whether points are given away with the uses on them.
    var givesUsed = false
    /// The node that decides on requests of others for points of the pool (22.4).
    var decider: Int?
    var budget: [Limited: Int8] = [:]

    /// What happens a bounded number of times.
    enum Limited: Int, CaseIterable, Hashable, Sendable {
        case cancel, release, grant
        case nodeBackup, nodeRestore, nodeByHand, nodeBeside, clone, diskLost
        case hubBackup, hubRestore, hubByHand
        case lostAnswer, falseAttestation, falseClosing, strike
    }

    static let everyday: [Limited: Int8] = [.cancel: 1, .release: 2, .grant: 2]

    init(
        _ name: String, _ summary: String, _ budget: [Limited: Int8] = [:], change: (inout Universe) -> Void = { _ in }
    ) {
        self.name = name
        self.summary = summary
        self.budget = Self.everyday.merging(budget) { $1 }
        change(&self)
    }

    /// All of them; two nodes, one point held by the first, and two records, where nothing else is said.
    public static let all: [Universe] = [
        Universe("calm", "no faults"),
        Universe("points", "no faults, two points, three records") {
            $0.points = 2
            $0.held = [[0], [1]]
            $0.uses = 3
        },
        Universe("restored", "a node restored", [.nodeBackup: 1, .nodeRestore: 1, .grant: 1]),
        Universe("twice", "restored twice from one backup", [.nodeBackup: 1, .nodeRestore: 2, .grant: 0, .release: 1]),
        Universe(
            "thrice", "restored three times from one backup", [.nodeBackup: 1, .nodeRestore: 3, .grant: 0, .release: 0]),
        Universe(
            "beside", "restored on a second machine, the first runs on",
            [.nodeBackup: 1, .nodeBeside: 1, .grant: 1, .release: 1]),
        Universe("by-hand", "put back by hand, unseen", [.nodeBackup: 1, .nodeByHand: 1, .grant: 1, .release: 1]),
        Universe("clone", "a live clone", [.clone: 1, .grant: 1, .release: 1]),
        Universe("hub", "the hub restored", [.hubBackup: 1, .hubRestore: 1, .lostAnswer: 1]),
        Universe(
            "hub-twice", "the hub restored twice from one backup",
            [.hubBackup: 1, .hubRestore: 2, .release: 1, .grant: 1]),
        Universe("hub-by-hand", "the hub put back by hand, unseen", [.hubBackup: 1, .hubByHand: 1]),
        Universe(
            "both", "hub and node restored",
            [.hubBackup: 1, .hubRestore: 1, .nodeBackup: 1, .nodeRestore: 1, .grant: 1, .release: 1, .cancel: 0]),
        Universe(
            "both-twice", "hub restored, node restored twice",
            [.hubBackup: 1, .hubRestore: 1, .nodeBackup: 1, .nodeRestore: 2, .grant: 0, .release: 0]),
        Universe(
            "both-by-hand", "hub put back by hand, node restored",
            [.hubBackup: 1, .hubByHand: 1, .nodeBackup: 1, .nodeRestore: 1, .grant: 1, .release: 1, .cancel: 0]),
        Universe(
            "false-attestation", "points attested on a false statement",
            [.nodeBackup: 1, .nodeRestore: 1, .falseAttestation: 1, .grant: 1, .release: 1]),
        Universe(
            "false-closing", "a recovery closed on a false statement",
            [.hubBackup: 1, .hubRestore: 1, .nodeBackup: 1, .nodeRestore: 1, .falseClosing: 1, .grant: 1, .release: 1]),
        Universe("requests", "requests and transfers", [.grant: 1, .release: 1]) { $0.requests = 1 },
        Universe(
            "requests-hub", "requests, the hub restored",
            [.grant: 0, .release: 1, .cancel: 0, .hubBackup: 1, .hubRestore: 1]
        ) { $0.requests = 1 },
        Universe("requests-two", "two requests for two points", [.grant: 0, .release: 1, .cancel: 1]) {
            $0.requests = 2
            $0.points = 2
            $0.held = [[0], []]
            $0.uses = 1
        },
        Universe("owner", "requests for the pool that the owner decides", [.grant: 1, .release: 1]) {
            $0.decidesOnRequests(2)
        },
        Universe(
            "owner-restored", "requests that the owner decides, a node restored",
            [.nodeBackup: 1, .nodeRestore: 1, .grant: 0, .release: 0, .cancel: 0]
        ) { $0.decidesOnRequests(1) },
        Universe(
            "owner-hub", "requests that the owner decides, the hub restored",
            [.hubBackup: 1, .hubRestore: 1, .grant: 0, .release: 0, .cancel: 0]
        ) { $0.decidesOnRequests(1) },
        Universe(
            "anew", "a disk lost, joined anew, an old backup put back later",
            [.nodeBackup: 1, .diskLost: 1, .nodeRestore: 1, .grant: 1, .release: 1, .cancel: 0]),
        Universe("lent", "points given on with their bookings", [.grant: 0]) { $0.givesUsed = true },
        Universe(
            "lent-restored", "points given on with their bookings, a node restored",
            [.nodeBackup: 1, .nodeRestore: 1, .grant: 0]
        ) { $0.givesUsed = true },
        Universe(
            "lent-hub", "points given on with their bookings, the hub restored",
            [.hubBackup: 1, .hubRestore: 1, .grant: 0]
        ) { $0.givesUsed = true },
        Universe(
            "ring", "three nodes, transfers in a ring, a node restored",
            [.nodeBackup: 1, .nodeRestore: 1, .grant: 0, .cancel: 0]
        ) {
            $0.nodes = 3
            $0.held = [[0], [], []]
        },
        Universe(
            "stale", "a point of the pool, hub and node restored, stale pages",
            [.hubBackup: 1, .hubRestore: 1, .nodeBackup: 1, .nodeRestore: 1, .grant: 2, .release: 0, .cancel: 0]
        ) { $0.held = [[], []] },
        Universe(
            "everything", "all faults, two points, three records, three nodes; for walks",
            [
                .cancel: 2, .release: 3, .grant: 3, .nodeBackup: 2, .nodeRestore: 2, .nodeBeside: 1, .diskLost: 1,
                .hubBackup: 1, .hubRestore: 2, .lostAnswer: 2,
            ]
        ) {
            $0.nodes = 3
            $0.points = 2
            $0.held = [[0], [1], []]
            $0.uses = 3
            $0.requests = 1
            $0.givesUsed = true
        },
        Universe(
            "havoc", "all faults, and clones, disks put back unseen, false attestations; for walks",
            [
                .cancel: 2, .release: 3, .grant: 3, .nodeBackup: 2, .nodeRestore: 2, .nodeByHand: 1, .nodeBeside: 1,
                .clone: 1, .diskLost: 1, .hubBackup: 1, .hubRestore: 1, .lostAnswer: 2, .falseAttestation: 1,
            ]
        ) {
            $0.nodes = 3
            $0.points = 2
            $0.held = [[0], [1], []]
            $0.uses = 3
            $0.requests = 1
            $0.givesUsed = true
        },
    ]

    /// One point, in the pool of which the first node decides.
    mutating func decidesOnRequests(_ count: Int) {
        decider = 0
        held = [[], []]
        requests = count
        uses = 1
    }

    /// Whether two disks may write under one replica's id.
    var hasCopies: Bool {
        [Limited.clone, .nodeByHand, .nodeBeside].contains { budget[$0] ?? 0 > 0 }
    }

    public static func named(_ name: String) -> Universe? { all.first { $0.name == name } }

    /// Those whose states are too many to go through from the start: they are walked at random.
    public var isWalked: Bool { name == "everything" || name == "havoc" }
}
