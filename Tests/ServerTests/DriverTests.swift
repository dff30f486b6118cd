import Alliance
import CRDT
import Foundation
import Logging
import Node
import Replica
import Store
import Sync
import Synchronization
import Testing
import Transport
import Wire

/// Runs of the sync over HTTP.
@Suite(.timeLimit(.minutes(3))) struct DriverTests {
    @Test func `a hub that has just started asks for a moment, and the run waits and ends proved`() async throws {
        let alliance = try await TestAlliance()
        let node = try await alliance.join("a")
        #expect(await SyncDriver(node).run().name == "proved")
        await alliance.server.stop()
        let again = try await TestAlliance.serve(alliance.hub)
        try node.moveHub(to: again.address)
        try node.addBase("基地")
        var request = try SignedRequest(node, "GET", "/sync/v1/snapshot")
        // Signed before the hub started, however long the machine takes until it is sent.
        request.ahead = -120
        let early = try await HTTPClient().send(request.request(to: again.address))
        #expect(early.status == 401 && early.header("retry-after") == "3")
        #expect(try Refusal(bytes: early.body).code == .clock)
        let report = await SyncDriver(node).run()
        #expect(report.name == "proved")
        #expect(try alliance.hub.bases() == ["基地"])
    }

    @Test func `thirty-two nodes at once all end proved`() async throws {
        let alliance = try await TestAlliance()
        var nodes: [OpenReplica] = []
        for number in 0..<32 { nodes.append(try await alliance.join("n\(number)", number % 2 == 0 ? "甲校" : "乙校")) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, node) in nodes.enumerated() {
                group.addTask {
                    for edit in 0..<2 {
                        try node.addBase("基地 \(number)-\(edit)")
                        _ = await SyncDriver(node).run()
                    }
                }
            }
            try await group.waitForAll()
        }
        for node in nodes {
            let report = await SyncDriver(node).run()
            #expect(report.name == "proved", "\(report.phrase?.en ?? "")")
            #expect(try node.bases().count == 64 && node.alarms() == [])
        }
        #expect(try alliance.hub.alarms() == [])
        #expect(try alliance.hub.store.deepCheck().isClean)
    }

    @Test func `runs at the same time in one folder take turns and raise no false fork`() async throws {
        let alliance = try await TestAlliance()
        let node = try await alliance.join("a")
        #expect(await SyncDriver(node).run().name == "proved")
        // As the server's job, its API and the command line do: drivers of their own, and one driver called twice.
        let elsewhere = try OpenReplica.open(node.folder)
        let drivers = [SyncDriver(node), SyncDriver(elsewhere)]
        for round in 0..<4 {
            try node.addBase("基地 \(round)")
            try await withThrowingTaskGroup(of: SyncReport.self) { group in
                for driver in drivers + drivers + drivers { group.addTask { await driver.run() } }
                for try await report in group { #expect(report.name == "proved", "\(report.phrase?.en ?? "")") }
            }
        }
        #expect(try node.alarms() == [] && alliance.hub.alarms() == [])
        #expect(try alliance.hub.bases().count == 4)
    }

    @Test func `a run waits while another process runs in the folder`() async throws {
        let alliance = try await TestAlliance()
        let node = try await alliance.join("a")
        #expect(await SyncDriver(node).run().name == "proved")
        let last = try node.store.read { $0.status.lastAttempt }
        let descriptor = open(node.folder + "/sync.lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0, "no run has kept the lock")
        let run = Task { await SyncDriver(node).run().name }
        try await Task.sleep(for: .milliseconds(500))
        #expect(try node.store.read { $0.status.lastAttempt } == last)
        close(descriptor)
        #expect(await run.value == "proved")
        #expect(try node.store.read { $0.status.lastAttempt } > last)
    }

    @Test func `a write to another member's row is struck out and lands in its author's inbox`() async throws {
        let alliance = try await TestAlliance()
        let (victim, faulty) = (try await alliance.join("a"), try await alliance.join("b", "乙校"))
        let base = try victim.addBase("甲校的基地", ["note=原样"])
        #expect(await SyncDriver(victim).run().name == "proved")
        #expect(await SyncDriver(faulty).run().name == "proved")
        // What no command of ours writes, a faulty program may cut.
        try faulty.store.write { transaction in
            let state = transaction.state
            let time = transaction.state.clock.next(wall: World.wall)
            let stamp = Stamp(time: time, replica: state.replica)
            let change = RowState(
                key: base, presence: nil, cells: [Cell(column: ColumnID(7), value: .text("乱写"), stamp: stamp)])
            let segment = try Segment.cut(
                [PendingTransaction(time: time, seen: state.cursor, changes: [(audience: .alliance, rows: [change])])],
                at: Segment.Place(
                    replica: state.replica, last: state.own, standsOn: nil, schema: transaction.schema.version),
                key: faulty.key)
            try transaction.save(segment)
            transaction.state.own = segment.head
        }
        #expect(await SyncDriver(faulty).run().name == "proved")
        let rejected = try faulty.rejected()
        #expect(rejected.count == 1)
        #expect(rejected.first?.transaction.offences.contains { $0.key == base } == true)
        #expect(await SyncDriver(victim).run().name == "proved")
        for replica in [victim, faulty, alliance.hub] {
            let row = try replica.find(base.id.description, in: replica.table("base"))
            #expect(row[ColumnID(7)]?.value == .text("原样"))
        }
        #expect(try victim.rejected().isEmpty)
        try faulty.dropRejected(try #require(rejected.first?.id))
        #expect(try faulty.rejected().isEmpty)
    }

    @Test func `an answer that the hub has not signed is not believed`() async throws {
        let alliance = try await TestAlliance()
        let node = try await alliance.join("a")
        try node.addBase("基地")
        let state = try node.state()
        // A whole and plausible answer, and a plausible refusal, of a server without the hub's key.
        let answer = ExchangeResponse(
            hubTime: World.wall + 9_000_000, head: .init(epoch: state.cursor.epoch, rev: 1_000), journal: .zero,
            floor: 900,
            backedUp: 1_000, receipt: nil, entries: [], digests: [], notYet: nil, snapshot: true, token: state.token)
        let fork = Refusal(.fork, Phrase("分叉", "fork"), hubTime: World.wall)
        for (status, body) in [("200 OK", answer.bytes), ("409 Conflict", fork.bytes)] {
            var bytes = Array("HTTP/1.1 \(status)\r\nContent-Type: application/x-protobuf\r\n".utf8)
            bytes += Array("Content-Length: \(body.count)\r\nConnection: close\r\n\r\n".utf8) + body
            let fake = try FakeServer(bytes)
            try node.moveHub(to: fake.address)
            let report = await SyncDriver(node).run()
            #expect(report.unreachable?.zh.contains("不是本联盟的中心") == true, "\(report.name)")
        }
        let after = try node.state()
        #expect(
            after.cursor == state.cursor && after.hubOffset == state.hubOffset && after.floor == 0
                && after.backedUp == 0)
        #expect(try node.alarms() == [] && node.pending() == 1)
        #expect(try node.status().lastSuccess == 0)
        try node.moveHub(to: alliance.server.address)
        #expect(await SyncDriver(node).run().name == "proved")
    }

    @Test func `a proxy that answers for the hub is told from it, and its wait is heeded`() async throws {
        let alliance = try await TestAlliance()
        let node = try await alliance.join("a")
        let proxy = try FakeServer(
            status: "502 Bad Gateway", headers: "Retry-After: 7\r\nContent-Type: text/html\r\n", body: "<h1>502</h1>")
        try node.moveHub(to: proxy.address)
        let report = await SyncDriver(node).run()
        #expect(report.unreachable?.en.contains("502") == true && report.retryAfter == 7_000)
        #expect(report.rev == 0 && report.json["failure"]?["zh"]?.text?.isEmpty == false)
    }

    @Test func `since when it fails is kept from the first failure and cleared by a success`() async throws {
        let alliance = try await TestAlliance()
        let node = try await alliance.join("a")
        try node.moveHub(to: "http://127.0.0.1:1")
        let driver = SyncDriver(node)
        #expect(await driver.run().name == "unreachable")
        let since = try node.status().failingSince
        #expect(since > 0)
        let first = try node.status().failureZh
        try await eventually("a later millisecond") { World.wall > since + 2 }
        let proxy = try FakeServer(status: "502 Bad Gateway", body: "")
        try node.moveHub(to: proxy.address)
        #expect(await driver.run().name == "unreachable")
        #expect(try node.status().failingSince == since)
        #expect(try node.status().failureZh != first)
        try node.moveHub(to: alliance.server.address)
        #expect(await driver.run().name == "proved")
        let status = try node.status()
        #expect(
            status.failingSince == 0 && status.failureZh.isEmpty && status.failureEn.isEmpty && status.lastSuccess > 0)
    }

    @Test func `since when it fails is kept while the hub takes only part`() async throws {
        let alliance = try await TestAlliance()
        let node = try await alliance.join("a")
        #expect(await SyncDriver(node).run().name == "proved")
        // A segment of a schema that the hub does not know is left where it is, again and again.
        try node.store.write { transaction in
            let state = transaction.state
            let time = transaction.state.clock.next(wall: World.wall)
            let key = RowKey(table: .base, owner: state.member, id: RowID(rawValue: 77))
            let change = RowState(
                key: key, presence: Presence(length: 1, stamp: Stamp(time: time, replica: state.replica)), cells: [])
            let segment = try Segment.cut(
                [PendingTransaction(time: time, seen: state.cursor, changes: [(audience: .alliance, rows: [change])])],
                at: Segment.Place(replica: state.replica, last: state.own, standsOn: nil, schema: 99), key: node.key)
            try transaction.save(segment)
            transaction.state.own = segment.head
        }
        let driver = SyncDriver(node)
        #expect(await driver.run().refusal?.code == .schema)
        let since = try node.status().failingSince
        #expect(since > 0)
        try await eventually("a later millisecond") { World.wall > since + 2 }
        #expect(await driver.run().refusal?.code == .schema)
        #expect(try node.status().failingSince == since)
    }

    @Test func `a run that is told to stop has not failed`() async throws {
        let alliance = try await TestAlliance()
        let node = try await alliance.join("a")
        #expect(await SyncDriver(node).run().name == "proved")
        let lock = try await HeldLock(alliance.hubElsewhere())
        let attempt = try node.status().lastAttempt
        let run = Task { await SyncDriver(node).run() }
        try await eventually("the request is under way") { try node.status().lastAttempt > attempt }
        run.cancel()
        #expect(await run.value.name == "unreachable")
        try await lock.end()
        #expect(try node.status().failingSince == 0)
    }
}
