import Accounts
import Alliance
import HTTPTypes
import Replica
import Serving

extension Console {
    /// One's own account: the password, and where one is signed in.
    func ownAccount(_ visit: Visit, problem: Phrase? = nil) throws -> Page {
        guard let session = visit.session else { throw Self.notAllowed }
        let note: HTML? = problem.map { Note(.bad, $0).html }
        let form = Form(
            "/account/password", token: visit.token,
            fields: [
                Field(
                    "old", Texts.oldPassword, .password(new: false), isRequired: true, autocomplete: "current-password"),
                Field(
                    "new", Texts.newPassword, .password(new: true), isRequired: true, hint: Texts.passwordHint,
                    autocomplete: "new-password"),
                Field(
                    "again", Texts.passwordAgain, .password(new: true), isRequired: true, autocomplete: "new-password"),
            ], submit: Texts.changePassword, note: note ?? "", swaps: "content",
            username: session.account.name)
        let list = try sessionList(
            accounts.sessions(of: session.account.id), visit, action: "/account/sessions/end", own: true)
        let leave = Form.button("/sign-out", token: visit.token, .leave, Texts.signOut, style: "", swaps: nil)
        let content: HTML = """
            \(Parts.head(HTML(text: session.account.display), under: HTML(session.account.role.title), actions: leave))\
            <div class="grid"><div class="col">\(Parts.card("sessions", Texts.sessions, list))</div>\
            <div class="col">\(Parts.card("password", Texts.password, "<div class=\"body\">\(form.html)</div>"))</div></div>
            """
        return Page(HTML(Texts.account), place: "/account", content)
    }

    func sessionList(_ sessions: [Session], _ visit: Visit, action: String, own: Bool) throws -> HTML {
        let here = visit.session?.id
        let lines = sessions.map { session -> HTML in
            let isHere = session.id == visit.session?.id && session.made == visit.session?.made
            let end: HTML =
                isHere && here != nil
                ? Pill(.ok, .check, Texts.thisBrowser).html
                : Form.button(action, token: visit.token, hidden: [("session", session.id)], nil, Texts.endSession)
            let name: HTML = own ? "" : "<b>\(session.account.display)</b> "
            return """
                <li><span class="ai">\(Icon.person.html)</span><div>\(name)<b>\(Self.browser(session.program))</b>\
                <p>\(Texts.lastSeen) \(Parts.time(Int64(clamping: session.seen), relative: true))</p></div>\(end)</li>
                """
        }
        return "<ul class=\"rows\">\(lines)</ul>"
    }

    /// A browser's name out of what it says of itself.
    static func browser(_ program: String) -> HTML {
        let system = ["Windows", "Android", "iPhone", "Mac OS", "Linux"].first { program.contains($0) }
        let name = ["Edg/", "Firefox/", "Chrome/", "Safari/"].first { program.contains($0) }?.dropLast()
        guard let name else { return HTML(Texts.otherProgram) }
        return HTML(text: ["\(name == "Edg" ? "Edge" : name)", system].compactMap { $0 }.joined(separator: " · "))
    }

    @Sendable func changePassword(_ visit: Visit) async throws -> Reply {
        guard let account = visit.session?.account else { throw Self.notAllowed }
        let form = visit.form
        do {
            guard form["new"] == form["again"] else { throw CommandError(.refused, "again", Texts.passwordsDiffer) }
            try await passwords.run { [accounts] in
                try accounts.changePassword(of: account, from: form["old"], to: form["new"], keeping: visit.secret)
            }
            return .done("/account", "password")
        } catch let error as CommandError {
            let page = try await queue.run { try ownAccount(visit, problem: error.phrase) }
            return .page(page, status: .unprocessableContent)
        }
    }

    @Sendable func endOwnSession(_ visit: Visit) throws -> Reply {
        guard let account = visit.session?.account else { throw Self.notAllowed }
        try accounts.endSession(visit.form["session"], of: account.id, by: visit.who)
        return .done("/account", "session")
    }
}
