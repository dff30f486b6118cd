import Alliance
import CRDT
import Foundation
import Store
import Sync
import Testing
import Wire

/// P1 and P2 over random histories: the same seed replays the same history.
@Suite struct ConvergenceTests {
    /// `JILIAN_SEEDS=1000` runs more of them.
    static let seeds = 1...(ProcessInfo.processInfo.environment["JILIAN_SEEDS"].flatMap(UInt64.init) ?? 48)

    @Test(arguments: 0..<8) func `random histories end with equal files and nothing lost`(_ part: Int) throws {
        for seed in Self.seeds where Int(seed % 8) == part { try History(seed).run() }
    }
}

/// One random history.
struct History {
    let world: TestAlliance
    let random: Seeded
    private let steps: Int
    private let lateAt: Int
    /// How a node meets the hub, and how all come to rest, where that is not by the line.
    var exchange: ((Party) throws -> Void)?
    var settle: (() throws -> Void)?

    init(_ seed: UInt64, steps: Int = 100) throws {
        world = try TestAlliance(seed, members: 3)
        random = world.random
        self.steps = steps
        lateAt = random.once(in: 3) ? random.number(steps / 2...steps - 1) : -1
        for member in [0, 1, 0, 2].prefix(random.number(2...4)) { try world.join(world.members[member]) }
        for node in world.nodes { node.skew = Int64(random.number(-120_000...120_000)) }
        let (random, faults) = (random, random.number(2...12))
        world.mishap = { random.once(in: faults) ? random.pick(TestAlliance.Mishap.allCases) : .none }
    }

    func run() throws {
        for step in 0..<steps {
            if step == lateAt { try world.join(random.pick(world.members)) }
            world.now += UInt64(random.pick([1, 50, 1_000, 60_000]))
            let node = random.pick(world.nodes)
            if random.once(in: 3) {
                if let exchange { try exchange(node) } else { try world.sync(node) }
            } else if random.once(in: 20) {
                try editAtHub()
            } else {
                try write(node)
            }
            try node.expectation.check(node, isQuick: step % 10 != 0)
        }
        if let settle { try settle() } else { try world.syncUntilQuiet() }
        try world.expectEqualFiles()
        for node in world.nodes { try node.expectation.check(node) }
        try Oracle(world).check(world)
        #expect(try world.hub.alarms.isEmpty)
        for node in world.nodes { #expect(try node.alarms.isEmpty) }
    }

    private func editAtHub() throws {
        let key = world.hub.memberRow(random.pick(world.members))
        try world.hub.edit(key, [ColumnID(UInt16(random.number(3...6))): text()])
    }

    private func text() -> Value { random.once(in: 8) ? .null : .text("v\(random.number(1...4))") }

    private func write(_ node: Party) throws {
        let rows = (0..<random.pick([1, 1, 1, 2, 3])).map { _ in key() }
        var edits: [RowEdit] = []
        for key in Set(rows).sorted() { edits.append(try edit(key, node)) }
        do { try node.commit(edits) } catch is CommandRefusal {}
    }

    private func key() -> RowKey {
        let owner = random.pick(world.members)
        switch random.number(0...9) {
        case 0: return world.hub.memberRow(owner)
        case 1, 2: return Contact.key(owner)
        default: return Base.key(owner, random.pick(["a", "b"]))
        }
    }

    private func edit(_ key: RowKey, _ node: Party) throws -> RowEdit {
        let isThere = try node.row(key)?.isThere ?? false
        switch key.table {
        case .member: return RowEdit(key: key, act: .edit, values: [ColumnID(UInt16(random.number(5...6))): text()])
        case .teacherContact where !isThere:
            return RowEdit(key: key, act: .create, values: Contact.values(phone: "\(random.number(1...3))"))
        case .base where !isThere:
            let name = key == Base.key(key.owner, "a") ? "a" : "b"
            let others = world.members.filter { $0 != key.owner && random.once(in: 2) }
            return RowEdit(
                key: key, act: .create, values: Base.values(name, note: "n\(random.number(1...3))", coOwners: others))
        default: break
        }
        if random.once(in: 8) { return RowEdit(key: key, act: .delete) }
        if key.table == .teacherContact {
            return RowEdit(key: key, act: .edit, values: [random.pick([Contact.phone, Contact.email]): text()])
        }
        if random.once(in: 8) {
            let others = world.members.filter { $0 != key.owner && random.once(in: 2) }.sorted()
            return RowEdit(key: key, act: .edit, values: [Base.coOwners: .bytes(others.flatMap(\.bytes))])
        }
        return RowEdit(key: key, act: .edit, values: [random.pick([Base.address, Base.note]): text()])
    }
}
