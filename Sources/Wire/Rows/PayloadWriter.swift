import Foundation

/// Gathers the payloads of a column: one after the other, and as a dictionary for as long as that may be shorter.
struct PayloadWriter {
    private var blob: [UInt8] = []
    private var lengths: [UInt32] = []
    /// By distinct payload: the first that is so. Together with `choices` the dictionary.
    private var distinct: [Int] = []
    private var choices: [UInt32] = []
    private var starts: [Int] = []
    /// Open addressing: an index in `distinct`, more one; 0 where nobody stands. Empty once no dictionary can come.
    private var slots = [UInt32](repeating: 0, count: 8)
    private let rows: Int

    /// After so many payloads, of which nearly all differ, no dictionary is hoped for.
    private static let sample = 512

    /// - Parameter rows: how many payloads will come at most.
    init(rows: Int) { self.rows = rows }

    mutating func append(_ payload: UnsafeBufferPointer<UInt8>) {
        let start = blob.count
        blob.append(contentsOf: payload)
        lengths.append(UInt32(payload.count))
        guard !slots.isEmpty else { return }
        starts.append(start)
        choices.append(choice(of: start..<blob.count))
        if distinct.count * 2 > rows || lengths.count == Self.sample && distinct.count > Self.sample / 8 * 7 {
            // More than half differ whatever comes, or so it seems: names, numbers, notes.
            slots = []
        } else if distinct.count * 2 > slots.count {
            widen()
        }
    }

    /// Keeps half of the slots free.
    private mutating func widen() {
        slots = [UInt32](repeating: 0, count: slots.count * 4)
        blob.withUnsafeBytes { bytes in
            for (choice, payload) in distinct.enumerated() {
                let start = starts[payload]
                var slot = Self.hash(UnsafeRawBufferPointer(rebasing: bytes[start..<start + Int(lengths[payload])]))
                slot &= slots.count - 1
                while slots[slot] > 0 { slot = (slot + 1) & (slots.count - 1) }
                slots[slot] = UInt32(choice + 1)
            }
        }
    }

    /// The index in the dictionary of the payload that was just written.
    private mutating func choice(of range: Range<Int>) -> UInt32 {
        let payload = lengths.count - 1
        return blob.withUnsafeBytes { bytes in
            let mine = UnsafeRawBufferPointer(rebasing: bytes[range])
            guard let address = bytes.baseAddress else { preconditionFailure("an array has an address") }
            var slot = Self.hash(mine) & (slots.count - 1)
            while slots[slot] > 0 {
                let choice = slots[slot] - 1
                let start = starts[distinct[Int(choice)]]
                let size = Int(lengths[distinct[Int(choice)]])
                if size == mine.count, size == 0 || memcmp(address + start, address + range.lowerBound, size) == 0 {
                    return choice
                }
                slot = (slot + 1) & (slots.count - 1)
            }
            distinct.append(payload)
            slots[slot] = UInt32(distinct.count)
            return UInt32(distinct.count - 1)
        }
    }

    /// Not one for strangers: whoever makes payloads collide slows down at most the 20,000 rows of a section.
    private static func hash(_ bytes: UnsafeRawBufferPointer) -> Int {
        var hash = UInt64(bytes.count)
        var position = 0
        while position < bytes.count {
            var word: UInt64 = 0
            let size = min(8, bytes.count - position)
            if size == 8 {
                word = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            } else {
                for index in position..<bytes.count { word = word << 8 | UInt64(bytes[index]) }
            }
            hash = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
            hash ^= hash >> 32
            position += 8
        }
        return Int(truncatingIfNeeded: hash >> 1)
    }

    /// The fields of a column: a dictionary where at most half of the payloads differ.
    func finish() -> (blob: Data, lengths: [UInt32], choices: [UInt32]) {
        guard !slots.isEmpty, !lengths.isEmpty, distinct.count * 2 <= lengths.count else {
            return (Data(blob), lengths, [])
        }
        var entries = Data()
        for payload in distinct {
            entries.append(contentsOf: blob[starts[payload]..<starts[payload] + Int(lengths[payload])])
        }
        return (entries, distinct.map { lengths[$0] }, choices)
    }
}
