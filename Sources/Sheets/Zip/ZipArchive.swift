import Alliance
import CZlib

/// A zip file that may come from anybody: what it says of itself is checked, and nothing is unpacked beyond a bound.
///
/// Stored and deflated entries; neither encryption nor zip64, which a workbook of our size never needs.
struct ZipArchive {
    struct Entry {
        let name: String
        let isDeflated: Bool
        let checksum: UInt32
        let packedSize: Int
        /// Of its local header in the file.
        let offset: Int
    }

    private let bytes: [UInt8]
    private(set) var entries: [String: Entry] = [:]

    private static let endSize = 22
    private static let commentMax = 65_535
    private static let entriesMax = 10_000

    /// - Throws: `damagedWorkbook` for what is no zip file, `sealedWorkbook` for an encrypted one.
    init(_ bytes: [UInt8]) throws(ImportError) {
        self.bytes = bytes
        let least = max(0, bytes.count - Self.endSize - Self.commentMax)
        guard bytes.count >= Self.endSize,
            let end = stride(from: bytes.count - Self.endSize, through: least, by: -1)
                .first(where: { bytes[$0] == 0x50 && Self.number(bytes, $0, 4) == 0x0605_4B50 })
        else { throw .damagedWorkbook("zip") }
        let count = Self.number(bytes, end + 10, 2)
        var place = Self.number(bytes, end + 16, 4)
        guard count <= Self.entriesMax else { throw .damagedWorkbook("zip") }
        for _ in 0..<count {
            guard place + 46 <= bytes.count, Self.number(bytes, place, 4) == 0x0201_4B50 else {
                throw .damagedWorkbook("zip")
            }
            let (flags, method) = (Self.number(bytes, place + 8, 2), Self.number(bytes, place + 10, 2))
            guard flags & 1 == 0 else { throw .sealedWorkbook }
            let (nameSize, extra, comment) = (
                Self.number(bytes, place + 28, 2), Self.number(bytes, place + 30, 2),
                Self.number(bytes, place + 32, 2)
            )
            let nameEnd = place + 46 + nameSize
            guard nameEnd + extra + comment <= bytes.count else { throw .damagedWorkbook("zip") }
            let name = String(decoding: bytes[(place + 46)..<nameEnd], as: UTF8.self)
            if method == 0 || method == 8 {
                entries[name] = Entry(
                    name: name, isDeflated: method == 8, checksum: UInt32(Self.number(bytes, place + 16, 4)),
                    packedSize: Self.number(bytes, place + 20, 4), offset: Self.number(bytes, place + 42, 4))
            }
            place = nameEnd + extra + comment
        }
    }

    /// Hands out what an entry holds, piece by piece.
    /// - Parameters:
    ///   - most: bytes, unpacked; beyond them it is an error, whatever the file says of its size.
    ///   - take: told a piece; says whether it wants more.
    func unpack(_ entry: Entry, most: Int, _ take: (UnsafeRawBufferPointer) -> Bool) throws(ImportError) {
        let packed = try packed(entry)
        guard entry.isDeflated else {
            guard packed.count <= most else { throw .workbookTooLarge(most) }
            let isRight = packed.withUnsafeBytes {
                crc32(0, $0.bindMemory(to: UInt8.self).baseAddress, UInt32($0.count))
            }
            guard UInt32(truncatingIfNeeded: isRight) == entry.checksum else { throw .damagedWorkbook(entry.name) }
            _ = packed.withUnsafeBytes(take)
            return
        }
        switch inflated(packed, most: most, take) {
        case .whole(let checksum):
            guard checksum == entry.checksum else { throw .damagedWorkbook(entry.name) }
        case .enough: return
        case .tooMuch: throw .workbookTooLarge(most)
        case .broken: throw .damagedWorkbook(entry.name)
        }
    }

    private enum Outcome { case whole(UInt32), enough, tooMuch, broken }

    private static let pieceSize = 1 << 16

    private func inflated(
        _ packed: ArraySlice<UInt8>, most: Int, _ take: (UnsafeRawBufferPointer) -> Bool
    ) -> Outcome {
        var stream = z_stream()
        guard inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            return .broken
        }
        defer { inflateEnd(&stream) }
        var source = Array(packed)
        var piece = [UInt8](repeating: 0, count: Self.pieceSize)
        var (total, checksum) = (0, crc32(0, nil, 0))
        return source.withUnsafeMutableBufferPointer { source in
            stream.next_in = source.baseAddress
            stream.avail_in = UInt32(source.count)
            while true {
                var state = Z_OK
                let count = piece.withUnsafeMutableBufferPointer { piece in
                    stream.next_out = piece.baseAddress
                    stream.avail_out = UInt32(piece.count)
                    state = inflate(&stream, Z_NO_FLUSH)
                    return piece.count - Int(stream.avail_out)
                }
                guard state == Z_OK || state == Z_STREAM_END else { return .broken }
                total += count
                guard total <= most else { return .tooMuch }
                let wantsMore = piece.withUnsafeBytes { piece in
                    let part = UnsafeRawBufferPointer(rebasing: piece.prefix(count))
                    checksum = crc32(checksum, part.bindMemory(to: UInt8.self).baseAddress, UInt32(count))
                    return take(part)
                }
                guard wantsMore else { return .enough }
                if state == Z_STREAM_END { return .whole(UInt32(truncatingIfNeeded: checksum)) }
                if count == 0, stream.avail_in == 0 { return .broken }
            }
        }
    }

    private func packed(_ entry: Entry) throws(ImportError) -> ArraySlice<UInt8> {
        guard entry.offset + 30 <= bytes.count, Self.number(bytes, entry.offset, 4) == 0x0403_4B50 else {
            throw .damagedWorkbook(entry.name)
        }
        let start =
            entry.offset + 30 + Self.number(bytes, entry.offset + 26, 2) + Self.number(bytes, entry.offset + 28, 2)
        guard start + entry.packedSize <= bytes.count else { throw .damagedWorkbook(entry.name) }
        return bytes[start..<(start + entry.packedSize)]
    }

    /// A number of 2 or 4 bytes, the least first.
    private static func number(_ bytes: [UInt8], _ place: Int, _ size: Int) -> Int {
        (0..<size).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
    }
}
