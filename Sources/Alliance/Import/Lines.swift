/// Line ends in UTF-8: LF, CR, or CR and LF together.
enum Lines {
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D

    static func isEnd(_ byte: UInt8) -> Bool { byte == lineFeed || byte == carriageReturn }

    /// The number, from 1, of the line that follows some text or goes on where it stops.
    static func number(after utf8: ArraySlice<UInt8>) -> Int {
        var lines = 1
        var last: UInt8 = 0
        for byte in utf8 {
            if byte == carriageReturn || (byte == lineFeed && last != carriageReturn) { lines += 1 }
            last = byte
        }
        return lines
    }
}
