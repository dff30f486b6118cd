import Accounts
import Alliance
import Board
import CRDT
@testable import Hub
@testable import Node
import Replica
import Serving
import Testing
@testable import Web

/// What people read on pages comes from the catalogue of texts, or from the data.
@Suite(.timeLimit(.minutes(3))) struct TextWalkTests {
    /// What each page of a console that needs no more than its address is made of.
    private func pages(_ console: Console, role: Role, _ parameters: [[String: String]]) throws -> [(String, HTML)] {
        let link = try console.accounts.invite(role, by: "test")
        _ = try console.accounts.use(link.text, name: role.rawValue, display: "Invented", password: "invented one")
        let secret = try console.accounts.signIn(name: role.rawValue, password: "invented one", program: "").0.text
        let session = try #require(try console.accounts.session(secret))
        var found: [(String, HTML)] = []
        for route in console.table where route.verb == "GET" && route.access.allows(role) {
            guard case .blocking(let body) = route.body else { continue }
            for values in parameters.isEmpty ? [[:]] : parameters {
                let visit = Visit(
                    path: route.path, query: [:], parameters: values, form: FormBody(), session: session, token: "t",
                    secret: secret, language: .english, theme: .system, program: "", referrer: "", readsGzip: false)
                // What there is nothing for answers with a text, not with a page.
                guard let reply = try? body(visit) else { continue }
                switch reply {
                case .page(let page, _): found.append((route.path, page.title + page.content))
                case .gate(let title, let content, _): found.append((route.path, HTML(title) + content))
                case .seeOther, .file: continue
                }
                found.append(
                    (
                        route.path,
                        try console.frame(visit).body(Page("", place: "/", ""), token: "t", language: .english)
                    ))
            }
        }
        return found
    }

    @Test func `no page of the school's has words outside of the catalogue`() async throws {
        let alliance = try await TestAlliance()
        let replica = try await alliance.join("a")
        let base = try replica.addBase("1")
        let table = try replica.table("space")
        let space = try replica.add(
            replica.values(
                ["base=\(base.id)", "name=2", "capacity=40", "mode=workstation", "workstations=4"], in: table),
            to: table)
        for _ in 0..<3 { _ = await SyncDriver(replica).run() }
        let accounts = try AccountFile(replica.folder, roles: Role.school, rounds: 16)
        let console = try NodeConsole(
            replica: replica, driver: SyncDriver(replica), accounts: accounts, board: LiveBoard(), log: SyncLog(),
            wake: {}
        ).console(TestAlliance.anywhere)
        let tables = replica.schema.tables.map { ["table": $0.name] }
        let rows = [
            ["table": "base", "id": base.id.description],
            ["table": "space", "id": space.id.description, "space": space.id.description],
        ]
        let all = try pages(console, role: .administrator, tables + rows)
        #expect(Set(all.map(\.0)).count > 25, "\(Set(all.map(\.0)).sorted())")
        for (path, html) in all {
            for fault in TextWalk.faults(in: html) { Issue.record("\(path): \(fault) is not in the catalogue") }
        }
    }

    @Test func `no page of the secretariat's has words outside of the catalogue`() async throws {
        let alliance = try await TestAlliance()
        let accounts = try AccountFile(alliance.hub.folder, roles: Role.secretariat, rounds: 16)
        let console = try HubConsole(
            latest: LatestBoard(try Observer(alliance.hub)), accounts: accounts, live: LiveBoard()
        ).console(TestAlliance.anywhere)
        let member = try alliance.hub.member("甲校")
        let all = try pages(console, role: .operator, [["member": member.description]])
        #expect(Set(all.map(\.0)).count > 12, "\(Set(all.map(\.0)).sorted())")
        for (path, html) in all {
            for fault in TextWalk.faults(in: html) { Issue.record("\(path): \(fault) is not in the catalogue") }
        }
    }

    @Test func `words in markup and texts without a language would be noticed`() {
        let name = "名字"
        for html in [
            "<p>Save</p>", "<p>保存 \(name)</p>", "<p title=\"Close\">\(name)</p>",
            "<a class=\"x\" aria-label=\"返回 \(name)\"></a>",
            "<p>\(name) rows</p>", "<p>\(Phrase("保存", ""))</p>", "<p><code>x</code>rows</p>",
        ] as [HTML] {
            #expect(TextWalk.faults(in: html).count == 1, "\(html.rendered(in: .english))")
        }
        for html in [
            "<p class=\"note bad\">\(name) · \(Phrase("保存", "Save"))&nbsp;–</p>", "<code>jilian node restore</code>",
            "<svg><text>L</text></svg>", "<p title=\"\(name)\">1 / 2</p>", "<p>\(Phrase("", ""))</p>",
        ] as [HTML] {
            #expect(TextWalk.faults(in: html).isEmpty, "\(TextWalk.faults(in: html))")
        }
    }
}
