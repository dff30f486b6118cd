import Alliance
import CRDT
import Store
import Sync
import Testing
import Wire

/// Every chain of two or three own pending edits of a row, with every subset of them struck out, and a remote edit,
/// deletion or return at every place among their stamps, that comes before, with or after the verdicts: the row is
/// always the merge of the journal and of what is still pending, and what was struck out is in the inbox.
@Suite struct PendingChainTests {
    enum Own: Character { case edit = "e", delete = "d", create = "c" }
    enum Remote: CaseIterable { case nothing, edit, delete, deleteAndCreate }
    enum Arrival: CaseIterable { case beforeSending, withTheVerdicts, afterTheVerdicts }

    struct Case {
        let chain: [Own]
        let struck: Set<Int>
        let remote: Remote
        let number: Int
    }

    @Test(arguments: 0...3, Arrival.allCases)
    func `a row is the merge of journal and pending edits, whichever are struck out`(_ place: Int, _ arrival: Arrival)
        throws
    {
        for length in 2...3 where place <= length { try run(length, place, arrival) }
    }

    private func cases(_ length: Int, _ place: Int) -> [Case] {
        let chains = length == 2 ? ["ee", "ed", "dc"] : ["eee", "eed", "edc", "dce", "dcd"]
        var cases: [Case] = []
        for chain in chains {
            for bits in 0..<(1 << length) {
                for remote in Remote.allCases where remote != .nothing || place == 0 {
                    cases.append(
                        Case(
                            chain: chain.compactMap(Own.init), struck: Set((0..<length).filter { bits >> $0 & 1 == 1 }),
                            remote: remote, number: cases.count))
                }
            }
        }
        return cases
    }

    private func run(_ length: Int, _ place: Int, _ arrival: Arrival) throws {
        let world = try TestAlliance(members: 2)
        let (mine, other) = (world.members[0], world.members[1])
        let (node, remote, revoker) = (try world.join(mine), try world.join(mine), try world.join(other))
        let cases = cases(length, place)
        func row(_ entry: Case) -> RowKey { Base.key(mine, "row\(entry.number)") }
        func helper(_ entry: Case, _ step: Int) -> RowKey { Base.key(other, "help\(entry.number).\(step)") }
        try node.commit(
            cases.map { RowEdit(key: row($0), act: .create, values: Base.values("row\($0.number)", note: "0")) })
        try revoker.commit(
            cases.flatMap { entry in
                (0..<length).map { step in
                    RowEdit(
                        key: helper(entry, step), act: .create,
                        values: Base.values("help\(entry.number).\(step)", coOwners: [mine]))
                }
            })
        try world.syncUntilQuiet()

        world.now += arrival == .beforeSending ? 3 * 3_600_000 : 1_000
        let start = world.now
        try revoker.commit(
            cases.flatMap { entry in
                entry.struck.map { RowEdit(key: helper(entry, $0), act: .edit, values: [Base.coOwners: .null]) }
            })
        for step in 0...length {
            if step == place {
                world.now = start + UInt64(step) * 60_000 - 30_000
                try write(cases.map { ($0, row($0)) }, remote)
            }
            guard step < length else { break }
            world.now = start + UInt64(step) * 60_000
            for entry in cases { try self.write(step, of: entry, node, row(entry), helper(entry, step)) }
        }
        world.now = start + UInt64(length) * 60_000
        try node.expectation.check(node)
        try world.sync(revoker)
        world.pageSize = 1
        if arrival != .afterTheVerdicts { try world.sync(remote) }
        try sync(node, in: world)
        try world.sync(remote)
        try sync(node, in: world)
        world.pageSize = nil
        try world.syncUntilQuiet()
        try node.expectation.check(node)
        try world.expectEqualFiles()
        try Oracle(world).check(world)
        try expectInbox(node, cases, length)
    }

    private func write(_ step: Int, of entry: Case, _ node: Party, _ key: RowKey, _ helper: RowKey) throws {
        let edit =
            switch entry.chain[step] {
            case .edit: RowEdit(key: key, act: .edit, values: [Base.note: .text("own\(step)")])
            case .delete: RowEdit(key: key, act: .delete)
            case .create: RowEdit(key: key, act: .create, values: Base.values("row\(entry.number)", note: "own\(step)"))
            }
        try node.commit([edit, RowEdit(key: helper, act: .edit, values: [Base.note: .text("\(step)")])])
    }

    private func write(_ cases: [(entry: Case, key: RowKey)], _ node: Party) throws {
        let deleted = cases.filter { $0.entry.remote == .delete || $0.entry.remote == .deleteAndCreate }
        let edited = cases.filter { $0.entry.remote == .edit }.map {
            RowEdit(key: $0.key, act: .edit, values: [Base.note: .text("remote")])
        }
        try node.commit(edited + deleted.map { RowEdit(key: $0.key, act: .delete) })
        try node.commit(
            deleted.filter { $0.entry.remote == .deleteAndCreate }.map {
                RowEdit(key: $0.key, act: .create, values: Base.values("row\($0.entry.number)", note: "remote"))
            })
    }

    /// A session with the invariant checked after each of its transactions.
    private func sync(_ node: Party, in world: TestAlliance) throws {
        var session = NodeSession(program: "test", key: node.key)
        var effect = try node.store.write { try session.begin(in: $0, node.surroundings) }
        var steps = 0
        while true {
            if case .finished = effect { return }
            effect = try #require(try world.step(node, &session, effect))
            steps += 1
            if steps % 8 == 0 { try node.expectation.check(node) }
        }
    }

    /// What was struck out is in the rejected inbox: the transactions that were to be, and those that stood on them.
    private func expectInbox(_ node: Party, _ cases: [Case], _ length: Int) throws {
        let rejected = try node.rejected()
        #expect(rejected.count >= cases.reduce(0) { $0 + $1.struck.count })
        #expect(rejected.allSatisfy { !$0.offences.isEmpty && !$0.changes.isEmpty })
        let strikes = try node.world.hub.entries().reduce(0) { $0 + $1.verdict.strikes.count }
        #expect(rejected.count == strikes)
    }
}
