import Accounts
import Foundation
import Replica
import Synchronization
import Testing

/// Accounts, links, sessions and tokens of one console.
@Suite struct AccountTests {
    private final class Time: Sendable {
        private let now = Mutex<UInt64>(1_800_000_000_000)
        var value: UInt64 { now.withLock { $0 } }
        func advance(_ milliseconds: UInt64) { now.withLock { $0 += milliseconds } }
    }

    private let time = Time()
    private let folder: String
    private let file: AccountFile

    init() throws {
        folder = NSTemporaryDirectory() + "jilian-accounts-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        file = try AccountFile(folder, roles: Role.school, rounds: 16) { [time] in time.value }
    }

    private func administrator() throws -> Account {
        let link = try #require(try file.firstLink())
        return try file.use(link.text, name: "admin", display: "管理员", password: "correct horse")
    }

    private func code(_ body: () throws -> some Any) -> String? {
        do {
            _ = try body()
            return nil
        } catch { return CommandError(error).code }
    }

    @Test func `the first account is made by a link, once`() throws {
        let old = try #require(try file.firstLink())
        let link = try #require(try file.firstLink())
        #expect(code { try file.purpose(of: old.text) } == "link")
        #expect(try file.purpose(of: link.text) == .make(.administrator))
        let account = try file.use(link.text, name: "admin", display: "", password: "correct horse")
        #expect(account.role == .administrator && account.display == "admin")
        #expect(code { try file.use(link.text, name: "b", display: "", password: "correct horse") } == "link")
        #expect(try file.firstLink() == nil)
        let permissions = try FileManager.default.attributesOfItem(atPath: folder + "/accounts.sqlite")[
            .posixPermissions]
        #expect(permissions as? Int == 0o600)
    }

    @Test func `a link ends after a day`() throws {
        let link = try #require(try file.firstLink())
        time.advance(24 * 3_600_000 + 1)
        #expect(code { try file.purpose(of: link.text) } == "link")
    }

    @Test(arguments: [
        ("", "correct horse", "name"), ("a b", "correct horse", "name"), ("a", "short", "password"),
        ("samesame", "SameSame", "password"),
    ])
    func `names and passwords must be fit`(name: String, password: String, expected: String) throws {
        let link = try #require(try file.firstLink())
        #expect(code { try file.use(link.text, name: name, display: "", password: password) } == expected)
        #expect(try file.purpose(of: link.text) == .make(.administrator))
    }

    @Test func `a session knows its account until it ends`() throws {
        let account = try administrator()
        let (secret, _) = try file.signIn(name: "ADMIN", password: "correct horse", program: "Firefox/1")
        #expect(try file.session(secret.text)?.account == account)
        #expect(try file.session(String(secret.text.reversed())) == nil)
        time.advance(11 * 3_600_000)
        #expect(try file.session(secret.text) != nil)
        time.advance(11 * 3_600_000)
        #expect(try file.session(secret.text) != nil, "a request keeps it alive")
        time.advance(12 * 3_600_000 + 1)
        #expect(try file.session(secret.text) == nil)
        let (other, _) = try file.signIn(name: "admin", password: "correct horse", program: "")
        for _ in 0..<17 {
            time.advance(10 * 3_600_000)
            _ = try file.session(other.text)
        }
        #expect(try file.session(other.text) == nil, "no session is older than a week")
        let (third, _) = try file.signIn(name: "admin", password: "correct horse", program: "")
        try file.end(third.text)
        #expect(try file.session(third.text) == nil)
    }

    @Test func `wrong passwords lock out for longer and longer, also for names that nobody has`() throws {
        _ = try administrator()
        for name in ["admin", "nobody"] {
            for _ in 1...5 {
                #expect(code { try file.signIn(name: name, password: "wrong", program: "") } == "sign-in")
            }
            #expect(code { try file.signIn(name: name, password: "correct horse", program: "") } == "locked")
            time.advance(30_001)
            #expect(code { try file.signIn(name: name, password: "wrong", program: "") } == "sign-in")
            time.advance(30_001)
            #expect(code { try file.signIn(name: name, password: "wrong", program: "") } == "locked")
            time.advance(30_000)
        }
        _ = try file.signIn(name: "admin", password: "correct horse", program: "")
        #expect(code { try file.signIn(name: "admin", password: "wrong", program: "") } == "sign-in")
        #expect(code { try file.signIn(name: "admin", password: "correct horse", program: "") } == nil)
    }

    @Test func `a new password by a link ends every session`() throws {
        _ = try administrator()
        let (secret, _) = try file.signIn(name: "admin", password: "correct horse", program: "")
        let link = try file.resetLink(for: "admin", by: "")
        #expect(try file.session(secret.text) != nil)
        _ = try file.use(link.text, name: "ignored", display: "", password: "another horse")
        #expect(try file.session(secret.text) == nil)
        #expect(code { try file.signIn(name: "admin", password: "correct horse", program: "") } == "sign-in")
        _ = try file.signIn(name: "admin", password: "another horse", program: "")
    }

    @Test func `somebody who manages accounts is always left`() throws {
        _ = try administrator()
        #expect(code { try file.close("admin", by: "admin") } == "last-chief")
        #expect(code { try file.setRole(.viewer, of: "admin", by: "admin") } == "last-chief")
        #expect(code { try file.setRole(.operator, of: "admin", by: "admin") } == "role")
        let link = try file.invite(.administrator, by: "admin")
        _ = try file.use(link.text, name: "second", display: "", password: "correct horse")
        let (secret, _) = try file.signIn(name: "admin", password: "correct horse", program: "")
        try file.setRole(.viewer, of: "admin", by: "second")
        #expect(try file.session(secret.text)?.account.role == .viewer, "the new role holds at once")
        try file.close("admin", by: "second")
        #expect(try file.session(secret.text) == nil)
        #expect(code { try file.signIn(name: "admin", password: "correct horse", program: "") } == "sign-in")
        #expect(code { try file.close("second", by: "second") } == "last-chief")
        #expect(try file.audit(count: 3).map(\.act) == ["sign-in-failed", "close", "role"])
    }

    @Test func `a token works until it is revoked`() throws {
        let secret = try file.makeToken("教务系统", scope: .read, by: "admin")
        #expect(try file.scope(of: secret.text) == .read)
        let token = try #require(try file.tokens().first)
        try file.revokeToken(token.id, by: "admin")
        #expect(try file.scope(of: secret.text) == nil)
        #expect(code { try file.revokeToken(token.id, by: "admin") } == "absent")
    }

    @Test func `no secret stands in the file`() throws {
        _ = try administrator()
        let (secret, _) = try file.signIn(name: "admin", password: "correct horse", program: "")
        let token = try file.makeToken("x", scope: .write, by: "admin")
        let bytes = try Data(contentsOf: URL(fileURLWithPath: folder + "/accounts.sqlite"))
        for word in ["correct horse", secret.text, token.text] { #expect(bytes.range(of: Data(word.utf8)) == nil) }
    }

    @Test func `whose a booking is stays with who was noted first`() throws {
        let first = try administrator()
        let link = try file.invite(.teacher, by: "admin")
        let second = try file.use(link.text, name: "t", display: "", password: "correct horse")
        try file.note(booking: "b1", of: second.id)
        try file.note(booking: "b1", of: first.id)
        try file.note(booking: "b2", of: first.id)
        #expect(try file.bookings(of: second.id) == ["b1"])
        #expect(try file.bookings(of: first.id) == ["b2"])
    }

    @Test func `a feed's address ends when it is revoked, changed, or its account is closed`() throws {
        let first = try administrator()
        let link = try file.invite(.teacher, by: "admin")
        let other = try file.use(link.text, name: "t", display: "", password: "correct horse")
        let secret = try file.makeFeed("手机", of: other)
        #expect(try file.account(ofFeed: secret.text)?.name == "t")
        let feed = try #require(try file.feeds(of: other.id).first)
        #expect(feed.name == "手机" && feed.seen > 0)
        #expect(code { try file.revokeFeed(feed.id, of: first) } == "absent", "another's")
        #expect(code { try file.rotateFeed(feed.id, of: first) } == "absent", "another's")
        let next = try file.rotateFeed(feed.id, of: other)
        #expect(try file.account(ofFeed: secret.text) == nil)
        #expect(try file.account(ofFeed: next.text)?.name == "t")
        try file.close("t", by: "admin")
        #expect(try file.account(ofFeed: next.text) == nil)
        let own = try file.makeFeed("电脑", of: first)
        try file.revokeFeed(try #require(try file.feeds(of: first.id).first).id, of: first)
        #expect(try file.account(ofFeed: own.text) == nil)
        #expect(code { try file.makeFeed(" ", of: first) } == "name")
        for number in 0..<AccountFile.feedsMax { _ = try file.makeFeed("\(number)", of: first) }
        #expect(code { try file.makeFeed("x", of: first) } == "too-many")
    }
}
