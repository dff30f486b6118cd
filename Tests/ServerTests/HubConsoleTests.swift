import Accounts
import Alliance
import Board
import CRDT
import Foundation
@testable import Hub
import Node
import Replica
import Store
import Sync
import Testing
import Transport
@testable import Web

/// The secretariat's console: who may do what, and what the operator's pages do.
@Suite(.timeLimit(.minutes(3))) struct HubConsoleTests {
    /// Written apart from the table that it is held against: o (operator), a (auditor), or everybody.
    private static let expected: [String: String] = [
        "GET /board": "oa", "GET /board.csv": "oa", "GET /board/nodes/:node": "oa",
        "POST /board/nodes/:node/copies": "o", "GET /board/alerts": "oa", "POST /board/alerts/acknowledge": "o",
        "POST /board/alerts/quieten": "o", "POST /board/alerts/tell": "o", "GET /silences": "oa",
        "POST /silences": "o", "POST /silences/rules": "o", "POST /silences/:id/call-off": "o", "GET /members": "oa",
        "GET /members/new": "o", "POST /members/new": "o", "GET /members/:member": "oa",
        "POST /members/:member/invite": "o", "POST /invitations/:invitation/withdraw": "o",
        "GET /members/:member/leave": "o", "POST /members/:member/leave": "o", "GET /nodes/:node/revoke": "o",
        "POST /nodes/:node/revoke": "o", "GET /requests": "oa", "POST /requests/:request/decline": "o",
        "GET /plans": "oa", "GET /plans/new": "o", "POST /plans/new": "o", "POST /plans/:plan/total": "o",
        "POST /plans/:plan/allot": "o", "GET /quarantine": "oa", "GET /quarantine/:node": "o",
        "POST /quarantine/:node": "o", "GET /recovery": "oa", "POST /recovery/open": "o",
        "POST /recovery/close": "o", "GET /journal": "oa", "GET /sign-in": "*", "POST /sign-in": "*",
        "POST /sign-out": "oa", "GET /link/:link": "*", "POST /link/:link": "*", "POST /preferences": "*",
        "GET /certificate": "*", "GET /certificate/ca.crt": "*",
        "GET /live": "oa", "GET /account": "oa", "POST /account/password": "oa", "POST /account/sessions/end": "oa",
        "GET /users": "o", "POST /users/invite": "o", "POST /users/:name/role": "o", "POST /users/:name/close": "o",
        "POST /users/:name/reopen": "o", "POST /users/:name/reset": "o", "POST /users/sessions/end": "o",
        "GET /programs": "o", "POST /programs": "o", "POST /programs/:id/revoke": "o", "GET /audit": "oa",
    ]
    private static let letters: [Role: String] = [.operator: "o", .auditor: "a"]

    /// A hub that serves, with an account for each role, and its console's table.
    private struct Stage {
        let alliance: TestAlliance
        let console: Console
        let secrets: [Role: String]
        let client = HTTPClient()

        init() async throws {
            let alliance = try await TestAlliance()
            self.alliance = alliance
            let accounts = try AccountFile(alliance.hub.folder, roles: Role.secretariat, rounds: 16)
            console = try HubConsole(
                latest: LatestBoard(try Observer(alliance.hub)), accounts: accounts, live: LiveBoard()
            ).console(TestAlliance.anywhere)
            var secrets: [Role: String] = [:]
            for role in Role.secretariat {
                let link = try accounts.invite(role, by: "test")
                _ = try accounts.use(link.text, name: role.rawValue, display: "", password: "invented one")
                secrets[role] = try accounts.signIn(name: role.rawValue, password: "invented one", program: "").0.text
            }
            self.secrets = secrets
        }

        func send(
            _ method: String, _ path: String, as role: Role?, _ form: [String: String] = [:], language: String = "zh"
        )
            async throws -> Transport.HTTPResponse
        {
            let secret = role.flatMap { secrets[$0] } ?? "visitor"
            let name = role == nil ? console.visitCookie : console.sessionCookie
            let fields = form.merging(["csrf": Console.token(for: secret)]) { $1 }.map {
                "\($0)=\($1.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")"
            }
            return try await client.send(
                HTTPRequest(
                    method: method, url: alliance.server.address + path,
                    headers: [
                        ("Cookie", "\(name)=\(secret); jilian_language=\(language)"),
                        ("Content-Type", "application/x-www-form-urlencoded"),
                    ], body: method == "POST" ? Array(fields.joined(separator: "&").utf8) : []))
        }

        func page(_ path: String, as role: Role = .operator) async throws -> String {
            let answer = try await send("GET", path, as: role)
            #expect(answer.status == 200, "\(path)")
            return String(decoding: answer.body, as: UTF8.self)
        }

        var audit: [(act: String, subject: String)] {
            get throws { try console.accounts.audit(count: 50).map { ($0.act, $0.subject) } }
        }
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
        let stage = try await Stage()
        let table = stage.console.table
        #expect(Set(table.map { "\($0.verb) \($0.path)" }) == Set(Self.expected.keys))
        for route in table {
            let allowed = Self.expected["\(route.verb) \(route.path)"] ?? ""
            let path = route.path.split(separator: "/", omittingEmptySubsequences: false)
                .map { $0.hasPrefix(":") ? "x" : String($0) }.joined(separator: "/")
            for role in [nil] + Role.allCases.map({ Optional($0) }) {
                let isMeant = allowed == "*" || role.flatMap { Self.letters[$0] }.map(allowed.contains) ?? false
                #expect(route.access.allows(role) == isMeant, "\(route.path) \(String(describing: role))")
                guard !isMeant, role == nil || stage.secrets[role!] != nil else { continue }
                let answer = try await stage.send(route.verb, path, as: role)
                let refusal = role != nil ? 403 : route.verb == "POST" ? 401 : 303
                #expect(answer.status == refusal, "\(route.verb) \(path) as \(String(describing: role))")
            }
        }
    }

    @Test func `pages answer both roles, in both languages, and an auditor's offer no act`() async throws {
        let stage = try await Stage()
        _ = try await stage.alliance.join("a")
        let node = try #require(try stage.alliance.hub.registeredMembers().flatMap(\.nodes).first)
        let member = try stage.alliance.hub.member("甲校")
        for path in [
            "/board", "/board?tier=7d&show=needing&q=x", "/board/alerts", "/board/nodes/\(node.id)", "/silences",
            "/members", "/members/\(member)", "/requests", "/plans", "/quarantine", "/recovery", "/journal", "/audit",
        ] {
            for role in Role.secretariat {
                for language in Language.allCases {
                    let answer = try await stage.send("GET", path, as: role, language: language.rawValue)
                    let text = String(decoding: answer.body, as: UTF8.self)
                    #expect(
                        answer.status == 200 && text.hasPrefix("<!doctype html><html lang=\"\(language.tag)\""),
                        "\(path)")
                    #expect(
                        !text.contains("style=\"") && !text.contains("onclick"), "\(path): the policy would block it")
                    let forms = text.matches(of: /method="post" action="([^"]+)"/).map { String($0.1) }
                    if role == .auditor { #expect(forms.allSatisfy { $0 == "/preferences" }, "\(path) \(forms)") }
                }
            }
        }
    }

    @Test func `a member is added, invited by a code that is shown once, and leaves`() async throws {
        let stage = try await Stage()
        let name = "丙校 <b>&\"'"
        let wrong = try await stage.send("POST", "/members/new", as: .operator, ["name": "", "kind": "firm"])
        #expect(wrong.status == 422)
        let made = try await stage.send(
            "POST", "/members/new", as: .operator, ["name": name, "kind": "firm", "place": "城东"])
        let address = try #require(made.header("location"))
        #expect(made.status == 303)
        let path = String(address.prefix { $0 != "?" })

        let shown = try await stage.send("POST", path + "/invite", as: .operator)
        let text = String(decoding: shown.body, as: UTF8.self)
        let code = try #require(text.firstMatch(of: /<code>(JL-[^<]+)<\/code>/)?.1)
        for again in [path, "/members"] { #expect(try await !stage.page(again).contains(code), "\(again)") }
        #expect(try !stage.audit.contains { $0.subject.contains(code) || $0.act.contains(code) })
        let given = try #require(try stage.alliance.hub.invitations().first)
        #expect(!given.isUsed)
        let back = try await stage.send("POST", "/invitations/\(given.id)/withdraw", as: .operator)
        #expect(back.status == 303)
        #expect(try stage.alliance.hub.invitations().isEmpty)
        #expect(try await stage.send("POST", "/invitations/\(given.id)/withdraw", as: .operator).status == 404)
        await #expect(throws: (any Error).self) {
            _ = try await Joiner.join(
                stage.alliance.folder.path + "/c", hub: stage.alliance.server.address, code: String(code), name: "c",
                caFile: nil, allowsPlainHTTP: false)
        }

        #expect(try await stage.send("POST", path + "/leave", as: .operator, ["name": "丙校"]).status == 422)
        #expect(try stage.alliance.hub.registeredMembers().first { $0.name == name }?.left == 0)
        #expect(try await stage.send("POST", path + "/leave", as: .operator, ["name": name]).status == 303)
        #expect(try stage.alliance.hub.registeredMembers().first { $0.name == name }?.left ?? 0 > 0)
        let acts = try stage.audit.filter { $0.subject == name }.map(\.act)
        #expect(
            acts == [
                "POST /members/:member/leave", "POST /invitations/:invitation/withdraw", "POST /members/:member/invite",
                "POST /members/new",
            ])
    }

    @Test func `a node is revoked once it was confirmed that it is meant`() async throws {
        let stage = try await Stage()
        _ = try await stage.alliance.join("a")
        let node = try #require(try stage.alliance.hub.registeredMembers().flatMap(\.nodes).first)
        #expect(try await stage.page("/nodes/\(node.id)/revoke").contains(node.name))
        #expect(node.fingerprint.count == 64)
        #expect(try await stage.send("POST", "/nodes/\(node.id)/revoke", as: .operator).status == 303)
        #expect(try stage.alliance.hub.registeredMembers().flatMap(\.nodes).first?.revoked ?? 0 > 0)
    }

    @Test func `plans are made, allotted from the pool, and cut by no more than lies there`() async throws {
        let stage = try await Stage()
        let hub = stage.alliance.hub
        let majors = try hub.table("major")
        _ = try hub.add(hub.values(["code=0101", "name=车工"], in: majors), to: majors)
        let node = try await stage.alliance.join("a")
        _ = await SyncDriver(node).run()
        let new = try await stage.send(
            "POST", "/plans/new", as: .operator,
            ["year": "2027", "major": "0101", "level": "高级工", "pathway": "3+2", "total": "20"])
        #expect(new.status == 303, "\(String(decoding: new.body, as: UTF8.self).suffix(2000))")
        guard case .array(let plans) = try hub.plans(), let id = plans.first?["id"]?.text else {
            Issue.record("no plan")
            return
        }
        let path = "/plans/\(id)"
        #expect(
            try await stage.send("POST", path + "/allot", as: .operator, ["member": "甲校", "count": "15"]).status == 303)
        #expect(try await stage.send("POST", path + "/total", as: .operator, ["total": "4"]).status == 422)
        #expect(try await stage.send("POST", path + "/total", as: .operator, ["total": "x"]).status == 400)
        #expect(try await stage.send("POST", path + "/total", as: .operator, ["total": "15"]).status == 303)
        guard case .array(let after) = try hub.plans() else { return }
        #expect(after.first?["total"] == JSON(15) && after.first?["pool"] == JSON(0))
        #expect(try stage.audit.contains { $0.act == "POST /plans/:plan/allot" && $0.subject == "\(id) 甲校 15" })
    }

    @Test func `a planned silence is noted, shown and called off, and times are checked`() async throws {
        let stage = try await Stage()
        let form = ["member": "甲校", "from": "2027-07-01 18:00", "to": "2027-08-31 08:00", "reason": "暑假"]
        #expect(
            try await stage.send("POST", "/silences", as: .operator, form.merging(["to": "明天"]) { $1 }).status == 422)
        #expect(
            try await stage.send("POST", "/silences", as: .operator, form.merging(["member": "丁校"]) { $1 }).status
                == 422)
        #expect(try await stage.send("POST", "/silences", as: .operator, form).status == 303)
        #expect(try await stage.page("/silences", as: .auditor).contains("暑假"))
        let window = try #require(try Observer(stage.alliance.hub).file.silences().first)
        #expect(try await stage.send("POST", "/silences/\(window.id)/call-off", as: .operator).status == 303)
        #expect(try Observer(stage.alliance.hub).file.silences().isEmpty)
        let times = ["offline": "60", "lost": "30", "grace": "1", "wait": "1", "clock": "1"]
        #expect(try await stage.send("POST", "/silences/rules", as: .operator, times).status == 422)
        #expect(
            try await stage.send("POST", "/silences/rules", as: .operator, times.merging(["lost": "600"]) { $1 }).status
                == 303)
        #expect(try Observer(stage.alliance.hub).file.rules().lostAfter == 600)
    }

    @Test func `a recovery is opened and closed by statements alone`() async throws {
        let stage = try await Stage()
        let node = try await stage.alliance.join("a")
        _ = await SyncDriver(node).run()
        #expect(try await stage.send("POST", "/recovery/open", as: .operator).status == 422)
        #expect(try stage.alliance.hub.recoveryJSON() == .null)
        #expect(try await stage.send("POST", "/recovery/open", as: .operator, ["back": "1"]).status == 303)
        #expect(try await stage.page("/recovery", as: .auditor).contains("恢复进行中"))
        #expect(try await stage.page("/plans").contains("公共池"))
        #expect(try await stage.send("POST", "/recovery/close", as: .operator, ["register": "1"]).status == 422)
        #expect(try stage.alliance.hub.recoveryJSON()["closed"] == .null, "a node was not heard")
        #expect(
            try await stage.send("POST", "/recovery/close", as: .operator, ["register": "1", "rest": "1"]).status == 303
        )
        #expect(try stage.alliance.hub.recoveryJSON()["closed"] != .null)
        // Where all were heard nothing is left to be stated but the register.
        #expect(try await stage.send("POST", "/recovery/open", as: .operator, ["back": "1"]).status == 303)
        _ = await SyncDriver(node).run()
        #expect(try await stage.send("POST", "/recovery/close", as: .operator).status == 422)
        #expect(try await stage.send("POST", "/recovery/close", as: .operator, ["register": "1"]).status == 303)
    }

    @Test func `rivals stand together, in the order in which they came`() {
        func request(_ id: String, _ competing: String...) -> JSON {
            ["id": .string(id), "competing": .array(competing.map { .string($0) })]
        }
        let groups = HubConsole.rivals([
            request("a", "c"), request("b"), request("c", "a", "e"), request("d"), request("e", "c"),
        ])
        #expect(groups.map { $0.compactMap { $0["id"]?.text } } == [["a", "c", "e"], ["b"], ["d"]])
    }
}
