public import Alliance

/// How a state is coloured. Never the only sign of it: an icon or a word says the same.
public enum Tone: String, Sendable {
    case plain = ""
    /// Proved, done.
    case ok
    /// Waits, is old, wants to be looked at; calm.
    case warn
    /// Wants somebody to act.
    case bad
    case info
}

/// A state in one or two words, on a coloured ground.
public struct Pill: Sendable {
    public let tone: Tone
    public let icon: Icon?
    public let text: Phrase
    /// A number or time beside it.
    public let detail: String?

    public init(_ tone: Tone, _ icon: Icon? = nil, _ text: Phrase, detail: String? = nil) {
        self.tone = tone
        self.icon = icon
        self.text = text
        self.detail = detail
    }

    public var html: HTML {
        let detail: HTML? = detail.map { "<span class=\"sub\">\($0)</span>" }
        return "<span class=\"pill \(tone.rawValue)\">\(icon?.html)\(text)\(detail)</span>"
    }
}

/// A message in the page: what happened or is wrong, what is safe, what to do.
public struct Note: Sendable {
    public let tone: Tone
    public let title: Phrase?
    public let text: Phrase
    public let actions: HTML

    public init(_ tone: Tone, title: Phrase? = nil, _ text: Phrase, actions: HTML = "") {
        self.tone = tone
        self.title = title
        self.text = text
        self.actions = actions
    }

    private var icon: Icon {
        switch tone {
        case .ok: .check
        case .warn, .bad: .warning
        case .info, .plain: .info
        }
    }

    public var html: HTML {
        let head: HTML? = title.map { "<b>\($0)</b>" }
        let role: HTML = tone == .bad ? "alert" : "status"
        return """
            <div class="note \(tone.rawValue)" role="\(role)">\(icon.html)<div>\(head)<p>\(text)</p>\(actions)</div></div>
            """
    }
}
