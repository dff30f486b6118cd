import Alliance
import CRDT
import Foundation
import Replica
import Testing

/// Opening rules as a week of periods, and imports that are taken back later.
@Suite(.timeLimit(.minutes(3))) struct OpeningTests {
    private let folder: Folder
    private let hub: OpenReplica
    private let base: RowKey

    init() throws {
        folder = try Folder()
        hub = try OpenReplica.foundHub(folder.path + "/hub", alliance: "测试联盟")
        base = try hub.addBase("一号基地")
    }

    private func rules() throws -> [RowState] { try hub.list(hub.table("opening")) }

    private func set(_ periods: [Int: Set<Int>], shown: String? = nil, space: RowID? = nil) throws {
        let mark = try shown ?? hub.opening(of: base.id, space: space).mark
        try hub.setOpening(of: base.id, space: space, periods: periods, shown: mark)
    }

    @Test func `periods are kept as runs, and rows that say the same stay`() throws {
        try set([1: [1, 2, 3, 6], 8: [4]])
        #expect(try hub.opening(of: base.id, space: nil).mark == "1:1-3,6;8:4")
        let before = try rules()
        #expect(before.count == 3)
        try set([1: [1, 2, 3], 8: [4, 5]])
        let after = try rules()
        #expect(try hub.opening(of: base.id, space: nil).mark == "1:1-3;8:4-5")
        #expect(Set(after.map(\.key)).intersection(before.map(\.key)).count == 1, "only the run 1-3 stays")
        try set([1: [1, 2, 3], 8: [4, 5]])
        #expect(try rules().map(\.key) == after.map(\.key))
    }

    @Test func `a stale week is not written, and says what holds now`() throws {
        try set([2: [1]])
        let error = #expect(throws: CommandError.self) { try set([3: [1]], shown: "") }
        #expect(error?.code == "stale" && error?.phrase.zh.contains("2:1") == true)
        #expect(try hub.opening(of: base.id, space: nil).periods == [2: [1]])
    }

    @Test func `nothing ticked is no way to close a room`() throws {
        try set([2: [1]])
        #expect(throws: CommandError.self) { try set([:]) }
        #expect(throws: CommandError.self) { try set([2: []]) }
        #expect(try rules().count == 1)
        try hub.clearOpening(of: base.id, space: nil)
        #expect(try hub.opening(of: base.id, space: nil).isEmpty)
    }

    @Test func `what is said by the clock stays, and a room's rules are its own`() throws {
        let table = try hub.table("opening")
        try hub.add(hub.values(["base=\(base.id)", "weekday=3", "starts=18:00", "ends=20:00"], in: table), to: table)
        let spaces = try hub.table("space")
        let space = try hub.add(
            hub.values(["base=\(base.id)", "name=车间", "capacity=4", "mode=workstation", "workstations=4"], in: spaces),
            to: spaces
        ).id
        try set([1: [1]])
        try set([5: [2]], space: space)
        #expect(try hub.opening(of: base.id, space: nil).hours.map(\.weekday) == [3])
        #expect(try hub.opening(of: base.id, space: nil).mark == "1:1")
        #expect(try hub.opening(of: base.id, space: space).mark == "5:2")
        try set([:])
        #expect(try hub.opening(of: base.id, space: nil).mark == "", "the clock's hours still say when")
        try hub.clearOpening(of: base.id, space: space)
        #expect(try rules().count == 1)
    }

    @Test func `an import is taken back after a restart, once, and only the last ten are kept`() throws {
        let table = try hub.table("major")
        func write(_ text: String) throws -> String? {
            try hub.importRows(Array(text.utf8), into: table, encoding: nil, dryRun: false).undo
        }
        _ = try write("专业代码,专业名称,备注\n1,甲,旧\n")
        let second = try #require(try write("专业代码,专业名称,备注\n1,甲改,\n2,乙,\n"))
        let elsewhere = try OpenReplica.open(hub.folder)
        #expect(try elsewhere.undoImport(second) == (2, 0))
        #expect(throws: CommandError.self) { try elsewhere.undoImport(second) }
        let row = try #require(try elsewhere.list(table).first)
        #expect(try elsewhere.list(table).count == 1)
        #expect(row[ColumnID(2)]?.value == .text("甲") && row[ColumnID(4)]?.value == .text("旧"))
        #expect(try write("专业代码,专业名称\n1,甲\n") == nil, "nothing was written")
        for number in 10..<25 { _ = try write("专业代码,专业名称\n\(number),某\n") }
        #expect(hub.keptImports().count == OpenReplica.importsKept)
        let files = try FileManager.default.contentsOfDirectory(atPath: hub.folder + "/imports")
        #expect(files.count == OpenReplica.importsKept)
        let damaged = try #require(hub.keptImports().first)
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: "\(hub.folder)/imports/\(damaged.id).undo"))
        #expect(throws: CommandError.self) { try hub.undoImport(damaged.id) }
        #expect(throws: CommandError.self) { try hub.undoImport("../key") }
        #expect(throws: CommandError.self) { try hub.undoImport("") }
    }
}
