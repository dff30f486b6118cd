import CZstd

/// Frames of zstd, level 3.
enum Zstd {
    static let level: Int32 = 3

    /// Compresses to one frame.
    ///
    /// - Parameter breaks: ascending offsets in `raw` at which the compressor starts a new block, so that columns of
    ///   unlike content do not share a table of symbols.
    static func compress(_ raw: [UInt8], breaks: [Int] = []) -> [UInt8] {
        guard let context = ZSTD_createCCtx() else { preconditionFailure("zstd: no memory for a compressor") }
        defer { ZSTD_freeCCtx(context) }
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
        ZSTD_CCtx_setPledgedSrcSize(context, UInt64(raw.count))
        let bound = ZSTD_compressBound(raw.count) + (breaks.count + 1) * 16
        return [UInt8](unsafeUninitializedCapacity: bound) { target, count in
            raw.withUnsafeBytes { source in
                var output = ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
                var start = 0
                for end in breaks + [raw.count] {
                    var input = ZSTD_inBuffer(src: source.baseAddress, size: end, pos: start)
                    let directive = end == raw.count ? ZSTD_e_end : ZSTD_e_flush
                    var left: Int
                    repeat {
                        left = ZSTD_compressStream2(context, &output, &input, directive)
                        precondition(ZSTD_isError(left) == 0, "zstd: \(String(cString: ZSTD_getErrorName(left)))")
                    } while left > 0 || input.pos < input.size
                    start = end
                }
                count = output.pos
            }
        }
    }

    /// Decompresses one frame to exactly `size` bytes.
    ///
    /// - Precondition: the caller has checked `size` against its limit and its ratio to the frame.
    static func decompress(_ frame: [UInt8], to size: Int, _ subject: String) throws(WireError) -> [UInt8] {
        // The decompressor of the C library would also take several frames in a row, or one among skippable ones, which
        // those of other programs don't: what one reads and another refuses stops a chain.
        guard ZSTD_findFrameCompressedSize(frame, frame.count) == frame.count else {
            throw .malformed(subject, "not one zstd frame")
        }
        var written = 0
        let raw = [UInt8](unsafeUninitializedCapacity: size) { target, count in
            written = ZSTD_decompress(target.baseAddress, target.count, frame, frame.count)
            count = ZSTD_isError(written) == 0 ? written : 0
        }
        guard ZSTD_isError(written) == 0 else {
            throw .malformed(subject, "zstd: \(String(cString: ZSTD_getErrorName(written)))")
        }
        guard written == size else { throw .malformed(subject, "\(written) bytes where \(size) were announced") }
        return raw
    }
}
