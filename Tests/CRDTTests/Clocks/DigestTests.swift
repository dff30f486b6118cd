import CRDT
import Testing

struct DigestTests {
    @Test(arguments: [11, 0xD16E] as [UInt64])
    func `a digest that was kept equals one that is computed anew`(seed: UInt64) {
        var generator = Seeded(seed)
        var rows: [UInt64: UInt128] = [:]
        var kept = Digest()
        for round in 0..<4000 {
            let id = UInt64(generator.number(0...40))
            if let old = rows.removeValue(forKey: id) { kept.remove(old) }
            if !generator.once(in: 3) {
                let hash = UInt128(generator.next()) << 64 | UInt128(generator.next())
                rows[id] = hash
                kept.add(hash)
            }
            var anew = Digest()
            for (_, hash) in rows.shuffled(using: &generator) { anew.add(hash) }
            guard kept == anew, kept.rows == rows.count else {
                Issue.record("seed \(seed), round \(round): \(kept) and \(anew)")
                return
            }
        }
    }

    @Test func `the sum goes around at its end, and back`() {
        var digest = Digest(sum: .max, rows: 1)
        digest.add(2)
        #expect(digest == Digest(sum: 1, rows: 2))
        digest.remove(3)
        #expect(digest == Digest(sum: .max - 1, rows: 1))
    }

    @Test func `equal sums of unequal numbers of rows are unequal`() {
        #expect(Digest(sum: 5, rows: 1) != Digest(sum: 5, rows: 2))
    }

    @Test func `a digest is written with all its digits`() {
        #expect(Digest(sum: 0xAB, rows: 3).description == "000000000000000000000000000000ab/3")
        #expect(Digest(sum: .max, rows: 0).description == String(repeating: "f", count: 32) + "/0")
    }
}
