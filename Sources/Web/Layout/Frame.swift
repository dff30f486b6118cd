public import Alliance

/// What stands around a page: whose console it is, where one can go, who is there, and how it stands.
///
///     Frame(product: Phrase("技联", "Jilian"), place: "甲校", groups: […], user: user, status: pill).page("首页", content)
public struct Frame: Sendable {
    /// A place that one can go to.
    public struct Destination: Sendable {
        public let address: String
        public let icon: Icon
        public let text: Phrase
        /// What waits there; 0 is not shown.
        public var count: Int
        /// Whether what waits there wants somebody to act.
        public var isHot: Bool
        /// Whether it stands in the bar at the foot of a small screen, and under which short name.
        public var short: Phrase?

        public init(
            _ address: String, _ icon: Icon, _ text: Phrase, count: Int = 0, isHot: Bool = false, short: Phrase? = nil
        ) {
            self.address = address
            self.icon = icon
            self.text = text
            self.count = count
            self.isHot = isHot
            self.short = short
        }
    }

    public struct Group: Sendable {
        public let title: Phrase?
        public let destinations: [Destination]

        public init(_ title: Phrase? = nil, _ destinations: [Destination]) {
            self.title = title
            self.destinations = destinations
        }
    }

    public struct User: Sendable {
        public let name: String
        public let role: Phrase
        /// Where one's own account is.
        public let address: String

        public init(name: String, role: Phrase, address: String) {
            self.name = name
            self.role = role
            self.address = address
        }
    }

    public let product: Phrase
    /// Whose it is: the school's name, the alliance's.
    public let place: String
    public let groups: [Group]
    public let user: User
    /// How it stands, and where that is told.
    public let status: (pill: Pill, address: String)?
    /// The address of the stream of changes.
    public let stream: String?

    public init(
        product: Phrase, place: String, groups: [Group], user: User, status: (pill: Pill, address: String)? = nil,
        stream: String? = nil
    ) {
        self.product = product
        self.place = place
        self.groups = groups
        self.user = user
        self.status = status
        self.stream = stream
    }

    func body(_ page: Page, token: String, language: Language) -> HTML {
        let attribute: HTML? = stream.map { " data-stream=\"\($0)\"" }
        return """
            <body\(attribute)><a class="skip" href="#content">\(Texts.skip)</a>\(Document.words)<div class="shell">\(side(page))\
            <div class="main"><header class="top"><nav class="crumb" aria-label="\(Texts.position)">\(crumbs(page))</nav>\
            <span class="sp"></span>\(state)\(Document.choices(token: token, language: language))</header>\
            <main class="content" id="content" tabindex="-1">\(page.done)\(page.content)\(places(page))</main></div></div>\
            \(tabs(page))</body>
            """
    }

    private func side(_ page: Page) -> HTML {
        let list = groups.map { group -> HTML in
            let title: HTML? = group.title.map { "<p class=\"grp\">\($0)</p>" }
            return "\(title)\(group.destinations.map { link($0, page) })"
        }
        return """
            <nav class="side" aria-label="\(Texts.navigation)"><div class="brand">\(Icon.mark)<span>\(product)\
            <small>\(place)</small></span></div>\(list)<div class="foot"><a href="\(user.address)" \
            aria-label="\(Texts.account)">\
            <span class="ava" aria-hidden="true">\(String(user.name.prefix(1)))</span><span class="who"><b>\(user.name)</b>\
            <small class="muted">\(user.role)</small></span></a></div></nav>
            """
    }

    /// All destinations, on the account's page: a small screen has room for a few at its foot only.
    private func places(_ page: Page) -> HTML {
        guard page.place == user.address else { return "" }
        let links = groups.flatMap(\.destinations).map { item -> HTML in
            "<a href=\"\(item.address)\">\(item.icon.html)<span>\(item.text)</span></a>"
        }
        return """
            <nav class="card places" aria-label="\(Texts.allPlaces)"><h2>\(Texts.allPlaces)</h2>\(links)</nav>
            """
    }

    private func link(_ item: Destination, _ page: Page) -> HTML {
        let hot: HTML = item.isHot ? " hot" : ""
        let count: HTML? = item.count == 0 ? nil : "<span class=\"n\(hot)\">\(item.count)</span>"
        let current: HTML = page.place == item.address ? " aria-current=\"page\"" : ""
        return "<a href=\"\(item.address)\"\(current)>\(item.icon.html)<span>\(item.text)</span>\(count)</a>"
    }

    private func tabs(_ page: Page) -> HTML {
        let items = groups.flatMap(\.destinations).compactMap { item -> HTML? in
            guard let short = item.short else { return nil }
            let quiet: HTML = item.isHot ? "" : " quiet"
            let count: HTML? = item.count == 0 ? nil : "<span class=\"n\(quiet)\">\(item.count)</span>"
            let current: HTML = page.place == item.address ? " aria-current=\"page\"" : ""
            return "<a href=\"\(item.address)\"\(current)>\(item.icon.html)\(short)\(count)</a>"
        }
        let own: HTML = page.place == user.address ? " aria-current=\"page\"" : ""
        return """
            <nav class="tabs-bottom" aria-label="\(Texts.navigationBelow)">\(items)<a href="\(user.address)"\(own)>\
            \(Icon.person.html)\(Texts.mine)</a></nav>
            """
    }

    private func crumbs(_ page: Page) -> HTML {
        let above = page.above.map { item -> HTML in "<a href=\"\(item.address)\">\(item.title)</a><span>/</span>" }
        return """
            <span class="hide-s crumb">\(above)<b>\(page.title)</b></span><span class="only-s">\(Icon.mark)\(place)</span>
            """
    }

    private var state: HTML? {
        guard let status else { return nil }
        return "<a href=\"\(status.address)\" id=\"state\" data-live=\"state\">\(status.pill.html)</a>"
    }
}
