import Glibc

/// Conversion of text between encodings by the C library's iconv.
enum Conversion {
    enum Failure: Error {
        /// The first byte, counted from 0, that is not valid in the one encoding or has no place in the other; and the
        /// line, counted from 1, that it stands in.
        case badByte(offset: Int, line: Int)
        /// The C library has no table for one of the encodings.
        case noConverter
    }

    /// Output is collected in pieces of this size.
    private static let pieceSize = 1 << 16

    /// Converts all of `bytes`.
    static func convert(_ bytes: [UInt8], from source: String, to target: String) -> Result<[UInt8], Failure> {
        guard let converter = iconv_open(target, source), Int(bitPattern: converter) != -1 else {
            return .failure(.noConverter)
        }
        defer { iconv_close(converter) }
        // iconv asks for a pointer that it may move and write through; it reads its input only.
        var input = bytes.map { CChar(bitPattern: $0) }
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count + bytes.count / 2)
        var piece = [CChar](repeating: 0, count: pieceSize)
        var left = input.count
        while left > 0 {
            var pieceLeft = pieceSize
            let consumed = input.count - left
            let (failed, code) = input.withUnsafeMutableBufferPointer { inBuffer in
                piece.withUnsafeMutableBufferPointer { outBuffer in
                    var from = inBuffer.baseAddress.map { $0 + consumed }
                    var to = outBuffer.baseAddress
                    let failed = iconv(converter, &from, &left, &to, &pieceLeft) == -1
                    return (failed, errno)
                }
            }
            output.append(contentsOf: piece.prefix(pieceSize - pieceLeft).lazy.map { UInt8(bitPattern: $0) })
            // A full piece is emptied and filled again; anything else stops at the byte that iconv could not take.
            if failed, code != E2BIG {
                return .failure(.badByte(offset: input.count - left, line: Lines.number(after: output[...])))
            }
        }
        return .success(output)
    }
}
