import Alliance
import CRDT
import Testing

@testable import Wire

struct RepairMessageTests {
    private let position = JournalPosition(epoch: Epoch(number: 2, replica: ReplicaID(rawValue: 9)), rev: 7)
    private let key = RowKey(table: TableID(rawValue: 17), owner: MemberID(rawValue: 3), id: RowID(rawValue: 4))

    @Test func `a request comes back as it was, byte for byte`() throws {
        let ranges = [17, 18, 17].flatMap { table in
            [0, 63].map { RowRange(table: TableID(rawValue: table), level: 1, suffix: $0) }
        }
        let stamp = Stamp(time: HybridTime(rawValue: 5), replica: ReplicaID(rawValue: .max))
        let request = RepairRequest(
            position: position, journal: Hash256(of: [1]), level: 1, ranges: ranges,
            rows: [.init(key: key, stamps: [stamp]), .init(key: key, stamps: [])], recount: true)
        let back = try RepairRequest(bytes: request.bytes)
        #expect(back == request && back.bytes == request.bytes)
    }

    @Test func `an answer comes back as it was, byte for byte`() throws {
        let range = RowRange(table: key.table, level: 1, suffix: 5)
        let mark = RowMark(owner: key.owner, id: key.id, hash: .max)
        let sums = (0..<64).map { UInt64($0) << 57 }
        let stamp = Stamp(time: HybridTime(rawValue: 5), replica: ReplicaID(rawValue: 1))
        let row = RowState(key: key, presence: Presence(length: 1, stamp: stamp), cells: [])
        let answer = RepairResponse(
            head: 9, ranges: [.init(range: range, content: .sums(sums)), .init(range: range, content: .rows([mark]))],
            sections: [.init(audience: .members([key.owner]), states: [row])], answered: 2, mended: 1)
        let back = try RepairResponse(bytes: answer.bytes, level: 1)
        #expect(back == answer && back.bytes == answer.bytes)
        #expect(try back.sections[0].states() == [row])
        #expect(throws: WireError.self, "a suffix of more bits than the level has") {
            try RepairResponse(bytes: answer.bytes, level: 0)
        }
    }

    @Test func `what is beyond a limit is refused`() throws {
        var request = RepairRequest(position: position, journal: .zero, level: 10)
        request.ranges = (0...UInt64(Limits.repairRanges)).map { RowRange(table: key.table, level: 10, suffix: $0) }
        #expect(throws: WireError.self) { try RepairRequest(bytes: request.bytes) }
        request.ranges = []
        request.rows = (0...Limits.repairRows).map { _ in .init(key: key, stamps: []) }
        #expect(throws: WireError.self) { try RepairRequest(bytes: request.bytes) }
        request.rows = []
        request.level = 11
        #expect(throws: WireError.self) { try RepairRequest(bytes: request.bytes) }
        #expect(throws: WireError.self) { try RepairRequest(bytes: []) }
    }

    @Test func `the parts of a range are its ids, each once`() throws {
        let ids = (0..<500).map { RowID(rawValue: UInt128($0) &* 0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835) }
        var range = RowRange(table: key.table)
        for level in 0..<RowRange.levelMax {
            let inside = ids.filter { RowRange.suffix(of: $0, level: level) == range.suffix }
            for id in inside {
                let part = try #require(range.part(RowRange.part(of: id, level: level)))
                #expect(part.level == level + 1 && part.suffix == RowRange.suffix(of: id, level: level + 1))
            }
            range = try #require(range.part(RowRange.part(of: ids[7], level: level)))
        }
        #expect(range.part(0) == nil)
    }
}
