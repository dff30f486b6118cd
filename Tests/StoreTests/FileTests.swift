import Alliance
import CRDT
import Foundation
import GRDB
import Store
import Sync
import Testing
import Wire

/// Files that can't be used are named, with a sentence for a person, and left as they are.
@Suite struct FileTests {
    private func expect(
        _ code: StoreError.Code, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
    ) {
        do {
            try body()
            Issue.record("no error", sourceLocation: sourceLocation)
        } catch let error as StoreError {
            #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
            #expect(error.phrase.zh.count > 8 && error.phrase.en.count > 20, sourceLocation: sourceLocation)
        } catch {
            Issue.record("\(error)", sourceLocation: sourceLocation)
        }
    }

    @Test func `an absent file is not made by opening it`() throws {
        let file = try TestFile()
        expect(.absent) { _ = try file.open() }
        #expect(!FileManager.default.fileExists(atPath: file.path))
    }

    @Test func `an existing file is not overwritten`() throws {
        let file = try TestFile()
        let store = try file.create()
        try store.write { try $0.put(TestFile.row(1), audience: .alliance) }
        expect(.exists) { _ = try file.create() }
        #expect(try store.read { try $0.row(TestFile.key(1)) } != nil)
    }

    @Test(arguments: ["text", "sqlite", "empty", "photo"])
    func `a foreign file is left as it is`(_ kind: String) throws {
        let file = try TestFile()
        switch kind {
        case "text":
            try Data(String(repeating: "not a database. ", count: 100).utf8).write(to: URL(fileURLWithPath: file.path))
        case "sqlite":
            try file.execute("CREATE TABLE t (a); INSERT INTO t VALUES (1)")
        case "empty": try Data().write(to: URL(fileURLWithPath: file.path))
        default:
            try Data((0..<5_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }).write(to: URL(fileURLWithPath: file.path))
        }
        let before = try Data(contentsOf: URL(fileURLWithPath: file.path))
        expect(.foreign) { _ = try file.open() }
        #expect(try Data(contentsOf: URL(fileURLWithPath: file.path)) == before)
    }

    @Test(arguments: ["PRAGMA user_version = 9", "UPDATE replica_state SET schema = 99"])
    func `a newer program's file is left as it is`(_ sql: String) throws {
        let file = try TestFile()
        try file.create().close()
        try file.execute(sql)
        expect(.newer) { _ = try file.open() }
    }

    @Test func `state and status come back as they were written`() throws {
        let file = try TestFile()
        let store = try file.create()
        let state = try store.write { transaction in
            transaction.state.hubOffset = -5
            transaction.state.hubTime = 1_790_000_000_000
            transaction.state.token = .init(count: 4, random: .max)
            transaction.state.nextToken = .init(count: 5, random: 0)
            transaction.state.clock.witness(.init(rawValue: UInt64(Int64.max)))
            transaction.state.own = .init(replica: TestFile.replica, seq: 3, hash: .init(of: [1]))
            transaction.state.standsOn = .init(replica: .init(rawValue: .max), seq: 9, hash: .init(of: [2]))
            transaction.status.failureZh = "断线"
            return transaction.state
        }
        try store.close()
        let again = try file.open()
        #expect(try again.read { $0.state } == state)
        #expect(try again.read { $0.status.failureZh } == "断线")
    }

    @Test func `a durable write is synced to the disk, whatever went before`() throws {
        let file = try TestFile()
        let store = try file.create()
        #expect(try store.synchronousAfterWrite() == 2)
        try store.write(durable: false) { try $0.put(TestFile.row(1), audience: .alliance) }
        #expect(try store.synchronousAfterWrite() == 2)
        #expect(try file.open().synchronousAfterWrite() == 2)
    }

    /// A file system of a few hundred kilobytes; root only.
    @Test func `a full disk takes nothing of a commit, and the next one works`() throws {
        let folder = NSTemporaryDirectory() + "jilian-full-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        guard Self.run("/bin/mount", "-t", "tmpfs", "-o", "size=1500k", "tmpfs", folder) == 0 else {
            Issue.record("NOT TESTED: a full disk needs the right to mount a small tmpfs (root)")
            return
        }
        defer {
            _ = Self.run("/bin/umount", folder)
            try? FileManager.default.removeItem(atPath: folder)
        }
        let file = try TestFile(in: folder)
        let store = try file.create()
        try store.write { try $0.put(TestFile.row(0, "first"), audience: .alliance) }
        let ballast = URL(fileURLWithPath: folder + "/ballast")
        while (try? Data(count: 64 << 10).append(to: ballast)) != nil {}
        while (try? Data(count: 1 << 10).append(to: ballast)) != nil {}
        let before = try store.read { ($0.state, try $0.digests(for: TestFile.member)) }
        var failed = false
        for number in 1...40 where !failed {
            do {
                try store.write { transaction in
                    _ = transaction.state.clock.next(wall: UInt64(number))
                    for row in 0..<40 {
                        try transaction.put(
                            TestFile.row(number * 100 + row, String(repeating: "长", count: 400)), audience: .alliance)
                    }
                }
            } catch let error as StoreError {
                #expect(error.code == .full, "\(error)")
                failed = true
                #expect(try store.read { try $0.row(TestFile.key(number * 100)) } == nil)
            }
        }
        #expect(failed, "the disk did not become full")
        #expect(try store.deepCheck().isClean)
        if try store.read({ try $0.digests(for: TestFile.member) }) == before.1 {
            #expect(try store.read { $0.state } == before.0)
        }
        try FileManager.default.removeItem(at: ballast)
        try store.write { try $0.put(TestFile.row(9_999, "after"), audience: .alliance) }
        #expect(try store.read { try $0.row(TestFile.key(9_999)) } != nil)
        #expect(try store.deepCheck().isClean)
        try store.close()
    }

    private static func run(_ program: String, _ arguments: String...) -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return -1 }
        process.waitUntilExit()
        return process.terminationStatus
    }
}

extension Data {
    fileprivate func append(to url: URL) throws {
        if !FileManager.default.fileExists(atPath: url.path) {
            FileManager.default.createFile(atPath: url.path, contents: nil)
        }
        let handle = try FileHandle(forWritingTo: url)
        defer { try? handle.close() }
        try handle.seekToEnd()
        try handle.write(contentsOf: self)
    }
}
