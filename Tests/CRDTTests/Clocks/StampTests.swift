import CRDT
import Testing

struct StampTests {
    private static let edges: [UInt64] = [0, 1, 2, 1 << 63 - 1, 1 << 63, .max - 1, .max]

    @Test func `stamps are in one order without ties: time first, then replica`() {
        let stamps = Self.edges.flatMap { time in Self.edges.map { Stamp(time, $0) } }
        for (i, left) in stamps.enumerated() {
            for (j, right) in stamps.enumerated() {
                #expect([left < right, left == right, right < left] == [i < j, i == j, j < i])
            }
        }
    }

    @Test func `a stamp says its time and replica`() {
        #expect(Stamp(5 << 16 | 3, 0xAB).description == "5.3@00000000000000ab")
    }

    @Test func `presence is in one order: length first`() {
        let presences = (1...3).flatMap { length in
            [Stamp(1, 2), Stamp(2, 1)].map { Presence(length: length, stamp: $0) }
        }
        for (i, left) in presences.enumerated() {
            for (j, right) in presences.enumerated() { #expect((left < right) == (i < j)) }
        }
    }
}
