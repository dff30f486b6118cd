import Alliance
import CRDT
import Store
import Sync
import Testing
import Wire

/// Commands that are refused write nothing at all.
@Suite struct CommandTests {
    let world: TestAlliance
    let node: Party
    let other: Party
    let key: RowKey

    init() throws {
        world = try TestAlliance(members: 2)
        node = try world.join(world.members[0])
        other = try world.join(world.members[0])
        key = Base.key(node.member, "base")
        try node.create(key, Base.values("base", note: "0"))
        try world.syncUntilQuiet()
    }

    private func refusal(_ edits: [RowEdit]) throws -> CommandRefusal? {
        let before = try (node.state, node.pending, node.allRows().mapValues(\.row))
        defer {
            #expect((try? node.state) == before.0 && (try? node.pending) == before.1)
            #expect((try? node.allRows().mapValues(\.row)) == before.2)
        }
        do {
            try node.commit(edits)
            return nil
        } catch let refusal as CommandRefusal {
            return refusal
        }
    }

    @Test func `a form that was open while a cell moved is not written over it`() throws {
        let shown = try #require(try node.row(key)?[Base.note]?.stamp)
        try other.edit(key, [Base.note: .text("moved")])
        try world.syncUntilQuiet()
        let edit = RowEdit(key: key, act: .edit, values: [Base.note: .text("mine")], shown: [Base.note: shown])
        guard case .stale(let cells)? = try refusal([edit]) else { return #expect(Bool(false), "not stale") }
        #expect(cells.count == 1 && cells[0].now?.value == .text("moved") && cells[0].wanted == .text("mine"))
        guard case .stale? = try refusal([RowEdit(key: key, act: .delete, shown: [Base.note: shown])]) else {
            return #expect(Bool(false), "a deletion of what was not shown")
        }
        let now = try #require(try node.row(key)?[Base.note]?.stamp)
        try node.commit([RowEdit(key: key, act: .edit, values: [Base.note: .text("mine")], shown: [Base.note: now])])
    }

    @Test func `a form that wants what stands there already is no matter`() throws {
        try other.edit(key, [Base.note: .text("same")])
        try world.syncUntilQuiet()
        #expect(try node.commit([RowEdit(key: key, act: .edit, values: [Base.note: .text("same")], shown: [:])]) == 0)
        #expect(try node.pending == 0)
    }

    @Test func `rows before and after a refused one are not written`() throws {
        let keys = (0..<4).map { Base.key(node.member, "new \($0)") }.sorted()
        let edits = keys.map { RowEdit(key: $0, act: .create, values: Base.values("new", note: "n")) }
        for place in edits.indices {
            var some = edits
            some[place] = RowEdit(key: keys[place], act: .create, values: [:])
            guard case .violations? = try refusal(some) else { return #expect(Bool(false), "a row without its name") }
            some[place] = RowEdit(key: keys[place], act: .edit, values: [Base.note: .text("n")])
            #expect(try refusal(some) == .absent(keys[place]))
            some[place] = RowEdit(key: key, act: .create, values: Base.values("again"))
            #expect(try refusal(some) == .exists(key))
        }
        #expect(try node.commit(edits) == 4)
    }

    @Test func `rows written together and rows that have to be read go out in order of key`() throws {
        let world = try TestAlliance(members: 1, schema: SchemaTests.next)
        let node = try world.join(world.members[0])
        let newer = try world.join(world.members[0], schema: SchemaTests.next)
        let keys = (0..<90).map { Base.key(node.member, "many \($0)") }.sorted()
        // Of rows with a column that it does not know, a program has to read the whole.
        let strange = Set([1, 40, 41, 89].map { keys[$0] })
        try node.commit(
            keys.filter { !strange.contains($0) }.map {
                RowEdit(key: $0, act: .create, values: Base.values("many", note: "0"))
            })
        try newer.commit(
            strange.map {
                RowEdit(
                    key: $0, act: .create,
                    values: Base.values("many", note: "0").merging([SchemaTests.extraColumn: .text("x")]) { $1 })
            })
        try world.syncUntilQuiet()
        let notes = keys.indices.map { Value.text($0 % 9 == 0 ? "0" : "n\($0)") }
        var edits = keys.indices.map { RowEdit(key: keys[$0], act: .edit, values: [Base.note: notes[$0]]) }
        edits[60] = RowEdit(key: keys[60], act: .delete)
        #expect(try node.commit(edits.shuffled()) == keys.indices.count { $0 % 9 > 0 || $0 == 60 })
        let entry = try #require(try node.store.read { try $0.uncut(size: .max, rows: .max).first })
        let written = try entry.changes(of: node.state.replica).filter { $0.presence == nil }
        #expect(written.map(\.key) == keys.indices.filter { $0 % 9 > 0 && $0 != 60 }.map { keys[$0] })
        try world.syncUntilQuiet()
        try world.expectEqualFiles()
        for index in keys.indices where index != 60 { #expect(try newer.value(keys[index], Base.note) == notes[index]) }
    }

    @Test func `a row made anew where one was deleted goes on from its deletion`() throws {
        try node.commit([RowEdit(key: key, act: .delete)])
        try node.create(key, Base.values("base", note: "again"))
        let row = try #require(try node.row(key))
        #expect(row.presence?.length == 3 && row[Base.note]?.value == .text("again"))
        try world.syncUntilQuiet()
        #expect(try other.row(key) == row)
    }

    @Test func `creating what exists, and editing or deleting what does not, is refused`() throws {
        let never = Base.key(node.member, "never")
        #expect(try refusal([RowEdit(key: key, act: .create, values: Base.values("base"))]) == .exists(key))
        #expect(try refusal([RowEdit(key: never, act: .edit, values: [Base.note: .text("x")])]) == .absent(never))
        #expect(try refusal([RowEdit(key: never, act: .delete)]) == .absent(never))
        try node.delete(key)
        #expect(try refusal([RowEdit(key: key, act: .edit, values: [Base.note: .text("x")])]) == .absent(key))
    }

    @Test func `one violation refuses the whole command`() throws {
        let good = RowEdit(key: key, act: .edit, values: [Base.note: .text("x")])
        let bad = RowEdit(key: Base.key(world.members[1], "theirs"), act: .create, values: Base.values("theirs"))
        guard case .violations(let found)? = try refusal([good, bad]) else {
            return #expect(Bool(false), "not refused")
        }
        #expect(found.map(\.code).contains(.notYours))
    }

    @Test func `a row twice in one command, and an unknown table, are refused`() throws {
        let edit = RowEdit(key: key, act: .edit, values: [Base.note: .text("x")])
        let again = RowEdit(key: key, act: .edit, values: [Base.address: .text("y")])
        let same = RowEdit(key: key, act: .edit, values: [Base.note: .text("y")])
        #expect(try refusal([edit, again]) == .violations([Violation(.limit, key)]))
        #expect(try refusal([edit, same]) == .violations([Violation(.limit, key)]))
        let unknown = RowKey(table: TableID(rawValue: 777), owner: node.member, id: RowID(rawValue: 1))
        #expect(
            try refusal([RowEdit(key: unknown, act: .create, values: [ColumnID(1): .null])])
                == .violations([Violation(.unknownTable, unknown)]))
    }

    @Test func `an edit that changes nothing writes nothing`() throws {
        #expect(try node.edit(key, [Base.note: .text("0")]) == 0)
        #expect(try node.pending == 0)
    }
}
