import CRDT
import Testing

@testable import Alliance

/// Whatever the bytes, an import ends in a plan or an error that says what to do.
@Suite struct FuzzTests {
    private func check(_ bytes: [UInt8], into table: Table, encoding: TextEncoding?) {
        do {
            let plan = try ImportPlan.read(bytes, into: table, encoding: encoding, names: .none)
            #expect(plan.problemCount >= plan.problems.count)
            for problem in plan.problems where problem.what.zh.isEmpty || problem.remedy.en.isEmpty {
                Issue.record("a problem without words in line \(problem.line)")
            }
            for row in plan.rows {
                for (id, value) in row.values where table.column(id).map({ !$0.type.accepts(value) }) ?? true {
                    Issue.record("line \(row.line) has a value that its column does not take: \(value)")
                }
            }
        } catch {
            #expect(!error.what.zh.isEmpty && !error.remedy.en.isEmpty)
        }
    }

    @Test func `20,000 random byte strings end in a plan or an error`() {
        var random = SplitMix64(seed: 7)
        let pieces: [[UInt8]] =
            ["工号", "姓名", ",", "\"", "\r\n", "\n", "\t", ";", "sep=;", "=\"0\"", "'"].map { Array($0.utf8) }
            + [[0xFF, 0xFE], [0xFE, 0xFF], [0xEF, 0xBB, 0xBF], [0x81, 0x30], [0x50, 0x4B, 3, 4]]
        for _ in 0..<20_000 {
            let bytes = (0..<random.number(in: 0...30)).flatMap { _ in
                random.number(in: 0...1) == 0 ? random.pick(pieces) : [UInt8(random.number(in: 0...255))]
            }
            let named = random.pick([nil, nil, nil, .utf8, .gb18030, .utf16le, .utf16be] as [TextEncoding?])
            check(bytes, into: random.pick(Schema.current.tables), encoding: named)
        }
    }

    @Test(arguments: TextEncoding.allCases)
    func `mutated valid files end in a plan or an error`(encoding: TextEncoding) throws {
        var random = SplitMix64(seed: 11)
        let sample = SampleAlliance()
        let names = ["teachers-1.csv", "spaces-1.csv", "committees.csv", "teacher_contacts-2.csv"]
        for name in names {
            let table = table(String(name.prefix { $0 != "-" && $0 != "." }.dropLast()))
            let valid = Array(try #require(sample.file(name, as: encoding)).prefix(1500))
            for _ in 0..<500 {
                var bytes = valid
                for _ in 0..<random.number(in: 1...6) {
                    let place = random.number(in: 0...bytes.count - 1)
                    switch random.number(in: 0...3) {
                    case 0: bytes[place] = UInt8(random.number(in: 0...255))
                    case 1: bytes.remove(at: place)
                    case 2: bytes.insert(random.pick(Array("\",;\t\r\n='\0".utf8)), at: place)
                    default: bytes.removeSubrange(place..<min(bytes.count, place + random.number(in: 1...40)))
                    }
                    if bytes.isEmpty { bytes = valid }
                }
                check(bytes, into: table, encoding: random.pick([nil, encoding]))
            }
        }
    }
}
