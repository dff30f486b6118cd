import Alliance
import CRDT
import Store
import Sync
import Testing
import Wire

/// What was changed behind the program's back is named.
@Suite struct DeepCheckTests {
    private func scene() throws -> (file: TestFile, store: ReplicaStore) {
        let file = try TestFile()
        let store = try file.create()
        try store.write { transaction in
            for number in 0..<30 { try transaction.put(TestFile.row(number), audience: .alliance) }
            try transaction.put(TestFile.row(40, length: 2), audience: .alliance)
            try transaction.put(TestFile.row(41, table: TableID(rawValue: 900)), audience: .alliance)
        }
        #expect(try store.deepCheck().isClean)
        #expect(try store.deepCheck().checked == 32)
        return (file, store)
    }

    @Test(arguments: [
        "UPDATE base SET note = 'by hand' WHERE name = 'b7'", "UPDATE base SET note = NULL WHERE name = 'b7'",
        "UPDATE base SET note = 5 WHERE name = 'b7'", "UPDATE base SET note = x'00' WHERE name = 'b7'",
        "UPDATE base SET _t = _t + 1 WHERE name = 'b7'", "UPDATE base SET _p = 3 WHERE name = 'b7'",
        "UPDATE base SET _w = 3 WHERE name = 'b7'", "UPDATE base SET _h = zeroblob(16) WHERE name = 'b7'",
        "UPDATE base SET _l = x'0001' WHERE name = 'b7'", "UPDATE base SET _l = zeroblob(9) WHERE name = 'b7'",
        "UPDATE base SET _l = x'00000000000000000001' WHERE name = 'b7'",
        "UPDATE base SET _l = x'07010000000000000000' WHERE name = 'b7'",
        "UPDATE base SET _l = x'0701FFFFFFFFFFFFFFFF07' WHERE name = 'b7'",
        "UPDATE base SET _l = x'FFFFFFFFFFFFFFFFFFFF' WHERE name = 'b7'",
        "UPDATE base SET _x = x'0001' WHERE name = 'b7'",
    ]) func `a row changed by hand is named`(_ sql: String) throws {
        let (file, store) = try scene()
        try file.execute(sql)
        let findings = try store.deepCheck()
        #expect(findings.rows == [TestFile.key(7)] && !findings.isClean)
    }

    @Test func `a row deleted or added by hand breaks its audience's digest`() throws {
        let (file, store) = try scene()
        try file.execute("DELETE FROM base WHERE name = 'b7'")
        #expect(try store.deepCheck().audiences == [.alliance])
    }

    @Test func `a changed digest, and a row of an unknown table, are named`() throws {
        let (file, store) = try scene()
        try file.execute("UPDATE inert_row SET hash = zeroblob(16) WHERE hash IS NOT NULL")
        #expect(try store.deepCheck().rows == [TestFile.key(41, table: TableID(rawValue: 900))])
        try file.execute("UPDATE digest SET rows = rows + 1")
        #expect(try store.deepCheck().audiences == [.alliance])
    }
}
