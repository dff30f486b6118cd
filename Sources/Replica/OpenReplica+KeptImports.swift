import Alliance
import CRDT
import Foundation
import Glibc
import Wire

/// The last imports, kept in files of the replica's folder so that each can be taken back later, also by another process.
///
///     DATA/imports/20261123T081500-teacher-4f2a.undo   what stood before and what was written, in state form
extension OpenReplica {
    public struct KeptImport: Hashable, Sendable {
        /// The file's name without its end.
        public let id: String
        /// Unix milliseconds.
        public let time: Int64
        public let table: String

        public var json: JSON { ["id": .string(id), "time": JSON(time), "table": .string(table)] }
    }

    /// How many are kept.
    public static let importsKept = 10

    private var importFolder: String { folder + "/imports" }
    private static let ending = ".undo"

    /// Those that can still be taken back, the newest first.
    public func keptImports() -> [KeptImport] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: importFolder)) ?? []
        return names.filter { $0.hasSuffix(Self.ending) }.compactMap { name -> KeptImport? in
            let id = String(name.dropLast(Self.ending.count))
            let parts = id.split(separator: "-")
            guard parts.count == 3, let time = Int64(parts[0]) else { return nil }
            return KeptImport(id: id, time: time, table: String(parts[1]))
        }.sorted { ($0.time, $0.id) > ($1.time, $1.id) }
    }

    /// Takes back what an import wrote, but for what was changed since.
    /// - Parameter id: as `keptImports` tells it; only the start of it is enough where it leads to one.
    public func undoImport(_ id: String) throws -> (undone: Int, kept: Int) {
        let found = keptImports().filter { $0.id == id || !id.isEmpty && $0.id.hasPrefix(id) }
        guard found.count == 1, let one = found.first else {
            throw CommandError(
                .refused, "no-such-import",
                Phrase(
                    "没有可以撤销的导入“\(id)”：只留最近 \(Self.importsKept) 次，撤销过的不再列出。没有改动。",
                    "There is no import “\(id)” to be taken back: the last \(Self.importsKept) are kept, and those taken back are gone. Nothing was changed."
                ))
        }
        let path = "\(importFolder)/\(one.id)\(Self.ending)"
        guard let data = FileManager.default.contents(atPath: path), let batch = ImportBatch(bytes: [UInt8](data))
        else {
            throw CommandError(
                .refused, "damaged-import",
                Phrase(
                    "记录文件 \(path) 读不出来，没有撤销；数据未受影响。",
                    "The record \(path) can't be read, and nothing was taken back; the data are untouched."))
        }
        let result = try undo(batch)
        unlink(path)
        return result
    }

    /// Keeps what an import wrote. Where the file can't be written the import stands, and can't be taken back.
    func keep(_ batch: ImportBatch, of table: Alliance.Table) -> String? {
        mkdir(importFolder, 0o700)
        let id = "\(World.wall)-\(table.name)-\(String(UInt16.random(in: .min ... .max), radix: 16))"
        do { try PrivateFile.write(batch.bytes, to: "\(importFolder)/\(id)\(Self.ending)", code: "imports") } catch {
            return nil
        }
        for old in keptImports().dropFirst(Self.importsKept) { unlink("\(importFolder)/\(old.id)\(Self.ending)") }
        return id
    }
}

extension ImportBatch {
    /// The length of the first part, 8 bytes, the least first; then what stood before and what was written. Rows that
    /// were made have no row before.
    var bytes: [UInt8] {
        let before = Section.encode(states: rows.compactMap { row in row.before.map { Self.state(row.key, $0) } })
        let after = Section.encode(states: rows.map { Self.state($0.key, $0.after) })
        return (0..<8).map { UInt8(truncatingIfNeeded: before.count >> ($0 * 8)) } + before + after
    }

    init?(bytes: [UInt8]) {
        guard bytes.count >= 8 else { return nil }
        let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length >= 0, length <= bytes.count - 8,
            let before = try? Section.states(Array(bytes[8..<(8 + length)])),
            let after = try? Section.states(Array(bytes[(8 + length)...]))
        else { return nil }
        let former = Dictionary(before.map { ($0.key, Self.values($0)) }, uniquingKeysWith: { first, _ in first })
        self.init(rows: after.map { Row(key: $0.key, before: former[$0.key], after: Self.values($0)) })
    }

    private static func state(_ key: RowKey, _ values: [ColumnID: Value]) -> RowState {
        // The stamps mean nothing here.
        let stamp = Stamp(time: .zero, replica: ReplicaID(rawValue: 1))
        let cells = values.sorted { $0.key < $1.key }.map { Cell(column: $0.key, value: $0.value, stamp: stamp) }
        return RowState(key: key, presence: Presence(length: 1, stamp: stamp), cells: cells)
    }

    private static func values(_ state: RowState) -> [ColumnID: Value] {
        Dictionary(state.cells.map { ($0.column, $0.value) }, uniquingKeysWith: { first, _ in first })
    }
}
