import CZlib

/// Bytes for the line, as every browser reads them: pages and styles are text, and become a fifth.
enum Gzip {
    /// - Parameter level: 1 (quick) to 9 (small).
    /// - Returns: `nil` if there is no memory for it: what is sent is then sent as it is.
    static func compress(_ bytes: [UInt8], level: Int32) -> [UInt8]? {
        var stream = z_stream()
        // 16 more than the largest window: with gzip's head and tail.
        let begun = deflateInit2_(
            &stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard begun == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        let most = Int(deflateBound(&stream, UInt(bytes.count)))
        var source = bytes
        var isWhole = false
        let result = [UInt8](unsafeUninitializedCapacity: most) { target, count in
            source.withUnsafeMutableBufferPointer { source in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(most)
                isWhole = deflate(&stream, Z_FINISH) == Z_STREAM_END
            }
            count = most - Int(stream.avail_out)
        }
        return isWhole ? result : nil
    }

    /// Whether a browser says that it reads it.
    static func isAccepted(_ header: String?) -> Bool {
        (header ?? "").split(separator: ",").contains { part in
            let fields = part.lowercased().filter { $0 != " " }.split(separator: ";")
            return fields.first == "gzip" && !fields.dropFirst().contains { ["q=0", "q=0.0"].contains($0) }
        }
    }
}
