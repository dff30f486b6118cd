/// How typed text is folded before it is compared: what a Chinese input method or Excel leaves in it without meaning.
extension String {
    /// Without white space (U+3000 and NBSP too) and invisible marks (byte order, direction) at its ends.
    var trimmed: String {
        guard let first = unicodeScalars.first, let last = unicodeScalars.last else { return self }
        guard first.isBlank || last.isBlank else { return self }
        let head = unicodeScalars.drop(while: \.isBlank)
        guard let end = head.lastIndex(where: { !$0.isBlank }) else { return "" }
        return String(String.UnicodeScalarView(head[...end]))
    }

    /// Full-width ASCII (U+FF01 … U+FF5E) and the ideographic space as their ordinary forms.
    var halfWidth: String {
        guard unicodeScalars.contains(where: { $0.value >= 0x3000 }) else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.map(\.halfWidth)))
    }

    /// Without any white space or invisible marks.
    var unspaced: String {
        guard unicodeScalars.contains(where: \.isBlank) else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.filter { !$0.isBlank }))
    }

    /// What is compared when codes, titles and headings are: half-width, lower case, without white space.
    var folded: String { halfWidth.unspaced.lowercased() }

    /// At most `shownMax` scalars of it, for a message.
    var shown: String {
        guard unicodeScalars.count > Self.shownMax else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.prefix(Self.shownMax))) + "…"
    }

    private static let shownMax = 60

    /// Whether it is one or more ASCII digits.
    var isDigits: Bool { !isEmpty && utf8.allSatisfy { (48...57).contains($0) } }
}

extension Unicode.Scalar {
    /// White space, or a mark that cannot be seen and comes along when text is copied from a web page or a dialog.
    var isBlank: Bool {
        switch value {
        case 0x21...0x7E: false
        case 0x200B, 0x200E, 0x200F, 0x202A...0x202E, 0xFEFF: true
        default: properties.isWhitespace
        }
    }

    /// A control character (Unicode's category Cc) other than tab and the line breaks CR and LF.
    var isControl: Bool {
        switch value {
        case 0x09, 0x0A, 0x0D: false
        case 0...0x1F, 0x7F...0x9F: true
        default: false
        }
    }

    fileprivate var halfWidth: Unicode.Scalar {
        switch value {
        case 0x3000: " "
        case 0xFF01...0xFF5E: Unicode.Scalar(value - 0xFEE0) ?? self
        default: self
        }
    }
}
