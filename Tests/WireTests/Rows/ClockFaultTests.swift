import CRDT
import Testing

@testable import Wire

/// State form written by hand, with one fault each.
struct ClockFaultTests {
    private let parts = SectionParts.states

    private func refused(
        _ part: String, _ code: WireError.Code = .malformed, sourceLocation: SourceLocation = #_sourceLocation,
        _ change: (inout BatchParts) -> Void
    ) {
        let bytes = parts.with(change)
        expect(code, part, sourceLocation: sourceLocation) { () throws(WireError) in try Section.states(bytes) }
    }

    @Test func `without a fault it is read`() throws {
        let states = try Section.states(parts.bytes)
        #expect(states.map(\.presence?.stamp) == [Stamp(50, 3), Stamp(51, 3)])
        #expect(states.map { $0[ColumnID(1)]?.stamp } == [Stamp(50, 3), Stamp(99, 4)])
    }

    @Test func `a column beyond the width is read with its late stamp`() throws {
        let states = try Section.states(
            parts.with {
                $0.width = [1]
                $0.presence = [2]
                $0.columns = [ColumnParts(id: 7)]
                $0.lateCount = [1]
                $0.late = [(column: 7, time: 1, replica: 0), (column: 7, time: 2, replica: 1)]
            })
        #expect(states.map { $0[ColumnID(7)]?.stamp } == [Stamp(1, 3), Stamp(2, 4)])
        #expect(states.allSatisfy { !$0.isThere })
    }

    @Test func `clock lists have one entry, or one a row`() {
        refused("clock lists") { $0.baseReplica = [] }
        refused("clock lists") { $0.width = [2, 2, 2] }
        refused("clock lists") { $0.lateCount = [] }
        refused("clock lists") { $0.baseTime = [50] }
        refused("clock lists") { $0.baseTime = [50, 1, 1] }
    }

    @Test func `late lists are as long as the counts say`() {
        refused("clock lists") { $0.lateCount = [0, 2] }
        refused("clock lists") { $0.lateCount = [1] }
        refused("clock lists") { $0.lateCount = [UInt64(UInt32.max)] }
        refused("clock lists") { $0.late = [] }
        refused("clock lists") { $0.late += [(column: 2, time: 1, replica: 1)] }
        for field in [13, 14, 15] as [UInt64] {
            let bytes = Proto(bytes: parts.batches[0].proto.bytes).packed(field, [1]).bytes
            let section = Proto().packedFixed(2, parts.replicas).bytes(3, bytes).bytes
            expect(.malformed, "clock lists") { () throws(WireError) in try Section.states(section) }
        }
    }

    @Test func `stamps are within 63 bits and name a replica of the section`() {
        refused("stamp") { $0.baseReplica = [2] }
        refused("stamp") { $0.baseReplica = [UInt64(UInt32.max)] }
        refused("stamp") { $0.baseTime = [-1, 1] }
        refused("stamp") { $0.baseTime = [.max, 1] }
        refused("stamp") { $0.late[0].replica = 2 }
        refused("stamp") { $0.late[0].time = UInt64(Int64.max) + 1 }
    }

    @Test func `widths and late columns have 16 bits`() {
        refused("width") { $0.width = [65536] }
        refused("late column") { $0.late[0].column = 65536 }
    }

    @Test func `clocks are canonical`() {
        refused("canonical") {
            $0.late[0].time = 51; $0.late[0].replica = 0
        }
        refused("canonical") { $0.late[0].time = 1 }
        refused("canonical") { $0.late[0].column = 2 }
        refused("canonical") {
            $0.lateCount = [0, 2]
            $0.late = [(column: 1, time: 99, replica: 1), (column: 1, time: 98, replica: 1)]
        }
        refused("canonical") {
            $0.lateCount = [0, 2]
            $0.late = [(column: 0, time: 99, replica: 1), (column: 1, time: 98, replica: 1)]
        }
    }

    @Test func `presence, cells and clock agree`() {
        refused("presence and clock differ") { $0.presence = [0] }
        refused("presence and clock differ") { $0.presence = [1, 0] }
        refused("presence and clock differ") {
            $0.width = [0]
            $0.lateCount = [1]
            $0.late = [(column: 1, time: 1, replica: 0), (column: 1, time: 1, replica: 0)]
        }
        refused("a cell without a stamp") { $0.columns += [ColumnParts(id: 3)] }
        // As many as the clock has, but not the same.
        refused("a cell without a stamp") {
            $0.columns = [ColumnParts(id: 2)]
            ($0.lateCount, $0.late) = ([0], [])
        }
        refused("a stamp without a cell") { $0.width = [3] }
        refused("a stamp without a cell") { $0.width = [65535] }
        refused("a stamp without a cell") { $0.columns = [] }
    }
}
