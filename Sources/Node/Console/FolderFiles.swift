import Alliance
import Foundation
import Replica
import Web

/// The files of one folder beside the replica's, for their owner's eyes only.
struct FolderFiles {
    struct File {
        let name: String
        let size: Int64
        /// Unix milliseconds.
        let time: Int64

        var sizeText: String { size < 1 << 20 ? "\((size + 1023) >> 10) kB" : "\((size + 524_288) >> 20) MB" }
    }

    private let folder: String

    init(_ folder: String) { self.folder = folder }

    /// The newest first.
    var all: [File] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.compactMap { name -> File? in
            guard let attributes = try? FileManager.default.attributesOfItem(atPath: folder + "/" + name) else {
                return nil
            }
            let date = attributes[.modificationDate] as? Date ?? .distantPast
            return File(
                name: name, size: (attributes[.size] as? NSNumber)?.int64Value ?? 0,
                time: Int64(date.timeIntervalSince1970 * 1000))
        }.sorted { ($0.time, $0.name) > ($1.time, $1.name) }
    }

    func make() throws {
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { throw unusable }
    }

    func clear() { for file in all { try? FileManager.default.removeItem(atPath: folder + "/" + file.name) } }

    /// A file of the folder; names that lead out of it are none of it.
    func read(_ name: String) throws -> [UInt8] {
        guard all.contains(where: { $0.name == name }),
            let data = FileManager.default.contents(atPath: folder + "/" + name)
        else { throw CommandError(.refused, "absent", NodeTexts.noSuchFile) }
        return [UInt8](data)
    }

    func write(_ bytes: [UInt8], name: String) throws -> String {
        let path = folder + "/" + name
        guard
            FileManager.default.createFile(atPath: path, contents: Data(bytes), attributes: [.posixPermissions: 0o600])
        else { throw unusable }
        return path
    }

    private var unusable: CommandError {
        CommandError(
            .refused, "folder",
            Phrase(
                "无法写入文件夹 \(folder)；数据不受影响。请检查磁盘和权限。",
                "The folder \(folder) can't be written; the data are untouched; check the disk and the rights."))
    }
}
