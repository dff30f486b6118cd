import CRDT
import Foundation
import Store
import Sync
import Wire

/// One measured step of W1, run in a process of its own on the files of the steps before.
public enum Phase: String, CaseIterable, Sendable {
    case rawInsert = "raw-insert"
    case rawUpdate = "raw-update"
    case rawCells = "raw-cells"
    case insert, push, update, merge, snapshot, cells

    /// What a step gives: figures by name.
    public typealias Figures = [String: Double]

    /// - Parameter folder: of one round; made by the first step that needs it.
    public func run(folder: String, rows count: Int) throws -> Figures {
        let rows = Workload.rows(count)
        let alliance = BenchAlliance(folder: folder)
        switch self {
        case .rawInsert:
            let path = folder + "/raw-\(UUID().uuidString).sqlite"
            defer { Self.remove(path) }
            let raw = try RawSQLite(path)
            try raw.createTable()
            let usage = try Usage.measure { try raw.insert(rows) }
            return ["cpu": usage.cpu, "rss": usage.peakMemory, "file": Self.size(path)]
        case .rawUpdate: return try Self.rawUpdate(folder, rows, indices: Array(rows.indices))
        case .rawCells: return try Self.rawUpdate(folder, rows, indices: Self.sample(rows.count))
        case .insert:
            let hub = try alliance.makeHub()
            let author = try alliance.makeNode("author", hub: hub)
            let edits = rows.map(BenchAlliance.create)
            let usage = try Usage.measure {
                for start in stride(from: 0, to: edits.count, by: RawSQLite.chunk) {
                    try BenchAlliance.commit([RowEdit](edits[start..<min(start + RawSQLite.chunk, edits.count)]), at: author)
                }
            }
            return ["cpu": usage.cpu, "rss": usage.peakMemory]
        case .push:
            let (hub, author) = (try alliance.open("hub"), try alliance.open("author"))
            let cut = try Usage.measure {
                try author.store.write { try Cutter($0, key: author.key).cut(segments: .max) }
            }
            let sync = try Usage.measure { _ = try BenchAlliance.sync(author, hub) }
            return ["cut": cut.cpu, "sync": sync.cpu, "bytes": try Self.segmentBytes(author) / Double(count)]
        case .update:
            let author = try alliance.open("author")
            let edits = rows.map { RowEdit(key: BenchAlliance.key($0), act: .edit, values: [ColumnID(6): .integer($0.hours + 1)]) }
            let usage = try Usage.measure {
                for start in stride(from: 0, to: edits.count, by: RawSQLite.chunk) {
                    try BenchAlliance.commit([RowEdit](edits[start..<min(start + RawSQLite.chunk, edits.count)]), at: author)
                }
            }
            return ["cpu": usage.cpu]
        case .merge:
            let hub = try alliance.open("hub")
            let reader = try alliance.makeNode("reader", hub: hub)
            let usage = try Self.measureSync(reader, hub)
            return ["cpu": usage.cpu, "rss": usage.peakMemory, "file": Self.size(folder + "/reader.sqlite")]
        case .snapshot:
            let hub = try alliance.open("hub")
            let late = try alliance.makeNode("late", hub: hub)
            try hub.store.write { $0.state.floor = $0.state.cursor.rev }
            let usage = try Self.measureSync(late, hub)
            try hub.store.write { $0.state.floor = 0 }
            let manifest = try hub.store.read { try $0.snapshot() }
            let bytes = manifest?.parts.reduce(0) { $0 + $1.size } ?? 0
            return ["cpu": usage.cpu, "rss": usage.peakMemory, "bytes": Double(bytes) / Double(count)]
        case .cells:
            let (hub, author, reader) = (try alliance.open("hub"), try alliance.open("author"), try alliance.open("reader"))
            _ = try BenchAlliance.sync(author, hub)
            _ = try BenchAlliance.sync(reader, hub)
            let edits = Self.sample(rows.count).map {
                RowEdit(key: BenchAlliance.key(rows[$0]), act: .edit, values: [ColumnID(6): .integer(rows[$0].hours + 2)])
            }
            let before = try Self.segmentBytes(author)
            try BenchAlliance.commit(edits, at: author)
            let cut = try Usage.measure { try author.store.write { try Cutter($0, key: author.key).cut(segments: 1) } }
            let bytes = try Self.segmentBytes(author) - before
            _ = try BenchAlliance.sync(author, hub)
            let apply = try Self.measureSync(reader, hub)
            return ["cut": cut.cpu, "apply": apply.cpu, "bytes": bytes]
        }
    }

    /// 1,000 rows spread over all, always the same.
    private static func sample(_ count: Int) -> [Int] {
        var random = PythonRandom(seed: 7)
        var chosen: Set<Int> = []
        while chosen.count < min(1_000, count) { chosen.insert(random.below(count)) }
        return chosen.sorted { $0.hashValueStable < $1.hashValueStable }
    }

    private static func rawUpdate(_ folder: String, _ rows: [WorkloadRow], indices: [Int]) throws -> Figures {
        let path = folder + "/raw-\(UUID().uuidString).sqlite"
        defer { remove(path) }
        let raw = try RawSQLite(path)
        try raw.createTable()
        try raw.insert(rows)
        let usage = try Usage.measure { try raw.updateHours(rows, indices: indices) }
        return ["cpu": usage.cpu]
    }

    /// The node's own part of a sync to the head: decoding, verifying, merging, committing.
    private static func measureSync(_ node: BenchAlliance.Party, _ hub: BenchAlliance.Party) throws -> Usage {
        var total = Usage(cpu: 0, peakMemory: 0)
        _ = try BenchAlliance.sync(node, hub) { work in
            let usage = try Usage.measure { try work() }
            total.cpu += usage.cpu
            total.peakMemory = usage.peakMemory
        }
        return total
    }

    private static func segmentBytes(_ party: BenchAlliance.Party) throws -> Double {
        try party.store.read { transaction in
            let own = transaction.state.own?.seq ?? 0
            let all = try transaction.segments(of: transaction.state.replica, after: 0, size: .max, count: Int(own))
            return Double(all.reduce(0) { $0 + $1.size })
        }
    }

    private static func size(_ path: String) -> Double {
        ["", "-wal"].reduce(0) { total, suffix in
            let attributes = try? FileManager.default.attributesOfItem(atPath: path + suffix)
            return total + ((attributes?[.size] as? NSNumber)?.doubleValue ?? 0)
        }
    }

    private static func remove(_ path: String) {
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }
}

extension Int {
    /// A fixed scatter of small numbers (Knuth's multiplicative hash), so that a sample is not in the order of rows.
    var hashValueStable: UInt32 { UInt32(truncatingIfNeeded: self) &* 2_654_435_761 }
}
