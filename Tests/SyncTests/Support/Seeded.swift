import Synchronization

/// The generator behind every random choice of a test: its seed replays the run.
final class Seeded: Sendable {
    let seed: UInt64
    private let state: Mutex<UInt64>

    init(_ seed: UInt64) {
        self.seed = seed
        state = Mutex(seed)
    }

    func next() -> UInt64 {
        state.withLock { state in
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    func number(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.upperBound - range.lowerBound + 1))
    }

    func once(in times: Int) -> Bool { number(1...times) == 1 }
    func pick<Element>(_ list: [Element]) -> Element { list[number(0...list.count - 1)] }
    func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }
}
