import Accounts
import Alliance
import Board
import Foundation
import HTTPTypes
@testable import Hub
import Replica
import Testing
import Transport
import Web

@Suite struct BoardPageTests {
    @Test func `who has not signed in sees no board`() async throws {
        let alliance = try await TestAlliance()
        let client = HTTPClient()
        func get(_ path: String, _ accept: String = "text/html") async throws -> Transport.HTTPResponse {
            try await client.send(
                Transport.HTTPRequest(
                    method: "GET", url: alliance.server.address + path, headers: [("Accept", accept)], body: []))
        }
        for path in ["/board", "/board.csv", "/board/alerts", "/journal", "/board/nodes/x"] {
            let answer = try await get(path)
            #expect(answer.status == 303, "\(path)")
            #expect(answer.headers.contains { $0.name.lowercased() == "location" && $0.value.hasPrefix("/sign-in") })
        }
        #expect(try await get("/").status == 303)
        let about = try await get("/", "application/json")
        #expect(about.status == 200 && JSON(bytes: about.body)?["role"] == "hub")
    }

    @Test func `operators act, auditors read`() throws {
        let folder = try Folder()
        let hub = try OpenReplica.foundHub(folder.path + "/hub", alliance: "测试联盟")
        let accounts = try AccountFile(hub.folder, roles: Role.secretariat)
        let routes = HubConsole(observer: try Observer(hub), accounts: accounts, live: LiveBoard()).routes
        #expect(routes.count >= 8)
        for route in routes {
            for role in Role.allCases {
                let may = route.access.allows(role)
                switch role {
                case .operator: #expect(may, "\(route.method) \(route.path)")
                case .auditor: #expect(may == (route.method.rawValue == "GET"), "\(route.method) \(route.path)")
                default: #expect(!may, "\(role) \(route.path)")
                }
            }
            #expect(!route.access.allows(nil), "\(route.path)")
        }
    }

    @Test func `what was not seen is a gap in a line`() {
        #expect(Charts.runs([1, 2, nil, 3, nil, nil, 4, 5]) == [[0, 1], [3], [6, 7]])
        #expect(Charts.runs([nil, nil]).isEmpty)
        #expect(Charts.spark([nil, 1, nil], "", label: Phrase("", "")).isEmpty)
        #expect(!Charts.spark([1, nil, 2], "", label: Phrase("", "")).isEmpty)
    }

    @Test func `a chart's scale is round and holds everything`() {
        #expect([0, 3, 4, 9, 10, 15, 16, 31, 180].map(Charts.roundCeiling) == [3, 3, 6, 9, 15, 15, 30, 60, 300])
    }

    @Test func `a lag falls into its bucket`() {
        #expect([0, 59_999, 60_000, 3_599_999, 86_400_000].map(BoardPage.bucket) == [0, 0, 1, 2, 4])
        #expect(BoardPage.bucket(nil) == nil)
    }
}
