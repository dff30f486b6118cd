import Alliance
import Board
import CRDT
import Replica
import Sync
import Testing
import Wire

@Suite struct StateTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let state: NodeState
        let node: Node
        var tally: Tally?
        var deaf: [Range<UInt64>] = []
        var windows: [Range<UInt64>] = []

        init(
            _ what: String, _ state: NodeState, _ tally: Tally? = nil, deaf: [Range<UInt64>] = [],
            windows: [Range<UInt64>] = [], _ change: (inout Node) -> Void = { _ in }
        ) {
            testDescription = what
            self.state = state
            self.tally = tally
            self.deaf = deaf
            self.windows = windows
            var node = Node()
            change(&node)
            self.node = node
        }
    }

    static let copy = ReplicaCopy(
        replica: Node.replica, token: 1, head: Head(replica: Node.replica, seq: 1, hash: .zero),
        firstSeen: morning - hour,
        lastSeen: morning, decision: .waiting)
    static let decided = ReplicaCopy(
        replica: Node.replica, token: 1, head: Head(replica: Node.replica, seq: 1, hash: .zero),
        firstSeen: morning - hour,
        lastSeen: morning, decision: .goesOn)

    static let cases = [
        Case("proved a second ago", .proved),
        Case("proved, and behind by what was just journaled", .proved) { $0.cursor = 98 },
        Case("heard, never proved", .syncing) { $0.provedAt = 0 },
        Case("heard, proved too long ago", .syncing) { $0.provedAt = morning - 180_000 },
        Case("something is pending", .syncing) { $0.pending = 1 },
        Case("silent for just less than three minutes", .proved) {
            $0.heard = morning - 179_999
            $0.provedAt = morning - 179_999
        },
        Case("silent for three minutes", .offline) { $0.heard = morning - 180_000 },
        Case("offline with conflicts is offline", .offline) {
            $0.heard = morning - hour
            $0.conflicts = 2
        },
        Case("silent for just less than three days", .offline) { $0.heard = morning - 3 * day + 1 },
        Case("silent for three days", .lost) { $0.heard = morning - 3 * day },
        Case(
            "the hub itself was off for two of the three days", .offline, deaf: [(morning - 3 * day)..<(morning - day)]
        ) {
            $0.heard = morning - 3 * day
        },
        Case("the hub came back a minute ago", .proved, deaf: [(morning - hour)..<(morning - minute)]) {
            $0.heard = morning - hour - minute
            $0.provedAt = morning - minute
        },
        Case("off on purpose", .planned, windows: [(morning - 9 * day)..<(morning + day)]) {
            $0.heard = morning - 9 * day
        },
        Case("heard although it was to be off", .proved, windows: [(morning - day)..<(morning + day)]),
        Case("the planned time is over for a minute", .syncing, windows: [(morning - 9 * day)..<(morning - minute)]) {
            $0.heard = morning - 9 * day
            $0.provedAt = $0.heard
        },
        Case("the planned time is over for an hour", .offline, windows: [(morning - 9 * day)..<(morning - hour)]) {
            $0.heard = morning - 9 * day
        },
        Case("never exchanged", .never) { $0.hasReport = false },
        Case("clock five minutes ahead", .proved) { $0.offset = 300_000 },
        Case("clock more than five minutes ahead", .clock) { $0.offset = 300_001 },
        Case("clock more than five minutes behind", .clock) { $0.offset = -300_001 },
        Case("another schema", .version) { $0.schema = 2 },
        Case("conflicts", .conflict) { $0.conflicts = 1 },
        Case("a fork that nobody decided", .copied) { $0.copies = [copy] },
        Case("a fork that was decided", .proved) { $0.copies = [decided] },
        Case("digests differ", .faulty) {
            $0.alarms = [Alarm(.digest, subject: Node.replica.description, detail: "", since: morning)]
        },
        Case("the node reports an alarm", .faulty) { $0.reported = [2] },
        Case("waits for an earlier node's word", .unconfirmed) { $0.isConfirmed = false },
        Case("revoked, whatever else", .revoked) {
            $0.revoked = morning
            $0.copies = [copy]
        },
        Case("a refusal that no new try mends", .refused, tally(refused: "chain")),
        Case("a refusal that passes", .proved, tally(refused: "busy")),
        Case("a refusal before the last success", .proved, tally(refused: "chain", at: morning - 2 * hour)),
    ]

    @Test(arguments: cases) func `a node's state follows from what is known`(_ case: Case) {
        let standing = `case`.node.standing(`case`.tally, deaf: `case`.deaf, windows: `case`.windows)
        #expect(standing.state == `case`.state)
    }

    @Test func `every state is shown by a case`() {
        #expect(Set(Self.cases.map(\.state)) == Set(NodeState.allCases))
    }

    @Test func `green is for what was proved, and offline is calm`() {
        #expect(NodeState.allCases.filter { $0.tone == .ok } == [.proved])
        #expect(NodeState.offline.tone == .calm)
        #expect(NodeState.planned.tone == .calm)
    }

    @Test func `what is not known is not zero`() {
        let standing = Node(hasReport: false).standing()
        #expect(standing.lag == nil && standing.behind == nil && standing.silence == nil)
        #expect(Node(cursor: 97).standing().behind == 3)
    }

    @Test func `lag is the age of the oldest that it lacks, and at least its silence`() {
        #expect(Node().standing().lag == 1_000)
        #expect(Node(missingSince: morning - hour).standing().lag == hour)
        #expect(Node(heard: morning - hour, missingSince: morning - minute).standing().lag == hour)
    }

    @Test func `silence counts only while somebody could have heard`() {
        func length(_ ranges: [Range<UInt64>]) -> UInt64 { HeardSilence.length(since: 100, to: 200, except: ranges) }
        #expect(length([]) == 100)
        #expect(length([0..<50]) == 100)
        #expect(length([200..<300]) == 100)
        #expect(length([120..<130]) == 90)
        #expect(length([120..<140, 130..<150]) == 70)
        #expect(length([130..<150, 120..<140]) == 70)
        #expect(length([0..<300]) == 0)
        #expect(length([150..<300]) == 50)
        #expect(HeardSilence.length(since: 300, to: 200, except: []) == 0)
    }
}
