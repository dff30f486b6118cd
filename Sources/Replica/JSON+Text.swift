import Foundation

extension JSON {
    /// One line of JSON, or several indented ones.
    public func serialised(pretty: Bool = false) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
        // A tree of these cases always encodes.
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
    }

    /// Reads JSON of at most `sizeMax` bytes; `nil` for anything else.
    public init?(bytes: [UInt8]) {
        guard bytes.count <= Self.sizeMax, let value = try? JSONDecoder().decode(JSON.self, from: Data(bytes)) else {
            return nil
        }
        self = value
    }

    /// The largest JSON document that is read.
    public static let sizeMax = 4 << 20
}
