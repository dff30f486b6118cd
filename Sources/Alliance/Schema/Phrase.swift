/// A text that people see, in simplified Chinese and in English.
public struct Phrase: Hashable, Sendable, CustomStringConvertible {
    public let zh: String
    public let en: String

    public init(_ zh: String, _ en: String) {
        self.zh = zh
        self.en = en
    }

    /// Chinese first, English beside it: `教师 teacher`.
    public var description: String { zh == en ? zh : "\(zh) \(en)" }
}
