import Alliance
import CRDT
import Foundation
@testable import Hub
@testable import Node
import Replica
import Store
import Sync
import Testing
import Wire

/// Backups and what becomes of what they are restored to, over HTTP and files.
@Suite(.timeLimit(.minutes(3))) struct BackupTests {
    private static let passphrase = "口令 of the test"

    private func refusal(_ body: () throws -> Void) -> String? {
        do { try body() } catch { return CommandError(error).code }
        return nil
    }

    @Test func `a restored node gets its lost edits back and sends its own`() async throws {
        let alliance = try await TestAlliance()
        let (node, other) = (try await alliance.join("a"), try await alliance.join("b", "乙校"))
        try node.addBase("备份前")
        _ = await SyncDriver(node).run()
        try node.addBase("未送")
        let file = node.folder + ".backup"
        let covers = try node.backUp(to: file, passphrase: Self.passphrase)
        #expect(covers["pending"] == .number(1) && covers["role"] == .string("node"))
        try node.addBase("备份后")
        _ = await SyncDriver(node).run()

        let restored = try OpenReplica.restore(
            file, to: node.folder + ".restored", role: .node, passphrase: Self.passphrase)
        #expect(try restored.bases() == ["备份前", "未送"] && restored.state().isEnding)
        try restored.addBase("恢复后")
        let report = await SyncDriver(restored).run()
        #expect(report.name == "proved", "\(String(describing: report.phrase)) \(report.outcome)")
        let all = ["备份前", "备份后", "恢复后", "未送"]
        #expect(try restored.bases() == all && restored.state().replica != node.state().replica)
        #expect(await SyncDriver(other).run().name == "proved")
        #expect(try other.bases() == all && alliance.hub.alarms() == [])
        // The folder that it was restored from is a copy now.
        #expect(await SyncDriver(node).run().refusal?.code == .fork)
        let nodes = try alliance.hub.nodesJSON()
        guard case .array(let list) = nodes, let mine = list.first(where: { $0["name"] == .string("a") }) else {
            return #expect(Bool(false), "\(nodes)")
        }
        #expect(try mine["endedReplicas"] == [JSON(node.state().replica)])
        #expect(try mine["replicas"] == [JSON(restored.state().replica)])
        guard case .array(let copies)? = mine["copies"], copies.count == 1 else { return #expect(Bool(false)) }
        try alliance.hub.decide("a", "all", .goesOn)
        try alliance.hub.store.write { _ in }
        #expect(await SyncDriver(node).run().name == "proved")
        #expect(try node.bases() == all && alliance.hub.alarms() == [])
    }

    @Test func `a backup that is cut, changed or foreign is refused, and so is a wrong passphrase`() async throws {
        let alliance = try await TestAlliance()
        let node = try await alliance.join("a")
        let file = node.folder + ".backup"
        _ = try node.backUp(to: file, passphrase: Self.passphrase)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
        func restore(_ data: Data, _ passphrase: String = Self.passphrase, _ role: ReplicaState.Role = .node) -> String?
        {
            let path = node.folder + ".changed"
            let target = node.folder + ".target"
            try? data.write(to: URL(fileURLWithPath: path))
            let code = refusal { _ = try OpenReplica.restore(path, to: target, role: role, passphrase: passphrase) }
            if code != nil {
                #expect((try? FileManager.default.contentsOfDirectory(atPath: target))?.isEmpty ?? true)
            }
            return code
        }
        for cut in [0, 7, 8, 11, 100, 5_000, bytes.count / 2, bytes.count - 33, bytes.count - 1] {
            #expect(restore(bytes.prefix(cut)) == (cut < 8 ? "foreign" : "damaged"), "cut at \(cut)")
        }
        for place in stride(from: 0, to: bytes.count, by: bytes.count / 40) {
            var flipped = bytes
            flipped[place] ^= 0x10
            #expect(restore(flipped) == (place < 8 ? "foreign" : "damaged"), "flipped at \(place)")
        }
        #expect(restore(bytes + [0]) == "damaged")
        #expect(restore(bytes, "another passphrase") == "passphrase")
        #expect(restore(bytes, Self.passphrase, .hub) == "role")
        #expect(refusal { _ = try node.backUp(to: file, passphrase: Self.passphrase) } == "exists")
        #expect(refusal { _ = try node.backUp(to: file + "2", passphrase: "short") } == "passphrase")
        #expect(refusal { _ = try node.backUp(to: "/nowhere/file", passphrase: Self.passphrase) } != nil)
        #expect(
            refusal { _ = try OpenReplica.restore(file, to: node.folder, role: .node, passphrase: Self.passphrase) }
                == "exists")
        #expect(restore(bytes) == nil)
    }

    @Test func `the hub knows which backups are kept`() async throws {
        let alliance = try await TestAlliance()
        let node = try await alliance.join("a")
        let first = try alliance.hub.state().cursor.rev
        _ = try alliance.hub.backUp(to: alliance.hub.folder + ".1", passphrase: Self.passphrase)
        try node.addBase("基地")
        _ = await SyncDriver(node).run()
        let second = try alliance.hub.state().cursor.rev
        _ = try alliance.hub.backUp(to: alliance.hub.folder + ".2", passphrase: Self.passphrase)
        #expect(try alliance.hub.backups().map(\.rev) == [first, second])
        _ = await SyncDriver(node).run()
        #expect(try node.state().backedUp == first)
        try alliance.hub.forgetBackup(try alliance.hub.backups()[0].id)
        _ = await SyncDriver(node).run()
        #expect(try node.state().backedUp == second)
        #expect(refusal { try alliance.hub.forgetBackup(99) } == "absent")
    }
}
