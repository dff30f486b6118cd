import Testing

@testable import Wire

/// A dictionary is written exactly where at most half of the payloads differ, in order of first use.
struct PayloadWriterTests {
    private func check(_ payloads: [[UInt8]], rows: Int, sourceLocation: SourceLocation = #_sourceLocation) {
        var writer = PayloadWriter(rows: rows)
        for payload in payloads { payload.withUnsafeBufferPointer { writer.append($0) } }
        let (blob, lengths, choices) = writer.finish()
        var distinct: [[UInt8]] = []
        for payload in payloads where !distinct.contains(payload) { distinct.append(payload) }
        let hasDictionary = !payloads.isEmpty && distinct.count * 2 <= payloads.count
        let written = hasDictionary ? distinct : payloads
        #expect([UInt8](blob) == written.flatMap { $0 }, sourceLocation: sourceLocation)
        #expect(lengths == written.map { UInt32($0.count) }, sourceLocation: sourceLocation)
        let expected = hasDictionary ? payloads.map { UInt32(distinct.firstIndex(of: $0) ?? -1) } : []
        #expect(choices == expected, sourceLocation: sourceLocation)
    }

    @Test func `no rows, one row, all alike, all different`() {
        for count in [0, 1, 2, 3, 4, 5, 7, 8, 9, 1_000] {
            check([[UInt8]](repeating: [1, 2], count: count), rows: count)
            check([[UInt8]](repeating: [], count: count), rows: count)
            check((0..<count).map { [UInt8($0 & 255), UInt8($0 >> 8)] }, rows: count)
        }
    }

    @Test func `just half, one more than half, and nulls that take the half away`() {
        let twice = (0..<100).flatMap { [[UInt8($0)], [UInt8($0)]] }
        check(twice, rows: 200)
        check(twice + [[200]], rows: 201)
        check(twice + [[200], [201]], rows: 202)
        check(twice, rows: 500)
        check(twice + [[200]], rows: 500)
    }

    @Test func `payloads of all lengths, alike but for a byte`() {
        var payloads: [[UInt8]] = []
        for length in 0..<40 {
            for position in 0..<length {
                var payload = [UInt8](repeating: 7, count: length)
                payload[position] = 8
                payloads += [payload, payload, payload]
            }
        }
        check(payloads, rows: payloads.count)
        check(payloads.reversed(), rows: payloads.count)
    }
}
