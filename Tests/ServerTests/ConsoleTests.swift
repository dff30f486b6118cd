import Accounts
import Alliance
import CRDT
import Foundation
@testable import Node
import Replica
import Serving
import Testing
import Transport
@testable import Web

/// The school's console: who may do what, and what stands in front of every address.
@Suite(.timeLimit(.minutes(3))) struct ConsoleTests {
    /// Written apart from the table that it is held against: a (administrator), t (teacher), v (viewer), or everybody.
    private static let expected: [String: String] = [
        "GET /": "atv", "GET /tables": "atv", "GET /tables/:table": "atv", "GET /tables/:table/export": "a",
        "GET /tables/:table/new": "a", "POST /tables/:table/new": "a", "GET /tables/:table/rows/:id": "atv",
        "GET /tables/:table/rows/:id/edit": "a", "POST /tables/:table/rows/:id/edit": "a",
        "GET /tables/:table/rows/:id/delete": "a", "POST /tables/:table/rows/:id/delete": "a",
        "GET /tables/:table/import": "a", "POST /tables/:table/import": "a", "POST /tables/:table/import/write": "a",
        "POST /tables/:table/import/undo": "a",
        "GET /persons": "a", "GET /persons/:person": "a", "GET /persons/:person/consent": "a",
        "POST /persons/:person/consent": "a", "GET /persons/:person/withdraw": "a",
        "POST /persons/:person/withdraw": "a", "GET /persons/:person/forget": "a", "POST /persons/:person/forget": "a",
        "GET /persons/:person/export": "a", "GET /persons/:person/json": "a", "POST /consents": "a",
        "GET /conflicts": "atv", "POST /conflicts/:id": "a", "GET /rejected": "atv", "POST /rejected/:id/:act": "a",
        "GET /sync": "atv", "POST /sync/now": "at", "POST /sync/bundles/export": "a", "GET /sync/bundles/:name": "a",
        "POST /sync/bundles/import": "a", "GET /sync/diagnosis": "a", "GET /backup": "a", "POST /backup": "a",
        "GET /backup/:name": "a", "GET /quotas": "atv", "POST /quotas/:plan/admit": "a",
        "POST /quotas/:plan/release": "a", "POST /quotas/:plan/cancel": "a",
        "GET /quotas/:plan": "a", "POST /quotas/:plan/register": "a", "POST /quotas/:plan/hand-over": "a",
        "GET /duplicates": "a", "GET /closures": "atv", "POST /closures": "a", "GET /allotments": "atv",
        "GET /openings": "atv", "POST /openings": "a", "POST /openings/clear": "a",
        "POST /allotments": "a", "POST /allotments/:id/back": "a", "GET /requests": "atv",
        "POST /requests/:id/approve": "a", "POST /requests/:id/decline": "a", "GET /bookings": "atv",
        "GET /find": "atv", "GET /bookings/new": "at", "POST /bookings/new": "at", "GET /bookings/series": "at",
        "POST /bookings/series": "at", "GET /bookings/:id/cancel": "at", "POST /bookings/:id/cancel": "at",
        "GET /bookings/:id/move": "at", "POST /bookings/:id/move": "at", "GET /feeds": "at", "POST /feeds": "at",
        "POST /feeds/:id/rotate": "at", "POST /feeds/:id/revoke": "at", "GET /feed/:secret": "*",
        "GET /calendar/:space": "atv", "GET /sign-in": "*", "POST /sign-in": "*", "POST /sign-out": "atv",
        "GET /link/:link": "*", "POST /link/:link": "*", "POST /preferences": "*", "GET /live": "atv",
        "GET /certificate": "*", "GET /certificate/ca.crt": "*", "GET /account": "atv",
        "POST /account/password": "atv", "POST /account/sessions/end": "atv", "GET /users": "a",
        "POST /users/invite": "a", "POST /users/:name/role": "a", "POST /users/:name/close": "a",
        "POST /users/:name/reopen": "a", "POST /users/:name/reset": "a", "POST /users/sessions/end": "a",
        "GET /programs": "a", "POST /programs": "a", "POST /programs/:id/revoke": "a", "GET /audit": "a",
    ]
    private static let letters: [Role: String] = [.administrator: "a", .teacher: "t", .viewer: "v"]

    private func console(of node: OpenReplica) throws -> Console {
        let accounts = try AccountFile(node.folder, roles: Role.school, rounds: 16)
        return try NodeConsole(
            replica: node, driver: SyncDriver(node), accounts: accounts, board: LiveBoard(), log: SyncLog(), wake: {}
        ).console(TestAlliance.anywhere)
    }

    private func served() async throws -> (node: TestNode, console: Console, secrets: [Role: String]) {
        let alliance = try await TestAlliance()
        let node = try await TestNode(alliance.join("a"), of: alliance)
        let console = try console(of: node.replica)
        var secrets: [Role: String] = [:]
        for role in Role.school {
            let link = try console.accounts.invite(role, by: "test")
            _ = try console.accounts.use(link.text, name: role.rawValue, display: "", password: "invented one")
            secrets[role] = try console.accounts.signIn(name: role.rawValue, password: "invented one", program: "").0
                .text
        }
        return (node, console, secrets)
    }

    private func send(
        _ method: String, _ path: String, to node: TestNode, cookie: String, body: String = "", origin: String? = nil
    ) async throws -> HTTPResponse {
        var headers = [(name: "Cookie", value: cookie), ("Content-Type", "application/x-www-form-urlencoded")]
        if let origin { headers.append(("Origin", origin)) }
        return try await node.client.send(
            HTTPRequest(method: method, url: node.server.address + path, headers: headers, body: Array(body.utf8)))
    }

    @Test func `what the audit list notes has a name`() {
        // These note nothing, or by another word.
        let quiet: Set = ["/sign-in", "/sign-out", "/link/:link", "/preferences", "/tables/:table/import"]
        for route in Self.expected.keys where route.hasPrefix("POST ") && !quiet.contains(String(route.dropFirst(5))) {
            #expect(Acts.title(of: route) != nil, "\(route)")
        }
        #expect(Acts.title(of: "import teacher")?.zh == "导入：教师")
        #expect(Acts.title(of: "import nothing") == nil)
    }

    @Test func `every address is open to the roles that are meant, and to no other`() async throws {
        let (node, console, secrets) = try await served()
        let table = console.table
        #expect(Set(table.map { "\($0.verb) \($0.path)" }) == Set(Self.expected.keys))
        for route in table {
            let allowed = Self.expected["\(route.verb) \(route.path)"] ?? ""
            let path = route.path.split(separator: "/", omittingEmptySubsequences: false)
                .map { $0.hasPrefix(":") ? ($0 == ":table" ? "base" : "x") : String($0) }.joined(separator: "/")
            for role in [nil] + Role.allCases.map({ Optional($0) }) {
                let isMeant = allowed == "*" || role.flatMap { Self.letters[$0] }.map(allowed.contains) ?? false
                #expect(route.access.allows(role) == isMeant, "\(route.path) \(String(describing: role))")
                guard !isMeant, role == nil || secrets[role!] != nil else { continue }
                let secret = role.flatMap { secrets[$0] } ?? "visitor"
                let name = role == nil ? console.visitCookie : console.sessionCookie
                let answer = try await send(
                    route.verb, path, to: node, cookie: "\(name)=\(secret)",
                    body: route.verb == "POST" ? "csrf=\(Console.token(for: secret))" : "")
                let refusal = role != nil ? 403 : route.verb == "POST" ? 401 : 303
                #expect(answer.status == refusal, "\(route.verb) \(path) as \(String(describing: role))")
            }
        }
    }

    @Test func `pages answer, with rules for the browser and in both languages`() async throws {
        let (node, console, secrets) = try await served()
        let secret = try #require(secrets[.administrator])
        let id = try node.replica.addBase("一号基地").id.description
        try node.replica.keep([TeacherColumn.number: .text("007"), TeacherColumn.name: .text("示例·甲")])
        let paths =
            ["/", "/tables", "/tables/base", "/tables/base?q=%E4%B8%80&sort=-name", "/tables/base/rows/\(id)"]
            + ["/tables/base/rows/\(id)/edit", "/tables/base/new", "/tables/teacher/import", "/conflicts", "/rejected"]
            + ["/tables/teacher/new", "/persons", "/persons?without=1", "/persons/007", "/persons/007/consent"]
            + ["/persons/007/withdraw", "/persons/007/forget"]
            + [
                "/sync", "/backup", "/quotas", "/requests", "/bookings", "/find", "/feeds", "/duplicates", "/closures",
                "/openings", "/allotments", "/certificate", "/users", "/audit",
                "/programs",
            ]
        for path in paths {
            for language in Language.allCases {
                let answer = try await send(
                    "GET", path, to: node,
                    cookie: "\(console.sessionCookie)=\(secret); jilian_language=\(language.rawValue)")
                let text = String(decoding: answer.body, as: UTF8.self)
                #expect(
                    answer.status == 200 && text.hasPrefix("<!doctype html><html lang=\"\(language.tag)\""), "\(path)")
                #expect(!text.contains("style=\"") && !text.contains("onclick"), "\(path): the policy would block it")
            }
        }
        let policy = try await send("GET", "/sign-in", to: node, cookie: "").headers
            .first { $0.name.lowercased() == "content-security-policy" }?.value
        #expect(policy?.contains("default-src 'none'") == true && policy?.contains("unsafe") == false)
    }

    @Test func `a form is carried out only from one of our own pages, and once`() async throws {
        let (node, console, secrets) = try await served()
        let secret = try #require(secrets[.administrator])
        let cookie = "\(console.sessionCookie)=\(secret)"
        let token = Console.token(for: secret)
        let form = "c-name=%E4%BA%8C%E5%8F%B7&key=k1"
        for (body, origin) in [
            (form, nil), ("\(form)&csrf=", nil), ("\(form)&csrf=\(String(token.reversed()))", nil),
            ("\(form)&csrf=\(token)", "http://evil.example"), ("\(form)&csrf=\(token)", "null"),
        ] as [(String, String?)] {
            let answer = try await send(
                "POST", "/tables/base/new", to: node, cookie: cookie, body: body, origin: origin)
            #expect(answer.status == 422, "\(body) \(origin ?? "")")
        }
        #expect(try node.replica.bases() == [])
        for _ in 0..<2 {
            let answer = try await send(
                "POST", "/tables/base/new", to: node, cookie: cookie, body: "\(form)&csrf=\(token)",
                origin: node.server.address)
            #expect(answer.status == 303)
        }
        #expect(try node.replica.bases() == ["二号"])
        #expect(try console.accounts.audit(count: 1).first?.act == "POST /tables/:table/new")
    }

    @Test func `a program's token reads, writes where it may, and ends`() async throws {
        let (node, console, _) = try await served()
        let read = try console.accounts.makeToken("阅读", scope: .read, by: "test").text
        let write = try console.accounts.makeToken("录入", scope: .write, by: "test").text
        func status(_ method: String, _ token: String) async throws -> Int {
            try await node.call(
                method, "/api/v1/tables/base/rows", Array("{\"values\": {\"name\": \"\(token.prefix(8))\"}}".utf8),
                headers: [("Authorization", "Bearer \(token)"), ("content-type", "application/json")]
            ).status
        }
        #expect(try await status("GET", read) == 200)
        #expect(try await status("POST", read) == 403)
        #expect(try await status("POST", write) == 200)
        for token in try console.accounts.tokens() { try console.accounts.revokeToken(token.id, by: "test") }
        #expect(try await status("GET", read) == 403)
        #expect(try await status("POST", write) == 403)
    }
}
