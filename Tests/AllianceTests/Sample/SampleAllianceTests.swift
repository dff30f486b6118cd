import CRDT
import Testing

@testable import Alliance

@Suite struct SampleAllianceTests {
    /// The member that imports a file, and the table it goes into.
    private func target(of name: String, _ sample: SampleAlliance, _ world: World) -> (Table, MemberID) {
        let stem = name.prefix { $0 != "." }
        let parts = stem.split(separator: "-")
        let secretariat = MemberID(0)
        let singular = ["teacher_specialties": "teacher_specialty"][parts[0]] ?? String(parts[0].dropLast())
        guard parts.count == 2, let number = Int(parts[1]) else { return (table(singular), secretariat) }
        let school = sample.schools[number - 1]
        return (table(singular), world.members.first { $0.name == school }!.id)
    }

    @Test(arguments: [1, 2, 99, .max] as [UInt64], [TextEncoding.utf8, .gb18030])
    func `every file is imported without a problem, in order`(seed: UInt64, encoding: TextEncoding) throws {
        let sample = SampleAlliance(seed: seed)
        var world = World()
        for file in sample.files() {
            let (table, member) = target(of: file.name, sample, world)
            let bytes = try #require(sample.file(file.name, as: encoding))
            let plan = try ImportPlan.read(bytes, into: table, names: world.names(for: member))
            #expect(plan.encoding == encoding)
            #expect(plan.problems == [], "\(file.name)")
            #expect(plan.ignored == (table.id == .teacherContact ? ["姓名"] : []), "\(file.name)")
            #expect(!plan.rows.isEmpty)
            if table.id == .teacher { #expect((20...60).contains(plan.rows.count)) }
            if table.id == .base { #expect(plan.rows.allSatisfy { $0.owner == member }) }
            world.take(plan, into: table, as: member)
        }
        #expect(world.members.count == 94)
        #expect(world.entries[.base]?.count == 15)
        #expect(world.entries[.committee]?.count == 17)
    }

    @Test func `the schools with bases are found, two large ones first`() {
        let sample = SampleAlliance()
        #expect(Array(sample.schools.prefix(2)) == ["重庆市工业技师学院", "上海信息技术学校"])
        #expect(sample.schools.count == 7)
        #expect(sample.files().count == 4 + 5 * 7)
        #expect(
            sample.files().prefix(5).map(\.name) == [
                "members.csv", "majors.csv", "committees.csv", "seats.csv", "bases-1.csv",
            ])
    }

    @Test func `a seed gives the same bytes, another one others`() {
        let (first, again, other) = (SampleAlliance(seed: 5), SampleAlliance(seed: 5), SampleAlliance(seed: 6))
        #expect(first.files().map(\.bytes) == again.files().map(\.bytes))
        #expect(first.files().map(\.bytes) != other.files().map(\.bytes))
    }

    @Test func `files come in every encoding, and unknown ones not at all`() {
        let sample = SampleAlliance()
        #expect(
            sample.file("members.csv", as: .gb18030)?.prefix(8).elementsEqual([
                0xB3, 0xC9, 0xD4, 0xB1, 0xC3, 0xFB, 0xB3, 0xC6,
            ]) == true)
        #expect(sample.file("members.csv", as: .utf16le)?.starts(with: [0xFF, 0xFE]) == true)
        #expect(sample.file("members-1.csv", as: .utf8) == nil)
    }

    @Test func `invented people and numbers are plain to see`() {
        let sample = SampleAlliance()
        for file in sample.files() where file.name.hasPrefix("teacher_contacts") {
            for line in String(decoding: file.bytes, as: UTF8.self).split(whereSeparator: \.isNewline).dropFirst() {
                let cells = line.split(separator: ",")
                #expect(cells[1].hasPrefix("示例·") && cells[2].hasPrefix("1000000") && cells[2].count == 11)
                #expect(cells[3].hasSuffix("@example.invalid"))
            }
        }
    }

    @Test func `the generator gives the numbers of the reference implementation`() {
        var random = SplitMix64(seed: 1_234_567)
        #expect(
            (0..<3).map { _ in random.next() } == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            ])
    }
}
