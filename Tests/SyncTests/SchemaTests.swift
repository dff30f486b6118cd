import Alliance
import CRDT
import Store
import Sync
import Testing
import Wire

/// A node whose program is a version older passes on what it does not know, and finds it once it is upgraded.
@Suite struct SchemaTests {
    static let extraTable = TableID(rawValue: 600)
    static let extraColumn = ColumnID(8)

    /// Version 2: one more column of `base` and one more table.
    static let next: Schema = {
        let owner = WriteRule(create: [.owner], edit: [.owner], delete: [.owner])
        let tables = Schema.current.tables.map { table in
            guard table.id == .base else { return table }
            return Table(
                table.id.rawValue, table.name, table.title.zh, table.title.en,
                naturalKey: table.naturalKey.map(\.rawValue),
                ownership: table.ownership, audience: table.audience, rule: table.rule,
                columns: table.columns + [Column(8, "color", "颜色", "colour", .text(max: 20), since: 2)])
        }
        let extra = Table(
            600, "gadget", "器材", "gadget", ownership: .author, audience: .owner, rule: owner, since: 2,
            columns: [Column(1, "name", "名称", "name", .text(max: 40), required: true)])
        return Schema(version: 2, tables: tables + [extra])
    }()

    @Test func `unknown columns and tables pass through an older node and are found after its upgrade`() throws {
        let world = try TestAlliance(members: 2, schema: Self.next)
        let (mine, other) = (world.members[0], world.members[1])
        let new = try world.join(mine, schema: Self.next)
        let old = try world.join(mine)
        let stranger = try world.join(other)
        let key = Base.key(mine, "base")
        let gadgets = (0..<3).map { RowKey(table: Self.extraTable, owner: mine, id: RowID(rawValue: UInt128($0) + 1)) }
        try new.create(key, Base.values("base").merging([Self.extraColumn: .text("red")]) { $1 })
        for gadget in gadgets { try new.create(gadget, [ColumnID(1): .text("saw")]) }
        try new.delete(gadgets[2])
        try world.syncUntilQuiet()
        try world.expectEqualFiles()
        #expect(try old.row(key)?[Self.extraColumn]?.value == .text("red"))
        #expect(try old.row(gadgets[0])?[ColumnID(1)]?.value == .text("saw"))
        #expect(try stranger.row(gadgets[0]) == nil)

        // The older node edits, deletes and makes rows beside what it does not know.
        try old.edit(key, [Base.note: .text("by the old one")])
        try old.create(Base.key(mine, "olds"), Base.values("olds"))
        try new.edit(key, [Self.extraColumn: .text("blue")])
        try world.syncUntilQuiet()
        try world.expectEqualFiles()
        #expect(
            try new.value(key, Self.extraColumn) == .text("blue")
                && new.value(key, Base.note) == .text("by the old one"))

        let digests = try old.store.read { try $0.digests(for: mine) }
        try world.reopen(old, schema: Self.next)
        #expect(try old.store.read { try $0.digests(for: mine) } == digests)
        #expect(try old.store.deepCheck().isClean)
        let table = try #require(Self.next[.base])
        let column = try #require(table.column(Self.extraColumn))
        #expect(try old.store.read { try $0.rows(in: table, where: column, is: .text("blue")).map(\.key) } == [key])
        let gadget = try #require(Self.next[Self.extraTable])
        #expect(try old.store.read { try $0.rows(in: gadget).map(\.key) } == [gadgets[0], gadgets[1]])
        #expect(try old.row(gadgets[2])?.isThere == false)
        try world.syncUntilQuiet()
        try world.expectEqualFiles()
        try old.edit(gadgets[1], [ColumnID(1): .text("drill")])
        try world.syncUntilQuiet()
        try world.expectEqualFiles()
    }

    @Test func `a file of a newer schema is not opened by an older program`() throws {
        let world = try TestAlliance(members: 1, schema: Self.next)
        try world.hub.store.close()
        do {
            _ = try ReplicaStore.open(at: world.hub.path, schema: .current)
            #expect(Bool(false), "opened")
        } catch let error as StoreError { #expect(error.code == .newer) }
        world.hub.store = try ReplicaStore.open(at: world.hub.path, schema: Self.next)
    }
}
