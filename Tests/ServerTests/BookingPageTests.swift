import Accounts
import Alliance
import CRDT
import Foundation
@testable import Node
import Replica
import Serving
import Store
import Sync
import Testing
import Transport
@testable import Web

/// The teacher's pages: whose bookings one may change, forms that are sent twice, the feed.
@Suite(.timeLimit(.minutes(3))) struct BookingPageTests {
    /// A school's node with a room of four workstations, and somebody of each role.
    private struct School {
        let alliance: TestAlliance
        let node: TestNode
        let console: Console
        let space: String
        var secrets: [String: String] = [:]

        init() async throws {
            alliance = try await TestAlliance()
            node = try await TestNode(alliance.join("a"), of: alliance)
            let replica = node.replica
            let base = try replica.addBase("一号基地")
            let table = try replica.table("space")
            let key = try replica.add(
                replica.values(
                    ["base=\(base.id)", "name=一号车间", "capacity=40", "mode=workstation", "workstations=4"], in: table),
                to: table)
            space = key.id.description
            // The hub makes the room's time and gives it to who made the room.
            for _ in 0..<3 { _ = await SyncDriver(replica).run() }
            let accounts = try AccountFile(replica.folder, roles: Role.school, rounds: 16)
            console = try NodeConsole(
                replica: replica, driver: SyncDriver(replica), accounts: accounts, board: LiveBoard(), log: SyncLog(),
                wake: {}
            ).console(TestAlliance.anywhere)
            for (name, role) in [("admin", Role.administrator), ("wang", .teacher), ("li", .teacher)] {
                let link = try accounts.invite(role, by: "test")
                _ = try accounts.use(link.text, name: name, display: "", password: "invented one")
                secrets[name] = try accounts.signIn(name: name, password: "invented one", program: "").0.text
            }
        }

        func send(_ method: String, _ path: String, as name: String, _ fields: [String: String] = [:]) async throws
            -> HTTPResponse
        {
            let secret = secrets[name] ?? ""
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

        /// The day after tomorrow: nothing of it is past, in whichever zone the test runs.
        var date: String {
            ChinaTime.date(of: Int64(World.wall))?.adding(days: 2)?.description ?? ""
        }

        func fields(_ from: String, _ to: String, key: String) -> [String: String] {
            [
                "space": space, "date": date, "from": from, "to": to, "purpose": "铣削", "workstations": "4", "key": key,
            ]
        }

        func bookings() throws -> [ShownBooking] { try node.replica.bookings().list.map(ShownBooking.init) }

        func book(_ from: String, _ to: String, as name: String, key: String) async throws -> ShownBooking {
            let answer = try await send("POST", "/bookings/new", as: name, fields(from, to, key: key))
            #expect(answer.status == 303, "\(String(decoding: answer.body, as: UTF8.self).suffix(2000))")
            let place = answer.headers.first { $0.name.lowercased() == "location" }?.value ?? ""
            return try #require(try bookings().first { place.contains($0.id) }, "\(place)")
        }
    }

    private func text(_ answer: HTTPResponse) -> String { String(decoding: answer.body, as: UTF8.self) }

    @Test func `a form that is sent twice is one booking, and nobody's key leads to another's`() async throws {
        var school = try await School()
        let first = try await school.book("08:00", "09:00", as: "wang", key: "k")
        #expect(first.state == "confirmed")
        #expect(
            try await school.send("POST", "/bookings/new", as: "wang", school.fields("08:00", "09:00", key: "k")).status
                == 303)
        // After another sign-in the console has no memory of the form; the replica has.
        school.secrets["wang"] = try school.console.accounts.signIn(
            name: "wang", password: "invented one", program: ""
        ).0.text
        let again = try await school.send(
            "POST", "/bookings/new", as: "wang", school.fields("08:00", "09:00", key: "k"))
        #expect(again.status == 303)
        #expect(try school.bookings().count == 1)
        let other = try await school.book("09:00", "10:00", as: "li", key: "k")
        #expect(other.id != first.id)
        #expect(try school.bookings().count == 2)
    }

    @Test func `a teacher moves and cancels what the same account made, an administrator all of the school`()
        async throws
    {
        let school = try await School()
        let own = try await school.book("08:00", "09:00", as: "wang", key: "1")
        let time = ["date": school.date, "from": "10:00", "to": "11:00"]
        for path in ["/bookings/\(own.id)/cancel", "/bookings/\(own.id)/move"] {
            #expect(try await school.send("GET", path, as: "li").status == 422)
            #expect(try await school.send("POST", path, as: "li", time).status == 422)
        }
        #expect(try school.bookings().map(\.state) == ["confirmed"])
        let page = text(try await school.send("GET", own.address, as: "li"))
        #expect(!page.contains("/bookings/\(own.id)/cancel") && !page.contains("/bookings/\(own.id)/move"))

        #expect(
            try await school.send("POST", "/bookings/\(own.id)/move", as: "wang", time.merging(["key": "m"]) { $1 })
                .status == 303)
        let moved = try #require(try school.bookings().first { $0.replaces == own.id })
        #expect(moved.state == "confirmed")
        #expect(try school.bookings().first { $0.id == own.id }?.state == "moved")
        // What it was moved to is the same teacher's still, also when the administrator moves it on.
        #expect(
            try await school.send(
                "POST", "/bookings/\(moved.id)/move", as: "admin",
                ["date": school.date, "from": "14:00", "to": "15:00", "key": "n"]
            ).status == 303)
        let last = try #require(try school.bookings().first { $0.replaces == moved.id })
        #expect(try await school.send("POST", "/bookings/\(last.id)/cancel", as: "li").status == 422)
        #expect(
            try await school.send("POST", "/bookings/\(last.id)/cancel", as: "wang", ["reason": "停课"]).status == 303)
        let ended = try #require(try school.bookings().first { $0.id == last.id })
        #expect(ended.state == "cancelled" && ended.reason == "停课")

        let others = try await school.book("16:00", "17:00", as: "li", key: "2")
        #expect(try await school.send("POST", "/bookings/\(others.id)/cancel", as: "admin").status == 303)
    }

    @Test func `one's own list holds what the account made, what that was moved to, and nobody else's`() async throws {
        let school = try await School()
        let first = try await school.book("08:00", "09:00", as: "wang", key: "1")
        _ = try await school.book("09:00", "10:00", as: "li", key: "2")
        for (from, to) in [("11:00", "12:00"), ("13:00", "14:00")] {
            let latest = try #require(try school.bookings().last { $0.id == first.id || !$0.replaces.isEmpty })
            _ = try await school.send(
                "POST", "/bookings/\(latest.id)/move", as: "admin",
                ["date": school.date, "from": from, "to": to, "key": from])
        }
        let replica = school.node.replica
        let chain = Set(try school.bookings().filter { $0.id == first.id || !$0.replaces.isEmpty }.map(\.id))
        #expect(chain.count == 3)
        let made = try replica.bookings(made: [try #require(RowID(first.id))])
        #expect(Set(made.map(\.description)) == chain)
        #expect(try replica.bookings(made: []) == [])
        // A row of another member's that says it is the move of one's own.
        let table = try replica.table("booking")
        let other = RowKey(table: table.id, owner: MemberID(rawValue: 77), id: RowID(rawValue: 78))
        try replica.store.write { transaction in
            guard let own = try transaction.rows(in: table, id: #require(RowID(first.id))).first else { return }
            let cells =
                own.cells.filter { $0.column != BookingColumn.replaces }
                + [Cell(column: BookingColumn.replaces, value: .bytes(own.key.id.bytes), stamp: own.cells[0].stamp)]
            let row = RowState(key: other, presence: own.presence, cells: cells.sorted { $0.column < $1.column })
            try transaction.put(row, over: nil, audience: .alliance)
        }
        #expect(Set(try replica.bookings(made: [try #require(RowID(first.id))]).map(\.description)) == chain)
        let page = text(try await school.send("GET", "/bookings", as: "wang"))
        #expect(page.components(separatedBy: "/calendar/").count == 2 + chain.count - 1, "three lines, no more")
        #expect(text(try await school.send("GET", "/bookings?past=1", as: "wang")).contains("calendar") == false)
    }

    @Test func `a booking that is refused comes back with what was typed and other times to press`() async throws {
        let school = try await School()
        _ = try await school.book("08:00", "09:00", as: "wang", key: "1")
        let answer = try await school.send("POST", "/bookings/new", as: "li", school.fields("08:30", "09:30", key: "2"))
        let page = text(answer)
        #expect(answer.status == 422 && page.contains("该时段已被占用") && page.contains("value=\"铣削\""))
        let part = try #require(page.split(separator: "name=\"at\" value=\"").dropFirst().first)
        let at = String(part.prefix { $0 != "\"" })
        let taken = try await school.send(
            "POST", "/bookings/new", as: "li", school.fields("08:30", "09:30", key: "2").merging(["at": at]) { $1 })
        #expect(taken.status == 303, "\(at)")
        #expect(try school.bookings().filter { $0.state == "confirmed" }.count == 2)
        let wrong = try await school.send(
            "POST", "/bookings/new", as: "li",
            school.fields("08:30", "09:30", key: "3").merging(["people": "三十", "purpose": "<b>\"'"]) { $1 })
        #expect(wrong.status == 422 && text(wrong).contains("三十"))
        #expect(text(wrong).contains("value=\"&lt;b&gt;&quot;&#39;\""))
    }

    @Test func `a feed shows its account's bookings, one event for what was moved, and no names`() async throws {
        let school = try await School()
        let own = try await school.book("08:00", "09:00", as: "wang", key: "1")
        _ = try await school.book("09:00", "10:00", as: "li", key: "2")
        let made = text(try await school.send("POST", "/feeds", as: "wang", ["name": "手机"]))
        let address = try #require(
            made.split(separator: "<code>").dropFirst().first.map { String($0.prefix { $0 != "<" }) })
        func feed() async throws -> HTTPResponse {
            try await school.node.client.send(HTTPRequest(method: "GET", url: school.node.server.address + address))
        }
        let first = try await feed()
        #expect(first.status == 200)
        #expect(
            first.headers.first { $0.name.lowercased() == "content-type" }?.value.hasPrefix("text/calendar") == true)
        #expect(text(first).components(separatedBy: "BEGIN:VEVENT").count == 2)
        #expect(text(first).contains("UID:\(own.id)@") && text(first).contains("SEQUENCE:1\r\n"))
        #expect(!text(first).contains("wang"))
        _ = try await school.send(
            "POST", "/bookings/\(own.id)/move", as: "wang",
            ["date": school.date, "from": "14:00", "to": "15:00", "key": "m"])
        let second = text(try await feed())
        #expect(second.components(separatedBy: "BEGIN:VEVENT").count == 2)
        #expect(second.contains("UID:\(own.id)@") && second.contains("SEQUENCE:4\r\n"))
        let moved = try #require(try school.bookings().first { $0.replaces == own.id })
        _ = try await school.send("POST", "/bookings/\(moved.id)/cancel", as: "wang")
        let third = text(try await feed())
        #expect(
            third.contains("UID:\(own.id)@") && third.contains("SEQUENCE:5\r\n") && third.contains("STATUS:CANCELLED"))
        for id in try school.console.accounts.feeds(
            of: #require(try school.console.accounts.accounts().first { $0.name == "wang" }).id)
        {
            _ = try await school.send("POST", "/feeds/\(id.id)/revoke", as: "wang")
        }
        #expect(try await feed().status != 200)
    }

    @Test func `an import is taken back but for what was changed since`() async throws {
        let school = try await School()
        let replica = school.node.replica
        let table = try replica.table("teacher")
        func names() throws -> [String] {
            try replica.list(table).compactMap { row in
                if case .text(let name)? = row[TeacherColumn.name]?.value { name } else { nil }
            }.sorted()
        }
        func write(_ text: String) throws -> ImportBatch {
            try replica.importRows(
                Array(text.utf8), into: table, encoding: nil,
                consent: replica.consentStatement(given: "2026-09-01", recordedBy: "test"), dryRun: false
            ).batch
        }
        let first = try write("工号,姓名\n1,甲\n2,乙\n")
        let second = try write("工号,姓名\n1,甲改\n2,乙改\n3,丙\n4,丁\n")
        let row = try #require(try replica.list(table).first { $0[TeacherColumn.name]?.value == .text("丁") })
        _ = try replica.edit(row, of: table, ["note=后来"])
        let undone = try replica.undo(second)
        #expect(undone == (3, 1))
        #expect(try names() == ["丁", "乙", "甲"])
        // Once more, there is nothing left to be taken back.
        #expect(try replica.undo(second) == (0, 3))
        #expect(try replica.undo(first) == (2, 0))
        #expect(try names() == ["丁"])
    }

    @Test func `blocks of one time stand beside each other, others have the whole width`() {
        func block(_ lines: ClosedRange<Int>, _ title: String) -> WeekView.Block {
            WeekView.Block(
                day: 0, lines: lines, from: 0, to: 1, state: .busyElsewhere, booking: nil, title: title)
        }
        let placed = WeekLayout.columns([block(0...1, "a"), block(1...2, "b"), block(2...3, "c"), block(5...5, "d")])
        let found = Dictionary(uniqueKeysWithValues: placed.map { ($0.block.title, [$0.column, $0.columns]) })
        #expect(found == ["a": [0, 2], "b": [1, 2], "c": [0, 2], "d": [0, 1]])
    }
}
