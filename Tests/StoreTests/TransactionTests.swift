import Alliance
import CRDT
import Foundation
import Store
import Sync
import Testing
import Wire

/// A transaction happens as a whole or not at all, in one process or two.
@Suite struct TransactionTests {
    struct Stop: Error {}

    @Test func `a rollback takes rows, digests, state, and the indices that it added, with it`() throws {
        let file = try TestFile()
        let store = try file.create()
        let stranger = MemberID(rawValue: 0xABC)
        #expect(throws: Stop.self) {
            try store.write { transaction in
                try transaction.put(
                    TestFile.row(1, owner: stranger, by: ReplicaID(rawValue: 12)),
                    audience: .members([TestFile.member, stranger].sorted()))
                _ = transaction.state.clock.next(wall: 5)
                throw Stop()
            }
        }
        #expect(try store.read { try $0.row(TestFile.key(1, owner: stranger)) } == nil)
        #expect(try store.read { $0.state.clock.last } == .zero)
        // Another owner takes the index that the rolled back one had; both must keep apart.
        let other = MemberID(rawValue: 0xDEF)
        try store.write {
            try $0.put(TestFile.row(1, "other", owner: other, by: ReplicaID(rawValue: 13)), audience: .alliance)
        }
        try store.write {
            try $0.put(TestFile.row(1, "stranger", owner: stranger, by: ReplicaID(rawValue: 12)), audience: .alliance)
        }
        for opened in [store, try file.open()] {
            #expect(
                try opened.read { try $0.row(TestFile.key(1, owner: other)) }
                    == TestFile.row(1, "other", owner: other, by: ReplicaID(rawValue: 13)))
            #expect(
                try opened.read { try $0.row(TestFile.key(1, owner: stranger)) }
                    == TestFile.row(1, "stranger", owner: stranger, by: ReplicaID(rawValue: 12)))
            #expect(try opened.deepCheck().isClean)
        }
    }

    @Test func `readers look up what the file has never heard of`() throws {
        let file = try TestFile()
        let store = try file.create()
        let nobody = MemberID(rawValue: 4), replica = ReplicaID(rawValue: 4)
        try store.read { (transaction: SQLiteTransaction) throws in
            #expect(try transaction.row(TestFile.key(1, owner: nobody)) == nil)
            #expect(try !transaction.isTaken(RowID(rawValue: 2), in: .base, besides: nobody))
            #expect(try transaction.segment(replica, 1) == nil && transaction.headerHash(replica, 1) == nil)
            #expect(try transaction.replicaHead(replica) == nil && transaction.nodeReport(replica) == nil)
            #expect(try transaction.place(of: Stamp(time: .zero, replica: replica)) == nil)
            #expect(try transaction.segments(of: replica, after: 0, size: 1, count: 1).isEmpty)
        }
    }

    @Test func `an id is taken by another owner's row, there or deleted, and not by one's own`() throws {
        let file = try TestFile()
        let store = try file.create()
        let other = MemberID(rawValue: 4)
        try store.write { try $0.put(TestFile.row(1, owner: other), audience: .alliance) }
        #expect(try store.read { try $0.isTaken(RowID(rawValue: 2), in: .base, besides: TestFile.member) })
        #expect(try store.read { try !$0.isTaken(RowID(rawValue: 2), in: .base, besides: other) })
        try store.write { try $0.put(TestFile.row(1, at: 2, length: 2, owner: other), audience: .alliance) }
        #expect(try store.read { try $0.isTaken(RowID(rawValue: 2), in: .base, besides: TestFile.member) })
    }

    @Test func `two processes write in turns and see each other's rows and indices`() throws {
        let file = try TestFile()
        let stores = [try file.create(), try file.open()]
        for number in 0..<60 {
            let owner = MemberID(rawValue: UInt128(number % 7) + 10)
            let store = stores[number % 2]
            let row = TestFile.row(
                number, owner: owner, table: .teacherContact, by: ReplicaID(rawValue: UInt64(number % 5)))
            try store.write { transaction in
                _ = transaction.state.clock.next(wall: nil)
                try transaction.put(row, audience: .parties([owner], secretariat: TestFile.secretariat))
            }
            #expect(try stores[(number + 1) % 2].read { try $0.row(row.key) } == row)
        }
        #expect(try stores[0].read { $0.state.clock.last.rawValue } == 60)
        for store in stores { #expect(try store.deepCheck().isClean) }
        for owner in 10..<17 {
            let member = MemberID(rawValue: UInt128(owner))
            #expect(
                try stores[0].read { try $0.digests(for: member) } == stores[1].read { try $0.digests(for: member) })
        }
    }

    @Test func `readers see a whole transaction or nothing of it, while it is written`() async throws {
        let file = try TestFile()
        let store = try file.create()
        try store.write { transaction in
            for number in 0..<20 { try transaction.put(TestFile.row(number, "0"), audience: .alliance) }
        }
        try await withThrowingTaskGroup { group in
            group.addTask {
                for round in 1...40 {
                    try store.write { transaction in
                        for number in 0..<20 {
                            try transaction.put(
                                TestFile.row(number, "\(round)", at: UInt64(round) + 1), audience: .alliance)
                        }
                    }
                }
            }
            for _ in 0..<3 {
                group.addTask {
                    for _ in 0..<40 {
                        let notes = try store.read { transaction in
                            try (0..<20).map { try transaction.row(TestFile.key($0))?[ColumnID(7)]?.value }
                        }
                        #expect(Set(notes).count == 1)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try store.deepCheck().isClean)
    }

    @Test func `rows come, go and return with their digest`() throws {
        let file = try TestFile()
        let store = try file.create()
        var expected = Digest()
        func expectDigest(_ sourceLocation: SourceLocation = #_sourceLocation) throws {
            let digests = try store.read { try $0.digests(for: TestFile.member) }
            #expect(
                digests == (expected == Digest() ? [] : [AudienceDigest(audience: .alliance, digest: expected)]),
                sourceLocation: sourceLocation)
        }
        let born = TestFile.row(1, "a"), gone = TestFile.row(1, "a", at: 2, length: 2),
            back = TestFile.row(1, "b", at: 3, length: 3)
        try store.write { try $0.put(born, audience: .alliance) }
        expected.add(born.digestHash)
        try expectDigest()
        try store.write { try $0.put(gone, audience: .alliance) }
        expected = Digest()
        try expectDigest()
        #expect(try store.read { try $0.row(born.key) } == gone)
        let base = try #require(Schema.current[.base])
        #expect(try store.read { try $0.count(in: base) } == 0)
        try store.write { try $0.put(back, audience: .alliance) }
        expected.add(back.digestHash)
        try expectDigest()
        try store.write { transaction in
            let stored = try #require(try transaction.stored(back.key))
            try transaction.remove(stored, audience: .alliance)
        }
        expected = Digest()
        try expectDigest()
        #expect(try store.read { try $0.row(born.key) } == nil)
    }

    @Test func `more audiences than a message holds are proved together`() throws {
        let file = try TestFile()
        let store = try file.create()
        func put(_ numbers: Range<Int>, _ note: String) throws {
            try store.write { transaction in
                for number in numbers {
                    let party = MemberID(rawValue: UInt128(number) + 1_000)
                    try transaction.put(
                        TestFile.row(number, note, owner: party),
                        audience: .parties([party, TestFile.member], secretariat: TestFile.secretariat))
                }
            }
        }
        try put(0..<700, "a")
        let before = try store.read { try $0.digests(for: TestFile.member) }
        #expect(before.count == Limits.digests && before.reduce(0) { $0 + $1.digest.rows } == 700)
        try put(690..<691, "b")
        #expect(try store.read { try $0.digests(for: TestFile.member) } != before)
    }
}
