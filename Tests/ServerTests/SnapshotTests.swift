import Alliance
import CRDT
import Foundation
import Logging
import Node
import Replica
import Store
import Sync
import Testing
import Transport
import Wire

/// How a late joiner gets what is there.
@Suite(.timeLimit(.minutes(3))) struct SnapshotTests {
    /// An alliance whose journal is longer than what a new node is given entry by entry.
    private func grown() async throws -> (alliance: TestAlliance, node: OpenReplica) {
        let alliance = try await TestAlliance()
        let node = try await alliance.join("a")
        for number in 0..<70 { try alliance.hub.addBase("基地 \(number)") }
        try node.addBase("甲校的基地")
        let table = try node.table("teacher")
        _ = try node.add(
            node.values(["staff_no=1", "name=示例·甲"], in: table), to: table,
            consent: node.consentStatement(given: "2026-09-01", recordedBy: "test"))
        let contacts = try node.table("teacher_contact")
        _ = try node.add(node.values(["teacher=1", "phone=10000000001"], in: contacts), to: contacts)
        #expect(await SyncDriver(node).run().name == "proved")
        // Not the one that this node came through itself, which is older than its rows.
        try alliance.hub.store.write { try $0.setSnapshot(nil) }
        return (alliance, node)
    }

    private func manifest(_ alliance: TestAlliance, _ node: OpenReplica, _ client: HTTPClient) async throws
        -> SnapshotManifest
    {
        let answer = try await alliance.send(try SignedRequest(node, "GET", "/sync/v1/snapshot"), by: client)
        #expect(answer.status == 200 && answer.isSigned)
        return try SnapshotManifest(bytes: answer.response.body)
    }

    @Test func `a reader is given the parts that it may read and no others`() async throws {
        let (alliance, node) = try await grown()
        let client = HTTPClient()
        let other = try await alliance.join("b", "乙校")
        for reader in [node, other] {
            let member = try reader.state().member
            let manifest = try await manifest(alliance, reader, client)
            #expect(manifest.parts.allSatisfy { $0.audience.includes(member) })
            for index in manifest.parts.indices {
                let path = "/sync/v1/snapshot/\(manifest.position.rev)/\(index)"
                let part = try await alliance.send(try SignedRequest(reader, "GET", path), by: client)
                #expect(part.status == 200 && part.isSigned)
                var rows = try manifest.rows(part: index, frame: part.response.body)
                #expect(UInt64(try rows.rest().count) == manifest.parts[index].rows)
            }
        }
        let mine = try await manifest(alliance, node, client).parts.count
        let others = try await manifest(alliance, other, client).parts.count
        #expect(mine == others + 1)
    }

    @Test func `a part that is not there is not found`() async throws {
        let (alliance, node) = try await grown()
        let client = HTTPClient()
        let manifest = try await manifest(alliance, node, client)
        let rev = manifest.position.rev
        let paths = [
            "\(rev)/\(manifest.parts.count)", "\(rev)/-1", "\(rev - 1)/0", "\(rev + 1)/0", "x/0", "\(rev)/x", "0/0",
        ]
        for path in paths {
            let answer = try await alliance.send(
                try SignedRequest(node, "GET", "/sync/v1/snapshot/\(path)"), by: client)
            #expect(answer.status == 404 && answer.code == .notFound && answer.isSigned, "\(path): \(answer.status)")
        }
    }

    @Test func `a late joiner comes through a snapshot and ends proved`() async throws {
        let (alliance, node) = try await grown()
        let late = try await alliance.join("late", "乙校")
        let report = await SyncDriver(late).run()
        #expect(report.name == "proved" && report.progress.received < 10, "\(report.name), \(report.progress)")
        #expect(try late.bases() == node.bases())
        #expect(try late.list(late.table("teacher_contact")).isEmpty)
        #expect(try late.store.deepCheck().isClean)
        try late.addBase("乙校的基地")
        #expect(await SyncDriver(late).run().name == "proved")
    }

    @Test func `a snapshot that was cut off goes on where it was`() async throws {
        let (alliance, _) = try await grown()
        let client = HTTPClient()
        let late = try await alliance.join("late")
        // The manifest and one part came; then the line broke.
        let manifest = try await manifest(alliance, late, client)
        try #require(manifest.parts.count > 1)
        let path = "/sync/v1/snapshot/\(manifest.position.rev)/0"
        let part = try await alliance.send(try SignedRequest(late, "GET", path), by: client)
        try late.store.write { transaction in
            try transaction.setSnapshot(manifest)
            try transaction.setSnapshotPart(0, part.response.body)
        }
        let parts = manifest.parts.count
        let report = await SyncDriver(late).run()
        #expect(
            report.name == "proved" && report.progress.exchanges <= 3,
            "\(report.name), \(parts) parts, \(report.progress)")
        #expect(try late.store.read { try $0.snapshot() } == nil)
        #expect(try late.store.deepCheck().isClean)
    }

    @Test func `a snapshot that has been replaced is begun anew within the run`() async throws {
        let (alliance, node) = try await grown()
        let client = HTTPClient()
        let late = try await alliance.join("late")
        let old = try await manifest(alliance, late, client)
        try late.store.write { try $0.setSnapshot(old) }
        // The hub makes a new one once the journal has moved on far enough.
        try alliance.hub.store.write { try $0.setSnapshot(nil) }
        try alliance.hub.addBase("新基地")
        #expect(try await manifest(alliance, node, client).position.rev > old.position.rev)
        let report = await SyncDriver(late).run()
        #expect(report.name == "proved", "\(report.phrase?.en ?? "")")
        #expect(try late.bases() == alliance.hub.bases())
    }
}
