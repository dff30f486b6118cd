public import Alliance

/// One page: its title, where it stands, and its content.
public struct Page: Sendable {
    public let title: HTML
    /// The destination of the navigation that it belongs to.
    public let place: String
    /// The pages above it.
    public let above: [(address: String, title: HTML)]
    public let content: HTML
    /// What was just done.
    var done: HTML = ""

    public init(_ title: HTML, place: String, above: [(address: String, title: HTML)] = [], _ content: HTML) {
        self.title = title
        self.place = place
        self.above = above
        self.content = content
    }

    /// Says above the content what was just done: with script as a message that goes by itself.
    public func saying(_ phrase: Phrase?) -> Page {
        guard let phrase else { return self }
        var page = self
        page.done =
            "<div class=\"note ok\" role=\"status\" data-toast=\"\(phrase)\">\(Icon.check.html)<div><p>\(phrase)</p></div></div>"
        return page
    }
}

/// A whole document.
public enum Document {
    /// A page of the console.
    public static func page(_ page: Page, in frame: Frame, token: String, language: Language, theme: Theme) -> HTML {
        let title: HTML = "\(page.title) · \(frame.place)"
        return "\(head(title, language, theme))\(frame.body(page, token: token, language: language))</html>"
    }

    /// A page for who is not signed in: one card in the middle.
    public static func gate(
        _ title: HTML, product: Phrase, place: String, _ content: HTML, token: String, language: Language, theme: Theme
    ) -> HTML {
        """
        \(head("\(title) · \(place)", language, theme))<body data-gate="1">\(words)<main class="gate" id="content">\
        <div class="brand">\(Icon.mark)<span>\(product)<small>\(place)</small></span></div>\
        <section class="card"><div class="body">\(content)</div></section>\(choices(token: token, language: language))</main></body></html>
        """
    }

    private static func head(_ title: HTML, _ language: Language, _ theme: Theme) -> HTML {
        let attribute: HTML = theme == .system ? "" : " data-theme=\"\(theme.rawValue)\""
        return """
            <!doctype html><html lang="\(language.tag)"\(attribute)><head><meta charset="utf-8">\
            <meta name="viewport" content="width=device-width, initial-scale=1"><title>\(title)</title>\
            <link rel="icon" href="data:,"><link rel="stylesheet" href="\(Assets.all.address("style.css"))">\
            <script type="module" src="\(Assets.all.address("app.js"))"></script></head>
            """
    }

    /// The texts that scripts show.
    static var words: HTML {
        """
        <div id="words" hidden data-cut="\(Texts.cut)" data-close="\(Texts.close)" data-signed-out="\(Texts.signedOut)" \
        data-restored="\(Texts.restored)" data-rows="\(Texts.rowsShown)"></div>
        """
    }

    /// Language and colours.
    static func choices(token: String, language: Language) -> HTML {
        let other = language == .chinese ? Language.english : .chinese
        let name: HTML = language == .chinese ? HTML(text: "EN") : HTML(text: "中文")
        return """
            <form method="post" action="/preferences" class="lang"><input type="hidden" name="csrf" value="\(token)">\
            <button name="language" value="\(other.rawValue)" lang="\(other.tag)">\(Icon.globe.html) \(name)</button>\
            <button name="theme" value="next" title="\(Texts.theme)"><span class="vh">\(Texts.theme)</span>\(Icon.moon.html)\
            </button></form>
            """
    }
}

/// Light, dark, or as the system has it.
public enum Theme: String, CaseIterable, Sendable {
    case system, light, dark

    public init(chosen: String?) { self = chosen.flatMap(Theme.init(rawValue:)) ?? .system }

    /// The one after it, in turn.
    public var next: Theme {
        switch self {
        case .system: .dark
        case .dark: .light
        case .light: .system
        }
    }
}
