import CRDT
import Testing

struct ValueTests {
    private static let values: [Value] = {
        var generator = Seeded(12)
        let texts = Seeded.texts.map { Value.text($0) }
        let bytes = Seeded.texts.map { Value.bytes(Array($0.utf8)) }
        let numbers = [0, 1, -1, .min, .max, 0x61, 0x0100_0000_0000].map { Value.integer($0) }
        let random = (0..<200).map { _ in generator.value() }
        let long = [Value.text(String(repeating: "长", count: 21_845)), .bytes([UInt8](repeating: 0, count: 65_536))]
        return [.null] + texts + bytes + numbers + random + long
    }()

    private func bytes(_ value: Value) -> [UInt8] {
        var bytes: [UInt8] = []
        value.appendCanonicalBytes(to: &bytes)
        return bytes
    }

    @Test func `canonical bytes read back to the same value`() {
        for value in Self.values { #expect(Value(canonicalBytes: bytes(value)) == value) }
    }

    @Test func `two values have the same bytes exactly if they are equal, and then the same hash`() {
        for left in Self.values {
            for right in Self.values {
                #expect((bytes(left) == bytes(right)) == (left == right))
                if left == right { #expect(left.hashValue == right.hashValue) }
            }
        }
    }

    @Test func `the order is total, and agrees with equality`() {
        for left in Self.values {
            for right in Self.values {
                #expect([left < right, left == right, right < left].count { $0 } == 1)
            }
        }
        let sorted = Self.values.sorted()
        #expect(zip(sorted, sorted.dropFirst()).allSatisfy { $0 <= $1 })
        for (index, value) in sorted.enumerated().filter({ $0.offset % 7 == 0 }) {
            #expect(sorted[index...].allSatisfy { !($0 < value) })
        }
    }

    @Test func `spellings that look alike are different values`() {
        for (left, right) in [
            ("\u{E9}", "e\u{301}"), ("\u{212B}", "\u{C5}"), ("\u{C5}", "A\u{30A}"), ("가", "\u{1100}\u{1161}"),
        ] {
            #expect(left == right, "the standard library calls them equal")
            #expect(Value.text(left) != .text(right))
            #expect(Set([Value.text(left), .text(right)]).count == 2)
            #expect(bytes(.text(left)) != bytes(.text(right)))
        }
    }

    @Test func `kinds never meet`() {
        let alike: [Value] = [.null, .integer(0), .integer(0x61), .text(""), .text("a"), .bytes([]), .bytes([0x61])]
        #expect(Set(alike).count == alike.count)
        #expect(alike.sorted() == alike)
    }

    @Test func `bytes that are no value are refused`() {
        for good in [Value.null, .integer(7), .text("é"), .bytes([1, 2])].map(bytes) {
            #expect(Value(canonicalBytes: good + [0]) == nil)
            for count in 0..<good.count { #expect(Value(canonicalBytes: good.prefix(count)) == nil) }
        }
        #expect(Value(canonicalBytes: [4]) == nil)
        #expect(Value(canonicalBytes: [2, 0, 0, 0, 1, 0xFF]) == nil)
        #expect(Value(canonicalBytes: [2, 0, 0, 0, 2, 0xC0, 0x80]) == nil)
        #expect(Value(canonicalBytes: [2, 0, 0, 0, 3, 0xED, 0xA0, 0x80]) == nil)
        #expect(Value(canonicalBytes: [2, 0xFF, 0xFF, 0xFF, 0xFF, 0x61]) == nil)
    }

    @Test func `a slice reads like an array`() {
        let slice = ([9, 9] + bytes(.text("王")) + [9])[2..<10]
        #expect(Value(canonicalBytes: slice) == .text("王"))
    }

    @Test func `any bytes read to a value that writes them, or to none`() {
        var generator = Seeded(13)
        for _ in 0..<20_000 {
            var some = (0..<generator.number(0...12)).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
            if !some.isEmpty { some[0] &= 3 }
            if some.count > 5, some[0] > 1 { some.replaceSubrange(1...4, with: [0, 0, 0, UInt8(some.count - 5)]) }
            guard let value = Value(canonicalBytes: some) else { continue }
            #expect(bytes(value) == some)
        }
    }
}
