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
    case rawSingles = "raw-singles"
    case insert, push, merge, offer, snapshot, cells, update, singles, repair, verify

    /// What a step gives: figures by name. `cpu` is what a ratio is of, milliseconds.
    public typealias Figures = [String: Double]

    /// - Parameter folder: of one round; made by the first step that needs it.
    public func run(folder: String, rows count: Int) throws -> Figures {
        let steps = Steps(alliance: BenchAlliance(folder: folder), folder: folder, count: count)
        return switch self {
        case .rawInsert: try steps.raw { try $0.insert($1) }
        case .rawUpdate: try steps.raw(onRows: true) { try $0.updateHours($1) }
        case .rawCells:
            try steps.raw(onRows: true) { [changes = Workload.changes(among: count)] in try $0.updatePhones($1, changes)
            }
        case .rawSingles: try steps.raw(rows: Steps.singles) { try $0.insert($1, chunk: 1) }
        case .insert: try steps.insert()
        case .push: try steps.push()
        case .merge: try steps.merge()
        case .offer: try steps.offer()
        case .snapshot: try steps.snapshot()
        case .cells: try steps.cells()
        case .update: try steps.update()
        case .singles: try steps.singles()
        case .repair: try steps.repair()
        case .verify: try steps.verify()
        }
    }
}

/// The work of the steps.
struct Steps {
    let alliance: BenchAlliance
    let folder: String
    let count: Int

    /// How many transactions of one row are measured.
    static let singles = 5_000

    // MARK: Raw SQLite

    func raw(
        rows: Int? = nil, onRows: Bool = false, _ work: (RawSQLite, RawRows) throws -> Void
    ) throws -> Phase.Figures {
        let path = folder + "/raw-\(UUID().uuidString).sqlite"
        defer { for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) } }
        let rows = RawRows(Workload.rows(rows ?? count))
        var raw = try RawSQLite(path)
        try raw.createTable()
        if onRows {
            // Opened anew, as the replicas are: nobody has pages in memory.
            try raw.insert(rows)
            raw = try RawSQLite(path)
        }
        let usage = try Usage.measure { try work(raw, rows) }
        try raw.checkpoint()
        return ["cpu": usage.cpu, "rss": usage.peakMemory, "file": Self.size(path)]
    }

    // MARK: The author

    func insert() throws -> Phase.Figures {
        let author = try alliance.makeNode("author", hub: alliance.makeHub())
        return ["cpu": try commit(Workload.rows(count), at: author, BenchAlliance.create)]
    }

    func update() throws -> Phase.Figures {
        let author = try alliance.open("author")
        let cpu = try commit(Workload.rows(count), at: author) {
            RowEdit(key: BenchAlliance.key($0), act: .edit, values: [ColumnID(6): .integer($0.hours + 1)])
        }
        return ["cpu": cpu]
    }

    private func commit(
        _ rows: [WorkloadRow], at party: BenchAlliance.Party, chunk: Int = RawSQLite.chunk,
        _ edit: (WorkloadRow) -> RowEdit
    ) throws -> Double {
        var cpu = 0.0
        for start in stride(from: 0, to: rows.count, by: RawSQLite.chunk) {
            // Made before anything is measured, as the baseline's rows are.
            let edits = rows[start..<min(start + RawSQLite.chunk, rows.count)].map(edit)
            let chunks = stride(from: 0, to: edits.count, by: chunk).map {
                [RowEdit](edits[$0..<min($0 + chunk, edits.count)])
            }
            cpu += try Usage.measure { for edits in chunks { try BenchAlliance.commit(edits, at: party) } }.cpu
        }
        return cpu
    }

    func push() throws -> Phase.Figures {
        let (hub, author) = (try alliance.open("hub"), try alliance.open("author"))
        let waiting = try author.fileSize(without: BenchAlliance.segmentTables)
        let cut = try Usage.measure { try author.store.write { try Cutter($0, key: author.key).cut(segments: .max) } }
        _ = try BenchAlliance.sync(author, hub)
        return ["cut": cut.cpu, "bytes": try segmentBytes(author) / Double(count), "file": waiting]
    }

    func singles() throws -> Phase.Figures {
        let author = try alliance.makeNode("clerk", hub: alliance.open("hub"))
        return ["cpu": try commit(Workload.rows(Self.singles), at: author, chunk: 1, BenchAlliance.create)]
    }

    // MARK: Others

    func merge() throws -> Phase.Figures {
        let hub = try alliance.open("hub")
        let reader = try alliance.makeNode("reader", hub: hub, reads: true)
        let usage = try measureSync(reader, hub)
        return [
            "cpu": usage.cpu, "rss": usage.peakMemory, "file": try reader.fileSize(),
            "bare": try reader.fileSize(without: BenchAlliance.segmentTables),
        ]
    }

    /// The hub makes the snapshot that it hands out, and has no more than that to give.
    func offer() throws -> Phase.Figures {
        let hub = try alliance.open("hub")
        try hub.store.write { $0.state.floor = $0.state.cursor.rev }
        let usage = try Usage.measure {
            try hub.store.write { _ = try HubSnapshot($0).manifest(for: BenchAlliance.school) }
        }
        let parts = try hub.store.read { try $0.snapshot() }?.parts ?? []
        return [
            "cpu": usage.cpu, "rss": usage.peakMemory,
            "bytes": Double(parts.reduce(0) { $0 + $1.size }) / Double(count),
        ]
    }

    /// A new node takes it.
    func snapshot() throws -> Phase.Figures {
        let hub = try alliance.open("hub")
        let late = try alliance.makeNode("late", hub: hub, reads: true)
        let usage = try measureSync(late, hub)
        try hub.store.write { $0.state.floor = 0 }
        return ["cpu": usage.cpu, "rss": usage.peakMemory]
    }

    /// 1,000 changed cells on their way from one node to another that is at the head.
    func cells() throws -> Phase.Figures {
        let (hub, author, reader) = (try alliance.open("hub"), try alliance.open("author"), try alliance.open("reader"))
        for node in [author, reader] { _ = try BenchAlliance.sync(node, hub) }
        let rows = Workload.rows(count)
        let edits = Workload.changes(among: count).map {
            RowEdit(key: BenchAlliance.key(rows[$0.row]), act: .edit, values: [ColumnID(5): .text($0.phone)])
        }
        let before = try segmentBytes(author)
        try BenchAlliance.commit(edits, at: author)
        let cut = try Usage.measure { try author.store.write { try Cutter($0, key: author.key).cut(segments: 1) } }
        let bytes = try segmentBytes(author) - before
        _ = try BenchAlliance.sync(author, hub)
        let apply = try measureSync(reader, hub)
        return ["cut": cut.cpu, "cpu": apply.cpu, "bytes": bytes]
    }

    /// Recomputes every hash and digest of the files, which know the bench's table only under the bench's schema.
    func verify() throws -> Phase.Figures {
        var figures: Phase.Figures = [:]
        for name in ["hub", "author", "reader", "late", "clerk"]
        where FileManager.default.fileExists(atPath: "\(folder)/\(name).sqlite") {
            let findings = try alliance.open(name).store.deepCheck()
            guard findings.isClean else { throw BenchFault(file: name, findings: findings) }
            figures[name] = Double(findings.checked)
        }
        return figures
    }

    // MARK: Figures

    /// The node's own part of a sync to the head: decoding, verifying, merging, committing.
    private func measureSync(_ node: BenchAlliance.Party, _ hub: BenchAlliance.Party) throws -> Usage {
        var total = Usage(cpu: 0, peakMemory: 0)
        _ = try BenchAlliance.sync(node, hub) { work in
            let usage = try Usage.measure { try work() }
            total.cpu += usage.cpu
            total.peakMemory = usage.peakMemory
        }
        return total
    }

    private func segmentBytes(_ party: BenchAlliance.Party) throws -> Double {
        try party.store.read { transaction in
            let own = transaction.state.own?.seq ?? 0
            let all = try transaction.segments(of: transaction.state.replica, after: 0, size: .max, count: Int(own))
            return Double(all.reduce(0) { $0 + $1.size })
        }
    }

    static func size(_ path: String) -> Double {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return (attributes?[.size] as? NSNumber)?.doubleValue ?? 0
    }
}

/// A file of the bench's does not hold what its hashes say.
struct BenchFault: Error, CustomStringConvertible {
    let file: String
    let findings: DeepFindings

    var description: String {
        "\(file).sqlite: \(findings.rows.count) rows, \(findings.audiences.count) digests, \(findings.journal.count) journal entries, \(findings.file)"
    }
}
