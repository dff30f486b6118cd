/// The hub's journal is not what it should be: what was read stays as it was, and nothing more of it is merged until
/// a person has looked.
public struct JournalFault: Error, Hashable, Sendable, CustomStringConvertible {
    public let rev: UInt64
    public let detail: String

    public init(rev: UInt64, _ detail: String) {
        self.rev = rev
        self.detail = detail
    }

    public var description: String { "rev \(rev): \(detail)" }
}
