import Alliance
import CRDT
import Testing

@testable import Wire

struct VerdictTests {
    private static let hash = [UInt8](repeating: 3, count: 32)

    private func verdict(_ strikes: [(time: UInt64, code: UInt64)], detail: [UInt8] = hash) -> [UInt8] {
        strikes.reduce(Proto()) { $0.message(1, Proto().varint(1, $1.time).varint(2, $1.code)) }.bytes(2, detail).bytes
    }

    private func refused(_ part: String, _ bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) {
        expect(.malformed, part, sourceLocation: sourceLocation) { () throws(WireError) in try Verdict(bytes: bytes) }
    }

    @Test func `a verdict comes back as it was, with every reason`() throws {
        #expect(Verdict.accepted.bytes.isEmpty)
        #expect(try Verdict(bytes: []) == .accepted)
        let strikes = Violation.Code.known.enumerated().map {
            Verdict.Strike(time: HybridTime(rawValue: UInt64($0.offset + 1)), code: $0.element)
        }
        let verdict = Verdict(strikes: strikes, detail: Hash256(bytes: Self.hash))
        #expect(try Verdict(bytes: verdict.bytes) == verdict)
        #expect(verdict.strikes(HybridTime(rawValue: 1)) && !verdict.strikes(HybridTime(rawValue: 99)))
    }

    @Test func `reasons are numbers of a byte, known or not; times ascend and fit`() {
        refused("reason 0", verdict([(1, 0)]))
        #expect(throws: Never.self) { try Verdict(bytes: verdict([(1, 14)])) }
        refused("reason 257", verdict([(1, 257)]))
        refused("ascend", verdict([(2, 1), (1, 1)]))
        refused("ascend", verdict([(2, 1), (2, 1)]))
        refused("time", verdict([(.max, 1)]))
    }

    @Test func `there is a detail exactly if something was struck out`() {
        refused("detail", verdict([(1, 1)], detail: []))
        refused("detail", verdict([(1, 1)], detail: [1]))
        refused("detail", verdict([]))
        refused("not a message", [0x0A, 9])
    }

    private func offence(
        time: UInt64 = 1, code: UInt64 = 1, table: UInt64 = 5, owner: Int = 16, id: Int = 16, column: UInt64 = 2
    ) -> [UInt8] {
        Proto().message(
            1,
            Proto().varint(1, time).varint(2, code).varint(3, table).bytes(4, [UInt8](repeating: 1, count: owner))
                .bytes(5, [UInt8](repeating: 2, count: id)).varint(6, column)
        ).bytes
    }

    @Test func `a detail names rows, and columns where it is about one`() throws {
        let detail = try VerdictDetail(bytes: offence())
        #expect(detail.offences.map(\.violation.column) == [ColumnID(2)] && detail.bytes == offence())
        #expect(try VerdictDetail(bytes: offence(column: 0)).offences.first?.violation.column == nil)
        let world = try World()
        #expect(try VerdictDetail(bytes: world.detail.bytes) == world.detail)
        #expect(try VerdictDetail(bytes: []).offences.isEmpty)
    }

    @Test func `offences with a fault are refused`() {
        let bad = [
            offence(code: 0), offence(code: 256), offence(table: 65536), offence(owner: 15),
            offence(id: 17), offence(column: 65536), offence(time: .max), [0x0A, 9],
        ]
        for bytes in bad {
            expect(.malformed, "verdict detail") { () throws(WireError) in try VerdictDetail(bytes: bytes) }
        }
    }
}
