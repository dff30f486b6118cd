import CRDT
import Testing

@testable import Alliance

@Suite struct AudienceTests {
    private let secretariat = MemberID(1)

    @Test func `bytes name the audience and read back`() {
        let some = Audience.parties([MemberID(9), MemberID(3), MemberID(9)], secretariat: secretariat)
        #expect(some == .members([MemberID(1), MemberID(3), MemberID(9)]))
        for audience in [.alliance, some] { #expect(Audience(bytes: audience.bytes) == audience) }
        #expect(Audience.alliance.bytes == [])
        #expect(some.bytes == MemberID(1).bytes + MemberID(3).bytes + MemberID(9).bytes)
    }

    @Test func `bytes that do not ascend, repeat, are cut or too many name no audience`() {
        #expect(Audience(bytes: MemberID(3).bytes + MemberID(1).bytes) == nil)
        #expect(Audience(bytes: MemberID(3).bytes + MemberID(3).bytes) == nil)
        #expect(Audience(bytes: MemberID(3).bytes.dropLast()) == nil)
        #expect(Audience(bytes: (0..<256).flatMap { MemberID($0).bytes }) != nil)
        #expect(Audience(bytes: (0..<257).flatMap { MemberID($0).bytes }) == nil)
    }

    @Test func `rows reach their owner, the secretariat and the named parties only`() {
        let owner = MemberID(5)
        func audience(_ name: String, _ cells: [(UInt16, Value)]) -> Audience {
            let stamp = Stamp(time: .zero, replica: ReplicaID(rawValue: 1))
            let cells = cells.map { Cell(column: ColumnID($0), value: $1, stamp: stamp) }
            let key = RowKey(table: table(name).id, owner: owner, id: RowID(rawValue: 1))
            return table(name).audience(of: RowState(key: key, presence: nil, cells: cells), secretariat: secretariat)
        }
        #expect(audience("teacher", []) == .alliance)
        #expect(audience("teacher_contact", []) == .members([secretariat, owner]))
        #expect(
            audience("conflict", [(1, .bytes(MemberID(7).bytes)), (15, .bytes(MemberID(6).bytes))])
                == .members([secretariat, owner, MemberID(6), MemberID(7)]))
        #expect(audience("conflict", [(1, .bytes([1])), (15, .null)]) == .members([secretariat, owner]))
        #expect(!audience("teacher_contact", []).includes(MemberID(6)))
        #expect(Audience.alliance < .members([secretariat]))
    }
}
