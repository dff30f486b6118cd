/// The word by which a node's API knows programs of the user whose data it serves: in a file of the data folder that
/// nobody else can read, new each time the node begins to serve.
public struct APIToken: Sendable {
    /// 64 hexadecimal digits.
    public let text: String

    /// The file's name in the data folder.
    public static let file = "api-token"

    /// Draws a new one, and puts it in the place of the one before.
    public init(newIn folder: String) throws {
        let text = (0..<4).map { _ in
            let digits = String(UInt64.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
        self.text = text
        try PrivateFile.write(Array((text + "\n").utf8), to: folder + "/" + Self.file, code: "token")
    }

    /// Whether what a request brings is the token; takes as long for any.
    public func matches(_ given: String) -> Bool {
        let (mine, theirs) = (Array(text.utf8), Array(given.utf8))
        guard mine.count == theirs.count else { return false }
        return zip(mine, theirs).reduce(UInt8(0)) { $0 | $1.0 ^ $1.1 } == 0
    }
}
