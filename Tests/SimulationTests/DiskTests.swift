import Alliance
import CRDT
import Foundation
import Store
import Sync
import Testing
import Wire

@testable import Simulation

/// What a simulated disk keeps and loses.
@Suite struct DiskTests {
    /// A replica's file on a simulated disk.
    final class File {
        let disk: Disk
        var store: ReplicaStore

        init(_ seed: UInt64) throws {
            let folder = NSTemporaryDirectory() + "jilian-disk-" + UUID().uuidString
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            disk = Disk(folder: folder, random: Seeded(seed))
            FaultVFS.mount(disk)
            let replica = ReplicaID(rawValue: 7)
            let state = ReplicaState(
                role: .hub, alliance: "", replica: replica, member: Records.secretariat, node: RowID(rawValue: 1),
                secretariat: Records.secretariat, hubKey: [UInt8](repeating: 1, count: 32),
                epoch: Epoch(number: 1, replica: replica), hubURL: "")
            store = try ReplicaStore.create(at: folder + "/replica.sqlite", schema: .current, state: state)
        }

        deinit {
            try? store.close()
            FaultVFS.unmount(disk)
            try? FileManager.default.removeItem(atPath: disk.folder)
        }

        func raise(_ subject: String, durable: Bool = true) throws {
            try store.write(durable: durable) { try $0.raise(Alarm(.row, subject: subject, detail: "", since: 1)) }
        }

        var subjects: [String] { get throws { try store.read { try $0.alarms() }.map(\.subject) } }

        func crash() throws {
            disk.crash()
            try? store.close()
            disk.powerOn()
            store = try ReplicaStore.open(at: disk.folder + "/replica.sqlite", schema: .current)
        }
    }

    @Test func `a crash loses what was not synced, and nothing that was`() throws {
        var lost = 0
        for seed: UInt64 in 1...30 {
            let file = try File(seed)
            try file.raise("synced")
            try file.raise("not synced", durable: false)
            try file.crash()
            let subjects = try file.subjects
            #expect(subjects.contains("synced"))
            #expect(try file.store.integrityFaults().isEmpty)
            if !subjects.contains("not synced") { lost += 1 }
        }
        #expect((1..<30).contains(lost))
    }

    @Test func `a crash at any write leaves a transaction whole, or none of it`() throws {
        for count in 1...25 {
            let file = try File(UInt64(count))
            try file.raise("before")
            file.disk.fault = .crash(count)
            let isDone = (try? file.raise("then")) != nil
            try file.crash()
            #expect(try file.store.integrityFaults().isEmpty)
            let subjects = try file.subjects
            #expect(subjects.contains("before"))
            if isDone { #expect(subjects.contains("then")) }
        }
    }

    @Test func `a full disk and an error are told, and pass`() throws {
        let file = try File(1)
        for (fault, code) in [(Disk.Fault.full(0), StoreError.Code.full), (.errors(1), .damaged)] {
            file.disk.fault = fault
            let error = #expect(throws: StoreError.self) { try file.raise("then") }
            #expect(error?.code == code)
            file.disk.fault = .none
            #expect(try file.subjects.isEmpty)
        }
        try file.raise("then")
        #expect(try file.subjects == ["then"])
    }

    @Test func `a file is copied as it stands`() throws {
        let file = try File(1)
        try file.raise("before")
        try file.store.close()
        let backup = file.disk.backup(["replica.sqlite", "replica.sqlite-wal"])
        file.store = try ReplicaStore.open(at: file.disk.folder + "/replica.sqlite", schema: .current)
        try file.raise("then")
        try file.store.close()
        file.disk.restore(backup)
        file.store = try ReplicaStore.open(at: file.disk.folder + "/replica.sqlite", schema: .current)
        #expect(try file.subjects == ["before"])
    }
}
