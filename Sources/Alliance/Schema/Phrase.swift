/// A text that people see, in simplified Chinese and in English.
public struct Phrase: Hashable, Sendable, CustomStringConvertible {
    public let zh: String
    public let en: String

    public init(_ zh: String, _ en: String) {
        self.zh = zh
        self.en = en
    }

    /// What is wrong, then what to do about it: two sentences, of which the first was written without its full stop.
    public func followed(by remedy: Phrase) -> Phrase { Phrase("\(zh)。\(remedy.zh)", "\(en). \(remedy.en)") }

    /// Chinese first, English beside it: `教师 teacher`.
    public var description: String { zh == en ? zh : "\(zh) \(en)" }
}
