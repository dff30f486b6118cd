public import Alliance

/// Markup that is safe by its type: what is written in the source is markup, every value put into it is text.
///
///     let row: HTML = "<td>\(teacher.name)</td><td>\(Texts.dual)</td>"
///
/// A `String` is escaped, a `Phrase` waits for the reader's language, and only `HTML` goes in as it is. Escaping covers
/// text and quoted attributes; nothing may be put into a tag's name, an unquoted attribute, a script or a style.
public struct HTML: Sendable, ExpressibleByStringInterpolation {
    /// A part of a page.
    public enum Piece: Hashable, Sendable {
        /// As the source has it.
        case markup(String)
        /// A value, not yet escaped.
        case text(String)
        /// A text of the program, in the reader's language.
        case phrase(Phrase)
    }

    public private(set) var pieces: [Piece]

    public init(_ pieces: [Piece] = []) { self.pieces = pieces }

    public init(stringLiteral value: String) { pieces = value.isEmpty ? [] : [.markup(value)] }

    public init(stringInterpolation: StringInterpolation) { pieces = stringInterpolation.pieces }

    /// A text of the program.
    public init(_ phrase: Phrase) { pieces = [.phrase(phrase)] }

    /// A value.
    public init(text: String) { pieces = [.text(text)] }

    public var isEmpty: Bool { pieces.isEmpty }

    /// One after the other.
    public static func joined(_ parts: some Sequence<HTML>) -> HTML { HTML(parts.flatMap(\.pieces)) }

    public static func + (left: HTML, right: HTML) -> HTML { HTML(left.pieces + right.pieces) }

    /// The page's source in a language.
    public func rendered(in language: Language) -> String {
        var result = ""
        for piece in pieces {
            switch piece {
            case .markup(let markup): result += markup
            case .text(let text): Self.escape(text, into: &result)
            case .phrase(let phrase): Self.escape(language.text(of: phrase), into: &result)
            }
        }
        return result
    }

    private static func escape(_ text: String, into result: inout String) {
        // Nearly every value holds nothing to escape.
        guard text.utf8.contains(where: { "&<>\"'".utf8.contains($0) }) else {
            result += text
            return
        }
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }
}

extension HTML {
    public struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var pieces: [Piece] = []

        public init(literalCapacity: Int, interpolationCount: Int) {
            pieces.reserveCapacity(2 * interpolationCount + 1)
        }

        public mutating func appendLiteral(_ literal: String) {
            if !literal.isEmpty { pieces.append(.markup(literal)) }
        }

        public mutating func appendInterpolation(_ html: HTML) { pieces += html.pieces }
        public mutating func appendInterpolation(_ html: HTML?) { pieces += html?.pieces ?? [] }
        public mutating func appendInterpolation(_ parts: [HTML]) { for part in parts { pieces += part.pieces } }
        public mutating func appendInterpolation(_ phrase: Phrase) { pieces.append(.phrase(phrase)) }
        public mutating func appendInterpolation(_ text: String) { pieces.append(.text(text)) }
        public mutating func appendInterpolation(_ number: some BinaryInteger) { pieces.append(.text("\(number)")) }

        /// Markup that is there only where a condition holds.
        public mutating func appendInterpolation(_ html: HTML, if condition: Bool) {
            if condition { pieces += html.pieces }
        }
    }
}
