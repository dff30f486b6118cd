import Alliance
@testable import Web

/// Walks the pieces of a page for words that stand in its markup: what people read belongs to the catalogue of texts,
/// in both languages, or comes from the data.
struct TextWalk {
    /// Attributes that are read out or shown.
    private static let shown: Set<String> = ["title", "aria-label", "alt", "placeholder", "aria-description"]
    /// Elements of which the content is the same in every language: commands, keys, drawings.
    private static let neutral: Set<String> = ["code", "kbd", "svg", "script", "style"]

    private enum Place: Equatable {
        case text
        case tag
        case value(attribute: String, quote: Character)
    }

    private(set) var faults: [String] = []
    private var place = Place.text
    /// The tag that is being read, and the attribute's name as far as it is.
    private var tag = ""
    private var attribute = ""
    private var open: [String] = []
    private var words = ""

    static func faults(in html: HTML) -> [String] {
        var walk = TextWalk()
        for piece in html.pieces {
            switch piece {
            case .markup(let markup): walk.read(markup)
            // Something from the data or the catalogue parts what stands before it from what stands behind.
            case .text: walk.endPart()
            case .phrase(let phrase):
                walk.endPart()
                walk.check(phrase)
            }
        }
        walk.endWords()
        return walk.faults
    }

    private mutating func endPart() {
        if case .value(let name, _) = place, Self.shown.contains(name) { endWords(in: name) } else { endWords() }
    }

    private mutating func check(_ phrase: Phrase) {
        let isEmpty = (phrase.zh.isEmpty, phrase.en.isEmpty)
        if isEmpty.0 != isEmpty.1 { faults.append("“\(phrase.zh)” and “\(phrase.en)”") }
    }

    private mutating func read(_ markup: String) {
        for letter in markup {
            switch place {
            case .text:
                if letter == "<" {
                    endWords()
                    (place, tag, attribute) = (.tag, "", "")
                } else {
                    words.append(letter)
                }
            case .tag: readTag(letter)
            case .value(let name, let quote):
                if letter == quote {
                    if Self.shown.contains(name) { endWords(in: name) }
                    words = ""
                    (place, attribute) = (.tag, " ")
                } else if Self.shown.contains(name) {
                    words.append(letter)
                }
            }
        }
    }

    private mutating func readTag(_ letter: Character) {
        switch letter {
        case ">":
            place = .text
            endTag()
        case "\"", "'":
            place = .value(attribute: attribute.filter { $0 != "=" && $0 != " " }.lowercased(), quote: letter)
        case " ", "\n": attribute = " "
        default: if attribute.isEmpty { tag.append(letter) } else { attribute.append(letter) }
        }
    }

    private mutating func endTag() {
        let name = tag.lowercased().filter { $0 != "/" }
        guard Self.neutral.contains(name) else { return }
        if tag.hasPrefix("/") { if open.last == name { open.removeLast() } } else { open.append(name) }
    }

    private mutating func endWords(in attribute: String? = nil) {
        let found = words
        words = ""
        if attribute == nil, place != .text { return }
        guard open.isEmpty else { return }
        // &nbsp; and the like are no words.
        var isEntity = false
        let letters = found.filter { letter in
            if letter == "&" { isEntity = true }
            defer { if letter == ";" { isEntity = false } }
            return !isEntity && letter.isLetter
        }
        if !letters.isEmpty { faults.append("“\(found)”\(attribute.map { " in \($0)" } ?? "")") }
    }
}
