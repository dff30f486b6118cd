import Alliance
import CRDT
import Foundation
import GRDB
@testable import Node
import Replica
import Store
import Sync
import Testing
import Wire

/// Repair over HTTP: a node's file that was changed, and a hub's, are mended, and the report is shown.
@Suite(.timeLimit(.minutes(3))) struct RepairTests {
    private func execute(_ sql: String, on replica: OpenReplica) throws {
        let queue = try DatabaseQueue(path: replica.store.path)
        try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
        try queue.close()
    }

    @Test func `a node whose file was changed mends it in a sync over HTTP`() async throws {
        let alliance = try await TestAlliance()
        let node = try await alliance.join("a")
        for number in 0..<40 { try node.addBase("基地 \(number)") }
        #expect(await SyncDriver(node).run().name == "proved")
        #expect(try node.statusJSON()["lastRepair"] == .null)
        try execute("UPDATE base SET note = 'by hand' WHERE name = '基地 7'", on: node)
        try execute("DELETE FROM base WHERE name = '基地 9'", on: node)
        #expect(try !node.verify(deep: true).isClean)
        #expect(await SyncDriver(node).run().name == "proved")
        #expect(try node.verify(deep: true).isClean && node.alarms().isEmpty)
        #expect(try node.bases().count == 40)
        let repair = try #require(try node.statusJSON()["lastRepair"])
        #expect(repair["outcomes"]?["segments"] == .number(2))
        guard case .number(let received)? = repair["received"] else { return #expect(Bool(false), "no figures") }
        #expect(received > 0)
    }

    @Test func `a hub whose file was changed is mended by its operator, or by a node that finds out`() async throws {
        let alliance = try await TestAlliance()
        let node = try await alliance.join("a")
        for number in 0..<5 { try node.addBase("基地 \(number)") }
        #expect(await SyncDriver(node).run().name == "proved")
        try execute("UPDATE base SET note = 'by hand' WHERE name = '基地 1'", on: alliance.hub)
        #expect(try alliance.hub.repairHub().count(.segments) == 1)
        #expect(try alliance.hub.verify(deep: true).isClean)
        try execute("DELETE FROM base WHERE name = '基地 2'", on: alliance.hub)
        #expect(await SyncDriver(node).run(repairs: true).name == "proved")
        #expect(try alliance.hub.verify(deep: true).isClean && alliance.hub.bases() == node.bases())
        #expect(throws: CommandError.self) { try node.repairHub() }
    }

    @Test func `a request that is no repair is refused`() async throws {
        let alliance = try await TestAlliance()
        let node = try await alliance.join("a")
        #expect(await SyncDriver(node).run().name == "proved")
        let answer = try await SyncDriver(node).hub.call("POST", "/sync/v1/repair", body: [1, 2, 3])
        #expect(try answer.status == 400 && Refusal(bytes: answer.body).code == .malformed)
    }
}
