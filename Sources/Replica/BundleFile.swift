import Alliance
import Foundation
import Glibc
import Wire

/// Bundles as files, on a stick that may be pulled out at any moment.
enum BundleFile {
    static let suffix = ".jlb"

    /// Where bundles are written: into a folder under names of their own, or under one name.
    struct Target {
        private let path: String
        private let isFolder: Bool
        private let stem: String

        /// - Parameter stem: how files in a folder are called, before the time.
        init(_ path: String, stem: String) {
            var isFolder: ObjCBool = false
            self.isFolder = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
            self.path = path
            self.stem = "\(stem)-\(World.wall)"
        }

        /// The path of the n-th file, from 0.
        func path(_ number: Int) -> String {
            let more = number == 0 ? "" : "-\(number + 1)"
            if isFolder { return "\(path)/\(stem)\(more)\(suffix)" }
            guard number > 0, path.hasSuffix(suffix) else { return path + more }
            return path.dropLast(suffix.count) + more + suffix
        }
    }

    static func read(_ path: String) throws -> [UInt8] {
        let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? nil
        if let size, size > Limits.bundleSize { throw BundleRefusal.limit(size) }
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw CommandError(
                .refused, "file", Phrase("无法读取 \(path)；请检查路径和权限。", "\(path) can't be read; check path and rights."))
        }
        return [UInt8](bytes)
    }

    /// Writes a new file, whole or not at all, and waits until it is on the disk. A stick's file system may know no
    /// links, so the name is looked for first, and then given by a rename.
    static func write(_ bytes: [UInt8], to path: String) throws {
        guard !FileManager.default.fileExists(atPath: path) else {
            throw CommandError(
                .refused, "exists",
                Phrase("\(path) 已存在，未改写；请换一个文件名。", "\(path) exists and was left as it is; choose another name."))
        }
        let making = path + KeyFile.unfinished
        unlink(making)
        guard fill(making, bytes), rename(making, path) == 0 else {
            unlink(making)
            throw CommandError(
                .refused, "file",
                Phrase(
                    "无法写入 \(path)；请检查权限和剩余空间，改动仍在本机，未丢失。",
                    "\(path) can't be written; check rights and free space; the edits are still here."))
        }
        sync((path as NSString).deletingLastPathComponent)
    }

    private static func sync(_ folder: String) {
        let descriptor = open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    /// Everybody may read it, since it is sealed: another hand takes it off the stick.
    private static func fill(_ path: String, _ bytes: [UInt8]) -> Bool {
        let descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return false }
            written += count
        }
        return fsync(descriptor) == 0
    }
}
