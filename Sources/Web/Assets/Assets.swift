import CAssets
import Crypto

/// The kit's styles and scripts, as they stand in the binary.
public struct Assets: Sendable {
    struct File: Sendable {
        let bytes: [UInt8]
        let type: String
        /// The same in gzip; empty if that could not be made.
        let packed: [UInt8]
        /// The quoted SHA-256 of the bytes.
        let tag: String
    }

    private let files: [String: File]
    /// Changes with any file: it is part of every address, so that browsers may keep what they have for good.
    public let version: String

    public static let all = Assets()

    private init() {
        var files: [String: File] = [:]
        var whole = SHA256()
        for index in 0..<jilian_asset_count() {
            let asset = jilian_assets()[index]
            let name = String(cString: asset.name)
            let bytes = [UInt8](UnsafeBufferPointer(start: asset.bytes, count: asset.size))
            whole.update(data: bytes)
            files[name] = File(
                bytes: bytes, type: Self.type(of: name), packed: Gzip.compress(bytes, level: 9) ?? [],
                tag: "\"\(Self.digits(SHA256.hash(data: bytes)))\"")
        }
        self.files = files
        version = Self.digits(whole.finalize())
    }

    var names: [String] { files.keys.sorted() }

    subscript(name: String) -> File? { files[name] }

    /// Where a page finds a file.
    public func address(_ name: String) -> String { "/assets/\(version)/\(name)" }

    private static func type(of name: String) -> String {
        name.hasSuffix(".css") ? "text/css; charset=utf-8" : "text/javascript; charset=utf-8"
    }

    private static func digits(_ digest: SHA256.Digest) -> String {
        digest.prefix(12).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
