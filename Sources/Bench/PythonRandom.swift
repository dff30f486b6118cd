/// Python's `random.Random(seed)`: the Mersenne Twister (Matsumoto and Nishimura, 1998) as CPython seeds and reads it, so
/// that the workload is the same to the byte as its published generator's.
struct PythonRandom {
    private var state = [UInt32](repeating: 0, count: 624)
    private var index = 624

    init(seed: UInt32) {
        seedBase(19_650_218)
        let key = [seed]
        var i = 1
        var j = 0
        for _ in 0..<624 {
            let mixed = (state[i - 1] ^ (state[i - 1] >> 30)) &* 1_664_525
            state[i] = (state[i] ^ mixed) &+ key[j] &+ UInt32(j)
            i += 1
            j = (j + 1) % key.count
            if i >= 624 {
                state[0] = state[623]
                i = 1
            }
        }
        for _ in 0..<623 {
            let mixed = (state[i - 1] ^ (state[i - 1] >> 30)) &* 1_566_083_941
            state[i] = (state[i] ^ mixed) &- UInt32(i)
            i += 1
            if i >= 624 {
                state[0] = state[623]
                i = 1
            }
        }
        state[0] = 0x8000_0000
    }

    private mutating func seedBase(_ seed: UInt32) {
        state[0] = seed
        for i in 1..<624 { state[i] = 1_812_433_253 &* (state[i - 1] ^ (state[i - 1] >> 30)) &+ UInt32(i) }
    }

    private mutating func next() -> UInt32 {
        if index == 624 { twist() }
        var y = state[index]
        index += 1
        y ^= y >> 11
        y ^= (y << 7) & 0x9D2C_5680
        y ^= (y << 15) & 0xEFC6_0000
        return y ^ (y >> 18)
    }

    private mutating func twist() {
        for i in 0..<624 {
            let y = (state[i] & 0x8000_0000) | (state[(i + 1) % 624] & 0x7FFF_FFFF)
            state[i] = state[(i + 397) % 624] ^ (y >> 1) ^ (y & 1 == 0 ? 0 : 0x9908_B0DF)
        }
        index = 0
    }

    /// `getrandbits(count)`, at most 128.
    mutating func bits(_ count: Int) -> UInt128 {
        var value: UInt128 = 0
        var shift = 0
        var left = count
        while left > 0 {
            let word = left < 32 ? next() >> UInt32(32 - left) : next()
            value |= UInt128(word) << UInt128(shift)
            shift += 32
            left -= 32
        }
        return value
    }

    /// `randrange(bound)`.
    mutating func below(_ bound: Int) -> Int {
        let width = Int.bitWidth - bound.leadingZeroBitCount
        var value = Int(bits(width))
        while value >= bound { value = Int(bits(width)) }
        return value
    }

    /// `randint(low, high)`.
    mutating func integer(_ low: Int, _ high: Int) -> Int { low + below(high - low + 1) }

    /// `choice(list)`.
    mutating func choice<Element>(_ list: [Element]) -> Element { list[below(list.count)] }
}
