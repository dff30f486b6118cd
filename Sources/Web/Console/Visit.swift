public import Accounts

/// One request to a console, read and checked: who makes it, and what they sent.
public struct Visit: Sendable {
    /// Without the query.
    public let path: String
    public let query: [String: String]
    /// The parts of the path that vary, by name, without their escapes.
    public let parameters: [String: String]
    public let form: FormBody
    /// `nil` for who has not signed in.
    public let session: Session?
    /// The word that forms carry to show that they are ours.
    public let token: String
    /// The session's own word, for what only its bearer may do.
    let secret: String
    public let language: Language
    public let theme: Theme
    /// What the browser says of itself.
    let program: String
    /// The page that the request came from, as an address of this console.
    public let referrer: String
    /// Whether the answer may go out in gzip.
    let readsGzip: Bool

    /// The name of who did it, for the audit list.
    public var who: String { session?.account.name ?? "" }

    /// The path with its query, to come back to.
    var address: String {
        let items = query.sorted { $0.key < $1.key }.map { "\(Console.escaped($0.key))=\(Console.escaped($0.value))" }
        return path + (items.isEmpty ? "" : "?" + items.joined(separator: "&"))
    }

    public var role: Role? { session?.account.role }
}
