import Alliance
import CRDT
import Foundation
import Logging
import Node
import Replica
import Serving
import Store
import Sync
import Testing
import Transport
import Wire

/// The sync in the background of a node that serves.
@Suite(.timeLimit(.minutes(3))) struct SyncJobTests {
    @Test func `another node's commit arrives without polling`() async throws {
        let alliance = try await TestAlliance()
        let (writer, reader) = (try await alliance.join("a"), try await alliance.join("b", "乙校"))
        let serving = try await TestNode(reader, of: alliance)
        let driver = SyncDriver(writer)
        _ = await driver.run()
        try await eventually("a proof") { try reader.status().provedAt > 0 }
        let base = try writer.addBase("基地")
        _ = await driver.run()
        try await eventually("the base") { try reader.bases() == ["基地"] }
        var latencies: [Duration] = []
        let clock = ContinuousClock()
        for round in 0..<9 {
            try writer.set(base, "note=第 \(round) 次")
            let started = clock.now
            #expect(await driver.run().name == "proved")
            let rev = try writer.state().cursor.rev
            try await eventually("rev \(rev)") { try reader.state().cursor.rev >= rev }
            latencies.append(clock.now - started)
        }
        latencies.sort()
        print("commit to merge at the other node: median \(latencies[4]), most \(latencies[8])")
        // The timer alone would take a minute; how fast it is, `jilian bench-sessions` measures.
        #expect(latencies[4] < .seconds(20))
        await serving.server.stop()
    }

    @Test func `a write of another process at the node is sent without waiting for the timer`() async throws {
        let alliance = try await TestAlliance()
        let node = try await alliance.join("a")
        let serving = try await TestNode(node, of: alliance)
        try await eventually("a proof") { try node.status().provedAt > 0 }
        let elsewhere = try OpenReplica.open(node.folder)
        var latencies: [Duration] = []
        for round in 0..<5 {
            let started = ContinuousClock.now
            try elsewhere.addBase("基地 \(round)")
            try await eventually("the base at the hub") { try alliance.hub.bases().count == round + 1 }
            latencies.append(ContinuousClock.now - started)
        }
        latencies.sort()
        print("another process's write to the hub: median \(latencies[2]), most \(latencies[4])")
        #expect(latencies[2] < .seconds(20))
        await serving.server.stop()
    }

    @Test func `a write of another process at the hub reaches the node`() async throws {
        let alliance = try await TestAlliance()
        let serving = try await TestNode(alliance.join("a"), of: alliance)
        try await eventually("a proof") { try serving.replica.status().provedAt > 0 }
        let elsewhere = try alliance.hubElsewhere()
        let started = ContinuousClock.now
        try elsewhere.addBase("秘书处的基地")
        try await eventually("the base") { try serving.replica.bases() == ["秘书处的基地"] }
        print("command line at the hub to the node: \(ContinuousClock.now - started)")
        await serving.server.stop()
    }

    @Test func `with the hub down the node works on, and recovers by itself`() async throws {
        let lines = LogLines()
        let alliance = try await TestAlliance()
        let node = try await TestNode(alliance.join("a"), of: alliance, lines.logger(.notice))
        try await eventually("a proof") { try node.replica.status().provedAt > 0 }
        let port = try #require(Int(alliance.server.address.split(separator: ":").last ?? ""))
        await alliance.server.stop()
        let made = try await node.call("POST", "/api/v1/tables/base/rows", ["values": ["name": "离线时建的"]])
        #expect(made.status == 200)
        try await eventually("a failure is seen") { try node.replica.status().failingSince > 0 }
        let since = try node.replica.status().failingSince
        try await eventually("a second attempt") { lines.with("sync failed").count >= 2 }
        let status = try await node.call("GET", "/api/v1/status")
        #expect(status.json?["pending"] == 1 && status.json?["failingSince"] == JSON(since))
        #expect(status.json?["failure"]?["zh"]?.text?.contains("连不上") == true)
        var options = TestAlliance.anywhere
        options.port = port
        let again = try await TestAlliance.serve(alliance.hub, .silent, .seconds(15), options)
        try await eventually("the base at the hub") { try alliance.hub.bases() == ["离线时建的"] }
        try await eventually("no failure") {
            try node.replica.status().failingSince == 0 && node.replica.pending() == 0
        }
        #expect(try node.replica.alarms() == [])
        await node.server.stop()
        await again.stop()
    }
}
