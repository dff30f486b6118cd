import CRDT
import Testing

struct HybridClockTests {
    private static let now: UInt64 = 1_800_000_000_000
    private static let twentyYears: UInt64 = 20 * 31_557_600_000

    @Test(arguments: [10, 0xC10C] as [UInt64])
    func `the clock only goes forward, whatever the wall does`(seed: UInt64) {
        var generator = Seeded(seed)
        var clock = HybridClock(last: .zero)
        var wall: UInt64? = Self.now
        for round in 0..<5000 {
            switch generator.number(0...6) {
            case 0: wall = nil
            case 1: wall = Self.now
            case 2: wall = 0
            case 3: wall = Self.now - UInt64(generator.number(0...100_000))
            case 4: wall = wall.map { $0 + UInt64(generator.number(0...50)) } ?? Self.now
            case 5: if generator.once(in: 500) { wall = Self.now + Self.twentyYears }
            default: break
            }
            let before = clock.last
            if generator.once(in: 5) {
                clock.witness(HybridTime(rawValue: before.rawValue &- 5 &+ UInt64(generator.number(0...9))))
            }
            let witnessed = clock.last
            let time = clock.next(wall: wall)
            let isRight =
                witnessed >= before && time > witnessed && time == clock.last
                && time >= wall.map(HybridTime.init(milliseconds:)) ?? .zero
            guard isRight else {
                Issue.record(
                    "seed \(seed), round \(round): \(before), \(witnessed), \(time), wall \(String(describing: wall))")
                return
            }
        }
    }

    @Test func `a wall ahead is taken as it is, with counter 0`() {
        var clock = HybridClock(last: HybridTime(milliseconds: Self.now))
        #expect(clock.next(wall: Self.now + 1) == HybridTime(milliseconds: Self.now + 1))
        #expect(clock.next(wall: Self.now + Self.twentyYears).milliseconds == Self.now + Self.twentyYears)
        #expect(clock.next(wall: Self.now).counter == 1)
    }

    @Test func `the counter carries into the next millisecond`() {
        var clock = HybridClock(last: HybridTime(rawValue: Self.now << 16 | 0xFFFF))
        let time = clock.next(wall: Self.now)
        #expect(time.milliseconds == Self.now + 1 && time.counter == 0)
        #expect(clock.next(wall: nil).description == "\(Self.now + 1).1")
    }

    @Test func `witnessing never moves the clock back`() {
        var clock = HybridClock(last: HybridTime(rawValue: 100))
        clock.witness(HybridTime(rawValue: 99))
        #expect(clock.last.rawValue == 100)
        clock.witness(HybridTime(rawValue: 200))
        #expect(clock.next(wall: nil).rawValue == 201)
    }

    @Test func `milliseconds beyond the largest are held at it, which fits a signed number`() {
        #expect(HybridTime(milliseconds: .max) == HybridTime(milliseconds: HybridTime.millisecondsMax))
        #expect(HybridTime(milliseconds: .max).rawValue <= UInt64(Int64.max))
        #expect(HybridTime.millisecondsMax == 140_737_488_355_327)
        #expect(HybridTime(milliseconds: Self.now).rawValue == Self.now * 65536)
    }
}

struct StampBoundTests {
    private static let now: UInt64 = 1_800_000_000_000

    @Test func `five minutes ahead of the hub's clock are admitted, and not a count more`() {
        let bound = StampBound(wall: Self.now, journal: .zero)
        #expect(bound.latest == HybridTime(milliseconds: Self.now + 300_000))
        #expect(bound.admits(bound.latest))
        #expect(!bound.admits(HybridTime(rawValue: bound.latest.rawValue + 1)))
        #expect(bound.admits(.zero))
    }

    @Test func `a journal ahead of the hub's clock carries the bound with it`() {
        let journal = HybridTime(rawValue: (Self.now + 1000) << 16 | 77)
        #expect(StampBound(wall: Self.now, journal: journal).latest == HybridTime(milliseconds: Self.now + 301_000))
        #expect(
            StampBound(wall: Self.now + 2000, journal: journal).latest == HybridTime(milliseconds: Self.now + 302_000))
    }
}
