import Alliance
import CRDT
import Crypto
import Foundation
@testable import Hub
@testable import Node
import Replica
import Store
import Sync
import Testing
import Transport
import Wire

/// Keys and nodes that change, over HTTP and files.
@Suite(.timeLimit(.minutes(3))) struct IdentityTests {
    private func reopened(_ replica: OpenReplica) throws -> OpenReplica { try OpenReplica.open(replica.folder) }

    @Test func `a second node is turned away everywhere until the first confirms it`() async throws {
        let alliance = try await TestAlliance()
        let client = HTTPClient()
        let first = try await alliance.join("a")
        let second = try await alliance.join("b", confirmed: false)
        try second.addBase("等待")
        let report = await SyncDriver(second).run()
        #expect(report.refusal?.code == .unconfirmed)
        let id = try second.state().node
        #expect(report.phrase?.zh.contains(id.description) == true)
        for path in ["/sync/v1/snapshot", "/sync/v1/snapshot/1/0", "/sync/v1/events"] {
            let answer = try await alliance.send(try SignedRequest(second, "GET", path), by: client)
            #expect(answer.status == 403 && answer.code == .unconfirmed && answer.isSigned, "\(path)")
        }
        _ = await SyncDriver(first).run()
        guard case .array(let waiting)? = try first.statusJSON()["waitingNodes"] else { return #expect(Bool(false)) }
        #expect(waiting.map { $0["id"] } == [JSON(id)] && waiting.map { $0["name"] } == ["b"])
        _ = try first.confirm("b")
        #expect(throws: CommandError.self) { _ = try first.confirm("b") }
        _ = await SyncDriver(first).run()
        #expect(await SyncDriver(second).run().name == "proved")
        #expect(await SyncDriver(first).run().name == "proved")
        #expect(try first.bases() == ["等待"] && first.statusJSON()["waitingNodes"] == [])
    }

    @Test func `a node changes its key`() async throws {
        let alliance = try await TestAlliance()
        let (node, other) = (try await alliance.join("a"), try await alliance.join("b", "乙校"))
        let base = try node.addBase("旧钥")
        let report = try await SyncDriver(node).rotateKey()
        #expect(report.name == "proved")
        let fresh = try reopened(node)
        #expect(fresh.key.rawRepresentation != node.key.rawRepresentation)
        #expect(try fresh.formerKeys().isEmpty, "the hub knows the new one")
        try fresh.set(base, "note=新钥")
        #expect(await SyncDriver(fresh).run().name == "proved")
        #expect(await SyncDriver(other).run().name == "proved")
        #expect(try alliance.hub.store.deepCheck().isClean && alliance.hub.alarms() == [])
        // Who has the old key is nobody now.
        #expect(await SyncDriver(node).run().refusal?.code == .signature)
    }

    @Test func `a change of keys whose answer was lost is brought to its end`() async throws {
        let alliance = try await TestAlliance()
        let node = try await alliance.join("a")
        #expect(await SyncDriver(node).run().name == "proved")
        // Signed and cut, and the hub not heard since.
        try node.rotateKey()
        var fresh = try reopened(node)
        #expect(try fresh.formerKeys().count == 1)
        try fresh.addBase("之后")
        #expect(await SyncDriver(fresh).run().name == "proved")
        #expect(try fresh.formerKeys().isEmpty && alliance.hub.bases() == ["之后"])

        // Cut off between the commit and the change of files: the key that the register names is found.
        let (current, next) = (fresh.folder + "/key", fresh.folder + "/key.next")
        try fresh.rotateKey()
        try FileManager.default.moveItem(atPath: current, toPath: next)
        try FileManager.default.moveItem(atPath: fresh.folder + "/former-keys/1", toPath: current)
        fresh = try reopened(fresh)
        #expect(!FileManager.default.fileExists(atPath: next))
        #expect(await SyncDriver(fresh).run().name == "proved")

        // Cut off before its commit: the next key is not used.
        let key = fresh.key.rawRepresentation
        try Data(Curve25519.Signing.PrivateKey().rawRepresentation).write(to: URL(filePath: next))
        fresh = try reopened(fresh)
        #expect(fresh.key.rawRepresentation == key)
        #expect(await SyncDriver(fresh).run().name == "proved")
        #expect(try alliance.hub.alarms() == [])
    }

    @Test func `the hub changes its key, and nodes that were away still find it`() async throws {
        let alliance = try await TestAlliance()
        let (node, late) = (try await alliance.join("a"), try await alliance.join("b", "乙校"))
        for each in [node, late] { #expect(await SyncDriver(each).run().name == "proved") }
        await alliance.server.stop()
        try alliance.hub.rotateKey()
        let once = try reopened(alliance.hub)
        try once.rotateKey()
        let hub = try reopened(alliance.hub)
        #expect(try hub.formerKeys().count == 2)
        let server = try await TestAlliance.serve(hub)
        try late.addBase("在外写的")
        for each in [node, late, node] {
            try each.moveHub(to: server.address)
            let report = await SyncDriver(each).run()
            #expect(report.name == "proved", "\(report.phrase?.en ?? "")")
            #expect(try each.state().hubKey == [UInt8](hub.key.publicKey.rawRepresentation))
        }
        #expect(try node.bases() == ["在外写的"])
        // One who joins now knows only the new key, and can't verify what the old one signed.
        let fresh = try await Joiner.join(
            "\(alliance.folder.path)/c", hub: server.address,
            code: hub.invite(hub.member("甲校")).invitation.description, name: "c", caFile: nil, allowsPlainHTTP: false)
        _ = await SyncDriver(node).run()
        _ = try node.confirm("c")
        _ = await SyncDriver(node).run()
        let report = await SyncDriver(fresh).run()
        #expect(report.name == "proved", "\(report.phrase?.en ?? "")")
        #expect(try fresh.bases() == ["在外写的"])
        await server.stop()
    }

    @Test func `a member leaves, and may come back`() async throws {
        let alliance = try await TestAlliance()
        let (leaver, other) = (try await alliance.join("a"), try await alliance.join("b", "乙校"))
        try leaver.addBase("甲校基地")
        for each in [leaver, other] { #expect(await SyncDriver(each).run().name == "proved") }
        let member = try leaver.state().member
        let open = try alliance.invitation()
        #expect(try alliance.hub.leave(member) == [leaver.state().node])
        #expect(throws: CommandError.self) { _ = try alliance.hub.leave(member) }
        #expect(throws: CommandError.self) { _ = try alliance.hub.invite(member) }
        #expect(await SyncDriver(leaver).run().refusal?.code == .revoked)
        #expect(try leaver.bases() == ["甲校基地"])
        #expect(await SyncDriver(other).run().name == "proved")
        #expect(try other.bases() == ["甲校基地"], "its rows stay as history")
        // A code that was given out before is worth nothing.
        await #expect(throws: CommandError.self) {
            try await Joiner.join(
                "\(alliance.folder.path)/late", hub: alliance.server.address, code: open.description, name: "late",
                caFile: nil, allowsPlainHTTP: false)
        }
        let members = try alliance.hub.table("member")
        _ = try alliance.hub.edit(alliance.hub.find("甲校", in: members), of: members, ["left="])
        let back = try await alliance.join("back", confirmed: false)
        #expect(await SyncDriver(back).run().name == "proved")
        #expect(try back.bases() == ["甲校基地"])
    }
}
