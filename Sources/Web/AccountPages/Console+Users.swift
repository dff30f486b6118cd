import Accounts
import Alliance
import Replica

extension Console {
    /// Who may sign in here.
    func users(_ visit: Visit, made: HTML = "") throws -> Page {
        let roles = accounts.roles.map { (value: $0.rawValue, text: HTML($0.title)) }
        let lines = try accounts.accounts().map { account -> Grid.Line in
            let role = roleForm(account, roles, visit)
            let state = account.closed == 0 ? Pill(.ok, .check, Texts.open) : Pill(.plain, nil, Texts.closed)
            let path = "/users/\(account.name)"
            let acts: HTML =
                account.closed == 0
                ? Form.button("\(path)/reset", token: visit.token, .key, Texts.resetLink, style: "sm ghost")
                    + Form.button(
                        "\(path)/close", token: visit.token, nil, Texts.closeAccount, style: "sm ghost danger")
                : Form.button("\(path)/reopen", token: visit.token, nil, Texts.reopenAccount, style: "sm ghost")
            return Grid.Line(["<b>\(account.display)</b><small>\(account.name)</small>", role, state.html, acts])
        }
        let grid = Grid(
            "accounts", label: Texts.users,
            headings: [.init(Texts.person), .init(Texts.role), .init(Texts.state), .init(nil)], lines: lines)
        let invitation = Form(
            "/users/invite", token: visit.token, fields: [Field("role", Texts.role, .choice(roles))],
            submit: Texts.invite, note: "<p class=\"muted\">\(Texts.inviteHint)</p>", swaps: "content")
        let sessions = try sessionList(accounts.sessions(), visit, action: "/users/sessions/end", own: false)
        let content: HTML = """
            \(Parts.head(HTML(Texts.users), under: HTML(Texts.usersHint)))\(made)\
            \(Parts.card("accounts-card", Texts.users, grid.html))<div class="grid"><div class="col">\
            \(Parts.card("sessions", Texts.sessions, sessions))</div><div class="col">\
            \(Parts.card("invite", Texts.inviteTitle, "<div class=\"body\">\(invitation.html)</div>"))</div></div>
            """
        return Page(HTML(Texts.users), place: "/users", content)
    }

    /// What somebody may do, to be changed where it stands.
    private func roleForm(_ account: Account, _ roles: [(value: String, text: HTML)], _ visit: Visit) -> HTML {
        let options = roles.map { role -> HTML in
            "<option value=\"\(role.value)\"\(" selected" as HTML, if: role.value == account.role.rawValue)>\(role.text)</option>"
        }
        return """
            <form method="post" action="/users/\(account.name)/role" class="inline acts" data-swap="content">\
            <input type="hidden" name="csrf" value="\(visit.token)"><select name="role" class="btn sm" \
            aria-label="\(Texts.roleOf(account.name))">\(options)</select>\
            <button class="btn sm ghost">\(Texts.save)</button></form>
            """
    }

    /// A link that was just made; it is shown once.
    private func shown(_ secret: Secret, _ title: Phrase) -> HTML {
        Note(
            .info, title: title, Texts.linkHint, actions: "<p class=\"secret\"><code>/link/\(secret.text)</code></p>"
        ).html
    }

    @Sendable func invite(_ visit: Visit) throws -> Reply {
        guard let role = Role(rawValue: visit.form["role"]) else {
            throw CommandError(.usage, "role", Texts.chooseRole)
        }
        let secret = try accounts.invite(role, by: visit.who)
        return .page(try users(visit, made: shown(secret, Texts.inviteMade(role.title))))
    }

    @Sendable func setRole(_ visit: Visit) throws -> Reply {
        guard let role = Role(rawValue: visit.form["role"]) else {
            throw CommandError(.usage, "role", Texts.chooseRole)
        }
        try accounts.setRole(role, of: visit.parameters["name"] ?? "", by: visit.who)
        return .done("/users", "saved")
    }

    @Sendable func closeAccount(_ visit: Visit) throws -> Reply {
        try accounts.close(visit.parameters["name"] ?? "", by: visit.who)
        return .done("/users", "closed")
    }

    @Sendable func reopenAccount(_ visit: Visit) throws -> Reply {
        try accounts.reopen(visit.parameters["name"] ?? "", by: visit.who)
        return .done("/users", "saved")
    }

    @Sendable func resetAccount(_ visit: Visit) throws -> Reply {
        let name = visit.parameters["name"] ?? ""
        let secret = try accounts.resetLink(for: name, by: visit.who)
        return .page(try users(visit, made: shown(secret, Texts.resetMade(name))))
    }

    @Sendable func endAnySession(_ visit: Visit) throws -> Reply {
        try accounts.endSession(visit.form["session"], of: nil, by: visit.who)
        return .done("/users", "session")
    }
}
