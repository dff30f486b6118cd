import Alliance
import CRDT
import Store
import Sync
import Testing
import Wire

/// Rows that come into being together are stored by few statements: one whose key is taken is told from the others.
@Suite struct ManyBirthsTests {
    private let file: TestFile
    private let store: ReplicaStore

    init() throws {
        file = try TestFile()
        store = try file.create()
    }

    private func digest(of rows: some Sequence<RowState>) -> Digest {
        rows.reduce(into: Digest()) { $0.add($1.digestHash) }
    }

    @Test(arguments: [1, 15, 16, 17, 32, 200], [[], [0], [7], [15], [16], [3, 4, 5], [0, 15, 16, 31]])
    func `each new row is stored, and one that stands there stays`(_ count: Int, _ taken: [Int]) throws {
        let standing = taken.filter { $0 < count }.map { TestFile.row($0, "standing", at: 9) }
        try store.write { transaction in
            for row in standing { try transaction.put(row, audience: .alliance) }
        }
        var rows = (0..<count).map { TestFile.row($0, "born \($0)") }
        let stored = try store.write { try $0.insert(rows[...]) { _ in .alliance } }
        #expect(stored == (0..<count).map { !taken.contains($0) })
        for row in standing { rows[Int(row.key.id.rawValue) - 1] = row }
        for row in rows { #expect(try store.read { try $0.row(row.key) } == row) }
        let digests = try store.read { try $0.digests(for: TestFile.member) }
        #expect(digests == [AudienceDigest(audience: .alliance, digest: digest(of: rows))])
        #expect(try store.deepCheck().isClean)
    }

    @Test func `rows of other stamps, owners, lengths and widths keep what is theirs`() throws {
        let other = MemberID(rawValue: 9)
        let rows = (0..<40).map { number in
            number % 5 == 1
                ? TestFile.row(number, at: 4)
                : number % 7 == 2
                    ? TestFile.row(number, owner: other)
                    : number % 11 == 3
                        ? TestFile.row(number, length: 3) : TestFile.row(number, by: ReplicaID(rawValue: 5))
        }
        let alike = (40..<60).map { TestFile.row($0, at: 6, length: 5, owner: other, by: ReplicaID(rawValue: 6)) }
        let again = (60..<80).map { TestFile.row($0) }
        let births = rows + alike + again
        #expect(try store.write { try $0.insert(births[...]) { _ in .alliance } }.allSatisfy { $0 })
        for birth in births { #expect(try store.read { try $0.row(birth.key) } == birth) }
        #expect(try store.deepCheck().isClean)
    }

    @Test func `each row counts for its own audience`() throws {
        let two = Audience.members([TestFile.member, TestFile.secretariat])
        let births = (0..<32).map { TestFile.row($0) }
        func audience(_ index: Int) -> Audience { index % 3 == 0 ? two : .alliance }
        try store.write { _ = try $0.insert(births[...], audience: audience) }
        let digests = try store.read { try $0.digests(for: TestFile.member) }
        #expect(
            digests
                == [Audience.alliance, two].sorted().map { of in
                    let rows = births.indices.filter { audience($0) == of }.map { births[$0] }
                    return AudienceDigest(audience: of, digest: digest(of: rows))
                })
    }

    @Test func `among births a deletion of before, and a row of another table`() throws {
        let gone = TestFile.row(5, at: 2, length: 2)
        try store.write { try $0.put(gone, audience: .alliance) }
        let unknown = TestFile.row(40, table: TableID(rawValue: 9_999))
        let births = (0..<20).map { TestFile.row($0) } + [unknown]
        let stored = try store.write { try $0.insert(births[...]) { _ in .alliance } }
        #expect(stored.indices.filter { !stored[$0] } == [5])
        #expect(try store.read { try $0.row(gone.key) } == gone)
        #expect(try store.read { try $0.row(unknown.key) } == unknown)
        #expect(try store.deepCheck().isClean)
    }
}
