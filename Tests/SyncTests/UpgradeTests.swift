import Alliance
import CRDT
import Foundation
import Store
import Sync
import Testing
import Wire

/// Programs of two versions side by side: every combination of two nodes and a hub, each upgraded in its turn.
@Suite struct UpgradeTests {
    /// Which of the three have version N+1, one column and one table more than N.
    struct Versions: CustomTestStringConvertible, Sendable {
        let first: Bool
        let hub: Bool
        let second: Bool

        static let all = [false, true].flatMap { first in
            [false, true].flatMap { hub in
                [false, true].map { Versions(first: first, hub: hub, second: $0) }
            }
        }

        var testDescription: String { [first, hub, second].map { $0 ? "N+1" : "N" }.joined(separator: ", ") }
    }

    private static func schema(_ isNext: Bool) -> Schema { isNext ? SchemaTests.next : .current }

    private static func values(_ name: String, _ isNext: Bool) -> [ColumnID: Value] {
        isNext ? Base.values(name).merging([SchemaTests.extraColumn: .text(name)]) { $1 } : Base.values(name)
    }

    @Test(arguments: Versions.all) func `hub and nodes of any versions lose nothing, and catch up`(_ versions: Versions)
        throws
    {
        let world = try TestAlliance(members: 2, schema: Self.schema(versions.hub))
        let nodes = try [
            (world.join(world.members[0], schema: Self.schema(versions.first)), versions.first),
            (world.join(world.members[1], schema: Self.schema(versions.second)), versions.second),
        ]
        let keys = nodes.map { Base.key($0.0.member, "base") }
        let gadget = RowKey(table: SchemaTests.extraTable, owner: nodes[0].0.member, id: RowID(rawValue: 7))
        for (node, isNext) in nodes { try node.create(Base.key(node.member, "base"), Self.values(node.name, isNext)) }
        if versions.first { try nodes[0].0.create(gadget, [ColumnID(1): .text("saw")]) }

        // An older hub takes what it understands, and newer nodes wait with what it does not: others' edits reach them.
        for _ in 0..<3 { for (node, _) in nodes { try world.sync(node) } }
        for (node, isNext) in nodes {
            let waits = isNext && !versions.hub
            #expect(try (node.pending > 0) == waits && node.alarms.isEmpty)
            #expect(try node.state.cursor == world.hub.state.cursor)
            if waits, case .refused(let refusal)? = try world.sync(node) { #expect(refusal.code == .schema) }
        }

        // Hubs upgrade first.
        try world.reopen(world.hub, schema: SchemaTests.next)
        try world.syncUntilQuiet()
        try world.expectEqualFiles()
        for (reader, _) in nodes {
            for (key, (writer, isNext)) in zip(keys, nodes) {
                let expected: Value? = isNext ? .text(writer.name) : nil
                #expect(try reader.row(key)?[SchemaTests.extraColumn]?.value == expected)
            }
        }

        // Then the nodes, one after the other; in between the older one edits beside what it does not know.
        for (node, _) in nodes {
            let digests = try node.store.read { try $0.digests(for: node.member) }
            try world.reopen(node, schema: SchemaTests.next)
            #expect(try node.store.read { try $0.digests(for: node.member) } == digests)
            try node.edit(Base.key(node.member, "base"), [SchemaTests.extraColumn: .text("new at \(node.name)")])
            for (other, _) in nodes {
                try other.edit(Base.key(other.member, "base"), [Base.note: .text("after \(node.name)")])
            }
            try world.syncUntilQuiet()
            try world.expectEqualFiles()
        }
        for (reader, _) in nodes {
            for (key, (writer, _)) in zip(keys, nodes) {
                #expect(try reader.value(key, SchemaTests.extraColumn) == .text("new at \(writer.name)"))
                #expect(try reader.value(key, Base.note) == .text("after \(nodes[1].0.name)"))
            }
        }
        if versions.first { #expect(try nodes[0].0.value(gadget, ColumnID(1)) == .text("saw")) }
        #expect(try world.hub.rejected().isEmpty && nodes.allSatisfy { try $0.0.rejected().isEmpty })
    }

    /// `JILIAN_ROWS=1000000` has as many rows as that.
    static let rows = ProcessInfo.processInfo.environment["JILIAN_ROWS"].flatMap(Int.init) ?? 2_000

    @Test func `a column that is added puts nothing on the wire`() throws {
        let world = try TestAlliance(members: 1)
        let node = try world.join(world.members[0])
        for part in 0..<Self.rows / 500 {
            let rows = (0..<500).map { "base \(part * 500 + $0)" }
            try node.commit(
                rows.map { RowEdit(key: Base.key(node.member, $0), act: .create, values: Base.values($0)) })
        }
        try world.syncUntilQuiet()
        let before = (try world.hub.state.cursor, world.carried.count)
        for party in [try #require(world.hub), node] { try world.reopen(party, schema: SchemaTests.next) }
        try world.syncUntilQuiet()
        let after = world.carried[before.1...]
        #expect(!after.isEmpty && after.allSatisfy { $0.request.count < 300 && $0.answer.count < 300 })
        #expect(try world.hub.state.cursor == before.0)
        try world.expectEqualFiles()
    }
}
