/// A small generator of pseudo-random numbers (Steele, Lea and Flood, 2014): the same seed gives the same numbers on
/// every machine and with every version of the standard library.
struct SplitMix64 {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number of the range, each about as likely (by the high half of a product: Lemire, 2019, without rejection).
    mutating func number(in range: ClosedRange<Int>) -> Int {
        let size = UInt64(range.upperBound - range.lowerBound + 1)
        return range.lowerBound + Int(next().multipliedFullWidth(by: size).high)
    }

    /// An element of a list that is not empty.
    mutating func pick<Element>(_ list: [Element]) -> Element { list[number(in: 0...list.count - 1)] }
}
