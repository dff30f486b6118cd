import Alliance
@testable import Board
import CRDT
import Foundation
import GRDB
import Replica
import Testing

@Suite struct FileTests {
    private let folder: Folder
    private let file: ObservationFile
    private let node = RowID(rawValue: 9)

    init() throws {
        folder = try Folder()
        file = try ObservationFile(folder.path)
    }

    private func attempt(
        _ time: UInt64, up: UInt64 = 0, down: UInt64 = 0, refused code: String? = nil, node: RowID? = nil
    ) -> Attempt {
        Attempt(
            node: node ?? self.node, kind: .exchange, time: time,
            refusal: code.map { .init(code: $0, phrase: .init("拒绝", "refused")) }, bytes: Traffic(up: 10, down: 20),
            items: Traffic(up: up, down: down), milliseconds: 3)
    }

    private func count(_ table: String) throws -> Int {
        try file.database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? -1 }
    }

    // MARK: Attempts

    @Test func `attempts that moved nothing are one line, and the others one each`() throws {
        try file.note([
            attempt(1_000), attempt(2_000), attempt(3_000), attempt(4_000, up: 2), attempt(5_000, up: 1),
            attempt(6_000, refused: "chain"), attempt(7_000, refused: "chain"), attempt(8_000, refused: "busy"),
        ])
        let lines = try file.lines(of: node)
        #expect(lines.map(\.times) == [1, 2, 1, 1, 3])
        #expect(lines.map(\.first) == [8_000, 6_000, 5_000, 4_000, 1_000])
        #expect(lines.map(\.last) == [8_000, 7_000, 5_000, 4_000, 3_000])
        #expect(lines.last?.bytes == Traffic(up: 30, down: 60))
        #expect(try file.latestLines(2).map(\.last) == [8_000, 7_000])
    }

    @Test func `a tally counts all of them`() throws {
        try file.note([attempt(1_000, up: 2, down: 3), attempt(2_000, refused: "chain")])
        try file.note([attempt(3_000)])
        let tally = try #require(try file.tallies()[node])
        #expect(tally.attempts == 3 && tally.refusals == 1)
        #expect(tally.items == Traffic(up: 2, down: 3) && tally.bytes == Traffic(up: 30, down: 60))
        #expect(tally.lastSuccess == 3_000 && tally.lastRefusal?.time == 2_000 && tally.standingRefusal == nil)
        try file.note([attempt(4_000, refused: "chain")])
        #expect(try file.tallies()[node]?.standingRefusal?.code == "chain")
    }

    @Test func `a node's lines are bounded`() throws {
        try file.note((0..<350).map { attempt(UInt64($0) * 1_000, up: 1) })
        let lines = try file.lines(of: node)
        #expect(lines.count == Int(ObservationFile.linesMax))
        #expect(lines.first?.last == 349_000 && lines.last?.last == 250_000)
    }

    // MARK: Rings

    @Test(arguments: Tier.allCases) func `a ring holds its slots and no more`(tier: Tier) throws {
        let start = morning - morning % tier.width
        for slot in 0..<UInt64(tier.count + 30) { try file.note([attempt(start + slot * tier.width, up: slot + 1)]) }
        let rows = try file.database.read {
            try Int.fetchOne($0, sql: "SELECT count(*) FROM sample WHERE tier = ?", arguments: [tier.rawValue])
        }
        #expect(rows == tier.count)
        let now = start + UInt64(tier.count + 29) * tier.width
        let samples = try file.samples(tier, of: node, to: now)
        #expect(samples.map(\.items.up) == (0..<UInt64(tier.count)).map { $0 + 31 })
        let all = try file.allianceSamples(tier, to: now)
        #expect(all.map(\.sample.items.up) == samples.map(\.items.up))
        #expect(all.first?.slot == now - UInt64(tier.count - 1) * tier.width && all.last?.slot == now)
    }

    private func see(_ lag: UInt64?, heard: UInt64? = 1, at now: UInt64) throws {
        try file.database.write { db in
            try file.note(
                [(id: node, lag: lag, pending: nil)],
                AllianceSample(heard: heard, middle: lag, high: lag, pending: nil, conflicts: 0, requests: 0), at: now,
                db)
        }
    }

    @Test func `of several in a slot the worst stays, and what moved is added`() throws {
        let slot = morning - morning % Tier.day.width
        try see(5_000, heard: 3, at: slot)
        try file.note([attempt(slot + 1_000, up: 2)])
        try see(9_000, heard: 2, at: slot + 60_000)
        try see(nil, heard: nil, at: slot + 90_000)
        try file.note([attempt(slot + 100_000, up: 3)])
        try see(1_000, heard: 4, at: slot + 120_000)
        let sample = try #require(try file.samples(.day, of: node, to: slot).last)
        #expect(sample.lag == 9_000 && sample.items.up == 5 && sample.pending == nil)
        let alliance = try #require(try file.allianceSamples(.day, to: slot).last?.sample)
        #expect(alliance.heard == 2 && alliance.high == 9_000 && alliance.items.up == 5)
        #expect(alliance.conflicts == 0 && alliance.pending == nil)
    }

    @Test(arguments: Tier.allCases) func `lines of all nodes hold the worst of a few slots`(tier: Tier) throws {
        let last = morning - morning % tier.width
        let first = last - UInt64(tier.count - 1) * tier.width
        try see(4_000, at: first)
        try see(6_000, at: first + tier.width)
        try see(nil, at: last - tier.width)
        try see(3_000, at: last)
        let lags = try #require(try file.lags(tier, to: last)[node])
        #expect(lags.count == tier.count / tier.coarseness && tier.count % tier.coarseness == 0)
        #expect(lags.first == 6_000 && lags.last == 3_000 && lags.dropFirst().dropLast().allSatisfy { $0 == nil })
    }

    @Test func `a clock that went back overwrites nothing`() throws {
        let slot = morning - morning % Tier.hour.width
        try see(7_000, at: slot)
        try see(1_000, at: slot - UInt64(Tier.hour.count) * Tier.hour.width)
        #expect(try file.samples(.hour, of: node, to: slot).last?.lag == 7_000)
    }

    @Test func `what nobody saw is not zero`() throws {
        let slot = morning - morning % Tier.day.width
        try see(1_000, at: slot)
        let samples = try file.samples(.day, of: node, to: slot)
        #expect(samples.dropLast().allSatisfy { $0.lag == nil })
        #expect(try file.allianceSamples(.day, to: slot).dropLast().allSatisfy { $0.sample.heard == nil })
    }

    // MARK: Rules, silences, when the hub was off

    @Test func `rules are kept, and nonsense is refused`() throws {
        #expect(try file.rules() == .standard)
        var rules = BoardRules.standard
        rules.offlineAfter = 7
        try file.set(rules)
        #expect(try ObservationFile(folder.path).rules() == rules)
        rules.lostAfter = 7
        #expect(throws: CommandError.self) { try file.set(rules) }
        #expect(try file.rules().lostAfter == BoardRules.standard.lostAfter)
    }

    @Test func `a planned silence is kept until it is called off`() throws {
        let member = MemberID(rawValue: 3)
        let window = try file.plan(member, morning..<(morning + day), reason: "寒假", by: "示例")
        #expect(try ObservationFile(folder.path).silences() == [window])
        #expect(throws: CommandError.self) { try file.plan(member, morning..<morning, reason: "", by: "") }
        #expect(throws: CommandError.self) {
            try file.plan(member, morning..<(morning + 400 * day), reason: "", by: "")
        }
        try file.callOff(window.id)
        #expect(try file.silences().isEmpty)
        #expect(throws: CommandError.self) { try file.callOff(window.id) }
    }

    @Test func `planned silences are bounded`() throws {
        let member = MemberID(rawValue: 3)
        for index in 0..<UInt64(ObservationFile.silencesMax + 5) {
            _ = try file.plan(member, (morning + index)..<(morning + index + 1), reason: "", by: "")
        }
        let windows = try file.silences()
        #expect(windows.count == ObservationFile.silencesMax && windows.first?.range.lowerBound == morning + 5)
    }

    @Test func `the times in which the hub was off are known`() throws {
        func deaf(_ now: UInt64) throws -> [Range<UInt64>] { try file.database.read { try file.deaf(upTo: now, $0) } }
        #expect(try deaf(morning).isEmpty)
        try file.database.write { db in
            for time in stride(from: morning, to: morning + 60_000, by: 5_000) { try file.noteWatch(at: time, db) }
            try file.noteWatch(at: morning + hour, db)
        }
        #expect(try deaf(morning + hour) == [(morning + 55_000)..<(morning + hour)])
        #expect(try deaf(morning + hour + 30_000).count == 1)
        #expect(try deaf(morning + hour + 30_001).count == 2)
        try file.database.write { db in
            for round in 2..<UInt64(ObservationFile.watchMax + 10) {
                try file.noteWatch(at: morning + round * hour, db)
            }
        }
        #expect(try count("watch") == ObservationFile.watchMax)
    }
}
