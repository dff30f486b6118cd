public import Alliance

/// A language of the pages.
public enum Language: String, CaseIterable, Sendable {
    case chinese = "zh"
    case english = "en"

    /// As the page's `lang` attribute names it.
    public var tag: String { self == .chinese ? "zh-Hans" : "en" }

    public func text(of phrase: Phrase) -> String { self == .chinese ? phrase.zh : phrase.en }

    /// What the reader chose, else the first of both that the browser asks for, else Chinese.
    /// - Parameters:
    ///   - chosen: the value of the cookie.
    ///   - accepted: the header `Accept-Language`.
    public init(chosen: String?, accepted: String?) {
        if let chosen = chosen.flatMap(Language.init(rawValue:)) {
            self = chosen
            return
        }
        let wishes = (accepted ?? "").split(separator: ",").enumerated().compactMap { index, part in
            let fields = part.split(separator: ";")
            let name = fields.first?.lowercased().filter { $0 != " " } ?? ""
            let weight = fields.dropFirst().compactMap { field -> Double? in
                let plain = field.filter { $0 != " " }
                return plain.hasPrefix("q=") ? Double(plain.dropFirst(2)) : nil
            }.first
            let language = Language.allCases.first { name == $0.rawValue || name.hasPrefix($0.rawValue + "-") }
            return language.map { (language: $0, weight: weight ?? 1, index: index) }
        }
        let best = wishes.max { ($0.weight, -$0.index) < ($1.weight, -$1.index) }
        self = best.flatMap { $0.weight > 0 ? $0.language : nil } ?? .chinese
    }
}
