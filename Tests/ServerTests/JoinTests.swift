import Alliance
import CRDT
import Crypto
import Foundation
import Logging
import Node
import Replica
import Store
import Sync
import Testing
import Transport
import Wire

@Suite(.timeLimit(.minutes(3))) struct JoinTests {
    private func join(
        _ alliance: TestAlliance, _ name: String, code: String, at address: String? = nil
    ) async throws -> OpenReplica {
        try await Joiner.join(
            alliance.folder.path + "/" + name, hub: address ?? alliance.server.address, code: code, name: name,
            caFile: nil,
            allowsPlainHTTP: false)
    }

    /// The refusal that `body` throws.
    private func refusal(_ body: () async throws -> Void) async -> CommandError? {
        do {
            try await body()
            return nil
        } catch { return error as? CommandError }
    }

    /// A code that has the form of one and another last character of its secret.
    private func altered(_ invitation: Invitation, hub: OpenReplica) -> String {
        var secret = invitation.secret
        secret[9] ^= 1
        return Invitation(code: invitation.code, secret: secret, hub: HubFingerprint(of: hub.key.publicKey)).description
    }

    @Test func `a node joins under a right code, however it is typed`() async throws {
        let alliance = try await TestAlliance()
        let code = try alliance.invitation().description
        let node = try await join(alliance, "a", code: code.lowercased().replacingOccurrences(of: "-", with: " "))
        let state = try node.state()
        #expect(try state.member == alliance.hub.member("甲校"))
        #expect(state.alliance == "测试联盟" && state.hubURL == alliance.server.address)
        #expect(try alliance.hub.names().members("甲校") == [state.member])
        #expect(try alliance.hub.list(alliance.hub.table("node")).count == 2)
        let mode = try FileManager.default.attributesOfItem(atPath: node.folder + "/key")[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func `a code with one wrong character is refused, and its folder can be used again`() async throws {
        let alliance = try await TestAlliance()
        let invitation = try alliance.invitation()
        let wrong = altered(invitation, hub: alliance.hub)
        let first = await refusal { _ = try await join(alliance, "a", code: wrong) }
        #expect(first?.code == "code" && first?.kind == .refused)
        #expect(alliance.folder.contents("a") == ["key"])
        let key = FileManager.default.contents(atPath: alliance.folder.path + "/a/key")
        let node = try await join(alliance, "a", code: invitation.description)
        #expect(Data(node.key.rawRepresentation) == key)
        let malformed = await refusal { _ = try await join(alliance, "b", code: "JL-12345") }
        #expect(malformed?.kind == .usage)
        #expect(!FileManager.default.fileExists(atPath: alliance.folder.path + "/b"))
    }

    @Test func `a used code is refused to another key, and answered again to the same`() async throws {
        let alliance = try await TestAlliance()
        let invitation = try alliance.invitation()
        // The answer to the first request is lost: the hub has used the code up, the node has only its key.
        let joining = try OpenReplica.beginJoin(alliance.folder.path + "/a")
        let request = JoinRequest(
            invitation: invitation, key: joining.key.publicKey, replica: joining.replica, name: "a",
            schema: Schema.current.version)
        let client = HTTPClient()
        let lost = try await client.send(
            HTTPRequest(
                method: "POST", url: alliance.server.address + "/sync/v1/join",
                headers: [("content-type", "application/x-protobuf")], body: request.bytes))
        #expect(lost.status == 200)
        let other = await refusal { _ = try await join(alliance, "b", code: invitation.description) }
        #expect(other?.code == "code")
        let node = try await join(alliance, "a", code: invitation.description)
        #expect(node.key.rawRepresentation == joining.key.rawRepresentation)
        #expect(try alliance.hub.list(alliance.hub.table("node")).count == 2)
        let report = await SyncDriver(node).run()
        #expect(report.name == "proved", "\(report)")
    }

    @Test func `a code older than its time is refused`() async throws {
        let alliance = try await TestAlliance()
        let invitation = Invitation(
            code: [1, 2, 3, 4, 5], secret: Array(repeating: 7, count: 10),
            hub: HubFingerprint(of: alliance.hub.key.publicKey))
        let member = try alliance.hub.member("甲校")
        try alliance.hub.store.write {
            try $0.setInvitation(
                InvitationRecord(
                    code: invitation.code, member: member, secret: invitation.secret, expires: World.wall - 1,
                    usedBy: nil))
        }
        let refused = await refusal { _ = try await join(alliance, "a", code: invitation.description) }
        #expect(refused?.code == "code")
        #expect(refused?.phrase.zh.contains("过期") == true)
        #expect(try alliance.hub.list(alliance.hub.table("node")).count == 1)
    }

    @Test func `the eleventh wrong code within a minute is put off`() async throws {
        let alliance = try await TestAlliance()
        let client = HTTPClient()
        let invitation = try alliance.invitation()
        func tryOnce(_ secret: [UInt8]) async throws -> HTTPResponse {
            let guess = Invitation(
                code: invitation.code, secret: secret, hub: HubFingerprint(of: alliance.hub.key.publicKey))
            let request = JoinRequest(
                invitation: guess, key: Curve25519.Signing.PrivateKey().publicKey, replica: .init(rawValue: 5),
                name: "x",
                schema: 1)
            return try await client.send(
                HTTPRequest(
                    method: "POST", url: alliance.server.address + "/sync/v1/join",
                    headers: [("content-type", "application/x-protobuf")], body: request.bytes))
        }
        for guess in 0..<10 {
            let answer = try await tryOnce(Array(repeating: UInt8(guess), count: 10))
            #expect(answer.status == 403)
        }
        let answer = try await tryOnce(invitation.secret)
        #expect(answer.status == 503)
        #expect(answer.header("retry-after") == "60")
        #expect(try Refusal(bytes: answer.body).code == .busy)
    }

    @Test func `a code of another hub is refused, and only the key stays`() async throws {
        let alliance = try await TestAlliance()
        let other = try await TestAlliance()
        let invitation = try alliance.invitation()
        // Another hub that even knows the code and its secret has not the key that the code names.
        let member = try other.hub.member("甲校")
        try other.hub.store.write {
            try $0.setInvitation(
                InvitationRecord(
                    code: invitation.code, member: member, secret: invitation.secret, expires: .max / 4, usedBy: nil))
        }
        let refused = await refusal {
            _ = try await join(alliance, "a", code: invitation.description, at: other.server.address)
        }
        #expect(refused?.code == "not-the-hub")
        #expect(alliance.folder.contents("a") == ["key"])
        let key = FileManager.default.contents(atPath: alliance.folder.path + "/a/key")
        let node = try await join(alliance, "a", code: invitation.description)
        #expect(Data(node.key.rawRepresentation) == key)
    }

    @Test(arguments: [
        "http://127.0.0.1:1/path", "http://127.0.0.1:1?x", "http://127.0.0.1:1#x", "ftp://127.0.0.1", "127.0.0.1:8420",
        "http://u@127.0.0.1:1", "http://", "",
    ])
    func `an address that is not scheme, host and port is refused in words`(address: String) async throws {
        let folder = try Folder()
        let code = Invitation(
            code: [0, 0, 0, 0, 0], secret: Array(repeating: 0, count: 10),
            hub: HubFingerprint(of: Curve25519.Signing.PrivateKey().publicKey))
        let refused = await refusal {
            _ = try await Joiner.join(
                folder.path + "/a", hub: address, code: code.description, name: "a", caFile: nil, allowsPlainHTTP: true)
        }
        #expect(refused?.kind == .usage && refused?.code == "address")
        #expect(folder.contents("") == [])
    }

    @Test(arguments: [
        "http://hub.example", "http://127.evil.example", "http://localhost.evil.example:80",
        "http://127.0.0.1.evil.example",
        "http://10.0.0.1:8420", "HTTP://hub.example",
    ])
    func `plain HTTP beyond this machine is refused unless asked for`(address: String) async throws {
        let folder = try Folder()
        let code = Invitation(
            code: [0, 0, 0, 0, 0], secret: Array(repeating: 0, count: 10),
            hub: HubFingerprint(of: Curve25519.Signing.PrivateKey().publicKey))
        let refused = await refusal {
            _ = try await Joiner.join(
                folder.path + "/a", hub: address, code: code.description, name: "a", caFile: nil, allowsPlainHTTP: false
            )
        }
        #expect(refused?.code == "plain-http")
        #expect(folder.contents("") == [])
    }

    @Test func `a folder with foreign files is left alone, and one with a replica too`() async throws {
        let alliance = try await TestAlliance()
        let code = try alliance.invitation().description
        let path = alliance.folder.path + "/a"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        #expect(FileManager.default.createFile(atPath: path + "/letter.txt", contents: nil))
        let refused = await refusal { _ = try await join(alliance, "a", code: code) }
        #expect(refused?.code == "foreign")
        #expect(alliance.folder.contents("a") == ["letter.txt"])
        _ = try await join(alliance, "b", code: code)
        let again = try alliance.invitation().description
        await #expect(throws: StoreError.self) { _ = try await join(alliance, "b", code: again) }
    }

    @Test func `what is no hub is named as such`() async throws {
        let fake = try FakeServer(status: "200 OK", body: "<html>")
        let notFound = try FakeServer(status: "404 Not Found", body: "<html>")
        let alliance = try await TestAlliance()
        let code = try alliance.invitation().description
        let first = await refusal { _ = try await join(alliance, "a", code: code, at: fake.address) }
        #expect(first?.code == "not-the-hub")
        let second = await refusal { _ = try await join(alliance, "a", code: code, at: notFound.address) }
        #expect(second?.code == "unreachable" && second?.kind == .unreachable)
        #expect(alliance.folder.contents("a") == ["key"])
    }
}
