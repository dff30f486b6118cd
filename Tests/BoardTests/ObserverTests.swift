import Alliance
@testable import Board
import CRDT
import Foundation
import Replica
import Store
import Testing

@Suite struct ObserverTests {
    private let folder: Folder
    private let hub: OpenReplica
    private let observer: Observer

    init() throws {
        folder = try Folder()
        hub = try OpenReplica.foundHub(folder.path + "/hub", alliance: "测试联盟")
        observer = try Observer(hub)
    }

    /// A week and a day on: the hub has no backup.
    private var later: UInt64 { World.wall + 8 * day }

    @Test func `an alert's life survives whoever looks`() throws {
        var board = try observer.look(at: later, serving: true)
        #expect(board.alerts.map(\.phase) == [.waiting] && board.needing.isEmpty)
        board = try Observer(hub).look(at: later + 120_000)
        let alert = try #require(board.alerts.first)
        #expect(alert.phase == .open && alert.key.kind == .backup && board.needing == [AlertKey.hub])
        try observer.file.acknowledge(alert.key, by: "示例", note: "周五备份", at: later)
        board = try Observer(hub).look(at: later + 130_000)
        #expect(board.alerts.map(\.phase) == [.acknowledged] && board.alerts.first?.record.note == "周五备份")
        #expect(try observer.look(at: World.wall).alerts.isEmpty)
        #expect(try observer.look(at: later + 140_000).alerts.map(\.phase) == [.waiting])
        #expect(throws: CommandError.self) {
            try observer.file.acknowledge(AlertKey(.lost, AlertKey.hub), by: "", note: "", at: later)
        }
    }

    @Test func `a board of a new hub says what it does not know`() throws {
        let now = World.wall
        let board = try observer.look(at: now)
        #expect(!board.isServing && board.watched == nil && board.pending == nil && board.lag(50) == nil)
        let json = try observer.boardJSON(board, .day)
        #expect(json["counters"]?["pending"]?["value"] == .null)
        #expect(try observer.look(at: now, serving: true, sampling: true).isServing)
        #expect(try observer.file.allianceSamples(.day, to: now).last?.sample.heard == 0)
    }

    @Test func `the journal shows who wrote what`() throws {
        let table = try hub.table("member")
        _ = try hub.add(hub.values(["name=甲校", "kind=technician"], in: table), to: table)
        guard case .array(let entries)? = try hub.journalJSON()["entries"] else { return #expect(Bool(false)) }
        #expect(entries.count == 2)
        #expect(entries.first?["tables"]?["member"] == .number(1) && entries.first?["struck"] == .number(0))
        #expect(entries.last?["rev"] == .number(1))
        guard case .array(let first)? = try hub.journalJSON(before: 2)["entries"] else { return #expect(Bool(false)) }
        #expect(first.count == 1)
    }

    @Test func `metrics are Prometheus text`() throws {
        let text = Metrics.text(try observer.look(), listeners: 4)
        #expect(text.contains("\n# TYPE jilian_event_streams gauge\njilian_event_streams 4\n"))
        #expect(text.contains("jilian_nodes{state=\"proved\"} 0\n"))
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            #expect(line.split(separator: " ").count == 2 && Int64(line.split(separator: " ")[1]) != nil, "\(line)")
        }
        #expect(Metrics.escaped("a\"b\\c\nd") == "a\\\"b\\\\c\\nd")
    }
}
