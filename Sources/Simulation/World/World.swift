import Alliance
import CRDT
import Crypto
import Foundation
import Store
import Sync
import Wire

/// A hub and its nodes in one process: virtual time, simulated disks and lines, people by plan.
final class World {
    let plan: Plan
    /// The numbers of actions that are left out.
    let leftOut: Set<Int>
    /// The world's clock, Unix milliseconds. The year begins on the first of September.
    var now: UInt64 = World.start
    var queue = EventQueue()
    let random = SessionRandom()
    var hub: Hub
    /// By place in the plan; `nil` until it has joined.
    var nodes: [Node?]
    var tally = Tally()
    private(set) var trace = Trace()
    /// The events of a run that is to be told; `nil` otherwise.
    var story: Story?
    let judge: Judge
    /// The stream of the event under way.
    var draw: Seeded
    let folder: String
    var calls = 0
    /// Whether the operator is to look at what waits.
    var operatorIsAsked = false
    /// The last action of the plan that happened.
    private(set) var lastAction: Int?

    static let start: UInt64 = 1_788_192_000_000

    init(plan: Plan, leavingOut leftOut: Set<Int> = [], folder: String, tells: Bool = false) throws {
        self.plan = plan
        self.leftOut = leftOut
        self.folder = folder
        story = tells ? Story() : nil
        draw = Seeded(plan.seed, stream: 0)
        nodes = Array(repeating: nil, count: plan.memberOf.count + plan.clones)
        FaultVFS.seed(Seeded(plan.seed, stream: 1 << 40))
        let disk = try Self.disk("hub", folder, Seeded(plan.seed, stream: 1 << 41))
        hub = Hub(disk: disk, random: random, key: try Self.key(&draw), schema: .current)
        judge = Judge(secretariat: Records.secretariat)
        try found()
    }

    deinit {
        for party in parties {
            party.stop()
            FaultVFS.unmount(party.disk)
        }
    }

    var parties: [Party] { [hub] + nodes.compactMap { $0 } }
    func party(_ node: Int?) -> Party? { node.map { nodes[$0] } ?? hub }

    static func disk(_ name: String, _ folder: String, _ random: Seeded) throws -> Disk {
        let path = folder + "/" + name
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let disk = Disk(folder: path, random: random)
        FaultVFS.mount(disk)
        return disk
    }

    static func key(_ random: inout Seeded) throws -> Curve25519.Signing.PrivateKey {
        try Curve25519.Signing.PrivateKey(rawRepresentation: random.bytes(32))
    }

    // MARK: Founding

    private func found() throws {
        random.begin(draw)
        try hub.found(replica: ReplicaID(rawValue: draw.next()), now: now)
        for index in 0..<plan.members {
            let edit = RowEdit(
                key: Records.memberRow(Records.member(index)), act: .create,
                values: [MemberColumn.name: .text("学校\(index + 1)"), MemberColumn.kind: .text("technician")])
            _ = try hub.store?.write {
                try LocalWriter($0, key: hub.key, surroundings: hub.surroundings(now)).commit([edit])
            }
        }
        try judge.read(hub, now: now)
        for index in 0..<plan.members { try join(index) }
    }

    /// Lets a node join; `false` if the hub can't take it now.
    @discardableResult
    func join(_ index: Int) throws -> Bool {
        guard let store = hub.store, nodes[index] == nil else { return false }
        var own = Seeded(plan.seed, stream: 1 << 42 | UInt64(index))
        let key = try Self.key(&own)
        let member = Records.member(plan.memberOf[index])
        let replica = ReplicaID(rawValue: own.next())
        let invitation = Invitation(
            code: own.bytes(5), secret: own.bytes(10), hub: HubFingerprint(of: hub.key.publicKey))
        let schema: Schema = plan.isNext[index] && hub.schema.version > 1 ? NextSchema.schema : .current
        let answer: JoinResponse
        do {
            try store.write {
                try $0.setInvitation(
                    InvitationRecord(
                        code: invitation.code, member: member, secret: invitation.secret,
                        expires: hub.wall(now) + Invitation.lifetime, usedBy: nil))
            }
            let request = JoinRequest(
                invitation: invitation, key: key.publicKey, replica: replica, name: "node\(index)",
                schema: schema.version)
            let bytes = try store.write {
                try HubSession($0, key: hub.key, surroundings: hub.surroundings(now))
                    .join(try JoinRequest(bytes: request.bytes)).bytes(to: request.bytes, key: hub.key)
            }
            answer = try JoinResponse(bytes: bytes, to: request.bytes, pin: invitation.pin)
        } catch let error where error is StoreError || error is Refusal {
            return false
        }
        let disk = try Self.disk("node\(index)", folder, Seeded(plan.seed, stream: 1 << 43 | UInt64(index)))
        let node = Node(
            index, name: "学校\(plan.memberOf[index] + 1)" + (index < plan.members ? "" : "-\(index)"), member: member,
            disk: disk, random: random, key: key, schema: schema, replica: replica, row: answer.node)
        var state = ReplicaState(
            role: .node, alliance: answer.alliance, replica: replica, member: answer.member, node: answer.node,
            secretariat: answer.secretariat, hubKey: [UInt8](answer.hubKey.rawRepresentation), epoch: answer.epoch,
            hubURL: "https://hub")
        state.hubTime = answer.hubTime
        try node.create(state)
        nodes[index] = node
        try judge.read(hub, now: now)
        judge.joined(node, nodeRow: answer.node)
        tally.note("joined")
        return true
    }

    // MARK: Running

    /// Runs the year: everything may fail.
    func runYear() throws {
        for action in plan.actions where !leftOut.contains(action.number) {
            queue.add(.action(action), at: Self.start + action.at)
        }
        let end = Self.start + 366 * Plan.day
        while let (time, event) = queue.next(), time <= end { try take(event, at: time) }
    }

    func take(_ event: Event, at time: UInt64) throws {
        now = max(now, time)
        tally.note("events")
        if case .action(let action) = event {
            draw = Seeded(plan.seed, stream: UInt64(action.number))
            lastAction = action.number
        }
        random.begin(Seeded(draw.next()))
        do { try handle(event) } catch let error as StoreError {
            // A disk that fails while somebody looks: only what is written has to say so.
            guard let party = parties.first(where: { $0.path == error.path }), !party.disk.struck.isEmpty else {
                throw error
            }
            (party as? Node)?.session = nil
            try broken(party, by: error)
        }
        trace.add(now)
    }

    private func handle(_ event: Event) throws {
        switch event {
        case .action(let action): try act(action)
        case .request(let request): try arrive(request)
        case .answer(let node, let call, let status, let body, let spoilt):
            try answered(node, call: call, status: status, body: body, spoilt: spoilt)
        case .timeout(let node, let call): timedOut(node, call: call)
        case .resume(let node, let call): try resumed(node, call: call)
        case .retry(let node): try begin(node)
        case .restart(let node): try restart(node)
        case .mend(let mending): mend(mending)
        case .operatorLooks: try operatorLooks()
        }
    }

    func noteTrace(_ words: UInt64...) { for word in words { trace.add(word) } }

    func tell(_ party: Party?, _ text: @autoclosure () -> String) {
        guard story != nil else { return }
        story?.add(day: Int((now - Self.start) / Plan.day) + 1, "\(party?.name ?? "") \(text())")
    }
}

/// A hash of all that happened, to tell whether a seed replays.
struct Trace {
    private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ word: UInt64) {
        hash = (hash ^ word) &* 0x0000_0100_0000_01B3
        hash ^= hash >> 29
    }
}
