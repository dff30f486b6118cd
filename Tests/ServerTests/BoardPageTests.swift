import Alliance
import Board
import Foundation
import HTTPTypes
@testable import Hub
import Replica
import Synchronization
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

    @Test func `a look serves all who come within seconds, until somebody acts`() throws {
        let folder = try Folder()
        let observer = try Observer(OpenReplica.foundHub(folder.path + "/hub", alliance: "测试联盟"))
        let now = Mutex(World.wall)
        let latest = LatestBoard(observer) { now.withLock { $0 } }
        let first = try latest.look().board.now
        now.withLock { $0 += LatestBoard.ageMax }
        #expect(try latest.look().board.now == first)
        now.withLock { $0 += 1 }
        #expect(try latest.look().board.now == first + LatestBoard.ageMax + 1)
        now.withLock { $0 += 1 }
        latest.forget()
        let third = try latest.look().board.now
        #expect(third == first + LatestBoard.ageMax + 2)
        // A clock that went back makes no look that is good for ever.
        now.withLock { $0 -= 60_000 }
        #expect(try latest.look().board.now == third - 60_000)
    }

    @Test func `what was not seen is a gap in a line`() {
        #expect(Charts.runs([1, 2, nil, 3, nil, nil, 4, 5]) == [[0, 1], [3], [6, 7]])
        #expect(Charts.runs([nil, nil]).isEmpty)
        #expect(Charts.spark([nil, 1, nil], "", label: Phrase("", "")).isEmpty)
        #expect(Charts.line([nil, 1, nil], "", label: Phrase("", "")).isEmpty)
        let line = Charts.line([0, 9, nil, 18, 18], "", label: Phrase("", "")).rendered(in: .english)
        #expect(line.contains("points=\"0,20 1,11 \"") && line.contains("points=\"3,2 4,2 \""))
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
