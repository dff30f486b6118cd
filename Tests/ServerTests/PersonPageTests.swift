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

/// The school's pages on consents, and the commands under them.
@Suite(.timeLimit(.minutes(3))) struct PersonPageTests {
    private struct School {
        let alliance: TestAlliance
        let node: TestNode
        let console: Console
        let secret: String

        init() async throws {
            alliance = try await TestAlliance()
            node = try await TestNode(alliance.join("a"), of: alliance)
            let accounts = try AccountFile(node.replica.folder, roles: Role.school, rounds: 16)
            console = try NodeConsole(
                replica: node.replica, driver: SyncDriver(node.replica), accounts: accounts, board: LiveBoard(),
                log: SyncLog(), wake: {}
            ).console(TestAlliance.anywhere)
            let link = try accounts.invite(.administrator, by: "test")
            _ = try accounts.use(link.text, name: "admin", display: "", password: "invented one")
            secret = try accounts.signIn(name: "admin", password: "invented one", program: "").0.text
        }

        func send(_ method: String, _ path: String, _ fields: [String: String] = [:]) async throws -> HTTPResponse {
            let body = fields.merging(["csrf": Console.token(for: secret)]) { own, _ in own }
                .map { "\($0)=\(Console.escaped($1))" }.joined(separator: "&")
            return try await node.client.send(
                HTTPRequest(
                    method: method, url: node.server.address + path,
                    headers: [
                        ("Cookie", "\(console.sessionCookie)=\(secret)"),
                        ("Content-Type", "application/x-www-form-urlencoded"),
                    ], body: method == "GET" ? [] : Array(body.utf8)))
        }

        func page(_ path: String) async throws -> String {
            String(decoding: try await send("GET", path).body, as: UTF8.self)
        }

        func teachers() throws -> [RowState] { try node.replica.list(node.replica.table("teacher")) }
    }

    @Test func `who is added without a date stays here, and goes with a consent`() async throws {
        let school = try await School()
        let typed = ["c-staff_no": "007", "c-name": "示例·甲", "c-note": "备注", "key": "k1"]
        #expect(try await school.send("POST", "/tables/teacher/new", typed).status == 303)
        #expect(try school.teachers().isEmpty && school.node.replica.pending() == 0)
        #expect(try await school.page("/persons?without=1").contains("示例·甲"))
        let again = try await school.send("POST", "/tables/teacher/new", typed.merging(["key": "k2"]) { _, new in new })
        #expect(again.status == 422, "the school has one of this number")
        let none = try await school.send("POST", "/persons/007/consent", ["given": "2999-01-01"])
        #expect(none.status == 422)
        #expect(try school.teachers().isEmpty)
        let given = ["given": "2026-09-01", "method": "paper", "f-specialty": "1"]
        #expect(try await school.send("POST", "/persons/007/consent", given).status == 303)
        let row = try #require(try school.teachers().first)
        #expect(row[TeacherColumn.name]?.value == .text("示例·甲") && row[ColumnID(8)]?.value == .null)
        let page = try await school.page("/persons/007")
        #expect(page.contains("2026-09-01") && page.contains("admin") && page.contains("备注"))
        #expect(try school.console.accounts.audit(count: 1).first?.act == "POST /persons/:person/consent")
    }

    @Test func `a withdrawal is shown step by step, and lists do not undo it`() async throws {
        let school = try await School()
        let replica = school.node.replica
        let statement = try replica.consentStatement(given: "2026-09-01", recordedBy: "test")
        let table = try replica.table("teacher")
        let file = Array("工号,姓名\n007,示例·甲\n".utf8)
        #expect(
            try replica.importRows(file, into: table, encoding: nil, consent: statement, dryRun: false).created == 1)
        _ = await SyncDriver(replica).run()
        #expect(try await school.send("POST", "/persons/007/withdraw").status == 303)
        #expect(try school.teachers().isEmpty)
        #expect(try await school.page("/persons/007").contains("等待送达中心"))
        for _ in 0..<3 { _ = await SyncDriver(replica).run() }
        let page = try await school.page("/persons/007")
        #expect(page.contains("1 家成员中 1 家已确认") && page.contains("尚未完成"))
        let result = try replica.importRows(file, into: table, encoding: nil, consent: statement, dryRun: false)
        #expect(result.created == 0 && result.kept == 0 && result.unchanged == 1)
        #expect(try school.teachers().isEmpty)
        #expect(try await school.send("POST", "/consents", ["given": "2026-09-02"]).status == 303)
        #expect(try school.teachers().isEmpty)
        let export = try await school.send("GET", "/persons/007/export")
        #expect(String(decoding: export.body, as: UTF8.self).contains("示例·甲"))
        #expect(try await school.send("POST", "/persons/007/forget").status == 303)
        #expect(try await !school.page("/persons").contains("示例·甲"))
    }
}
