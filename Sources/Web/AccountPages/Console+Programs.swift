import Accounts
import Alliance
import Replica

extension Console {
    /// The tokens of other systems.
    func programs(_ visit: Visit, made: HTML = "") throws -> Page {
        let lines = try accounts.tokens().map { token -> Grid.Line in
            let state = token.revoked == 0 ? Pill(.ok, .check, Texts.open) : Pill(.plain, nil, Texts.revoked)
            let act: HTML =
                token.revoked == 0
                ? Form.button(
                    "/programs/\(token.id)/revoke", token: visit.token, nil, Texts.revoke, style: "sm ghost danger")
                : ""
            return Grid.Line([
                "<b>\(token.name)</b>", HTML(token.scope.title), Parts.time(Int64(clamping: token.made)),
                Parts.time(Int64(clamping: token.seen), relative: true), state.html, act,
            ])
        }
        let grid = Grid(
            "tokens", label: Texts.programs,
            headings: [
                .init(Texts.system), .init(Texts.scope), .init(Texts.made), .init(Texts.lastSeen), .init(Texts.state),
                .init(nil),
            ], lines: lines)
        let list =
            lines.isEmpty ? Parts.empty(.key, Texts.noPrograms, Texts.noProgramsHint) : grid.html
        let form = Form(
            "/programs", token: visit.token,
            fields: [
                Field("name", Texts.system, isRequired: true, hint: Texts.systemHint),
                Field("scope", Texts.scope, .choice(TokenScope.allCases.map { ($0.rawValue, HTML($0.title)) })),
            ], submit: Texts.makeToken, swaps: "content")
        let content: HTML = """
            \(Parts.head(HTML(Texts.programs), under: HTML(Texts.programsHint)))\(made)<div class="grid"><div class="col">\
            \(Parts.card("tokens-card", Texts.programs, list))</div><div class="col">\
            \(Parts.card("make", Texts.makeToken, "<div class=\"body\">\(form.html)</div>"))</div></div>
            """
        return Page(HTML(Texts.programs), place: "/programs", content)
    }

    @Sendable func makeProgram(_ visit: Visit) throws -> Reply {
        let scope = TokenScope(rawValue: visit.form["scope"]) ?? .read
        let secret = try accounts.makeToken(visit.form["name"], scope: scope, by: visit.who)
        let note = Note(
            .info, title: Texts.tokenMade, Texts.tokenHint,
            actions: "<p class=\"secret\"><code>\(secret.text)</code></p>")
        return .page(try programs(visit, made: note.html))
    }

    @Sendable func revokeProgram(_ visit: Visit) throws -> Reply {
        try accounts.revokeToken(Int64(visit.parameters["id"] ?? "") ?? 0, by: visit.who)
        return .done("/programs", "saved")
    }

    // MARK: The audit list

    private static let auditPage = 100

    func audit(_ visit: Visit) throws -> Page {
        let lines = try accounts.audit(before: visit.query["before"].flatMap { Int64($0) }, count: Self.auditPage)
        let grid = Grid(
            "audit", label: Texts.audit,
            headings: [.init(Texts.time), .init(Texts.who), .init(Texts.act), .init(Texts.about)],
            lines: lines.map { line in
                Grid.Line([
                    Parts.time(Int64(clamping: line.time)),
                    line.who.isEmpty ? HTML(Texts.program) : HTML(text: line.who),
                    Acts.title(of: line.act).map { "\($0) <small class=\"muted\"><code>\(line.act)</code></small>" }
                        ?? "<code>\(line.act)</code>",
                    HTML(text: line.subject),
                ])
            }, isWhole: false)
        let more: HTML? =
            lines.count == Self.auditPage
            ? lines.last.map { Parts.button(to: "/audit?before=\($0.id)", nil, Texts.older, style: "sm") } : nil
        let content: HTML = """
            \(Parts.head(HTML(Texts.audit), under: HTML(Texts.auditHint)))\
            \(Parts.card("audit-card", Texts.audit, "\(grid.html)\(more.map { "<footer>\($0)</footer>" as HTML })"))
            """
        return Page(HTML(Texts.audit), place: "/audit", content)
    }
}
