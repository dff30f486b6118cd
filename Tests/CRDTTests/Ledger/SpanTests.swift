import CRDT
import Testing

/// Arithmetic of points in a row, checked point by point.
struct SpanTests {
    private func points(_ spans: [Span]) -> [Int64] { spans.flatMap { Array($0.from..<$0.to) } }

    @Test func `a span without a point is none`() {
        #expect(Span(lane: 0, from: 3, to: 3) == nil)
        #expect(Span(lane: 0, from: 4, to: 3) == nil)
    }

    @Test func `what touches does not overlap, and lanes are apart`() {
        #expect(Span.points(0, 2).intersection(.points(2, 4)) == nil)
        #expect(Span.points(0, 2, lane: 1).intersection(.points(0, 2)) == nil)
        #expect(Span.points(0, 3).intersection(.points(2, 4)) == .points(2, 3))
    }

    @Test(arguments: 1...300) func `a difference holds the points that no other has, in order`(seed: Int) {
        var chance = Seeded(UInt64(seed))
        let whole = Span.points(0, 8)
        let others = (0..<chance.number(0...4)).map { _ in chance.span() }
        let left = whole.subtracting(others)
        let expected = (Int64(0)..<8).filter { point in
            !others.contains { $0.lane == 0 && $0.from <= point && point < $0.to }
        }
        #expect(points(left) == expected)
        for (one, next) in zip(left, left.dropFirst()) { #expect(one.to < next.from) }
    }
}
